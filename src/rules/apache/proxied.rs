//! What is handed on to other servers, by which directive, and under which path.

use super::allowance::Allowance;
use crate::config::apache::{Directive, Value};
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Policy, ServerId};
use crate::policy::sample::sample;
use std::collections::BTreeMap;

const PASS: Id = id("ProxyPass");
const PASS_MATCH: Id = id("ProxyPassMatch");

/// A ProxyPass or ProxyPassMatch that hands on.
#[derive(Clone, Debug)]
pub(super) struct Proxied<'p> {
    /// The directive.
    pub(super) directive: Directive<'p>,
    /// Its server.
    pub(super) server: ServerId,
    /// A path that it is about; with everything below, unless it is a pattern.
    pub(super) path: Vec<u8>,
    /// Whether it has a pattern for its path.
    pub(super) is_pattern: bool,
    /// Where it hands requests on to.
    pub(super) url: Vec<u8>,
}

/// Everything that hands requests on, in order.
pub(super) fn proxied<'p>(policy: &Policy<'p>) -> Vec<Proxied<'p>> {
    let mut all = Vec::new();
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Server | Kind::Location) {
            continue;
        }
        for own in place.all(const { &[PASS, PASS_MATCH] }) {
            let directive = own.directive;
            let mut args = directive.args();
            let is_pattern = own.id == PASS_MATCH;
            let path = if place.kind() == Kind::Server {
                let Some(path) = args.next().and_then(Value::known) else { continue };
                if is_pattern { of_pattern(&path) } else { Some(path.into_owned()) }
            } else {
                place.path()
            };
            let Some(target) = args.next().and_then(Value::known) else { continue };
            let Some(path) = path.filter(|path| path.starts_with(b"/") && *target != *b"!") else {
                continue;
            };
            let url = target.into_owned();
            all.push(Proxied { directive, server: place.server(), path, is_pattern, url });
        }
    }
    all
}

/// What is handed on, by the server that does.
pub(super) struct Handed<'p> {
    servers: BTreeMap<u32, Vec<Proxied<'p>>>,
    pub(super) allowance: Allowance,
}

impl<'p> Handed<'p> {
    /// What `policy` hands on.
    pub(super) fn new(policy: &Policy<'p>, findings: &Findings) -> Self {
        let mut servers: BTreeMap<u32, Vec<Proxied<'p>>> = BTreeMap::new();
        for one in proxied(policy) {
            servers.entry(one.server.0).or_default().push(one);
        }
        Self { servers, allowance: Allowance::new(policy, findings) }
    }

    /// What a directive of `server` bears on, as far as `is_meant` says so; one of the main server bears on virtual hosts, too.
    /// `few` lines are there whatever was tried before.
    pub(super) fn of<'i>(
        &'i self,
        server: ServerId,
        few: usize,
        is_meant: impl Fn(&Proxied<'p>) -> bool + 'i,
    ) -> impl Iterator<Item = &'i Proxied<'p>> {
        let all = if server == ServerId::MAIN { 0..=u32::MAX } else { server.0..=server.0 };
        let all = self.servers.range(all).flat_map(|(_, here)| here);
        self.allowance.of(few, all.filter(move |one| is_meant(one)))
    }
}

fn of_pattern(pattern: &[u8]) -> Option<Vec<u8>> {
    let text = sample(pattern)?.text;
    // a name in front of an extension, as no file is called `.php`
    let text = text.strip_prefix(b"/").unwrap_or(&text);
    let front: &[u8] = if text.starts_with(b".") { b"/x" } else { b"/" };
    Some([front, text].concat())
}
