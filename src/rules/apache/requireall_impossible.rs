//! Members of a `<RequireAll>` that no request can meet together.

use super::reading::{given, is_unknown, read_sections};
use super::require::{Requirement, is_expression, network, requirement};
use crate::config::apache::{Directive, Site};
use crate::diagnostic::{Effect, Findings};
use ipnet::IpNet;
use std::collections::HashSet;

rule! {
    "apache/requireall-impossible" {
        reads: Apache, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "no request can meet all members of a <RequireAll>",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for all in read_sections(site, "RequireAll") {
        let condition = all.condition();
        let members: Vec<Requirement<'_>> = all
            .children()
            .filter(|child| child.is("Require") && child.condition() == condition)
            .filter_map(requirement)
            .filter(|require| !require.negated && require.words().len() > 0)
            .collect();
        let Some(clash) = denied(&members, all)
            .or_else(|| disjoint(&members, "user", words, HashSet::is_disjoint))
            .or_else(|| disjoint(&members, "method", methods, HashSet::is_disjoint))
            .or_else(|| disjoint(&members, "ip", networks, |a, b| !meet(a, b)))
        else {
            continue;
        };
        let (finding, help) = match clash.what {
            "user" => (
                RULE.at(all.location()).effect(Effect::Unwanted401).message(
                    "nobody is two users at once: every right password is answered 401 again",
                ),
                "write the users on one line: `Require user alice bob` asks for one of them",
            ),
            "method" => (
                RULE.at(all.location()).message("no request has two methods: all are answered 403"),
                "write the methods on one line: `Require method GET POST` asks for one of them",
            ),
            "ip" => (
                RULE.at(all.location()).message("no client has two addresses: all are answered 403"),
                "write the addresses on one line: `Require ip 192.0.2.7 192.0.2.8` asks for one of them",
            ),
            _ => (
                RULE.at(all.location()).message(
                    "`Require all denied` is never met, so no request meets all of these: every one is answered 403",
                ),
                "remove `Require all denied`: who does not meet the other ones is kept out without it",
            ),
        };
        let mut finding = finding.help(help).related(clash.first.location(), "this one");
        if let Some(second) = clash.second {
            finding = finding.related(second.location(), "and this one never hold together");
        }
        findings.push(given(finding, all));
    }
}

/// Members that never hold together.
struct Clash<'p> {
    what: &'static str,
    first: Directive<'p>,
    second: Option<Directive<'p>>,
}

/// `Require all denied` beside something that may be met.
fn denied<'p>(members: &[Requirement<'p>], all: Directive<'p>) -> Option<Clash<'p>> {
    let is_denied = |require: &Requirement<'_>| {
        require.asks("all")
            && require.words().next().is_some_and(|word| word.is_ignoring_case(b"denied"))
    };
    let first = members.iter().find(|require| is_denied(require))?;
    let others = members.iter().any(|require| !is_denied(require) && !require.asks("all"))
        || all.children().any(|child| child.is_section("RequireAny") || is_unknown(child));
    others.then_some(Clash { what: "denied", first: first.directive, second: None })
}

/// Two members with this provider whose values have nothing in common.
fn disjoint<'p, T>(
    members: &[Requirement<'p>],
    what: &'static str,
    values: fn(&Requirement<'p>) -> Option<T>,
    clash: fn(&T, &T) -> bool,
) -> Option<Clash<'p>> {
    let mut members = members.iter().filter(|require| require.asks(what));
    let first = members.next()?;
    let held = values(first)?;
    // one pair is enough, and the first is compared with all others
    let second = members.find(|other| values(other).is_some_and(|other| clash(&held, &other)))?;
    Some(Clash { what, first: first.directive, second: Some(second.directive) })
}

fn words(require: &Requirement<'_>) -> Option<HashSet<Vec<u8>>> {
    require
        .words()
        .map(|word| Some(word.known().filter(|text| !is_expression(text))?.into_owned()))
        .collect()
}

fn methods(require: &Requirement<'_>) -> Option<HashSet<Vec<u8>>> {
    // HEAD has the number of GET
    let name = |name: Vec<u8>| if name == b"HEAD" { b"GET".to_vec() } else { name };
    Some(words(require)?.into_iter().map(name).collect())
}

/// More networks than are compared with each other.
const MOST: usize = 64;

fn networks(require: &Requirement<'_>) -> Option<Vec<IpNet>> {
    if require.words().len() > MOST {
        return None;
    }
    require.words().map(|word| network(&word.known()?)).collect()
}

/// Whether an address can be in a network of either list.
fn meet(a: &[IpNet], b: &[IpNet]) -> bool {
    a.iter().any(|a| b.iter().any(|b| a.contains(b) || b.contains(a)))
}
