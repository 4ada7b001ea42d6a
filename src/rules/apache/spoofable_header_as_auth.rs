//! Referer and User-Agent are what the client says: whoever asks Require env for them asks the client.

use super::reading::{given, read};
use super::require::{Container, asking, container};
use super::variables::names;
use crate::config::apache::{Directive, Site, Value};
use crate::diagnostic::Findings;
use std::collections::HashMap;

rule! {
    "apache/spoofable-header-as-auth" {
        reads: Apache, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "a header that every client can send is all that keeps people out",
    }
}

/// The headers that anybody knows how to send right.
const HEADERS: [&[u8]; 3] = [b"referer", b"user-agent", b"http_referer"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut setters: Option<HashMap<Vec<u8>, Directive<'_>>> = None;
    for require in asking(site, &["env"]).filter(|require| !require.negated) {
        let directive = require.directive;
        if !is_enough(directive) || is_about_files(directive) {
            continue;
        }
        let setters = setters.get_or_insert_with(|| collect(site));
        let found = require.words().find_map(|word| {
            let name = word.known()?.to_ascii_lowercase();
            setters.get(&name).copied()
        });
        let Some(setter) = found else { continue };
        let header = if setter.name().starts_with("BrowserMatch") {
            "User-Agent".to_owned()
        } else {
            setter.arg(0).map(Value::lossy).unwrap_or_default()
        };
        let finding = RULE
            .at(setter.location())
            .message(format!("{header} is what the client says: whoever sends it is let in"))
            .label("believes the client")
            .related(directive.location(), "lets in by it")
            .help("ask for a login instead, or for an address");
        findings.push(given(finding, setter));
    }
}

/// The variables that such a header sets, and nothing else.
fn collect<'p>(site: &Site<'p>) -> HashMap<Vec<u8>, Directive<'p>> {
    let mut all: HashMap<Vec<u8>, Option<Directive<'_>>> = HashMap::new();
    let named =
        ["SetEnvIf", "SetEnvIfNoCase", "BrowserMatch", "BrowserMatchNoCase", "SetEnvIfExpr"];
    for directive in named.into_iter().flat_map(|name| read(site, name)) {
        let is_header = directive.name().starts_with("BrowserMatch")
            || directive
                .arg(0)
                .is_some_and(|word| HEADERS.iter().any(|header| word.is_ignoring_case(header)));
        for name in names(directive).unwrap_or_default() {
            let is_bad = is_header && !directive.is("SetEnvIfExpr");
            all.entry(name)
                .and_modify(|known| *known = known.filter(|_| is_bad))
                .or_insert(is_bad.then_some(directive));
        }
    }
    all.into_iter().filter_map(|(name, directive)| Some((name, directive?))).collect()
}

/// Whether meeting this requirement is enough.
fn is_enough(directive: Directive<'_>) -> bool {
    match container(directive) {
        Container::Implicit => true,
        Container::Explicit(section) => {
            section.is_section("RequireAny") && matches!(container(section), Container::Implicit)
        }
        Container::Unknown => false,
    }
}

/// Whether it keeps pictures and their like from being shown on other sites: nobody takes that for a lock.
fn is_about_files(directive: Directive<'_>) -> bool {
    directive.sections().any(|section| {
        section.is_section("Files")
            || section.is_section("FilesMatch")
            || section.is_section("LocationMatch")
    })
}
