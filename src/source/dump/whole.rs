//! Dumps that print every file as it is.

use super::{DumpFile, Lines};
use std::collections::HashSet;
use std::path::PathBuf;

/// The path in the line `# configuration file PATH:`.
pub(super) fn marker(line: &[u8]) -> Option<&[u8]> {
    let path = line.trim_ascii_end().strip_prefix(b"# configuration file ")?.strip_suffix(b":")?;
    (!path.is_empty()).then_some(path)
}

/// The files of `text`. Each is followed by one line end that is not its own.
pub(super) fn split(text: &[u8]) -> Vec<DumpFile> {
    let markers: Vec<_> =
        Lines::new(text).filter_map(|line| Some((line, marker(line.of(text))?))).collect();
    let ends = markers.iter().skip(1).map(|(line, _)| line.start).chain([text.len() as u32]);
    let mut seen = HashSet::new();
    let mut files = Vec::with_capacity(markers.len());
    for ((line, path), end) in markers.iter().zip(ends) {
        if !seen.insert(*path) {
            continue;
        }
        let body = &text[line.end as usize..end as usize];
        let body = body.strip_suffix(b"\n").unwrap_or(body);
        let name = String::from_utf8_lossy(path).into_owned();
        files.push(DumpFile {
            path: PathBuf::from(&name),
            name,
            text: body.to_vec(),
            runs: vec![(0, line.end)],
        });
    }
    files
}
