//! Requests that show something: one that reaches a place, and what a person can repeat of it.

use super::listen::Address;
use super::location::Matcher;
use super::place::Place;
use super::policy::{Kind, Policy};
use crate::config::nginx::Directive;
use crate::grammar::nginx::id;
use crate::policy::request::{Destination, Request, Scheme};
use regex_syntax::hir::{Class, Hir, HirKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::PoisonError;

/// A text that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The text.
    pub text: Vec<u8>,
    /// Whether it must stand at the beginning.
    pub at_start: bool,
    /// Whether it must stand at the end.
    pub at_end: bool,
}

impl Place<'_, '_> {
    /// A request that comes by here, as far as names and paths tell; whether it does, [`Policy::predict`] knows.
    ///
    /// [`Policy::predict`]: super::Policy::predict
    #[must_use]
    pub fn request(self) -> Option<Request> {
        self.request_for(&self.path()?)
    }

    /// A request for `path` to the server of this place.
    #[must_use]
    pub fn request_for(self, path: &[u8]) -> Option<Request> {
        let server = self.server()?;
        let listen = self.policy.listen_of(server.block)?;
        let destination = match &listen.address {
            Address::Ip(address, port) if address.is_unspecified() => {
                let loopback: IpAddr = if address.is_ipv4() {
                    Ipv4Addr::LOCALHOST.into()
                } else {
                    Ipv6Addr::LOCALHOST.into()
                };
                Destination::Address(loopback, *port)
            }
            Address::Ip(address, port) => Destination::Address(*address, *port),
            Address::Unix(path) => Destination::Unix(path.clone()),
        };
        let name = server.own(id!("server_name")).and_then(name_of);
        let mut request =
            Request::get(name.as_deref().unwrap_or(b"localhost"), destination.port(), path);
        request.scheme = if listen.ssl { Scheme::Https } else { Scheme::Http };
        request.destination = destination;
        Some(request)
    }

    /// A path that the matchers around this place take.
    #[must_use]
    pub fn path(self) -> Option<Vec<u8>> {
        let location =
            self.policy.around(self.block).find(|at| self.policy.kind(*at) == Kind::Location);
        let Some(location) = location else { return Some(b"/".to_vec()) };
        match self.policy.get(location).matcher.as_ref()? {
            Matcher::Exact(path) | Matcher::Prefix { path, .. } => Some(path.to_vec()),
            Matcher::Regex { pattern, .. } => {
                let sample = self.policy.sample(pattern)?;
                let mut path = sample.text;
                if path.first() != Some(&b'/') {
                    path.insert(0, b'/');
                }
                // a name before a suffix: `/x.php` reads better than `/.php`
                if path.get(1) == Some(&b'.') && !sample.at_start {
                    path.insert(1, b'x');
                }
                Some(path)
            }
            Matcher::Named(_) | Matcher::Unknown => None,
        }
    }
}

/// A host that a `server_name` takes: a name as it is, one with a wildcard filled in.
fn name_of(names: Directive<'_>) -> Option<Vec<u8>> {
    let fill = |name: &[u8]| -> Option<Vec<u8>> {
        if name.contains(&b'$') || name.is_empty() || name == b"_" {
            return None;
        }
        if let Some(pattern) = name.strip_prefix(b"~") {
            return sample(pattern).map(|sample| sample.text);
        }
        if let Some(rest) = name.strip_prefix(b".") {
            return Some(rest.to_vec());
        }
        if let Some(rest) = name.strip_prefix(b"*") {
            return Some([b"www", rest].concat());
        }
        match name.strip_suffix(b"*") {
            Some(rest) => Some([rest, b"example"].concat()),
            None => Some(name.to_vec()),
        }
    };
    names.args().find_map(|name| fill(&name.known()?))
}

impl Policy<'_> {
    /// What [`sample`] makes of `pattern`; patterns come again and again.
    #[must_use]
    pub fn sample(&self, pattern: &[u8]) -> Option<Sample> {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = samples.get(pattern) {
            return known.clone();
        }
        let sample = sample(pattern);
        samples.insert(pattern.to_vec(), sample.clone());
        sample
    }
}

/// The shortest text that `pattern` matches, with readable letters where it leaves a choice; `None` for a pattern that
/// looks around or back.
#[must_use]
pub fn sample(pattern: &[u8]) -> Option<Sample> {
    let hir = parse(pattern)?;
    let mut sample = Sample { text: Vec::new(), at_start: false, at_end: false };
    // the parts that are still to come, the next one last
    let mut rest: Vec<(&Hir, bool)> = vec![(&hir, true)];
    while let Some((part, is_top)) = rest.pop() {
        if sample.text.len() > 256 {
            return None;
        }
        match part.kind() {
            HirKind::Empty => {}
            HirKind::Look(look) => {
                use regex_syntax::hir::Look;
                match look {
                    Look::Start if is_top => sample.at_start = true,
                    Look::End if is_top => sample.at_end = true,
                    _ => {}
                }
            }
            HirKind::Literal(literal) => sample.text.extend_from_slice(&literal.0),
            HirKind::Class(class) => sample.text.push(letter(class)?),
            HirKind::Repetition(repetition) => {
                // at most a few: a text for people
                for _ in 0..repetition.min.min(16) {
                    rest.push((&repetition.sub, false));
                }
            }
            HirKind::Capture(capture) => rest.push((&capture.sub, false)),
            HirKind::Concat(parts) => rest.extend(parts.iter().rev().map(|part| (part, is_top))),
            HirKind::Alternation(parts) => rest.push((parts.first()?, false)),
        }
    }
    Some(sample)
}

/// A pattern taken apart, on bytes and without Unicode; `None` for one that looks around or back.
#[must_use]
pub fn parse(pattern: &[u8]) -> Option<Hir> {
    let pattern = std::str::from_utf8(pattern).ok()?;
    regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).ok()
}

/// A readable member of a class.
fn letter(class: &Class) -> Option<u8> {
    let has = |byte: u8| match class {
        Class::Bytes(class) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&byte))
        }
        Class::Unicode(class) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&char::from(byte)))
        }
    };
    (b'a'..=b'z').chain(b'0'..=b'9').chain(b'A'..=b'Z').chain(0x21..=0x7e).find(|&byte| has(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_short_and_readable() {
        let text = |pattern: &str| {
            sample(pattern.as_bytes())
                .map(|it| (String::from_utf8_lossy(&it.text).into_owned(), it.at_start, it.at_end))
        };
        assert_eq!(text(r"\.php$"), Some((".php".into(), false, true)));
        assert_eq!(text(r"^/api/(v\d+)/[^/]+$"), Some(("/api/v0/a".into(), true, true)));
        assert_eq!(text(r"\.(?:png|css)$"), Some((".png".into(), false, true)));
        assert_eq!(text(r"(?!x)y"), None);
    }
}
