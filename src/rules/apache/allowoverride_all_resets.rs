//! AllowOverride reads its words from left to right, and `All` and `None` set everything anew.

use super::reading::{given, read, shown};
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Effect, Findings, Safety, Severity};

rule! {
    "apache/allowoverride-all-resets" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "`None` or `All` stands behind other words of AllowOverride, which then do not count",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for directive in read(site, "AllowOverride") {
        let words: Vec<_> = directive.args().collect();
        let is = |word: &[u8]| words.iter().position(|one| one.is_ignoring_case(word));
        let (none, all) = (is(b"none"), is(b"all"));
        let Some(at) = none.max(all).filter(|at| *at > 0 && !directive.is_in_template()) else {
            continue;
        };
        let (before, word) = (&words[..at], words[at]);
        // what is lost before `All` is only what goes beyond classes
        let lost = before.iter().find(|word| {
            none == Some(at)
                || word.known().is_some_and(|text| {
                    text.len() > 9 && text[..9].eq_ignore_ascii_case(b"nonfatal=")
                })
        });
        let Some(lost) = lost else { continue };
        let finding = RULE.at(word.location()).label("sets everything anew");
        let finding = if none == Some(at) {
            let mut cut = word.location();
            cut.span.start = before.last().map_or(cut.span.start, |last| last.location().span.end);
            let what = if at + 1 == words.len() { ": .htaccess files are not read" } else { "" };
            finding
                .message(format!(
                    "`None` drops the words before it, such as {}{what}",
                    shown(*lost)
                ))
                .help("remove `None`, or the other words")
                .fix(Safety::Unsafe, "remove `None`", vec![Edit::delete(cut)])
        } else {
            let mut whole = words[0].location();
            whole.span.end = word.location().span.end;
            let rest: Vec<String> = before.iter().map(|word| word.lossy()).collect();
            finding
                .effect(Effect::ServerError)
                .severity(Severity::Warning)
                .message(format!(
                    "`All` drops {} before it: what a .htaccess file says wrongly is answered 500",
                    shown(*lost)
                ))
                .help("write `All` first")
                .fix(
                    Safety::Unsafe,
                    "write `All` first",
                    vec![Edit::replace(whole, format!("All {}", rest.join(" ")))],
                )
        };
        findings.push(given(finding, directive));
    }
}
