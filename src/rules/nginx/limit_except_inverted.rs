//! `limit_except` names the methods that stay free. Who lists those that write protects the others.

use super::evidence::evidence;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::policy::nginx::{Covers, Policy, methods};

rule! {
    "nginx/limit-except-inverted" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "limit_except lists the methods that write, and leaves exactly these open",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(methods) = place.methods_left_alone() else { continue };
        if methods.is_empty() || !methods.iter().all(|method| methods::writes(method)) {
            continue;
        }
        let (Some(limit), Some(location)) = (place.directive(), place.parent()) else { continue };
        // `limit_except POST { deny all; }` is how a location takes nothing but POST
        let picks = place.own_addresses().is_some_and(|list| {
            list.rules.iter().any(|rule| rule.allows && rule.covers != Covers::Everybody)
        });
        let asks = place.login().is_some_and(|login| place.block_of(login) == Some(place.block));
        if !(asks || picks && place.restricts_itself())
            || !location.is_certainly_open()
            || !limit.is_certainly_here()
        {
            continue;
        }
        // a webhook is posted to by anybody, and read by few
        let is_post = methods.iter().all(|method| method == b"POST");
        let free = methods::listed(&methods);
        let (Some(start), Some(end)) = (limit.arg(0), limit.args().next_back()) else { continue };
        let args = limit.at(start.location().span.cover(end.location().span));
        let finding = RULE
            .at(limit.words_location())
            .severity(if is_post { Severity::Info } else { Severity::Error })
            .message(format!(
                "limit_except names the methods that are left alone: {free} is open to everybody, and the others are not"
            ))
            .label("these stay free")
            .help("name the methods that everybody may use, `limit_except GET { … }`, which is HEAD as well")
            .fix(Safety::Unsafe, "leave GET alone instead", vec![Edit::replace(args, "GET")]);
        let request = location.request().map(|mut request| {
            request.method.clone_from(&methods[0]);
            request
        });
        findings.push_with(finding, || request.and_then(|request| evidence(policy, &request)));
    }
}
