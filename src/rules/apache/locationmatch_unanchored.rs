//! `<LocationMatch "/api">` holds for every URL with that text in it.

use super::evidence::{evidence, outcome};
use super::reading::{given, shown};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Matcher, Policy};
use crate::policy::sample::sample;

rule! {
    "apache/locationmatch-unanchored" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "a <LocationMatch> without ^ asks for a login wherever its text stands in a URL",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places().filter(|place| place.kind() == Kind::Location) {
        let Matcher::Regex(pattern) = &place.section().matcher else { continue };
        let Some(section) = place.section().directive else { continue };
        if !pattern.starts_with(b"/") || place.own_login().is_none() {
            continue;
        }
        let Some(sample) = sample(pattern) else { continue };
        // a pattern that says little is meant to fit in many places
        if sample.text.len() < 3 || sample.at_start {
            continue;
        }
        let end: &[u8] = if sample.at_end { b"" } else { b"-guide" };
        let path = [b"/docs", &sample.text[..], end].concat();
        if policy.regexes.get(pattern, false).is_match(&path) != Some(true) {
            continue;
        }
        let Some(request) = place.request_for(&path) else { continue };
        if outcome(policy, &request) != Some(Outcome::Answered(401)) {
            continue;
        }
        let value =
            if section.is_section("LocationMatch") { section.arg(0) } else { section.arg(1) };
        let Some(value) = value else { continue };
        let is_plain =
            pattern.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/-_".contains(byte));
        let text = String::from_utf8_lossy(&path).into_owned();
        let mut finding = RULE
            .at(value.location())
            .message(format!(
                "{} fits anywhere in a URL: {text} asks for this login, too",
                shown(value)
            ))
            .label("has no `^` in front")
            .help("put `^` in front, and `(/|$)` behind the name of a folder");
        if !is_plain {
            // the names of files and alternatives are often meant wherever they stand
            finding = finding.severity(Severity::Info);
        }
        let raw = value.raw();
        let quoted = value.word.is_quoted() && raw.len() >= 2;
        let inner = if quoted { &raw[1..raw.len() - 1] } else { raw };
        if is_plain && !value.has_variable() && !section.is_in_template() {
            let behind: &[u8] = if inner.ends_with(b"/") { b"" } else { b"(/|$)" };
            let quote: &[u8] = if quoted { &raw[..1] } else { b"\"" };
            let text = [quote, b"^", inner, behind, quote].concat();
            finding = finding.fix(
                Safety::Unsafe,
                "hold for this folder only",
                vec![Edit::replace(value.location(), text)],
            );
        }
        findings.push_with(given(finding, section), || evidence(policy, &request));
    }
}
