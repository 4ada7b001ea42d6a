//! The client's address, where a trusted proxy says it: `ngx_http_realip_handler`.

use super::policy::has;
use super::run::Run;
use crate::config::address::network;
use crate::config::nginx::{Directive, Value};
use crate::grammar::nginx::{Id, id};
use crate::policy::world::Cause;
use std::net::{IpAddr, SocketAddr};

const FROM: [Id; 1] = [id!("set_real_ip_from")];

impl Run<'_, '_> {
    /// Takes the address from the header of a trusted proxy, once a request.
    pub(super) fn realip(&mut self) {
        if self.realip_done {
            return;
        }
        let trusted = self.policy.list(self.conf, &FROM).directives;
        if trusted.is_empty() {
            return;
        }
        let header = self.policy.effective(self.conf, id!("real_ip_header")).set();
        let name = header.and_then(|header| header.arg(0)).and_then(Value::known);
        let name = name.map_or_else(|| b"X-Real-IP".to_vec(), std::borrow::Cow::into_owned);
        let at = header.unwrap_or(trusted[0]).words_location();
        if name.eq_ignore_ascii_case(b"proxy_protocol") {
            return;
        }
        if !self.trusts(&trusted, self.remote) {
            return;
        }
        // here `_` does not stand for `-`
        let mut lines = self.header_lines(&name, <[u8]>::eq_ignore_ascii_case);
        let Some(last) = lines.last() else { return };
        if last.known().is_none() {
            self.world.choose(Cause::new(at, "the client's address in this header"), 1);
            self.give_up();
            return;
        }
        // of several lines only X-Forwarded-For is one list
        if !name.eq_ignore_ascii_case(b"x-forwarded-for") {
            lines.truncate(1);
        }
        let recursive = self.flag(self.conf, id!("real_ip_recursive"), false);
        let mut found = None;
        'lines: for line in lines.iter().rev() {
            let mut parts = line
                .known()
                .unwrap_or_default()
                .rsplit(|&byte| matches!(byte, b',' | b' '))
                .filter(|part| !part.is_empty())
                .peekable();
            if parts.peek().is_none() {
                break;
            }
            for part in parts {
                let Some(address) = address(part) else { break 'lines };
                found = Some(address);
                if !recursive || !self.trusts(&trusted, Some(address)) {
                    break 'lines;
                }
            }
        }
        if let Some(address) = found {
            self.realip_done = true;
            self.remote = Some(address);
            self.step(at, "real ip", format!("the client is {address}"));
        }
    }

    /// Whether `address` is one of the proxies.
    fn trusts(&mut self, trusted: &[Directive<'_>], address: Option<IpAddr>) -> bool {
        for from in trusted.iter().filter(|from| has(**from, &FROM)) {
            let Some(text) = from.arg(0).and_then(Value::known) else { continue };
            let Some(address) = address else {
                if &*text == b"unix:" {
                    return true;
                }
                continue;
            };
            if &*text == b"unix:" {
                continue;
            }
            match network(&text) {
                Some(network) if network.contains(&address) => return true,
                Some(_) => {}
                // a name, which the server's machine resolves
                None => {
                    let text = format!("whether {address} is {}", String::from_utf8_lossy(&text));
                    if self.world.choose(Cause::new(from.words_location(), text), 2) == 1 {
                        return true;
                    }
                }
            }
        }
        false
    }
}

/// An address with or without a port.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}
