//! One line of an access log.

use super::format::{Field, Format, Part};
use crate::source::percent_encoded;
use memchr::{memchr, memmem};
use std::borrow::Cow;

/// How the client talked, where a log says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// In clear.
    Http,
    /// Over TLS.
    Https,
}

/// What a line says of a request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'l> {
    /// The status of the answer.
    pub status: u16,
    /// The client's address, as it is written.
    pub address: Option<&'l [u8]>,
    /// The user that was sent.
    pub user: Option<&'l [u8]>,
    /// The method; GET where the log does not say.
    pub method: &'l [u8],
    /// The path and the query, where there is one, as they can be sent again.
    pub target: Cow<'l, [u8]>,
    /// The host that was asked for, or the server's name.
    pub host: Option<&'l [u8]>,
    /// The server's port.
    pub port: Option<u16>,
    /// How the client talked.
    pub scheme: Option<Scheme>,
}

impl Format {
    /// Reads a line; `None` for one that is not of this format.
    #[must_use]
    pub fn read<'l>(&self, line: &'l [u8]) -> Option<Entry<'l>> {
        let mut entry = Entry {
            status: 0,
            address: None,
            user: None,
            method: b"GET",
            target: Cow::Borrowed(b""),
            host: None,
            port: None,
            scheme: None,
        };
        let mut at = 0;
        let mut parts = self.parts.iter().peekable();
        while let Some(part) = parts.next() {
            let field = match part {
                Part::Literal(text) => {
                    at += line.get(at..)?.starts_with(text).then_some(text.len())?;
                    continue;
                }
                Part::Field(field) => *field,
            };
            let rest = line.get(at..)?;
            let end = if field == Field::Status {
                3
            } else {
                match parts.peek() {
                    Some(Part::Literal(next)) => end_of(rest, next)?,
                    // nothing says where it ends
                    Some(Part::Field(_)) | None => rest
                        .iter()
                        .position(|&byte| byte == b' ' || byte == b'?')
                        .unwrap_or(rest.len()),
                }
            };
            entry.take(field, rest.get(..end)?)?;
            at += end;
        }
        Some(entry)
    }
}

/// Where `next` begins in `rest`. What is written with a backslash does not end what stands in quotes.
fn end_of(rest: &[u8], next: &[u8]) -> Option<usize> {
    let first = *next.first()?;
    let mut from = 0;
    // fields are short: to set up a search for all of `next` would take longer than to look at each place
    loop {
        let at = from + memchr(first, &rest[from..])?;
        let is_escaped = || {
            let slashes = rest[..at].iter().rev().take_while(|&&byte| byte == b'\\').count();
            first == b'"' && slashes % 2 == 1
        };
        if (next.len() == 1 || rest[at..].starts_with(next)) && !is_escaped() {
            return Some(at);
        }
        from = at + 1;
    }
}

impl<'l> Entry<'l> {
    /// Takes what a field holds; `None` where it cannot hold that.
    fn take(&mut self, field: Field, text: &'l [u8]) -> Option<()> {
        let is_word = || !text.is_empty() && !text.contains(&b' ');
        let said = (text != b"-" && !text.is_empty()).then_some(text);
        match field {
            Field::Other => {}
            Field::Address => {
                // a name with a port is a virtual host in front of it
                let is_one = || !text.contains(&b':') || is_v6(text);
                (is_word() && is_one()).then_some(())?;
                // the first of several formats' addresses is the one that the server looks at
                self.address = self.address.or(said);
            }
            Field::User => self.user = said,
            Field::Status => {
                text.iter().all(u8::is_ascii_digit).then_some(())?;
                self.status = text.iter().fold(0, |sum, &digit| sum * 10 + u16::from(digit - b'0'));
            }
            Field::Method => {
                is_word().then_some(())?;
                self.method = text;
            }
            Field::Target => self.target = target_of(&unescaped(text)),
            Field::Path => {
                if self.target.is_empty() {
                    self.target = Cow::Owned(encoded(&unescaped(text)));
                }
            }
            Field::Request => {
                let line = unescaped(text);
                match line {
                    Cow::Borrowed(line) => {
                        let (method, target) = split(line);
                        self.method = method;
                        self.target = target_of(&Cow::Borrowed(target));
                    }
                    Cow::Owned(line) => {
                        // methods are written as they are
                        let length = text.iter().take_while(|&&byte| byte != b' ').count();
                        self.method = &text[..length];
                        self.target =
                            Cow::Owned(target_of(&Cow::Borrowed(split(&line).1)).into_owned());
                    }
                }
            }
            Field::Host => {
                is_word().then_some(())?;
                // `$host` says more than `$server_name`, and comes first where both are written
                self.host = self.host.or(said);
            }
            Field::Port => {
                let port = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
                (said.is_none() || port.is_some()).then_some(())?;
                self.port = port;
            }
            Field::Scheme => {
                self.scheme = match text {
                    b"https" => Some(Scheme::Https),
                    b"http" => Some(Scheme::Http),
                    _ => None,
                };
            }
        }
        Some(())
    }
}

/// Whether it is made as addresses of IPv6 are.
fn is_v6(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
}

/// The method and the target of a request line.
fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let mut words = line.splitn(2, |&byte| byte == b' ');
    let method = words.next().unwrap_or_default();
    let rest = words.next().unwrap_or_default();
    let end = memmem::rfind(rest, b" HTTP/").unwrap_or(rest.len());
    (method, &rest[..end])
}

/// A target without scheme and host in front of its path, and without what stands behind `#`.
fn target_of<'t>(target: &Cow<'t, [u8]>) -> Cow<'t, [u8]> {
    let range = {
        let text: &[u8] = target;
        let start = if text.first() == Some(&b'/') {
            0
        } else {
            memmem::find(text, b"://").map_or(0, |at| {
                let host = at + 3;
                memchr(b'/', &text[host..]).map_or(text.len(), |slash| host + slash)
            })
        };
        start..memchr(b'#', &text[start..]).map_or(text.len(), |end| start + end)
    };
    match target {
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_vec()),
    }
}

/// The path of a target, and its query with the question mark.
#[must_use]
pub fn split_query(target: &[u8]) -> (&[u8], &[u8]) {
    target.split_at(memchr(b'?', target).unwrap_or(target.len()))
}

/// What was written with backslashes: `\x22`, `\"`, `\\`.
fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\\', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    let digit = |at: usize| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    while let Some(&byte) = text.get(at) {
        match (byte, text.get(at + 1)) {
            (b'\\', Some(b'x' | b'X')) => {
                if let (Some(high), Some(low)) = (digit(at + 2), digit(at + 3)) {
                    out.push((high * 16 + low) as u8);
                    at += 4;
                } else {
                    out.push(byte);
                    at += 1;
                }
            }
            (b'\\', Some(&next)) => {
                out.push(match next {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    other => other,
                });
                at += 2;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}

/// A decoded path as a client may send it.
fn encoded(path: &[u8]) -> Vec<u8> {
    let keeps = |byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'%' | b'?' | b'#');
    percent_encoded(path, keeps)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"192.0.2.7 - alice [25/Nov/2026:10:00:00 +0000] \"POST /api/x?token=abc HTTP/1.1\" 401 179 \"https://a/\" \"curl/8\"";

    #[test]
    fn what_is_usual_is_read_with_whatever_follows() {
        let [combined, vhost] = Format::usual();
        let entry = combined.read(LINE).expect("a line");
        assert_eq!(
            (entry.status, entry.method, split_query(&entry.target).0),
            (401, &b"POST"[..], &b"/api/x"[..])
        );
        assert_eq!((entry.address, entry.user), (Some(&b"192.0.2.7"[..]), Some(&b"alice"[..])));
        assert_eq!(vhost.read(LINE), None);
        let line = [b"shop.example:8443 ", LINE].concat();
        let entry = vhost.read(&line).expect("a line");
        assert_eq!((entry.host, entry.port), (Some(&b"shop.example"[..]), Some(8443)));
        assert_eq!(combined.read(&line), None);
        let line =
            b"localhost:80 127.0.0.1 - - [25/Nov/2026:11:30:16 +0000] \"GET / HTTP/1.1\" 401 421";
        assert_eq!(combined.read(line), None);
        assert!(vhost.read(line).is_some_and(|entry| entry.user.is_none()));
        assert_eq!(
            combined.read(b"::1 - - [x] \"-\" 400 0").map(|entry| entry.target.into_owned()),
            Some(Vec::new())
        );
        assert_eq!(combined.before_status(), b"\" ");
    }

    #[test]
    fn quotes_in_a_request_are_escaped_ones() {
        let [combined, _] = Format::usual();
        for line in [
            &b"1.2.3.4 - - [t] \"GET /a\\\" 401 HTTP/1.1\" 403 1"[..],
            b"1.2.3.4 - - [t] \"GET /a\\x22 401 HTTP/1.1\" 403 1",
        ] {
            let entry = combined.read(line).expect("a line");
            assert_eq!(
                (entry.status, split_query(&entry.target).0),
                (403, &b"/a\" 401"[..]),
                "{entry:?}"
            );
        }
    }

    #[test]
    fn formats_of_configurations() {
        let json = Format::nginx(
            "json",
            b"{\"ip\":\"$remote_addr\",\"user\":\"$remote_user\",\"uri\":\"$request_uri\",\"m\":\"$request_method\",\"status\":\"$status\",\"host\":\"${host}\",\"t\":$request_time}",
        );
        assert!(json.is_telling() && json.names_host());
        assert_eq!(json.before_status(), b"\",\"status\":\"");
        let line = b"{\"ip\":\"::1\",\"user\":\"\",\"uri\":\"http://a/x?y\",\"m\":\"PUT\",\"status\":\"403\",\"host\":\"shop\",\"t\":0.1}";
        let entry = json.read(line).expect("a line");
        assert_eq!(
            (entry.status, entry.method, split_query(&entry.target).0),
            (403, &b"PUT"[..], &b"/x"[..])
        );
        assert_eq!((entry.user, entry.host), (None, Some(&b"shop"[..])));
        let httpd =
            Format::httpd("own", b"%{X-Forwarded-For}i %a %{%s}t %m %U%q %>s %{Host}i:%p %D");
        let entry = httpd.read(b"- 10.0.0.1 1764 GET /a b?c=d 404 x:80 12");
        assert_eq!(entry, None, "a blank in a path cannot be told from one behind it");
        let entry = httpd.read(b"- 10.0.0.1 1764 GET /a?c=d 404 x:80 12").expect("a line");
        assert_eq!(
            (entry.status, split_query(&entry.target).0, entry.port),
            (404, &b"/a"[..], Some(80))
        );
        assert!(!Format::nginx("upstream", b"$remote_addr $status").is_telling());
    }

    #[test]
    fn no_bytes_are_too_odd() {
        let [combined, vhost] = Format::usual();
        for line in
            [&b""[..], b"\\", b"\"", b"- - - [] \"\\\" 40", b"a:b c d e [f] \"g\" 4", &[0; 64]]
        {
            assert_eq!((combined.read(line), vhost.read(line)), (None, None));
        }
        assert_eq!(Format::nginx("x", b"$").read(b"").map(|entry| entry.status), Some(0));
        assert_eq!(Format::httpd("x", b"%{").read(b"").map(|entry| entry.status), Some(0));
    }
}
