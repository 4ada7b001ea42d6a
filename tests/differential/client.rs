//! A client that keeps connections open, and sends just what it is told.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(20);

/// One request, as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) to: SocketAddrV4,
    pub(crate) from: Ipv4Addr,
    pub(crate) method: String,
    pub(crate) target: String,
    /// `None` for a request of HTTP/1.0 without one.
    pub(crate) host: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub(crate) body: Option<usize>,
}

/// An answer; status 0 when the connection was closed without one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Open connections, by where they lead and where they come from.
#[derive(Debug, Default)]
pub(crate) struct Client(HashMap<(SocketAddrV4, Ipv4Addr), TcpStream>);

impl Client {
    /// Sends one request and reads the answer.
    pub(crate) fn send(&mut self, sent: &Sent) -> io::Result<Answer> {
        let key = (sent.to, sent.from);
        if let Some(mut stream) = self.0.remove(&key) {
            // an old connection may be closed; one that is closed by this request is told by a new one
            if let Ok(answer) = exchange(&mut stream, sent)
                && answer.0.status != 0
            {
                return Ok(self.keep(key, stream, answer));
            }
        }
        let mut stream = connect(sent)?;
        let answer = exchange(&mut stream, sent)?;
        Ok(self.keep(key, stream, answer))
    }

    fn keep(
        &mut self,
        key: (SocketAddrV4, Ipv4Addr),
        stream: TcpStream,
        (answer, stays): (Answer, bool),
    ) -> Answer {
        if stays {
            self.0.insert(key, stream);
        }
        answer
    }
}

fn connect(sent: &Sent) -> io::Result<TcpStream> {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddr::from((sent.from, 0)))?;
    connect(&socket, &SocketAddr::from(sent.to))?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

/// The bytes of a request.
pub(crate) fn head(sent: &Sent) -> String {
    let version = if sent.host.is_some() { "1.1" } else { "1.0" };
    let mut head = format!("{} {} HTTP/{version}\r\n", sent.method, sent.target);
    if let Some(host) = &sent.host {
        let _ = write!(head, "Host: {host}\r\n");
    }
    for (name, value) in &sent.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if let Some(length) = sent.body {
        let _ = write!(head, "Content-Length: {length}\r\n");
    }
    head.push_str("\r\n");
    head
}

/// The answer, and whether the connection stays open.
fn exchange(stream: &mut TcpStream, sent: &Sent) -> io::Result<(Answer, bool)> {
    let mut bytes = head(sent).into_bytes();
    bytes.extend(std::iter::repeat_n(b'x', sent.body.unwrap_or(0)));
    stream.write_all(&bytes)?;
    let mut read = Vec::with_capacity(1024);
    let end = loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if more(stream, &mut read)? == 0 {
            return Ok((Answer::default(), false));
        }
    };
    let text = String::from_utf8_lossy(&read[..end]).into_owned();
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    let answer = Answer { status, headers: headers.collect() };
    let is_bare = sent.method == "HEAD" || matches!(status, 204 | 304);
    let closes = answer.header("connection").is_some_and(|value| value == "close");
    if closes {
        // what comes is of no interest, but a server that still writes must not see a reset
        let _ = io::copy(stream, &mut io::sink());
        return Ok((answer, false));
    }
    let mut body = read.split_off(end);
    let length = answer.header("content-length").and_then(|value| value.parse::<usize>().ok());
    let is_chunked = answer.header("transfer-encoding").is_some_and(|value| value == "chunked");
    let is_complete = |body: &[u8]| match length {
        _ if is_bare => true,
        Some(length) => body.len() >= length,
        None if is_chunked => body.ends_with(b"0\r\n\r\n"),
        None => false,
    };
    while !is_complete(&body) {
        if more(stream, &mut body)? == 0 {
            return Ok((answer, false));
        }
    }
    Ok((answer, true))
}

fn more(stream: &mut TcpStream, into: &mut Vec<u8>) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(count) => {
                into.extend_from_slice(&buffer[..count]);
                return Ok(count);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(0),
            Err(error) => return Err(error),
        }
    }
}
