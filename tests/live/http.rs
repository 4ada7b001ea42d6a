//! One HTTP/1.1 request over a plain connection: what a proof needs, without a client that follows, retries or normalises.

use crate::digest;
use crate::support::case::Request;
use crate::support::tree::Copy;
use crate::tls;
use base64::Engine as _;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long a server on loopback may take for any step.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An answer; status 0 when the connection was closed without one.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The values of a header, joined by `, `; empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> String {
        let values = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Sends a case's request to the server that runs on `copy`; for Digest, once more with the answer to the challenge.
pub(crate) fn send(request: &Request, copy: &Copy) -> io::Result<Answer> {
    let answer = exchange(request, copy, None)?;
    let Some(user) = &request.digest else { return Ok(answer) };
    let challenge = answer.header("WWW-Authenticate");
    match digest::answer(&challenge, user, &request.method, &copy.text(&request.path)) {
        Some(credentials) => exchange(request, copy, Some(&credentials)),
        None => Ok(answer),
    }
}

/// The status of a GET with Basic credentials, `user:password` in any bytes.
pub(crate) fn login(port: u16, path: &str, credentials: &[u8]) -> io::Result<u16> {
    let value = base64::engine::general_purpose::STANDARD.encode(credentials);
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\
         Authorization: Basic {value}\r\n\r\n"
    );
    Ok(round_trip((Ipv4Addr::LOCALHOST, port).into(), &head)?.status)
}

fn exchange(request: &Request, copy: &Copy, credentials: Option<&str>) -> io::Result<Answer> {
    let port = copy.port(request.port);
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, copy.text(&request.path));
    let host = request.host.as_deref().map(|host| copy.text(host));
    let host = host.unwrap_or_else(|| format!("localhost:{port}"));
    let mut field = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
    field("Host", &host);
    field("Connection", "close");
    if let Some(user) = &request.user {
        let value = base64::engine::general_purpose::STANDARD.encode(user);
        field("Authorization", &format!("Basic {value}"));
    }
    if let Some(credentials) = credentials {
        field("Authorization", credentials);
    }
    if matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        field("Content-Length", "0");
    }
    for (name, value) in &request.headers {
        field(name, &copy.text(value));
    }
    head.push_str("\r\n");
    let address = (request.connect, port).into();
    match request.tls {
        Some(tls) => Ok(parse(&tls::round_trip(address, tls, &head)?)),
        None => round_trip(address, &head),
    }
}

/// Sends a head and reads the answer.
fn round_trip(address: SocketAddr, head: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(head.as_bytes())?;
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        // a server that has answered may reset the connection
        Err(error) if bytes.is_empty() && error.kind() != io::ErrorKind::ConnectionReset => {
            Err(error)
        }
        _ => Ok(parse(&bytes)),
    }
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    let body = String::from_utf8_lossy(bytes.get(end + 4..).unwrap_or_default()).into_owned();
    Answer { status, headers, body }
}
