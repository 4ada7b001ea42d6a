//! `$remote_user` where nobody has checked it: it is the name in the client's header, with any password.

use crate::config::nginx::{Directive, Value, variables};
use crate::diagnostic::{Findings, Severity};
use crate::policy::nginx::{Basic, Passing, Policy};
use crate::source::Location;
use std::collections::HashSet;

rule! {
    "nginx/remote-user-unverified" {
        reads: NginxPolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "$remote_user is handed on from a place without a login, where clients choose it",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.site.values_with_variable(is_the_user).next().is_none() {
        return;
    }
    // the lines that name the user after a login
    let mut verified = HashSet::<Location>::new();
    let mut open: Vec<(Passing<'_, '_>, Directive<'_>)> = Vec::new();
    for passing in policy.passings() {
        for line in passing.lines().filter(|line| names_user(*line)) {
            if matches!(passing.place.basic(), Basic::On(..)) {
                verified.insert(line.words_location());
            } else if passing.place.asks_nobody()
                && !passing.place.is_open()
                && !passing.place.is_internal()
            {
                open.push((passing, line));
            }
        }
    }
    let mut told = HashSet::new();
    for (passing, line) in open {
        let place = passing.place;
        let off = match place.basic() {
            Basic::Off(off) => Some(off),
            _ => None,
        };
        let at = off.unwrap_or(line);
        if !at.is_certainly_here() || !told.insert(at.words_location()) {
            continue;
        }
        let name = line.arg(0).map(Value::lossy).unwrap_or_default();
        let mut finding = RULE
            .at(at.words_location())
            .message(format!(
                "nobody checks a password here, and `$remote_user` is what the client says: what is behind gets any name as `{name}`"
            ))
            .label(if off.is_some() { "no password is checked" } else { "not checked" })
            .related(passing.pass.words_location(), "handed on")
            .help(format!("set it to nothing here: `{} {name} \"\";` beside the other lines of the list", passing.module.setter));
        if off.is_some() {
            finding = finding.related(line.words_location(), "handed on as the user");
        }
        // without a login elsewhere, or as one of a package's parameters, what is behind may not look at it
        let is_trusted = verified.contains(&line.words_location()) && !is_shipped(line);
        findings.push(if is_trusted { finding } else { finding.severity(Severity::Info) });
    }
}

fn names_user(line: Directive<'_>) -> bool {
    line.arg(1).and_then(Value::known).is_some_and(|value| {
        variables(&value).any(|variable| variable.name.eq_ignore_ascii_case(b"remote_user"))
    })
}

/// Whether the text behind a `$` begins with the name.
fn is_the_user(rest: &[u8]) -> bool {
    let name = rest.strip_prefix(b"{").unwrap_or(rest).get(..b"remote_user".len());
    name.is_some_and(|name| name.eq_ignore_ascii_case(b"remote_user"))
}

/// Whether the line stands in a file that comes with nginx.
fn is_shipped(line: Directive<'_>) -> bool {
    const FILES: [&str; 4] = ["fastcgi_params", "fastcgi.conf", "uwsgi_params", "scgi_params"];
    let name = line.source().path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| FILES.contains(&name))
}
