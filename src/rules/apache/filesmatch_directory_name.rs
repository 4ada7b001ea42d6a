//! `<FilesMatch "^\.git">` denies files of that name, and nothing that lies in a folder of that name.

use super::reading::{given, read, read_sections, shown};
use super::sections::matched;
use crate::config::apache::{Site, Value};
use crate::diagnostic::Findings;

rule! {
    "apache/filesmatch-directory-name" {
        reads: Apache, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "<Files> or <FilesMatch> names a folder such as .git, whose files have other names",
    }
}

/// Folders that version control leaves beside the files.
const FOLDERS: [&str; 4] = [".git", ".svn", ".hg", ".bzr"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut covered: Option<Vec<&str>> = None;
    for matched in matched(site, "Files") {
        let text: Vec<u8> = matched.text.iter().copied().filter(|&byte| byte != b'\\').collect();
        let Some(folder) = FOLDERS.into_iter().find(|folder| names(&text, folder)) else {
            continue;
        };
        let access = matched.access();
        if !access.restricts || access.grants {
            continue;
        }
        if covered.get_or_insert_with(|| covered_folders(site)).contains(&folder) {
            continue;
        }
        let name = matched.section.name();
        let message = format!(
            "`<{name}>` is compared with the name of a file alone: `{folder}/config` is `config`, and {} does not keep it from anybody",
            shown(matched.value)
        );
        let help = format!(
            "write `RedirectMatch 404 /\\{folder}(/|$)`, or `<DirectoryMatch \"/\\{folder}(/|$)\">` in the server's configuration"
        );
        findings.push(given(
            RULE.at(matched.value.location())
                .message(message)
                .help(help)
                .depends_on(format!("whether a folder {folder} is served")),
            matched.section,
        ));
    }
}

/// Whether a pattern names the folder, and not files such as `.gitignore`.
fn names(text: &[u8], folder: &str) -> bool {
    memchr::memmem::find_iter(text, folder.as_bytes()).any(|at| {
        let rest = &text[at + folder.len()..];
        rest.is_empty()
            || rest == b"$"
            || rest == b"*"
            || rest == b".*"
            || rest == b"/"
            || rest == b")"
            || rest == b")$"
    })
}

/// The folders of which something speaks that sees whole paths, or that speaks of all names that begin with a dot.
fn covered_folders(site: &Site<'_>) -> Vec<&'static str> {
    let directives = ["RedirectMatch", "Redirect", "RewriteRule", "RewriteCond"];
    let sections = ["Directory", "DirectoryMatch", "Location", "LocationMatch", "If"];
    let mut covered = Vec::new();
    for directive in directives
        .iter()
        .flat_map(|name| read(site, name))
        .chain(sections.iter().flat_map(|name| read_sections(site, name)))
    {
        for word in directive.args().map(Value::lossy) {
            let dots = word.contains("/\\.") || word.contains("/)\\.");
            for folder in FOLDERS.into_iter().filter(|folder| dots || word.contains(&folder[1..])) {
                if !covered.contains(&folder) {
                    covered.push(folder);
                }
            }
        }
    }
    covered
}
