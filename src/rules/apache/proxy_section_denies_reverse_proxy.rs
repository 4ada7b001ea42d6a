//! `<Proxy *>` with a denial is meant for forward proxies, and stops what ProxyPass hands on, too.

use super::evidence::evidence;
use super::proxied::{Handed, Proxied};
use super::reading::{Access, given};
use crate::config::apache::Directive;
use crate::diagnostic::Findings;
use crate::policy::apache::{Kind, Matcher, Policy};
use crate::policy::files::Files;

rule! {
    "apache/proxy-section-denies-reverse-proxy" {
        reads: ApachePolicy, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "a <Proxy> section denies everybody, and so what ProxyPass hands on is answered 403",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut all: Option<Handed<'_>> = None;
    for place in policy.places().filter(|place| place.kind() == Kind::Proxy) {
        let Some(section) = place.section().directive else { continue };
        // one that lets some addresses in is meant
        let Some(denial) = denial(section).filter(|_| !Access::of(section).grants) else {
            continue;
        };
        let all = all.get_or_insert_with(|| Handed::new(policy, findings));
        // a pattern is matched by the prediction
        let may_match = |one: &Proxied<'_>| match &place.section().matcher {
            Matcher::Literal(text) => text == b"*" || one.url.starts_with(text),
            _ => true,
        };
        for one in all.of(place.server(), 8, may_match) {
            let host = policy.at(policy.servers[one.server.index()].defaults);
            let Some(request) = host.request_for(&one.path) else { continue };
            let prediction = policy.predict(Files::none(policy.site.project), &request);
            all.allowance.charge(&prediction);
            let decided = prediction.answer.decided.and_then(|at| prediction.answer.steps.get(at));
            let is_it = decided.is_some_and(|step| step.at == Some(denial.location()));
            if !prediction.is_status(403) || !is_it {
                continue;
            }
            let shown = String::from_utf8_lossy(&one.path).into_owned();
            let finding = RULE
                .at(section.location())
                .message(format!(
                    "this section holds for what ProxyPass hands on as well: everybody gets 403 for {shown}"
                ))
                .related(denial.location(), "denies everybody")
                .related(one.directive.location(), "hands on to a URL that the section matches")
                .help("leave the section out: without `ProxyRequests On` nobody can use the server as a forward proxy");
            let finding = given(finding, section);
            findings.push_with(finding, || evidence(policy, &request));
            break;
        }
    }
}

/// What denies everybody in a section.
fn denial(section: Directive<'_>) -> Option<Directive<'_>> {
    section.children().find(|child| {
        let words = |first: &[u8], second: &[u8]| {
            child.says(first) && child.arg(1).is_some_and(|word| word.is_ignoring_case(second))
        };
        child.is("Require") && words(b"all", b"denied")
            || child.is("Deny") && words(b"from", b"all")
    })
}
