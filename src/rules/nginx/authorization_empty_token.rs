//! A scheme and a variable that may be empty: `Bearer ` goes on, and hides what the client sent.

use crate::config::nginx::{Directive, Value, Variable, variables};
use crate::diagnostic::Findings;
use crate::policy::nginx::{Kind, Passing, Policy};
use std::collections::HashSet;

rule! {
    "nginx/authorization-empty-token" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "Authorization is a scheme and a variable that may be empty, which sends a scheme without a token",
    }
}

/// Variables of the request that are empty where the client does not send their part.
const OPTIONAL: [&[u8]; 2] = [b"cookie_", b"arg_"];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for passing in policy.passings() {
        let Some(line) = passing.sets(b"authorization") else { continue };
        let Some(value) = line.arg(1) else { continue };
        let text = value.decoded();
        let Some((scheme, variable)) = scheme_and_variable(&text) else { continue };
        let name = variable.name.to_ascii_lowercase();
        if !line.is_as_written()
            || !may_be_empty(policy, &name)
            || passing.place.login().is_some()
            || passing.place.access_code().is_some()
            // who has no token is refused there either way
            || passing.place.is_auth_location()
            || is_tested(policy, passing, &name)
            || !told.insert(line.words_location())
        {
            continue;
        }
        let variable = String::from_utf8_lossy(&text[variable.range.clone()]).into_owned();
        findings.push(
            RULE.at(line.words_location())
                .message(format!(
                    "a request for which `{variable}` is empty is sent on as `Authorization: {scheme} ` without a token, and the client's own header is lost"
                ))
                .label("sent even where the variable is empty")
                .help(format!(
                    "let a `map` choose: `map {variable} $authorization {{ \"\" $http_authorization; default \"{scheme} {variable}\"; }}` in http, and `{} {} $authorization;` here",
                    passing.module.setter,
                    line.arg(0).map(Value::lossy).unwrap_or_default()
                )),
        );
    }
}

/// `Bearer $variable`: a scheme, a blank, and one variable that is all the rest.
fn scheme_and_variable(text: &[u8]) -> Option<(&'static str, Variable<'_>)> {
    const SCHEMES: [&str; 3] = ["Bearer", "Basic", "Token"];
    let mut found = variables(text);
    let variable = found.next()?;
    if found.next().is_some() || variable.range.end != text.len() || variable.is_capture() {
        return None;
    }
    let scheme = text[..variable.range.start].strip_suffix(b" ")?;
    let scheme = SCHEMES.into_iter().find(|name| name.as_bytes().eq_ignore_ascii_case(scheme))?;
    Some((scheme, variable))
}

fn may_be_empty(policy: &Policy<'_>, name: &[u8]) -> bool {
    if OPTIONAL.iter().any(|prefix| name.starts_with(prefix)) {
        return true;
    }
    let Some(map) = policy.maps.get(name).filter(|map| map.is("map")) else { return false };
    if !map.is_certainly_here() || map.children().any(|line| line.is("include")) {
        return false;
    }
    let mut default = None;
    for line in map.children() {
        let (Some(key), Some(value)) = (line_word(line, 0), line_word(line, 1)) else {
            return false;
        };
        if &*key == b"default" {
            default = Some(value);
        }
    }
    default.is_none_or(|value| value.is_empty())
}

/// A word of a line in a `map`: its key is the directive's name.
fn line_word(line: Directive<'_>, index: usize) -> Option<std::borrow::Cow<'_, [u8]>> {
    match index {
        0 => line.name_value().known(),
        index => line.arg(index - 1)?.known(),
    }
}

/// Whether an `if` on the way looks at the variable.
fn is_tested(policy: &Policy<'_>, passing: Passing<'_, '_>, name: &[u8]) -> bool {
    let looks = |head: Directive<'_>| {
        head.args().any(|value| {
            let text = value.decoded();
            variables(&text).any(|variable| variable.name.eq_ignore_ascii_case(name))
        })
    };
    let mut at = Some(passing.place);
    while let Some(place) = at {
        let mut inner = place.inner().take(200).filter(|inner| inner.kind() == Kind::If);
        let mut around = place.directive().into_iter().filter(|_| place.kind() == Kind::If);
        if around.any(looks) || inner.any(|inner| inner.directive().is_some_and(looks)) {
            return true;
        }
        at = place.parent();
    }
    // what a map makes of it may decide as well
    policy.maps.values().take(1000).any(|map| {
        map.arg(0).is_some_and(|source| {
            let text = source.decoded();
            variables(&text).any(|variable| variable.name.eq_ignore_ascii_case(name))
        })
    })
}
