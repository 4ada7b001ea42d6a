//! A `map` compares text: a network among its keys is never the address of a client. That is what `geo` is for.

use crate::config::address::network;
use crate::config::nginx::{Directive, Site, Value, variables};
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "nginx/map-cidr-key" {
        reads: Nginx, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a map of client addresses has a network for a key, which never matches",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for map in site.directives("map") {
        let Some(source) =
            map.arg(0).filter(|source| source.known().is_some_and(|text| is_address(&text)))
        else {
            continue;
        };
        let mut keys = map.children().filter(|line| is_network(*line));
        let Some(first) = keys.next() else { continue };
        let more = match keys.count() {
            0 => String::new(),
            1 => " (and another one)".into(),
            more => format!(" (and {more} more)"),
        };
        let key = first.name_value();
        let finding = RULE
            .at(key.location())
            .message(format!(
                "`map` compares text, and {} is never the network {}{more}: those clients get the default",
                source.shown(),
                key.shown()
            ))
            .label("compared letter by letter")
            .related(map.words_location(), "this map")
            .help("write a `geo` block, which compares addresses with networks");
        findings.push(if could_be_geo(map) {
            finding.fix(
                Safety::Unsafe,
                "make it a `geo` block",
                vec![Edit::replace(map.name_value().location(), "geo")],
            )
        } else {
            finding
        });
    }
}

/// Whether the source of a map is the address of a client.
fn is_address(source: &[u8]) -> bool {
    let mut names = variables(source);
    let (Some(only), None) = (names.next(), names.next()) else { return false };
    let name = only.name.to_ascii_lowercase();
    only.range == (0..source.len())
        && (name.ends_with(b"_addr")
            || matches!(
                &*name,
                b"http_x_forwarded_for" | b"http_x_real_ip" | b"http_cf_connecting_ip"
            ))
}

fn is_network(line: Directive<'_>) -> bool {
    let key = line.name_value();
    key.known().is_some_and(|key| key.contains(&b'/') && network(&key).is_some())
}

/// Whether `geo` takes every line as it stands: networks, addresses and the default, with values that are plain text.
fn could_be_geo(map: Directive<'_>) -> bool {
    let text = [&b"$remote_addr"[..], b"$realip_remote_addr", b"$proxy_protocol_addr"];
    map.arg(0).is_some_and(|source| text.into_iter().any(|text| source.is(text)))
        && map.children().all(|line| {
            let key = line.name_value().known().unwrap_or_default();
            let plain =
                line.arg(0).and_then(Value::known).is_some_and(|value| !value.contains(&b'$'));
            plain && (*key == *b"default" || network(&key).is_some())
        })
}
