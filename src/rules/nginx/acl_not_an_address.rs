//! `allow` and `deny` take addresses and networks; anything else keeps nginx from starting.

use crate::config::address::network;
use crate::config::nginx::{Directive, Site, Value};
use crate::diagnostic::Findings;
use std::borrow::Cow;

rule! {
    "nginx/acl-not-an-address" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "allow or deny names something that is no address, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for name in ["allow", "deny"] {
        for directive in site.directives_where(name, |it| no_address(it).is_some()) {
            let Some((value, text)) = no_address(directive) else { continue };
            let message = format!(
                "`{name}` takes addresses, {} is none, and nginx does not start",
                value.shown()
            );
            findings.push(RULE.at(value.location()).message(message).help(help(name, &text)));
        }
    }
}

/// The word that should be an address, and what it says.
fn no_address(directive: Directive<'_>) -> Option<(Value<'_>, Cow<'_, [u8]>)> {
    // `allow publish 127.0.0.1` is another module's
    let value = directive.arg(0).filter(|_| directive.args().len() == 1)?;
    let text = value.known()?;
    let is_one = matches!(&*text, b"all" | b"unix:") || network(&text).is_some();
    (!is_one).then_some((value, text))
}

/// What the writer most likely meant.
fn help(name: &str, text: &[u8]) -> String {
    let has = |byte| text.contains(&byte);
    if text.eq_ignore_ascii_case(b"all") {
        format!("write `{name} all;` in lower case")
    } else if has(b'$') {
        "variables have no value here: decide with a `geo` block, which takes networks, and `if`"
            .into()
    } else if has(b',') || (has(b'-') && text[0].is_ascii_digit()) {
        format!("write one `{name}` for each address or network; lists and ranges are not known")
    } else if text.starts_with(b"[") {
        "write the IPv6 address without brackets and port".into()
    } else if has(b'/') {
        "write the network as address and length, such as 192.168.0.0/16".into()
    } else if !has(b':') && text.iter().any(u8::is_ascii_alphabetic) {
        "write the addresses of the host: names are not looked up".into()
    } else {
        "write an address such as 192.0.2.7 or 2001:db8::7, a network such as 192.0.2.0/24, or `all`".into()
    }
}
