//! What fixes change in a file, as `diff -u` shows it. Secrets are masked, so it is for reading.

use super::visible;
use super::window::mask;
use crate::config::Project;
use similar::{ChangeTag, TextDiff};
use std::io::{self, Write};
use std::path::Path;

/// Lines around a change.
const CONTEXT: usize = 3;

/// The text of the file at `path` with its secrets masked; empty where it was not read.
#[must_use]
pub fn masked(project: &Project, path: &Path) -> Vec<u8> {
    let found = project.sources.iter().find(|(_, source)| source.path == path);
    found.map_or_else(Vec::new, |(file, source)| {
        let mut text = source.bytes().to_vec();
        mask(project, file, 0, &mut text);
        text
    })
}

/// Writes what becomes of the file `name`.
pub fn write(
    name: &str,
    before: &[u8],
    after: &[u8],
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = visible(name);
    writeln!(out, "--- {name}\n+++ {name}")?;
    let diff = TextDiff::from_lines(before, after);
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        writeln!(out, "{}", hunk.header())?;
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Equal => (' ', ""),
                ChangeTag::Delete => ('-', "\x1b[31m"),
                ChangeTag::Insert => ('+', "\x1b[32m"),
            };
            let line = String::from_utf8_lossy(change.value());
            let line = line.strip_suffix('\n').unwrap_or(&line);
            let line = line.strip_suffix('\r').unwrap_or(line);
            if color && !style.is_empty() {
                writeln!(out, "{style}{sign}{}\x1b[0m", visible(line))?;
            } else {
                writeln!(out, "{sign}{}", visible(line))?;
            }
            if change.missing_newline() {
                writeln!(out, "\\ No newline at end of file")?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_changed_line_stands_between_its_neighbours() {
        let mut out = Vec::new();
        super::write("a.conf", b"one\ntwo\nthree", b"one\n2\x1b\nthree", false, &mut out)
            .expect("written");
        assert_eq!(
            String::from_utf8(out).expect("text"),
            "--- a.conf\n+++ a.conf\n@@ -1,3 +1,3 @@\n one\n-two\n+2\u{241b}\n three\n\\ No newline at end of file\n"
        );
    }
}
