//! `$1` in a value is what a regular expression captured; in the middle of a token it makes two bytes vanish.

use crate::config::nginx::{BlockKey, Directive, Site, variables};
use crate::diagnostic::{Findings, Severity};
use std::collections::HashMap;

rule! {
    "nginx/dollar-in-secret" {
        reads: Nginx, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "a dollar sign and a digit in a token are taken for a capture and vanish",
    }
}

/// What sets a header or a parameter for the upstream.
const SETS: [&str; 5] =
    ["proxy_set_header", "grpc_set_header", "fastcgi_param", "uwsgi_param", "scgi_param"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut captures = HashMap::new();
    for (directive, value) in
        site.values_with_variable(|rest| matches!(rest.first(), Some(b'1'..=b'9')))
    {
        let name = directive.known().map_or("", |known| known.name);
        let Some(header) = directive.arg(0).filter(|_| SETS.contains(&name)) else { continue };
        if !is_secret(&header.decoded())
            || directive.arg(1).map(|last| last.word) != Some(value.word)
        {
            continue;
        }
        let Some(text) = value.known() else { continue };
        let glued = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
        let capture = variables(&text).find(|variable| {
            let before = variable.range.start.checked_sub(1).and_then(|at| text.get(at));
            // a capture that is meant stands apart from other text
            variable.is_capture() && (glued(before) || glued(text.get(variable.range.end)))
        });
        let Some(capture) = capture else { continue };
        let finding = RULE
            .at(value.part_or_all(capture.range))
            .message(format!(
                "nginx takes a dollar sign and a digit for the capture of a regular expression: without one both vanish from {}",
                header.shown()
            ))
            .label("replaced by nothing")
            .help("set a variable to the dollar sign, `geo $dollar { default \"$\"; }` in http, and write `${dollar}`: there is no escape for it");
        findings.push(match may_capture(directive, &mut captures) {
            Some(false) => finding,
            Some(true) => continue,
            None => finding
                .severity(Severity::Warning)
                .depends_on("whether a regular expression around this file captures something"),
        });
    }
}

/// Whether a header or parameter of this name carries a credential.
fn is_secret(header: &[u8]) -> bool {
    let name = header.to_ascii_lowercase();
    let parts: Vec<&[u8]> = name.split(|byte| matches!(byte, b'-' | b'_')).collect();
    [&b"authorization"[..], b"cookie", b"key", b"apikey", b"token", b"secret", b"password", b"auth"]
        .into_iter()
        .any(|word| parts.contains(&word))
}

/// Whether a regular expression of a block around may have captured something; `None` when a block is not known.
fn may_capture(directive: Directive<'_>, known: &mut HashMap<BlockKey, bool>) -> Option<bool> {
    for block in directive.ancestors().take(64) {
        let key = Some((block.inclusion, block.id));
        if *known.entry(key).or_insert_with(|| block_captures(block)) {
            return Some(true);
        }
    }
    (!directive.is_in_fragment()).then_some(false)
}

/// Whether a block's own regular expressions may capture: its name, and the directives directly in it.
fn block_captures(block: Directive<'_>) -> bool {
    let regex =
        |directive: Directive<'_>| directive.args().any(|value| value.decoded().starts_with(b"~"));
    regex(block)
        || block.children().any(|child| {
            child.is("rewrite")
                || child.is("include")
                || (child.is("if")
                    && (regex(child) || child.children().any(|inner| inner.is("rewrite"))))
                || (child.is("server_name") && regex(child))
        })
}
