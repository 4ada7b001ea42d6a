//! `allow all` beside a login that is inherited: it lifts no login, and everybody is still asked.

use super::evidence::evidence;
use crate::config::nginx::Directive;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Basic, Kind, Place, Policy};

rule! {
    "nginx/allow-all-keeps-login" {
        reads: NginxPolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "allow all is meant to open a place, but the inherited login is still asked for",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let is_all = |allow: Directive<'_>| allow.arg(0).is_some_and(|value| value.is(b"all"));
    if !policy.site.has_line("allow", is_all) {
        return;
    }
    for place in policy.places().filter(|place| place.kind() == Kind::Location) {
        let mut own = place.own_all(const { &[id!("allow"), id!("deny")] });
        let (Some(allow), None) = (own.next(), own.next()) else { continue };
        if !allow.is("allow") || !is_all(allow) || place.is_open() || place.satisfy_any().is_some()
        {
            continue;
        }
        let Basic::On(realm, _) = place.basic() else { continue };
        if place.own(id!("auth_basic")).is_some() || !lifts_nothing(place) {
            continue;
        }
        let finding = RULE
            .at(allow.words_location())
            .message("`allow all` lifts no login: everybody is still asked for a user and a password here")
            .label("says something of addresses only")
            .related(realm.words_location(), "the login that is inherited")
            .help("write `auth_basic off;` to let everybody in")
            .fix(
                Safety::Unsafe,
                "switch the login off",
                vec![Edit::replace(allow.words_location(), "auth_basic off")],
            );
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}

/// Whether no list of addresses is inherited, so that `allow all` lets nobody in who would be kept out.
fn lifts_nothing(place: Place<'_, '_>) -> bool {
    place.parent().is_none_or(|parent| {
        let inherited = parent.addresses();
        inherited.rules.is_empty() && !inherited.is_open
    })
}
