//! A redirect to `$uri`, or a `try_files` that ends in a script, leaves the query behind: tokens, nonces, login states.

use crate::config::nginx::{Directive, Value, variables};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Place, Policy, local_path, status_of};
use crate::source::{Location, Span};
use std::collections::HashSet;

rule! {
    "nginx/query-string-dropped" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "a redirect or try_files leaves the query string behind, with the tokens in it",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        for own in place.own_all(&[id!("return"), id!("try_files")]) {
            let lost = if own.is("return") { redirect(place, own) } else { fallback(place, own) };
            let Some((value, why, reads)) = lost else { continue };
            if place.is_open() || !told.insert((own.words_location().file, own.id)) {
                continue;
            }
            let end = value.location().span.end
                - u32::from(value.raw().ends_with(b"\"") || value.raw().ends_with(b"'"));
            let end = Location::new(value.location().file, Span::empty(end));
            findings.push(
                RULE.at(own.words_location())
                    .message(format!(
                        "{} does not bring the query string along: {why}",
                        value.shown()
                    ))
                    .related(reads.words_location(), "reads the query")
                    .help("append `$is_args$args`")
                    .fix(
                        Safety::Unsafe,
                        "append the query",
                        vec![Edit::insert(end, "$is_args$args")],
                    ),
            );
        }
    }
}

/// A redirect to a path of this server where what answers looks at the query.
fn redirect<'p>(
    place: Place<'_, 'p>,
    own: Directive<'p>,
) -> Option<(Value<'p>, &'static str, Directive<'p>)> {
    matches!(status_of(own), Some(301 | 302 | 303 | 307 | 308)).then_some(())?;
    let value = own.arg(1)?;
    let text = value.known()?;
    // a path that is copied from the request is meant to be the same request
    let copies = variables(&text).any(|one| matches!(one.name, b"uri" | b"document_uri"));
    if !copies || text.contains(&b'?') || brings_query(&text) {
        return None;
    }
    let start = text.iter().position(|byte| *byte == b'$')?;
    let path = text.get(..start).filter(|path| path.starts_with(b"/"))?;
    // the variable begins with a slash
    let to = place.policy.route(place.server()?.block, &[path, b"/x"].concat())?;
    let reads = to.with_ifs().find_map(|inner| {
        let condition = inner.directive().filter(|_| inner.block != to.block);
        let mut own = place.policy.get(inner.block).own().chain(condition);
        own.find(|one| {
            one.args().any(|word| {
                word.known()
                    .is_some_and(|text| variables(&text).any(|one| one.name.starts_with(b"arg_")))
            })
        })
    })?;
    Some((value, "what answers there looks for arguments that never come", reads))
}

/// A script at the end of `try_files` that is handed the query in FastCGI parameters.
fn fallback<'p>(
    place: Place<'_, 'p>,
    own: Directive<'p>,
) -> Option<(Value<'p>, &'static str, Directive<'p>)> {
    const PARAM: Id = id!("fastcgi_param");
    let value = own.args().next_back()?;
    let text = value.known()?;
    if !text.starts_with(b"/") || !text.ends_with(b".php") {
        return None;
    }
    let to = place.policy.route(place.server()?.block, &local_path(value)?)?;
    to.handler().filter(|handler| handler.is("fastcgi_pass"))?;
    let query = to.list(&[PARAM]).directives.into_iter().find(|one| {
        one.arg(0).is_some_and(|name| name.is(b"QUERY_STRING"))
            && one.arg(1).is_some_and(|value| value.is(b"$query_string") || value.is(b"$args"))
    })?;
    Some((value, "PHP sees no argument of any address that this leads to it", query))
}

fn brings_query(text: &[u8]) -> bool {
    variables(text).any(|one| {
        matches!(one.name, b"args" | b"query_string" | b"request_uri" | b"is_args")
            || one.name.starts_with(b"arg_")
    })
}
