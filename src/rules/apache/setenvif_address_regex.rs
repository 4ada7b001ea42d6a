//! SetEnvIf takes a regular expression: a network in it is text that no address holds.

use super::reading::{given, read};
use super::require::asking;
use super::variables::names;
use crate::config::apache::{Directive, Site, Value};
use crate::diagnostic::Findings;
use std::collections::HashMap;

rule! {
    "apache/setenvif-address-regex" {
        reads: Apache, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "SetEnvIf Remote_Addr compares the address with a network as if it were a pattern, and never matches",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut asked: Option<HashMap<Vec<u8>, Directive<'_>>> = None;
    for setter in read(site, "SetEnvIf").chain(read(site, "SetEnvIfNoCase")) {
        if !setter.says(b"remote_addr") || setter.is_in_template() {
            continue;
        }
        let Some(pattern) = setter.arg(1) else { continue };
        if !pattern.known().is_some_and(|text| is_network(&text)) {
            continue;
        }
        let asked = asked.get_or_insert_with(|| collect(site));
        let variables = names(setter).unwrap_or_default();
        let Some(asking) = variables.iter().skip(2).find_map(|name| asked.get(name)) else {
            continue;
        };
        let finding = RULE
            .at(pattern.location())
            .message(format!(
                "{} is read as a pattern, and no address has a slash: the variable is never set",
                pattern.shown()
            ))
            .label("is no pattern of an address")
            .related(asking.location(), "waits for the variable")
            .help(
                "write `Require ip` with the network, or `SetEnvIfExpr \"-R '192.0.2.0/24'\" NAME`",
            );
        findings.push(given(finding, setter));
    }
}

/// An address with a slash and a length or a mask behind it, dots with or without a backslash.
fn is_network(text: &[u8]) -> bool {
    let Some(slash) = memchr::memchr(b'/', text) else { return false };
    let (address, mask) = (&text[..slash], &text[slash + 1..]);
    let part = |byte: &u8| byte.is_ascii_digit() || b".\\^$:".contains(byte);
    let digits = |text: &[u8]| text.iter().any(u8::is_ascii_digit);
    digits(address) && digits(mask) && address.iter().all(part) && mask.iter().all(part)
}

/// What waits for each variable, in small letters.
fn collect<'p>(site: &Site<'p>) -> HashMap<Vec<u8>, Directive<'p>> {
    let mut all = HashMap::new();
    for require in asking(site, &["env"]) {
        let words = require.words().filter_map(Value::known);
        all.extend(words.map(|name| (name.to_ascii_lowercase(), require.directive)));
    }
    for list in read(site, "Allow").chain(read(site, "Deny")) {
        for word in list.args().skip(1).filter_map(Value::known) {
            if let Some(name) = word.strip_prefix(b"env=") {
                all.insert(name.to_ascii_lowercase(), list);
            }
        }
    }
    all
}
