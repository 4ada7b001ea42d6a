//! Messages as they come and go: `Content-Length: N`, an empty line, N bytes of JSON.
//!
//! What is no message is answered or passed over; nothing that a client sends ends the reading but the end of its output.

use lsp_server::{Message, Notification, Request, Response, ResponseError};
use serde::Serialize;
use serde_json::Value;
use std::io::{self, BufRead, Read, Write};

/// Longer messages are passed over, in bytes.
const LONGEST: u64 = 512 << 20;

/// A line of a header is cut here, in bytes.
const LONGEST_LINE: u64 = 4096;

/// What came.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Message(Message),
    /// Something else; the answer that the protocol has for it.
    Nonsense(Value),
}

/// The next message; `None` at the end of the input.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = header(input)? else { return Ok(None) };
    if length > LONGEST {
        io::copy(&mut input.take(length), &mut io::sink())?;
        return Ok(Some(Incoming::Nonsense(error(
            -32600,
            "the message is too long",
            &Value::Null,
        ))));
    }
    let mut body = Vec::new();
    input.take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Ok(None);
    }
    Ok(Some(parse(&body)))
}

/// The length that a header gives. Lines that are no header are passed over.
fn header(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            if length.is_some() {
                return Ok(length);
            }
            continue;
        }
        let text = String::from_utf8_lossy(line);
        if let Some((name, value)) = text.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok().or(length);
        }
    }
}

/// A message by its members: a method makes it a request or a notification, an id tells which.
fn parse(body: &[u8]) -> Incoming {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(problem) => {
            return Incoming::Nonsense(error(-32700, &problem.to_string(), &Value::Null));
        }
    };
    let has_method = value.get("method").is_some_and(Value::is_string);
    let id = value.get("id").cloned();
    let message = match (has_method, &id) {
        (true, Some(_)) => serde_json::from_value::<Request>(value).map(Message::Request),
        (true, None) => serde_json::from_value::<Notification>(value).map(Message::Notification),
        (false, _) => serde_json::from_value::<Response>(value).map(Message::Response),
    };
    match message {
        Ok(message) => Incoming::Message(message),
        Err(_) => Incoming::Nonsense(error(-32600, "no request", &id.unwrap_or(Value::Null))),
    }
}

/// The answer to what is no request.
fn error(code: i32, message: &str, id: &Value) -> Value {
    let error = ResponseError { code, message: message.to_owned(), data: None };
    serde_json::json!({ "jsonrpc": "2.0", "id": id, "error": error })
}

/// Writes a message.
pub(super) fn write(output: &mut impl Write, message: &Message) -> io::Result<()> {
    write_value(output, &Framed { jsonrpc: "2.0", message })
}

/// A message with the version of its protocol.
#[derive(Serialize)]
struct Framed<'m> {
    jsonrpc: &'static str,
    #[serde(flatten)]
    message: &'m Message,
}

/// Writes JSON as a message.
pub(super) fn write_value(output: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let body = serde_json::to_vec(value)?;
    write!(output, "Content-Length: {}\r\n\r\n", body.len())?;
    output.write_all(&body)?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::{Incoming, read};
    use lsp_server::Message;

    fn all(mut input: &[u8]) -> Vec<String> {
        let mut out = Vec::new();
        while let Some(incoming) = read(&mut input).expect("memory") {
            out.push(match incoming {
                Incoming::Message(Message::Request(request)) => format!("? {}", request.method),
                Incoming::Message(Message::Notification(one)) => format!("! {}", one.method),
                Incoming::Message(Message::Response(_)) => "=".to_owned(),
                Incoming::Nonsense(answer) => answer["error"]["code"].to_string(),
            });
        }
        out
    }

    fn framed(bodies: &[&str]) -> Vec<u8> {
        let frame = |body: &&str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
        bodies.iter().map(frame).collect::<String>().into_bytes()
    }

    #[test]
    fn what_is_no_message_is_answered_and_what_follows_is_read() {
        let bodies = [
            "{",
            r#"{"id":{},"method":"a"}"#,
            "[]",
            "3",
            r#"{"method":"b"}"#,
            r#"{"id":1,"method":"c"}"#,
        ];
        assert_eq!(all(&framed(&bodies)), ["-32700", "-32600", "-32600", "-32600", "! b", "? c"]);
    }

    #[test]
    fn lines_that_are_no_header_are_passed_over() {
        let mut input = b"hello\r\n\r\nContent-Length: x\r\ncontent-length: 14\r\nX: y\r\n\r\n{\"method\":\"b\"}".to_vec();
        assert_eq!(all(&input), ["! b"]);
        input.truncate(input.len() - 3);
        assert_eq!(all(&input), Vec::<String>::new());
    }
}
