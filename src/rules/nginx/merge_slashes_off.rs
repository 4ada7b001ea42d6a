//! With `merge_slashes off` `//admin/` is not `/admin/`, and is another location's.

use super::slashes::{Answer, answer};
use crate::config::nginx::Value;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Kind, Matcher, Place, Policy};

rule! {
    "nginx/merge-slashes-off" {
        reads: NginxPolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "merge_slashes off lets a doubled slash pass by a protected location",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = std::collections::HashSet::new();
    for server in policy.places().filter(|place| place.kind() == Kind::Server) {
        let merge = server.effective(id!("merge_slashes")).set();
        let Some(merge) = merge.filter(|merge| is_off(merge.arg(0))) else { continue };
        if !merge.is_certainly_here() {
            continue;
        }
        let protected = server.inner().filter_map(|place| {
            let matcher = policy.get(place.block).matcher.as_ref()?;
            let (Matcher::Exact(path) | Matcher::Prefix { path, .. }) = matcher else {
                return None;
            };
            let login = place.login()?;
            (place.block_of(login) == Some(place.block) && path.starts_with(b"/"))
                .then_some((place, path))
        });
        // each of them is the same mistake
        let escaped = protected.take(8).find_map(|(place, path)| {
            let doubled = [b"/", &path[..]].concat();
            let (request, answer) = answer(place, &doubled)?;
            (answer == Answer::Passes).then_some((place, request))
        });
        let Some((place, request)) = escaped else { continue };
        if !told.insert((merge.inclusion, merge.id)) {
            continue;
        }
        let mut finding = RULE
            .at(merge.words_location())
            .severity(if sends_same(place, server) { Severity::Warning } else { Severity::Info })
            .message(format!(
                "{} is not this location any more: with a doubled slash nobody is asked for a login",
                String::from_utf8_lossy(&request.target)
            ))
            .label("slashes are kept")
            .help("remove `merge_slashes off`, or ask for the login in `server` and switch it off where everybody may enter")
            .fix(Safety::Unsafe, "merge slashes", vec![Edit::delete(merge.lines_location())]);
        if let Some(location) = place.directive() {
            finding = finding.related(location.words_location(), "passed by");
        }
        findings.push_with(finding, || super::evidence::evidence(policy, &request));
    }
}

fn is_off(value: Option<Value<'_>>) -> bool {
    value.is_some_and(|value| value.is_ignoring_case(b"off"))
}

/// Whether the same files are sent without the location: a doubled slash names the same file.
fn sends_same(place: Place<'_, '_>, server: Place<'_, '_>) -> bool {
    let root = |place: Place<'_, '_>| {
        place.effective(id!("root")).set().map(|root| (root.inclusion, root.id))
    };
    let has_alias = place.own(id!("alias")).is_some();
    place.handler().is_none() && !has_alias && root(place).is_some() && root(place) == root(server)
}
