//! `<Location /app/>` does not hold for `/app`, which a ProxyPass for `/app` hands on.

use super::reading::{given, read, shown};
use super::sections::{has_wildcard, matched, trimmed};
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "apache/location-trailing-slash" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a <Location> with a slash at its end leaves out the URL without it, which is served as well",
    }
}

/// The directives that serve a path and what is below it.
const SERVING: [&str; 3] = ["ProxyPass", "ScriptAlias", "WSGIScriptAlias"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let sections = matched(site, "Location");
    for matched in sections.iter().filter(|matched| !matched.is_regex) {
        let path = trimmed(&matched.text);
        if path.is_empty()
            || path.len() == matched.text.len()
            || has_wildcard(path)
            || !matched.access().restricts
        {
            continue;
        }
        let is_whole = |other: &super::sections::Matched<'_>| {
            other.is_regex
                || trimmed(&other.text).len() == other.text.len() && path.starts_with(&other.text)
        };
        if sections.iter().any(|other| is_whole(other) && other.access().restricts) {
            continue;
        }
        let host = |directive: crate::config::apache::Directive<'_>| {
            let host = directive.sections().find(|section| section.is_section("VirtualHost"));
            host.map(|host| (host.inclusion, host.id))
        };
        let serving = SERVING.iter().flat_map(|name| read(site, name)).find(|serving| {
            let is_path = serving.arg(0).is_some_and(|word| word.is(path));
            is_path
                && serving.arg(1).is_some_and(|target| !target.is(b"!"))
                && host(*serving) == host(matched.section)
        });
        let Some(serving) = serving else { continue };
        let shorter = String::from_utf8_lossy(path).into_owned();
        let message = format!(
            "{} does not hold for {shorter}, which `{}` serves: it is open to everybody",
            shown(matched.value),
            serving.name()
        );
        let quote = if matched.value.word.is_quoted() { "\"" } else { "" };
        let edit = Edit::replace(matched.value.location(), format!("{quote}{shorter}{quote}"));
        let finding = RULE
            .at(matched.value.location())
            .message(message)
            .related(serving.location(), "serves the URL without the slash, too")
            .fix(
                Safety::Unsafe,
                format!("write {shorter}, which holds for all below it"),
                vec![edit],
            );
        findings.push(given(finding, matched.section));
    }
}
