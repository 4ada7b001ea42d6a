//! What stands between the marks of a program belongs to it, and goes when it writes its lines anew.

use super::reading::given;
use crate::config::apache::{Directive, Site};
use crate::diagnostic::Findings;
use crate::source::FileId;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

rule! {
    "apache/lines-inside-managed-block" {
        reads: Apache, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "a login stands between the marks of WordPress, which removes it when it writes its lines anew",
    }
}

const NAMES: [&str; 6] =
    ["AuthType", "AuthName", "AuthUserFile", "Require", "Satisfy", "AuthBasicProvider"];
const BEGIN: &[u8] = b"# BEGIN WordPress";
const END: &[u8] = b"# END WordPress";

fn check(site: &Site<'_>, findings: &mut Findings) {
    // hardly any file has such a block
    let blocks: HashMap<FileId, Range<usize>> = site
        .data
        .files()
        .filter_map(|file| Some((file, block(site.project.sources.get(file).text())?)))
        .collect();
    if blocks.is_empty() {
        return;
    }
    let mut first: BTreeMap<FileId, Directive<'_>> = BTreeMap::new();
    for directive in NAMES.iter().flat_map(|name| site.directives(name)) {
        let at = directive.location();
        let start = at.span.start as usize;
        if blocks.get(&at.file).is_some_and(|block| block.contains(&start)) {
            let earlier = first.entry(at.file).or_insert(directive);
            if at.span.start < earlier.location().span.start {
                *earlier = directive;
            }
        }
    }
    for directive in first.into_values() {
        let finding = RULE
            .at(directive.location())
            .message("WordPress writes the lines between its marks anew when its permalinks or plugins change: this one goes then")
            .label("stands between the marks of WordPress")
            .help("move it above `# BEGIN WordPress`");
        findings.push(given(finding, directive));
    }
}

/// What stands between the marks.
fn block(text: &[u8]) -> Option<Range<usize>> {
    let begin = memchr::memmem::find(text, BEGIN)?;
    let end = memchr::memmem::find(&text[begin..], END)?;
    Some(begin..begin + end)
}
