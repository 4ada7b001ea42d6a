//! `<Location /app/>` does not hold for `/app`, which a ProxyPass for `/app` hands on.

use super::reading::{given, read, shown};
use super::sections::{Matched, has_wildcard, matched, trimmed, upwards};
use crate::config::apache::{Directive, InclusionId, Site};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::syntax::NodeId;
use std::collections::{HashMap, HashSet};

rule! {
    "apache/location-trailing-slash" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a <Location> with a slash at its end leaves out the URL without it, which is served as well",
    }
}

/// The directives that serve a path and what is below it.
const SERVING: [&str; 3] = ["ProxyPass", "ScriptAlias", "WSGIScriptAlias"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    // a configuration that serves folders only pays nothing for its sections
    if SERVING.iter().all(|name| read(site, name).next().is_none()) {
        return;
    }
    let sections: Vec<Matched<'_>> = matched(site, "Location").collect();
    let mut known: Option<Known<'_, '_>> = None;
    for matched in sections.iter().filter(|matched| !matched.is_regex) {
        let path = trimmed(&matched.text);
        if path.is_empty()
            || path.len() == matched.text.len()
            || has_wildcard(path)
            || !matched.access().restricts
        {
            continue;
        }
        let known = known.get_or_insert_with(|| collect(site, &sections));
        if known.regex || upwards(path).any(|path| known.closed.contains(path)) {
            continue;
        }
        let serving = known.serving.get(&(host(matched.section), path.to_vec()));
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

/// A virtual host; `None` for the main server.
type Host = Option<(InclusionId, NodeId)>;

/// What holds for URLs without a slash at their end.
struct Known<'s, 'p> {
    /// The paths of the sections without a slash at the end that keep somebody out.
    closed: HashSet<&'s [u8]>,
    /// Whether a section with a regular expression does.
    regex: bool,
    /// What serves a path.
    serving: HashMap<(Host, Vec<u8>), Directive<'p>>,
}

fn collect<'s, 'p>(site: &Site<'p>, sections: &'s [Matched<'p>]) -> Known<'s, 'p> {
    let closing = || sections.iter().filter(|other| other.access().restricts);
    let whole = |text: &[u8]| trimmed(text).len() == text.len() || text == b"/";
    let mut serving = HashMap::new();
    for directive in SERVING.iter().flat_map(|name| read(site, name)) {
        let (Some(path), Some(target)) = (directive.arg(0), directive.arg(1)) else { continue };
        let Some(path) = path.known().filter(|_| !target.is(b"!")) else { continue };
        serving.entry((host(directive), path.into_owned())).or_insert(directive);
    }
    Known {
        closed: closing()
            .filter(|other| !other.is_regex && whole(&other.text))
            .map(|other| trimmed(&other.text))
            .collect(),
        regex: closing().any(|other| other.is_regex),
        serving,
    }
}

fn host(directive: Directive<'_>) -> Host {
    let host = directive.sections().find(|section| section.is_section("VirtualHost"));
    host.map(|host| (host.inclusion, host.id))
}
