//! `Require host` compares names that reverse DNS gives; an address is never equal to one.

use super::reading::{given, shown};
use super::require::{asking, is_address};
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "apache/require-host-address" {
        reads: Apache, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "Require host names an IP address, which no client's name ever equals",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for require in asking(site, &["host"]) {
        let is = |text: &[u8]| is_address(text);
        let mut addresses = Vec::new();
        for word in require.words() {
            let Some(text) = word.known() else { continue };
            if text.starts_with(b"#") {
                break;
            }
            if is(&text) {
                addresses.push(word);
            }
        }
        let all = addresses.len() == require.words().len();
        for word in addresses {
            let message = format!(
                "`Require host` compares the client's name, and no name is {}: nobody meets it",
                shown(word)
            );
            let finding = RULE.at(word.location()).message(message);
            let finding = if all {
                let edit = Edit::replace(require.provider.location(), "ip");
                finding.fix(Safety::Unsafe, "write `Require ip`", vec![edit])
            } else {
                finding.help("write a `Require ip` for the addresses beside it")
            };
            findings.push(given(finding, require.directive));
        }
    }
}
