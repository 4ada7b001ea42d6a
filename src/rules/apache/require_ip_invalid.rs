//! `Require ip` takes addresses and networks and looks no name up.

use super::reading::{given, refused, shown};
use super::require::{Requirement, asking_where, network};
use crate::config::apache::{Site, Value};
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "apache/require-ip-invalid" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "Require ip names something that is no address or network, and the configuration is refused",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let is_right = |word: Value<'_>| word.known().is_some_and(|text| network(&text).is_some());
    let is_wrong =
        |require: &Requirement<'_>| require.words().len() == 0 || !require.words().all(is_right);
    for require in asking_where(site, &["ip"], is_wrong) {
        let directive = require.directive;
        if require.words().len() == 0 {
            let message = format!("`Require ip` names no address: {}", refused(directive));
            findings.push(given(RULE.at(directive.location()).message(message), directive));
        }
        for (index, word) in require.words().enumerate() {
            let Some(text) = word.known() else { continue };
            // commas, comments and a backslash with a blank behind it are mistakes of their own
            if text.starts_with(b"#") || &*text == b"\\" {
                break;
            }
            if network(&text).is_some() || text.contains(&b',') {
                continue;
            }
            let message = format!(
                "`Require ip` takes addresses and networks, {} is none: {}",
                shown(word),
                refused(directive)
            );
            let finding = RULE.at(word.location()).message(message).help(help(&text));
            let alone = index == 0 && require.words().len() == 1;
            let finding = if alone && text.eq_ignore_ascii_case(b"localhost") {
                let edit = Edit::replace(require.provider.location(), "local");
                let finding = finding.help("");
                finding.fix(
                    Safety::Unsafe,
                    "write `Require local`",
                    vec![edit, Edit::delete(word.location())],
                )
            } else {
                finding
            };
            findings.push(given(finding, directive));
        }
    }
}

/// What the writer most likely meant.
fn help(text: &[u8]) -> &'static str {
    let has = |byte| text.contains(&byte);
    if text.ends_with(b"/0") {
        "write `Require all granted`: a length of 0 is refused"
    } else if text.eq_ignore_ascii_case(b"all") {
        "write `Require all granted`"
    } else if text.eq_ignore_ascii_case(b"localhost") {
        "write `Require local`, or the addresses 127.0.0.1 and ::1"
    } else if has(b'*') {
        "leave out what stands for any number: `10.1` is the network 10.1.0.0/16"
    } else if has(b'-') && text[0].is_ascii_digit() {
        "write the range as networks, such as 192.0.2.0/24"
    } else if text.starts_with(b"[") {
        "write the IPv6 address without brackets and port"
    } else if has(b'/') {
        "write all four numbers and a length up to 32 (128 for IPv6), such as 10.1.0.0/16"
    } else if !has(b':') && text.iter().any(u8::is_ascii_alphabetic) {
        "write the address, or `Require forward-dns` for the addresses of a name"
    } else {
        "write an address such as 192.0.2.7 or 2001:db8::7, or a network such as 192.0.2.0/24"
    }
}
