//! A page for errors that asks for a login itself: those who are refused, or who only missed a page, get another 401.

use crate::config::nginx::{Directive, Value, shown};
use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{Kind, Matcher, Place, Policy, local_path};
use std::collections::HashSet;

rule! {
    "nginx/error-page-under-auth" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "error_page leads to a page that asks for a login itself",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for block in policy.locations_and_servers() {
        for page in block.own_all(&[id!("error_page")]) {
            // each place inside is asked about once a server: pages of `http` are few
            let Some(login) = under_login(block, page) else { continue };
            let (Some(target), Some(asks)) = (login.directive(), login.login()) else { continue };
            let names = |status: &[u8]| page.args().any(|word| word.is(status));
            let refused = names(b"401").then(|| refused(block, page)).flatten();
            let missed = names(b"404").then(|| missed(block, page)).flatten();
            let (place, status, why) = match (refused, missed) {
                (Some(place), _) => (
                    place,
                    401,
                    "who is refused may not see it: it asks for a login, too, and nginx's own page is sent",
                ),
                (None, Some(place)) => {
                    (place, 404, "it asks for a login, and who only missed a page there gets 401")
                }
                (None, None) => continue,
            };
            // the page is written down, or the location that a named one is
            let at = if matches!(policy.get(login.block).matcher, Some(Matcher::Named(_))) {
                target.words_location()
            } else {
                page.words_location()
            };
            if !told.insert((at.file, at.span.start)) {
                continue;
            }
            let name = page.args().next_back().map(Value::shown).unwrap_or_default();
            let mut finding =
                RULE.at(at).message(format!("{name} is the page for {status}, but {why}"));
            if at == page.words_location() {
                finding = finding.related(target.words_location(), "takes the page");
            } else {
                finding = finding.related(page.words_location(), "leads here");
            }
            finding = finding.related(asks.words_location(), "asks for a login");
            if let Some(place) = place.directive().filter(|_| status == 404) {
                finding = finding.related(place.words_location(), "asks for none");
            }
            let off = asks.name();
            let path = shown(&page.args().next_back().and_then(local_path).unwrap_or_default());
            let help = match policy.get(login.block).matcher {
                Some(Matcher::Named(_)) => format!("write `{off} off;` in this location"),
                _ => format!("give {path} a location of its own with `{off} off;`"),
            };
            findings.push(finding.help(help));
        }
    }
}

/// The place that the page of an `error_page` comes to, where that asks for a login before anything else.
fn under_login<'r, 'p>(block: Place<'r, 'p>, page: Directive<'p>) -> Option<Place<'r, 'p>> {
    let policy = block.policy;
    let server = block.server()?;
    let target = page.args().next_back()?;
    let text = target.known()?;
    let place = if text.starts_with(b"@") {
        policy.place(policy.named_location(server.block, &text)?)
    } else {
        // a URL sends the client away
        if !text.starts_with(b"/") || page.args().any(|word| word.is(b"=302")) {
            return None;
        }
        policy.route(server.block, &local_path(target)?)?
    };
    // the pages of the service that is asked are another mistake
    let is_of_service = place.auth_request().and_then(|check| check.arg(0)).is_some_and(|check| {
        let path = policy.get(place.block).matcher.as_ref().and_then(Matcher::path);
        path.is_some_and(|path| path.len() > 1 && check.decoded().starts_with(path))
    });
    let asks = place.login().is_some() && place.satisfy_any().is_none();
    let answers = place.kind() == Kind::Server || !place.has_code();
    (asks && answers && !is_of_service && !place.is_open()).then_some(place)
}

/// The places that the `error_page` is in effect in.
fn in_effect<'r, 'p>(
    block: Place<'r, 'p>,
    page: Directive<'p>,
) -> impl Iterator<Item = Place<'r, 'p>> {
    let here = std::iter::once(block).chain(block.descendants());
    here.filter(move |place| {
        matches!(place.kind(), Kind::Server | Kind::Location)
            && place
                .list(&[id!("error_page")])
                .directives
                .iter()
                .any(|one| (one.inclusion, one.id) == (page.inclusion, page.id))
    })
}

/// A place in which people are refused with 401.
fn refused<'r, 'p>(block: Place<'r, 'p>, page: Directive<'p>) -> Option<Place<'r, 'p>> {
    in_effect(block, page).find(|place| place.login().is_some())
}

/// A place that is open to everybody and in which a page may be missed.
fn missed<'r, 'p>(block: Place<'r, 'p>, page: Directive<'p>) -> Option<Place<'r, 'p>> {
    in_effect(block, page).find(|place| {
        let is_page = match &place.policy.get(place.block).matcher {
            Some(Matcher::Prefix { path, .. }) => !path.starts_with(b"/.well-known"),
            Some(Matcher::Regex { .. }) => true,
            _ => false,
        };
        is_page
            && place.is_certainly_open()
            && !place.is_open()
            && place.serves_files()
            && place.own(id!("internal")).is_none()
    })
}
