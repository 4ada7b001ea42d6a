//! A provider that is selected and not told where its users are.

use super::login::{Providers, as_far_as_known, is_missing, needs_user, providers, setting_of};
use super::reading::given;
use crate::diagnostic::{Effect, Findings};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;
use std::collections::HashSet;

rule! {
    "apache/provider-without-settings" {
        reads: ApachePolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a login is checked with ldap, external, dbd, dbm or anon, and nothing tells the provider who its users are",
    }
}

const TRIGGERS: [Id; 2] = [id("AuthType"), id("AuthBasicProvider")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        let mut triggers = place.all(&TRIGGERS);
        if triggers.next().is_none_or(|own| own.directive.is_in_template()) {
            continue;
        }
        let Some(Providers::Named(all)) = providers(place) else { continue };
        let words: Vec<_> = all.iter().flat_map(|own| own.directive.args()).collect();
        let has_setting = |name: &[u8]| setting_of(name).is_some();
        if !words.iter().any(|word| word.known().is_some_and(|name| has_setting(&name)))
            || !needs_user(place)
        {
            continue;
        }
        for (index, word) in words.iter().enumerate() {
            let Some(name) = word.known() else { break };
            let Some(setting) = setting_of(&name) else { continue };
            // who is no guest may still be known to another provider
            if *name == *b"anon" && words.len() > 1 {
                continue;
            }
            let mut aliases = policy.site.sections("AuthnProviderAlias");
            if !is_missing(policy, place.effective(&[setting]))
                || aliases.any(|alias| alias.arg(1).is_some_and(|word| word.is(&name)))
                || !told.insert(word.location())
            {
                continue;
            }
            let needed = setting.directive().name;
            let name = String::from_utf8_lossy(&name);
            let who = if index == 0 {
                "whoever logs in"
            } else {
                "whom the providers before it do not know"
            };
            let finding = RULE.at(word.location()).label(format!("needs {needed}"));
            let finding = if name == "anon" {
                finding.effect(Effect::Unwanted401).message(
                    "`anon` has no Anonymous to tell it whom to let in: nobody's login is taken, every answer is 401",
                )
            } else {
                finding.message(format!("`{name}` has no {needed}: {who} is answered 500"))
            };
            let finding = finding.help(format!("add {needed}, or remove `{name}`"));
            let finding = as_far_as_known(policy, finding, &format!("sets {needed}"));
            findings.push(given(finding, word.directive));
        }
    }
}
