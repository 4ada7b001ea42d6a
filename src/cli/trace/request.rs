//! From flags, or a line of `--batch`, and a URL to the request that a client makes of them.

use crate::cli::Failure;
use crate::cli::args::RequestArgs;
use crate::policy::request::{Credential, Destination, Request};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What is wrong with a part of a request. What it says repeats no header's value and no password.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) struct Wrong {
    /// The part, by its key in a line of `--batch`.
    pub(in crate::cli) part: &'static str,
    /// What is wrong with it.
    pub(in crate::cli) text: String,
}

impl Wrong {
    pub(in crate::cli) fn new(part: &'static str, text: impl Into<String>) -> Self {
        Self { part, text: text.into() }
    }

    /// For the command line: `--from x: is no IP address`.
    pub(in crate::cli) fn of_flag(&self) -> String {
        match self.part {
            "url" => format!("URL: {}", self.text),
            "method" => format!("-X: {}", self.text),
            "headers" => format!("-H: {}", self.text),
            part => format!("--{part}: {}", self.text),
        }
    }

    /// For a line of `--batch`: `from: x is no IP address`.
    pub(in crate::cli) fn of_line(&self) -> String {
        format!("{}: {}", self.part, self.text)
    }
}

/// What makes a request besides its URL.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Parts {
    pub(in crate::cli) method: Option<String>,
    pub(in crate::cli) headers: Vec<(String, String)>,
    pub(in crate::cli) user: Option<String>,
    pub(in crate::cli) bearer: Option<String>,
    pub(in crate::cli) from: Option<String>,
    pub(in crate::cli) connect: Option<String>,
}

impl Parts {
    pub(in crate::cli) fn of_flags(args: &RequestArgs) -> Result<Self, Failure> {
        let headers = args.header.iter().map(|header| {
            let (name, value) = header.split_once(':').ok_or_else(|| {
                // the line may be a password and nothing else
                Failure::new("-H: a header is written 'Name: value'")
            })?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        });
        Ok(Self {
            method: args.method.clone(),
            headers: headers.collect::<Result<_, Failure>>()?,
            user: args.user.clone(),
            bearer: args.bearer.clone(),
            from: args.from.clone(),
            connect: args.connect.clone(),
        })
    }

    /// These, and what they leave open as `defaults` say.
    pub(in crate::cli) fn or(mut self, defaults: &Self) -> Self {
        let has =
            |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let says_who = self.user.is_some() || self.bearer.is_some() || has("authorization");
        let more: Vec<_> =
            defaults.headers.iter().filter(|(name, _)| !has(name)).cloned().collect();
        if !says_who {
            self.user.clone_from(&defaults.user);
            self.bearer.clone_from(&defaults.bearer);
        }
        self.headers.extend(
            more.into_iter()
                .filter(|(name, _)| !says_who || !name.eq_ignore_ascii_case("authorization")),
        );
        self.method = self.method.or_else(|| defaults.method.clone());
        self.from = self.from.or_else(|| defaults.from.clone());
        self.connect = self.connect.or_else(|| defaults.connect.clone());
        self
    }

    /// The request that a client makes of them for `url`.
    pub(in crate::cli) fn request(&self, url: &str) -> Result<Request, Wrong> {
        let mut request = Request::of_url(url).map_err(|text| Wrong::new("url", text))?;
        if let Some(method) = &self.method {
            if method.is_empty() || !method.bytes().all(is_token) {
                return Err(Wrong::new("method", "is no method"));
            }
            request.method = method.as_bytes().to_vec();
        }
        for (name, value) in &self.headers {
            add_header(&mut request, name, value)?;
        }
        if let Some(from) = &self.from {
            request.from =
                from.parse().map_err(|_| Wrong::new("from", format!("{from} is no IP address")))?;
        }
        if let Some(connect) = &self.connect {
            request.destination = destination(connect, request.destination.port())
                .map_err(|text| Wrong::new("connect", format!("{connect} {text}")))?;
        }
        request.credential = self.credential()?.or(request.credential);
        if request.credential.is_some() && request.header(b"authorization").is_some() {
            let part = match (&self.user, &self.bearer) {
                (Some(_), _) => "user",
                (None, Some(_)) => "bearer",
                (None, None) => "url",
            };
            return Err(Wrong::new(
                part,
                "the client sends one Authorization, and a header sets it already",
            ));
        }
        Ok(request)
    }

    fn credential(&self) -> Result<Option<Credential>, Wrong> {
        let has_control = |text: &str| text.chars().any(char::is_control);
        if let Some(token) = &self.bearer {
            if self.user.is_some() {
                return Err(Wrong::new(
                    "bearer",
                    "the client sends one Authorization, and a user sets it already",
                ));
            }
            if token.is_empty() || has_control(token) {
                return Err(Wrong::new("bearer", "is no token"));
            }
            return Ok(Some(Credential::Bearer(token.as_bytes().to_vec())));
        }
        let Some(user) = &self.user else { return Ok(None) };
        let (user, password) = match user.split_once(':') {
            Some((user, password)) => (user, Some(password.as_bytes().to_vec())),
            None => (user.as_str(), None),
        };
        Ok(Some(Credential::Basic { user: user.as_bytes().to_vec(), password }))
    }
}

fn add_header(request: &mut Request, name: &str, value: &str) -> Result<(), Wrong> {
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Wrong::new("headers", format!("`{name}` is no header name")));
    }
    if value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(Wrong::new("headers", format!("the value of {name} is more than one line")));
    }
    if name.eq_ignore_ascii_case("host") {
        request.host = Some(value.as_bytes().to_vec());
    } else {
        request.headers.push((name.as_bytes().to_vec(), value.as_bytes().to_vec()));
    }
    Ok(())
}

/// What names of headers and methods are made of: `token` of RFC 9110.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `ADDR`, `ADDR:PORT`, `[ADDR]:PORT` or `unix:PATH`.
fn destination(text: &str, port: u16) -> Result<Destination, &'static str> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Ok(Destination::Unix(path.as_bytes().to_vec()));
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(Destination::Address(address.ip(), address.port()));
    }
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Ok(address) = inner.unwrap_or(text).parse::<IpAddr>() {
        return Ok(Destination::Address(address, port));
    }
    match text.split_once(':') {
        None if text == "localhost" => Ok(Destination::Address(Ipv4Addr::LOCALHOST.into(), port)),
        Some(("localhost", port)) => {
            let port = port.parse().map_err(|_| "has a port that is no number")?;
            Ok(Destination::Address(Ipv4Addr::LOCALHOST.into(), port))
        }
        _ => Err("is neither ADDR nor ADDR:PORT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(url: &str) -> Result<Request, Wrong> {
        Parts::default().request(url)
    }

    #[test]
    fn urls_are_read_as_clients_do() {
        let request = get("HTTP://Shop.example:80/a%20b?c=d#e").expect("a URL");
        assert_eq!(request.host.as_deref(), Some(&b"Shop.example"[..]));
        assert_eq!(request.target, b"/a%20b?c=d");
        assert_eq!(request.destination, Destination::Port(80));
        let request = get("https://[::1]:8443?x").expect("a URL");
        assert_eq!(request.host.as_deref(), Some(&b"[::1]:8443"[..]));
        assert_eq!(request.target, b"/?x");
        assert_eq!(request.destination, Destination::Address("::1".parse().expect("one"), 8443));
        let request = get("http://al%40ice:p%3Aw@127.0.0.1:/").expect("a URL");
        let (user, password) = (b"al@ice".to_vec(), Some(b"p:w".to_vec()));
        assert_eq!(request.credential, Some(Credential::Basic { user, password }));
        assert_eq!(request.destination.port(), 80);
        for bad in [
            "",
            "shop.example/",
            "ftp://a/",
            "http://",
            "http:///x",
            "http://a:0/",
            "http://a:99999/",
            "http://a:x/",
            "http://a/b c",
            "http://a/\n",
            "http://::1/",
            "http://[::1/",
            "http://@/",
        ] {
            assert_eq!(get(bad).map_err(|wrong| wrong.part), Err("url"), "{bad:?}");
        }
    }

    #[test]
    fn destinations() {
        let to = |text: &str| destination(text, 80).map(|to| format!("{to:?}"));
        for (text, expected) in [
            ("127.0.0.1", "Address(127.0.0.1, 80)"),
            ("127.0.0.1:8080", "Address(127.0.0.1, 8080)"),
            ("::1", "Address(::1, 80)"),
            ("[::1]", "Address(::1, 80)"),
            ("[::1]:81", "Address(::1, 81)"),
            ("localhost:81", "Address(127.0.0.1, 81)"),
        ] {
            assert_eq!(to(text).as_deref(), Ok(expected));
        }
        for bad in ["", "shop.example", "127.0.0.1:x", "127.0.0.1:99999", ":80", "[::1"] {
            assert!(to(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_client_sends_one_authorization() {
        let both = Parts {
            headers: vec![("authorization".into(), "Basic c2VjcmV0".into())],
            user: Some("alice:secret".into()),
            ..Parts::default()
        };
        let wrong = both.request("http://a/").expect_err("two of them");
        assert!(!wrong.of_flag().contains("secret") && !wrong.of_flag().contains("c2Vj"));
        // a line's own takes the place of the flags'
        let flags = Parts { user: Some("alice".into()), ..Parts::default() };
        let line = Parts { headers: both.headers, ..Parts::default() };
        assert_eq!(line.or(&flags).request("http://a/").map(|one| one.credential), Ok(None));
    }
}
