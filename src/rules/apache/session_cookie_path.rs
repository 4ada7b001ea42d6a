//! Browsers send a cookie to the paths that it names, and to no others.

use super::form_login::{COOKIES, attribute, covers, form_handlers, shares_server, with_type};
use super::reading::given;
use crate::config::apache::Directive;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::apache::Policy;
use std::collections::HashSet;
use std::ops::Range;

rule! {
    "apache/session-cookie-path" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the session's cookie is for another path, and is never sent where the login is needed",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let mut handlers = None;
    for (place, auth_type) in with_type(policy, b"form") {
        let Some(path) = place.path() else { continue };
        let Some(cookie) = place.effective(&COOKIES).set() else { continue };
        let mut narrow = narrow_path(cookie, &path).map(|range| (cookie, range));
        let mut edits: Vec<(Directive<'_>, Range<usize>)> = narrow.clone().into_iter().collect();
        for &handler in handlers.get_or_insert_with(|| form_handlers(policy)).iter() {
            let theirs = handler.effective(&COOKIES).set().filter(|it| it.id != cookie.id);
            let Some(theirs) = theirs.filter(|_| shares_server(handler, place)) else { continue };
            if let Some(range) = narrow_path(theirs, &path) {
                narrow = narrow.or(Some((theirs, range.clone())));
                edits.push((theirs, range));
            }
        }
        let Some((cookie, range)) = narrow else { continue };
        let Some(attributes) = cookie.arg(1) else { continue };
        if !told.insert(cookie.location()) {
            continue;
        }
        let text = attributes.decoded();
        let message = format!(
            "browsers send this cookie to {} only, not to {}: whoever has logged in is sent to the login again",
            String::from_utf8_lossy(&text[range]),
            String::from_utf8_lossy(&path)
        );
        let edits = edits.into_iter().filter_map(|(directive, range)| {
            Some(Edit::replace(directive.arg(1)?.part(range), "/"))
        });
        let finding = RULE
            .at(cookie.location())
            .message(message)
            .label("does not reach where it is needed")
            .related(auth_type.location(), "needs the cookie here")
            .fix(Safety::Unsafe, "let the cookie reach every path", edits.collect());
        findings.push(given(finding, cookie));
    }
}

/// The path that the cookie is for, where that does not cover `path`.
fn narrow_path(cookie: Directive<'_>, path: &[u8]) -> Option<Range<usize>> {
    let attributes = cookie.arg(1)?;
    let text = attributes.known().filter(|text| **text == *attributes.decoded())?;
    let range = attribute(&text, b"path")?;
    let own = text.get(range.clone())?;
    (own.starts_with(b"/") && !covers(own, path)).then_some(range)
}
