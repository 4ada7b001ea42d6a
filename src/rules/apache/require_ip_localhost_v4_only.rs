//! `localhost` has two addresses; `Require ip 127.0.0.1` knows one.

use super::front::{knows_clients, listen_address};
use super::reading::{given, read, reading};
use super::require::{Requirement, asking_where, is_loopback, network, requirement};
use crate::config::apache::{Directive, Form, Site, Value};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::{Location, Span};

rule! {
    "apache/require-ip-localhost-v4-only" {
        reads: Apache, severity: Info, effect: Unwanted403, since: "0.1.0",
        summary: "Require ip lets in 127.0.0.1 and not ::1, by which programs on this machine may come",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut reachable = None;
    let known = |require: &Requirement<'_>| !require.negated && v4_loopback(require).is_some();
    for require in asking_where(site, &["ip"], known) {
        let Some(word) = v4_loopback(&require) else { continue };
        if covers_v6(require.directive) || !*reachable.get_or_insert_with(|| may_come(site)) {
            continue;
        }
        let at = word.location();
        let end = Location { span: Span::empty(at.span.end), ..at };
        let finding = RULE
            .at(require.directive.location())
            .message(
                "programs on this machine that come by IPv6 are kept out: `localhost` is ::1, too",
            )
            .label("knows one address of localhost")
            .help("add ::1, or write `Require local`")
            .fix(Safety::Unsafe, "add ::1", vec![Edit::insert(end, " ::1")]);
        findings.push(given(finding, require.directive));
    }
}

/// The address of this machine that is asked for, when it is one of IPv4.
fn v4_loopback<'p>(require: &Requirement<'p>) -> Option<Value<'p>> {
    let is_v4 = |word: &[u8]| is_loopback(word).is_some_and(|net| net.addr().is_ipv4());
    require.words().find(|word| word.known().is_some_and(|it| is_v4(&it)))
}

/// Nobody writes more lines into a section.
const MOST: usize = 256;

/// Whether a requirement beside this one, or itself, lets in ::1 or everybody.
fn covers_v6(directive: Directive<'_>) -> bool {
    let siblings =
        directive.siblings().chain(directive.parent().into_iter().flat_map(Directive::children));
    siblings.take(MOST).filter_map(reading).filter_map(requirement).any(|one| {
        let loopback = |word: &[u8]| {
            network(word).is_some_and(|net| {
                net.addr().is_ipv6()
                    && net.contains(&std::net::IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1u16]))
            })
        };
        one.asks("local")
            || one.asks("host")
            || one.words().any(|word| word.known().is_none_or(|word| loopback(&word)))
    })
}

/// Whether a request may come from ::1.
fn may_come(site: &Site<'_>) -> bool {
    let main = site.data.form == Form::Main;
    knows_clients(site)
        || (main
            && read(site, "Listen")
                .any(|listen| listen_address(listen.arg(0)).is_none_or(|ip| ip.is_ipv6())))
}
