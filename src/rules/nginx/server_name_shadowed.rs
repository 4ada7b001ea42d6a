//! A regular expression as `server_name`, all of whose names a wildcard of another server takes: wildcards come first.

use super::protection::{asks, compared};
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Effect, Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Address, BlockId, Policy};
use crate::policy::sample;
use regex_syntax::hir::Look;
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use std::collections::{HashMap, HashSet};

rule! {
    "nginx/server-name-shadowed" {
        reads: NginxPolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "every name that a regular expression of a server matches belongs to the wildcard of another server",
    }
}

const SERVER_NAME: [Id; 1] = [id!("server_name")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut wildcards = HashMap::<(&Address, Vec<u8>), (BlockId, Value<'_>)>::new();
    for (listen, name, text) in names(policy) {
        let rest = text.strip_prefix(b"*").or_else(|| text.starts_with(b".").then_some(&text[..]));
        if let Some(rest) = rest {
            wildcards.entry((&listen.address, rest.to_vec())).or_insert((listen.server, name));
        }
    }
    if wildcards.is_empty() {
        return;
    }
    let mut told = HashSet::new();
    for (listen, name, text) in names(policy) {
        let Some(pattern) = text.strip_prefix(b"~") else { continue };
        let Some(ends) = ends(pattern) else { continue };
        // the longest wildcard: from the left, the first dot leaves the longest rest
        let taken_by = |end: &Vec<u8>| {
            let mut dots = (0..end.len()).filter(|&at| end[at] == b'.');
            dots.find_map(|at| wildcards.get(&(&listen.address, end[at..].to_vec()))).copied()
        };
        let all: Option<Vec<_>> = ends.iter().map(taken_by).collect();
        let Some(all) = all else { continue };
        let Some(&(server, wildcard)) = all.first() else { continue };
        if all.iter().any(|(other, _)| *other != server)
            || server == listen.server
            || !told.insert(name.location())
        {
            continue;
        }
        let (first, second) = (asks(policy.place(server)), asks(policy.place(listen.server)));
        let (severity, effect) = match (first.is_some(), second.is_some()) {
            (true, false) => (Severity::Warning, Effect::Unwanted401),
            (false, true) => (Severity::Warning, Effect::NotEnforced),
            _ => (Severity::Info, Effect::Hygiene),
        };
        findings.push(
            RULE.at(name.location())
                .message(format!(
                    "this regular expression is never tried: {} of another server takes every name that it matches, and {}",
                    wildcard.shown(),
                    compared(first, second)
                ))
                .label("tried after all wildcards")
                .related(wildcard.location(), "takes these names")
                .severity(severity)
                .effect(effect)
                .help("write the names themselves, or wildcards of their own, which come before regular expressions"),
        );
    }
}

/// Every name of every server, in small letters where letter case does not matter, with the socket.
fn names<'r, 'p>(
    policy: &'r Policy<'p>,
) -> impl Iterator<Item = (&'r crate::policy::nginx::Listen<'p>, Value<'p>, Vec<u8>)> {
    policy.listens().iter().flat_map(move |listen| {
        let server = policy.place(listen.server);
        let lines: Vec<Directive<'p>> =
            server.own_all(&SERVER_NAME).filter(|line| line.is_certainly_here()).collect();
        lines.into_iter().flat_map(Directive::args).filter_map(move |name| {
            let text = name.known()?;
            let text =
                if text.starts_with(b"~") { text.into_owned() } else { text.to_ascii_lowercase() };
            Some((listen, name, text))
        })
    })
}

/// The texts one of which every match of `pattern` ends with; `None` where they are not known.
fn ends(pattern: &[u8]) -> Option<Vec<Vec<u8>>> {
    let hir = sample::parse(pattern)?;
    if !hir.properties().look_set_suffix().contains(Look::End) {
        return None;
    }
    let found = Extractor::new().kind(ExtractKind::Suffix).extract(&hir);
    let ends = found.literals()?;
    Some(ends.iter().map(|end| end.as_bytes().to_ascii_lowercase()).collect())
}
