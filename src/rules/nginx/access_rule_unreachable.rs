//! The first rule that covers a client decides: what an earlier rule covers as a whole is never reached.

use super::edits::above;
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Edit, Effect, Findings, Safety};
use crate::policy::nginx::{AddressRule, Addresses, Covers, Policy};
use ipnet::IpNet;
use std::collections::{BTreeMap, HashMap, HashSet};

rule! {
    "nginx/access-rule-unreachable" {
        reads: NginxPolicy, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "allow or deny behind a rule that covers the same clients is never reached",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(list) = place.own_addresses() else { continue };
        for (covering, dead) in unreachable(list) {
            let Some((first, others)) = dead.split_first() else { continue };
            let said = words(covering.directive);
            let outcome = if covering.allows { "is let in" } else { "is kept out" };
            let effect = if covering.allows { Effect::NotEnforced } else { Effect::Unwanted403 };
            let mut finding = RULE
                .at(first.words_location())
                .effect(effect)
                .message(format!(
                    "{} is never reached: {said} stands before it, and whom it names {outcome}",
                    words(*first)
                ))
                .label("never reached")
                .related(covering.directive.words_location(), "decides first")
                .help(format!("put it before {said}; the first rule that covers a client decides"));
            for other in others.iter().take(3) {
                finding = finding.related(other.words_location(), "never reached either");
            }
            let is_one_file =
                dead.iter().all(|rule| rule.inclusion == covering.directive.inclusion);
            if is_one_file {
                let moved: Vec<Edit> = dead
                    .iter()
                    .flat_map(|rule| {
                        let text = rule.source().slice(rule.node().span);
                        [above(covering.directive, text), Edit::delete(rule.lines_location())]
                    })
                    .collect();
                finding = finding.fix(Safety::Unsafe, format!("move it before {said}"), moved);
            }
            findings.push(finding);
        }
    }
}

/// A rule as it is written, for a message.
fn words(rule: Directive<'_>) -> String {
    let whom = rule.arg(0).map(Value::lossy).unwrap_or_default();
    format!("`{} {whom}`", rule.name())
}

/// The rules that an earlier one of the other kind covers as a whole, by that one, in order.
fn unreachable<'p>(list: &Addresses<'p>) -> Vec<(AddressRule<'p>, Vec<Directive<'p>>)> {
    let rules = &list.rules;
    // most lists are some rules of one kind, and at the end one about everybody
    let is_everybody = |rule: &AddressRule<'_>| rule.covers == Covers::Everybody;
    if let Some((last, before)) = rules.split_last()
        && is_everybody(last)
        && before.iter().all(|rule| rule.allows == before[0].allows && !is_everybody(rule))
    {
        return Vec::new();
    }
    // the first rule for each network, and the lengths that occur
    let mut networks: HashMap<IpNet, usize> = HashMap::new();
    let mut lengths: HashSet<u8> = HashSet::new();
    let mut everybody: Option<usize> = None;
    let mut dead: BTreeMap<usize, Vec<Directive<'p>>> = BTreeMap::new();
    for (index, rule) in rules.iter().enumerate() {
        let mut first = everybody;
        match rule.covers {
            Covers::Everybody => {
                everybody.get_or_insert(index);
            }
            Covers::Network(network) => {
                for &length in lengths.iter().filter(|&&length| length <= network.prefix_len()) {
                    let around = IpNet::new(network.addr(), length).map(|around| around.trunc());
                    if let Some(&earlier) = around.ok().and_then(|around| networks.get(&around)) {
                        first = Some(first.map_or(earlier, |first| first.min(earlier)));
                    }
                }
                networks.entry(network.trunc()).or_insert(index);
                lengths.insert(network.prefix_len());
            }
            Covers::Unix | Covers::Unknown => {}
        }
        if let Some(first) = first.filter(|&first| rules[first].allows != rule.allows) {
            dead.entry(first).or_default().push(rule.directive);
        }
    }
    dead.into_iter().map(|(first, dead)| (rules[first], dead)).collect()
}
