//! A `map` compares without regard to letter case: a secret in capital letters opens as well in small ones.

use super::headers::{Meaning, meaning};
use crate::config::nginx::{Value, variables};
use crate::diagnostic::Findings;
use crate::policy::nginx::Policy;

rule! {
    "nginx/map-secret-case-insensitive" {
        reads: NginxPolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "a secret is a key of a map, which compares without regard to letter case",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut maps: Vec<_> = policy.maps.values().filter(|map| map.is("map")).collect();
    maps.sort_by_key(|map| map.words_location());
    for map in maps {
        let Some(source) = map.arg(0).and_then(Value::known) else { continue };
        let mut found = variables(&source);
        let (Some(variable), None) = (found.next(), found.next()) else { continue };
        let name = variable.name.to_ascii_lowercase();
        let Some(header) = name.strip_prefix(b"http_") else { continue };
        let header: Vec<u8> =
            header.iter().map(|&byte| if byte == b'_' { b'-' } else { byte }).collect();
        if meaning(&header) != Some(Meaning::Credential) || header == b"cookie" {
            continue;
        }
        let is_secret = |key: &[u8]| {
            key.len() >= 8
                && !key.starts_with(b"~")
                && !key.contains(&b'*')
                && key.iter().any(u8::is_ascii_alphabetic)
                && key != b"hostnames"
        };
        // one line for a map, however many secrets it has
        let line = map
            .children()
            .find(|line| line.name_value().known().is_some_and(|key| is_secret(&key)));
        let Some(line) = line.filter(|line| line.is_certainly_here()) else { continue };
        findings.push(
            RULE.at(line.name_value().location())
                .message("keys of a map are compared without regard to letter case: a secret with any mixture of small and capital letters is taken")
                .label("any letter case will do")
                .related(map.words_location(), "compares in small letters")
                .help("write a regular expression, which looks at letter case: `\"~^KEY$\"`"),
        );
    }
}
