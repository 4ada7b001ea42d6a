//! A request as a client sends it.

use std::net::{IpAddr, Ipv4Addr};

/// How the client talks to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// In clear.
    Http,
    /// Over TLS, without a client certificate.
    Https,
}

impl Scheme {
    /// Its name in URLs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that a URL without one means.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Where the client connects to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Destination {
    /// An address and a port.
    Address(IpAddr, u16),
    /// A port of an address that is not known: the URL has a name, and any socket with that port may be meant.
    Port(u16),
    /// A UNIX socket, by its path.
    Unix(Vec<u8>),
}

impl Destination {
    /// The port; 0 for a UNIX socket.
    #[must_use]
    pub const fn port(&self) -> u16 {
        match self {
            Self::Address(_, port) | Self::Port(port) => *port,
            Self::Unix(_) => 0,
        }
    }
}

/// What the client proves itself with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// `Authorization: Basic …`. Without a password the right one is taken for granted.
    Basic {
        /// The user.
        user: Vec<u8>,
        /// The password.
        password: Option<Vec<u8>>,
    },
    /// `Authorization: Bearer …`.
    Bearer(Vec<u8>),
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: Vec<u8>,
    /// How the client talks.
    pub scheme: Scheme,
    /// Where it connects to.
    pub destination: Destination,
    /// The `Host` header; `None` for a request of HTTP/1.0 without one.
    pub host: Option<Vec<u8>>,
    /// The path and the query, as they stand in the request line.
    pub target: Vec<u8>,
    /// Further headers, as the client sends them.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// What the client proves itself with, besides what `headers` say.
    pub credential: Option<Credential>,
    /// The client's address.
    pub from: IpAddr,
}

impl Request {
    /// The address of a client that nobody has heard of: 192.0.2.1, from the range for documentation.
    pub const OUTSIDER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    /// `GET` for `target` at `host`, whichever socket answers on `port`, sent by an outsider without credentials.
    #[must_use]
    pub fn get(host: &[u8], port: u16, target: &[u8]) -> Self {
        Self {
            method: b"GET".to_vec(),
            scheme: Scheme::Http,
            destination: Destination::Port(port),
            host: Some(host.to_vec()),
            target: target.to_vec(),
            headers: Vec::new(),
            credential: None,
            from: Self::OUTSIDER,
        }
    }

    /// `GET` for `url`, sent by an outsider: a user in front of the host logs in, and where the host is an address, that is
    /// the destination.
    ///
    /// # Errors
    /// Words that say what is wrong with the URL, fit to stand behind it.
    pub fn of_url(url: &str) -> Result<Self, &'static str> {
        if url.chars().any(|c| c.is_control() || c == ' ') {
            return Err(
                "has a blank or a control character in it, which is written %20 or the like",
            );
        }
        let (scheme, rest) = url.split_once("://").ok_or("is written http://HOST/PATH")?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err("is neither http nor https"),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        let path = path.split('#').next().unwrap_or_default();
        let target = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, "")) => (host, scheme.port()),
            Some((host, port)) if !port.contains(']') => {
                let port = port.parse().ok().filter(|&port| port > 0);
                (host, port.ok_or("has a port that is none")?)
            }
            _ => (authority, scheme.port()),
        };
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        if host.is_empty() || (host.contains([':', '[', ']']) && !is_bracketed) {
            return Err("has no host, or one that is none");
        }
        let name = if port == scheme.port() { host.to_owned() } else { format!("{host}:{port}") };
        let mut request = Self::get(name.as_bytes(), port, target.as_bytes());
        request.scheme = scheme;
        request.credential = user.map(credential);
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            request.destination = Destination::Address(address, port);
        }
        Ok(request)
    }

    /// Its URL, as a person would type it.
    #[must_use]
    pub fn url(&self) -> String {
        let host = String::from_utf8_lossy(self.host.as_deref().unwrap_or_default());
        let port = self.destination.port();
        let port = if port == self.scheme.port() || port == 0 || host.contains(':') {
            String::new()
        } else {
            format!(":{port}")
        };
        let target = String::from_utf8_lossy(&self.target);
        format!("{}://{host}{port}{target}", self.scheme.name())
    }

    /// The last header of this name; letter case does not matter in names.
    pub fn header(&self, name: &[u8]) -> Option<&[u8]> {
        let mut headers = self.headers.iter().rev();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

/// `user:password` in front of a host, percent-encoded.
fn credential(text: &str) -> Credential {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    Credential::Basic { user: decoded(user), password: password.map(decoded) }
}

fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |at: usize| bytes.get(at).and_then(|&byte| char::from(byte).to_digit(16));
        if byte == b'%'
            && let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2))
        {
            out.push((high * 16 + low) as u8);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    out
}
