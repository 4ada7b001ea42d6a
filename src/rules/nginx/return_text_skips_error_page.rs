//! `return 401 "text"` is an answer with a body, and `error_page` is for answers without one.

use crate::config::nginx::Value;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Policy, status_of};
use crate::source::{Location, Span};

rule! {
    "nginx/return-text-skips-error-page" {
        reads: NginxPolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "return 401 with a text passes the error_page for 401 by",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = std::collections::HashSet::new();
    for place in policy.places() {
        for own in place.own_all(&[id!("return")]) {
            let Some(text) = own.arg(1).filter(|text| !text.raw().is_empty() && !text.is(b""))
            else {
                continue;
            };
            if status_of(own) != Some(401) || text.is_templated() {
                continue;
            }
            let Some(page) = place.error_page(401) else { continue };
            // a page for other blocks as well says little of this one
            let target = page.args().next_back().map(Value::shown).unwrap_or_default();
            let is_near = place.server().is_some_and(|server| {
                server.block != crate::policy::nginx::BlockId(0)
                    && policy.around(place.block).any(|at| {
                        at >= server.block
                            && policy
                                .get(at)
                                .own()
                                .any(|one| (one.inclusion, one.id) == (page.inclusion, page.id))
                    })
            });
            if !is_near || place.is_open() || !told.insert((own.words_location().file, own.id)) {
                continue;
            }
            let status = own.arg(0).map_or(own.words_location(), Value::location);
            let rest =
                Location::new(status.file, Span::new(status.span.end, text.location().span.end));
            findings.push(
                RULE.at(own.words_location())
                    .message(format!("with a text, this 401 is sent at once: error_page does not lead it to {target}"))
                    .related(page.words_location(), "is not asked")
                    .help("write `return 401;` where the page is meant")
                    .fix(Safety::Unsafe, "leave the text out", vec![Edit::delete(rest)]),
            );
        }
    }
}
