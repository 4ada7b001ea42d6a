//! `map`, `geo` and `split_clients`: variables that a block of pairs decides. `ngx_http_map_find`, `ngx_http_geo_cidr_variable`.

use super::run::Run;
use crate::config::address::network;
use crate::config::nginx::{Directive, Value};
use crate::policy::text::Text;
use crate::policy::world::Cause;
use std::net::IpAddr;

/// A line of a `map`.
struct Entry<'p> {
    key: Vec<u8>,
    value: Value<'p>,
    line: Directive<'p>,
    /// Whether `hostnames` stands before it.
    wildcards: bool,
}

impl<'p> Run<'_, 'p> {
    /// The value of the variable that `block` sets.
    pub(super) fn mapped(&mut self, block: Directive<'p>) -> Text {
        if let Some(include) = block.children().find(|line| line.is("include")) {
            let cause = super::policy::elsewhere(include);
            return cause.into();
        }
        if block.is("map") {
            self.map(block)
        } else if block.is("geo") {
            self.geo(block)
        } else {
            let name = block.args().next_back().map(Value::lossy).unwrap_or_default();
            Cause::new(block.words_location(), format!("the value of {name}")).into()
        }
    }

    fn map(&mut self, block: Directive<'p>) -> Text {
        let Some(source) = block.arg(0) else { return Text::EMPTY };
        let source = self.value(source);
        let mut wildcards = false;
        let mut default = None;
        let mut entries = Vec::new();
        for line in block.children() {
            let key = line.name_value();
            let Some(text) = key.known() else {
                return Cause::new(key.location(), "what a template puts here").into();
            };
            match (&*text, line.arg(0)) {
                (b"hostnames", None) => wildcards = true,
                (b"default", Some(value)) => default = Some(value),
                (_, Some(value)) => {
                    entries.push(Entry { key: text.into_owned(), value, line, wildcards });
                }
                (_, None) => {}
            }
        }
        match self.find_entry(&source, &entries) {
            Some(value) => self.value(value),
            None => default.map_or(Text::EMPTY, |value| self.value(value)),
        }
    }

    /// Strings first, without regard to letter case; then names with a wildcard; then regular expressions in order.
    fn find_entry(&mut self, source: &Text, entries: &[Entry<'p>]) -> Option<Value<'p>> {
        let is_pattern = |key: &[u8]| key.first() == Some(&b'~');
        let plain = |key: &[u8]| key.strip_prefix(b"\\").unwrap_or(key).to_vec();
        for Entry { key, value, .. } in entries.iter().filter(|entry| !is_pattern(&entry.key)) {
            if source.is_ignoring_case(&plain(key), self.world) {
                return Some(*value);
            }
        }
        if let Some(host) = source.known().filter(|_| entries.iter().any(|entry| entry.wildcards)) {
            let host = host.strip_suffix(b".").unwrap_or(host).to_ascii_lowercase();
            let best = entries
                .iter()
                .filter(|entry| entry.wildcards)
                .filter_map(|Entry { key, value, .. }| {
                    let key = key.to_ascii_lowercase();
                    let front = key.strip_prefix(b"*").or(key.starts_with(b".").then_some(&*key));
                    let rank = match (front, key.strip_suffix(b"*")) {
                        (Some(end), _)
                            if host.ends_with(end) || host == end[1..] && key[0] == b'.' =>
                        {
                            (1, end.len())
                        }
                        (None, Some(start)) if host.starts_with(start) => (0, start.len()),
                        _ => return None,
                    };
                    Some((rank, *value))
                })
                .max_by_key(|(rank, _)| *rank);
            if let Some((_, value)) = best {
                return Some(value);
            }
        }
        for Entry { key, value, line, .. } in entries.iter().filter(|entry| is_pattern(&entry.key))
        {
            let ignore_case = key.get(1) == Some(&b'*');
            let pattern = &key[if ignore_case { 2 } else { 1 }..];
            if self.matches(pattern, ignore_case, source, Some(*line)) {
                return Some(*value);
            }
        }
        None
    }

    fn geo(&mut self, block: Directive<'p>) -> Text {
        let (address, at) = match (block.args().len(), block.arg(0)) {
            (2, Some(source)) => (self.value(source), source.location()),
            _ => (self.remote_text().into_bytes().into(), block.words_location()),
        };
        let address = address.known().map(|text| String::from_utf8_lossy(text).parse::<IpAddr>());
        let Some(address) = address else {
            return Cause::new(at, "the address that `geo` looks at").into();
        };
        let address = address.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::BROADCAST));
        let mut best: Option<(u8, Value<'p>)> = None;
        let mut default = None;
        for line in block.children() {
            let key = line.name_value();
            let Some(text) = key.known() else {
                return Cause::new(key.location(), "what a template puts here").into();
            };
            match (&*text, line.arg(0)) {
                (b"default", Some(value)) => default = Some(value),
                // ranges, and proxies whose word on the client's address is taken
                (b"ranges" | b"proxy" | b"proxy_recursive" | b"delete", _) => {
                    return Cause::new(line.words_location(), "what `geo` makes of this").into();
                }
                (text, Some(value)) => {
                    if let Some(network) = network(text)
                        && network.contains(&address)
                        && best.is_none_or(|(length, _)| network.prefix_len() >= length)
                    {
                        best = Some((network.prefix_len(), value));
                    }
                }
                _ => {}
            }
        }
        // the value of `geo` is text: no variables in it
        let value = best.map(|(_, value)| value).or(default);
        value.map_or(Text::EMPTY, |value| Text::from(&*value.decoded()))
    }
}
