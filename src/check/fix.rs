//! What fixes make of the files, and of the requests that show their findings.

use super::Outcome;
use crate::config::Project;
use crate::diagnostic::{Edit, Fix, Safety};
use crate::policy::answer;
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::request::Request;
use crate::source::{FileId, FileSystem};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Fixes that are tried out in one run, at most.
const MOST: usize = 24;

/// Bytes that are read again for it, at most: a large configuration is not read over and over.
const MOST_BYTES: usize = 16 << 20;

/// The files that `fix` touches, as it leaves them. The edits are in order and apart.
#[must_use]
pub fn apply(project: &Project, fix: &Fix) -> BTreeMap<FileId, Vec<u8>> {
    let mut files = BTreeMap::new();
    // from the end, so that what is still to be edited stays where it was
    for edit in fix.edits.iter().rev() {
        let text: &mut Vec<u8> = files
            .entry(edit.at.file)
            .or_insert_with(|| project.sources.get(edit.at.file).bytes().to_vec());
        let range = edit.at.span.range();
        if range.end <= text.len() {
            text.splice(range, edit.replacement.iter().copied());
        }
    }
    files
}

/// Ends the lines that `edit` brings the way the first line of the file ends.
pub(super) fn end_lines_alike(text: &[u8], edit: &mut Edit) {
    if !edit.replacement.contains(&b'\n') {
        return;
    }
    let is_crlf = memchr::memchr(b'\n', text).is_some_and(|at| text[..at].ends_with(b"\r"));
    if is_crlf {
        let mut lines = Vec::with_capacity(edit.replacement.len() + 8);
        for &byte in &edit.replacement {
            if byte == b'\n' && lines.last() != Some(&b'\r') {
                lines.push(b'\r');
            }
            lines.push(byte);
        }
        edit.replacement = lines;
    }
}

/// Asks, for each finding that a request shows and a fix mends, what the server answers to that request once the fix is
/// applied. `again` reads everything once more, with these files in the place of those on the disk, and hands it on.
pub fn verify(
    project: &Project,
    outcome: &mut Outcome,
    again: impl Fn(&[(PathBuf, Vec<u8>)], &mut dyn FnMut(&dyn FileSystem, &Project)),
) {
    let size: usize = project.sources.iter().map(|(_, file)| file.bytes().len()).sum();
    let affordable = (MOST_BYTES / size.max(1)).min(MOST);
    let tried = outcome.findings.iter_mut().filter_map(|reported| {
        let finding = &mut reported.finding;
        let fix = finding.fixes.first().filter(|fix| fix.safety != Safety::Manual)?;
        let evidence = finding.evidence.as_mut()?;
        Some((finding.primary.at.file, fix, evidence))
    });
    for (file, fix, evidence) in tried.take(affordable) {
        let Ok(mut request) = Request::of_url(&evidence.url) else { continue };
        request.method = evidence.method.as_bytes().to_vec();
        let Some(main) = main_of(project, file) else { continue };
        let edited: Vec<_> = apply(project, fix)
            .into_iter()
            .map(|(file, text)| (project.sources.get(file).path.clone(), text))
            .collect();
        again(&edited, &mut |fs, mended| {
            evidence.after_fix = answer_of(fs, mended, main, &request);
        });
    }
}

/// The main file of the first configuration that reads `file`.
fn main_of(project: &Project, file: FileId) -> Option<&Path> {
    let nginx = project.nginx.iter().find(|site| site.files.iter().any(|known| known.file == file));
    let main = match nginx {
        Some(site) => site.main,
        None => project.apache.iter().find(|site| site.files().any(|known| known == file))?.main,
    };
    Some(&project.sources.get(main).path)
}

/// What the configuration that begins with `main` answers to `request`: a status, or `None` inside for a request that
/// passes; nothing where that is not certain.
#[allow(clippy::option_option)]
fn answer_of(
    fs: &dyn FileSystem,
    project: &Project,
    main: &Path,
    request: &Request,
) -> Option<Option<u16>> {
    let (main, _) = project.sources.iter().find(|(_, source)| source.path == main)?;
    let policy = Policy::of(project, main, None)?;
    match policy.predict(Files::new(fs, project), request).outcome? {
        answer::Outcome::Answered(status) => Some(Some(status)),
        answer::Outcome::Passed(_) => Some(None),
        answer::Outcome::Anything => None,
    }
}
