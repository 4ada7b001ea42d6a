//! A header by which what is behind knows the user, set in one place and taken from the client in another.

use super::headers::{Meaning, meaning};
use crate::config::nginx::{Directive, Value, variables};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::nginx::{Kind, MODULES, Module, Passing, Policy};
use crate::source::Span;
use std::collections::{HashMap, HashSet};

rule! {
    "nginx/identity-header-not-cleared" {
        reads: NginxPolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "a header that names the user to what is behind is set in one place, and comes from the client in another",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let is_somewhere = MODULES.iter().any(|module| {
        policy.site.has_line(module.setter, |line| names_user(module, line).is_some())
    });
    if !is_somewhere {
        return;
    }
    // what is trusted, by where it leads: the header and the line that sets it after a login
    let mut trusted = HashMap::<Vec<u8>, Vec<(Vec<u8>, Directive<'_>)>>::new();
    for passing in policy.passings() {
        if passing.place.login().is_none() {
            continue;
        }
        for line in passing.lines() {
            let Some(name) = names_user(passing.module, line) else { continue };
            let Some(authority) = passing.authority() else { continue };
            let comes_from_login = line.arg(1).and_then(Value::known).is_some_and(|value| {
                variables(&value).any(|variable| !variable.name.starts_with(b"http_"))
            });
            if !comes_from_login {
                continue;
            }
            let known = trusted.entry(authority).or_default();
            if known.len() < 20 && !known.iter().any(|(other, _)| *other == name) {
                known.push((name, line));
            }
        }
    }
    if trusted.is_empty() {
        return;
    }
    let mut told = HashSet::new();
    for passing in policy.passings() {
        let known = passing.authority().and_then(|authority| trusted.get(&authority));
        let Some(known) = known else { continue };
        let place = passing.place;
        let is_off = passing.module.client_headers.is_some_and(|id| {
            let switch = place.effective(id).set();
            switch.is_some_and(|line| line.arg(0).is_some_and(|value| value.is(b"off")))
        });
        if passing.is_open() || place.is_open() || place.is_internal() || is_off {
            continue;
        }
        for (name, line) in known {
            // `X_User` in a template may be any header
            let is_set = passing.lines().any(|line| {
                passing.module.sets_header(line, name)
                    || line.arg(0).is_some_and(Value::is_templated)
            });
            let Some(block) = place.directive().filter(|_| !is_set) else { continue };
            let list = policy.list_block(place.block, &[passing.module.set]);
            let outer_lost = list == Some(place.block)
                && place.parent().is_some_and(|parent| {
                    let outer = parent.list(&[passing.module.set]).directives;
                    outer.iter().any(|line| passing.module.sets_header(*line, name))
                });
            // that it is lost is another mistake
            if outer_lost || !told.insert((block.words_location(), name.clone())) {
                continue;
            }
            let shown = line.arg(0).map(Value::lossy).unwrap_or_default();
            let mut finding = RULE
                .at(block.words_location())
                .message(format!(
                    "what is behind takes `{shown}` for the user, and here it comes from the client as it is: anybody is who they say they are"
                ))
                .label(format!("hands on the client's `{shown}`"))
                .related(line.words_location(), "set after a login there")
                .related(passing.pass.words_location(), "leads to the same server")
                .help(format!("add `{} {shown} \"\";` here", passing.module.setter));
            if let Some(edit) = clearing(passing, list, &shown) {
                finding = finding.fix(
                    Safety::Unsafe,
                    format!("remove the client's `{shown}`"),
                    vec![edit],
                );
            }
            findings.push(finding);
        }
    }
}

/// The header that a line sets, where it says who the client is.
fn names_user(module: &Module, line: Directive<'_>) -> Option<Vec<u8>> {
    module.header(line).filter(|name| meaning(name) == Some(Meaning::Identity))
}

/// Empties the header before the directive that hands on; none where the line would replace inherited ones.
fn clearing(
    passing: Passing<'_, '_>,
    list: Option<crate::policy::nginx::BlockId>,
    name: &str,
) -> Option<Edit> {
    let own = list == Some(passing.place.block);
    if !own && list.is_some() || passing.place.kind() != Kind::Location {
        return None;
    }
    let start = passing.pass.node().span.start as usize;
    let before = &passing.pass.source().bytes()[..start];
    let indent = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let indent = String::from_utf8_lossy(&before[start - indent..]).into_owned();
    (passing.pass.inclusions().count() == 1).then(|| {
        let text = format!("{} {name} \"\";\n{indent}", passing.module.setter);
        Edit::insert(passing.pass.at(Span::empty(start as u32)), text)
    })
}
