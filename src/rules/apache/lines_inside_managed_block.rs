//! What stands between the marks of a program belongs to it, and goes when it writes its lines anew.

use super::reading::given;
use crate::config::apache::{Directive, Site};
use crate::diagnostic::Findings;

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
    for (file, source, _) in site.files() {
        let text = source.text();
        let Some(begin) = memchr::memmem::find(text, BEGIN) else { continue };
        let Some(end) = memchr::memmem::find(&text[begin..], END).map(|end| begin + end) else {
            continue;
        };
        let inside = |directive: &Directive<'_>| {
            let at = directive.location();
            at.file == file && (begin..end).contains(&(at.span.start as usize))
        };
        let all = NAMES.iter().flat_map(|name| site.directives(name));
        let Some(first) = all.filter(inside).min_by_key(|one| one.location().span.start) else {
            continue;
        };
        let finding = RULE
            .at(first.location())
            .message("WordPress writes the lines between its marks anew when its permalinks or plugins change: this one goes then")
            .label("stands between the marks of WordPress")
            .help("move it above `# BEGIN WordPress`");
        findings.push(given(finding, first));
    }
}
