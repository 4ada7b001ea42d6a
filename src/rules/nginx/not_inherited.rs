//! Lists that replace each other as a whole: what a block around sets is lost where a block has a line of its own.

use super::headers::{Meaning, is_clients, meaning};
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Edit, Finding, Findings, Safety};
use crate::policy::nginx::{BlockId, Module, Passing, Policy};
use crate::rules::Rule;
use crate::source::{Location, Span};
use std::collections::{HashMap, HashSet};

/// Parameters other than those of request headers that say who the client is.
const PARAMETERS: [&[u8]; 4] = [b"remote_user", b"auth_user", b"php_auth_user", b"auth_type"];

/// Reports each list of `wanted` modules that drops a line about a proof or an identity.
pub(super) fn check(
    policy: &Policy<'_>,
    rule: &'static Rule,
    wanted: fn(&Module) -> bool,
    findings: &mut Findings,
) {
    let passings = || policy.passings().filter(|passing| wanted(passing.module));
    // those with lines of their own, and the block around whose lines these replace
    let mut inner = Vec::new();
    for passing in passings() {
        let Some(block) = known_list(passing) else { continue };
        let outer = policy.place(block).parent();
        let outer = outer.and_then(|outer| policy.list_block(outer.block, &[passing.module.set]));
        if let Some(outer) = outer
            && !passing.place.is_auth_location()
        {
            inner.push((passing, block, outer));
        }
    }
    if inner.is_empty() {
        return;
    }
    let mut lists = HashMap::<(BlockId, &str), HashSet<Option<Vec<u8>>>>::new();
    for passing in passings() {
        if let Some(block) = known_list(passing) {
            let used = lists.entry((block, passing.module.setter)).or_default();
            used.insert(passing.authority());
        }
    }
    let mut told = HashSet::<(Location, Location)>::new();
    let mut mattering = HashMap::<(BlockId, &str), Vec<Directive<'_>>>::new();
    for (passing, block, outer) in inner {
        let key = (outer, passing.module.setter);
        // a block around that others use for other servers says nothing about this one
        let concerns = lists.get(&key).is_none_or(|used| used.contains(&passing.authority()));
        let own: Vec<_> = policy.get(block).all(&[passing.module.set]).collect();
        let Some(&first) = own.first().filter(|first| concerns && first.is_certainly_here()) else {
            continue;
        };
        let outer = mattering.entry(key).or_insert_with(|| {
            let set = [passing.module.set];
            let lines = policy.get(outer).all(&set);
            lines.filter(|line| matters(passing.module, *line)).collect()
        });
        for &lost in &*outer {
            let places = (first.words_location(), lost.words_location());
            if is_for_logins(passing, lost)
                || repeats(passing, &own, lost)
                || told.contains(&places)
            {
                continue;
            }
            told.insert(places);
            findings.push(finding(rule, passing, first, lost));
        }
    }
}

/// The block whose lines are sent along, where all of them are known.
fn known_list(passing: Passing<'_, '_>) -> Option<BlockId> {
    let policy = passing.place.policy;
    let block = policy.list_block(passing.place.block, &[passing.module.set])?;
    policy.get(block).open.is_none().then_some(block)
}

/// Whether the line is about a proof or an identity, and does not just say what happens anyhow.
fn matters(module: &Module, line: Directive<'_>) -> bool {
    let (Some(name), Some(value)) =
        (line.arg(0).and_then(Value::known), line.arg(1).and_then(Value::known))
    else {
        return false;
    };
    if !line.is_certainly_here() {
        return false;
    }
    match module.header(line) {
        Some(header) if meaning(&header).is_some() => !is_clients(&header, &value),
        _ => module.is_application() && PARAMETERS.contains(&&*name.to_ascii_lowercase()),
    }
}

/// Whether the line takes a proof off requests that nginx has checked, where it checks none.
fn is_for_logins(passing: Passing<'_, '_>, lost: Directive<'_>) -> bool {
    let is_proof =
        passing.module.header(lost).and_then(|name| meaning(&name)) == Some(Meaning::Credential);
    is_proof && lost.arg(1).is_some_and(|value| value.is(b"")) && passing.place.login().is_none()
}

/// Whether a line of `own` sets the same.
fn repeats(passing: Passing<'_, '_>, own: &[Directive<'_>], lost: Directive<'_>) -> bool {
    let name = lost.arg(0).and_then(Value::known).unwrap_or_default();
    own.iter().any(|line| match line.arg(0) {
        // a template may name anything
        Some(value) => value.known().is_none_or(|own| own.eq_ignore_ascii_case(&name)),
        None => false,
    }) || passing.module.header(lost).is_none() && !passing.module.is_application()
}

fn finding(
    rule: &'static Rule,
    passing: Passing<'_, '_>,
    first: Directive<'_>,
    lost: Directive<'_>,
) -> Finding {
    let setter = passing.module.setter;
    let name = lost.arg(0).map(Value::lossy).unwrap_or_default();
    let value = lost.arg(1);
    let is_cleared = value.is_some_and(|value| value.is(b""));
    let follows = if is_cleared {
        format!("what the client sends as {name} is handed on here")
    } else {
        format!("{name} is not set here")
    };
    let finding = rule
        .at(first.words_location())
        .message(format!(
            "a `{setter}` of its own replaces every inherited one: `{name}` of the block around is lost, and {follows}"
        ))
        .label("replaces the inherited lines")
        .related(lost.words_location(), "lost")
        .related(passing.pass.words_location(), "handed on without it")
        .help(format!("repeat the `{setter} {name}` line here, or keep all of them in one file that is included in both blocks"));
    let raw = value.map(Value::decoded).unwrap_or_default();
    let in_variables: usize =
        crate::config::nginx::variables(&raw).map(|variable| variable.range.len()).sum();
    // a value that the configuration spells out may be a secret, and a shared file is read elsewhere too
    if in_variables == raw.len() && first.inclusions().count() == 1 {
        let line = {
            let span = lost.node().span;
            let text = &lost.source().bytes()[span.start as usize..span.end as usize];
            String::from_utf8_lossy(text).into_owned()
        };
        return finding.fix(
            Safety::Unsafe,
            format!("repeat `{name}` here"),
            vec![insertion_before(first, &line)],
        );
    }
    finding
}

/// Puts `text` on a line of its own before `directive`.
pub(super) fn insertion_before(directive: Directive<'_>, text: &str) -> Edit {
    let start = directive.node().span.start as usize;
    let before = &directive.source().bytes()[..start];
    let indent = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let indent = String::from_utf8_lossy(&before[start - indent..]).into_owned();
    let at = directive.at(Span::empty(start as u32));
    Edit::insert(at, format!("{text}\n{indent}"))
}
