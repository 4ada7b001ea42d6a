//! `--batch`: a line of JSON in, a line of JSON out, in the same order.

use super::request::{Parts, Wrong};
use crate::cli::{Failure, Status, complain, print};
use crate::policy::request::Request;
use crate::report::trace;
use serde_json::{Map, Value};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

/// The longest line that is read, in bytes.
const LONGEST: u64 = 1 << 20;

const KEYS: [&str; 8] = ["id", "method", "url", "connect", "headers", "user", "bearer", "from"];

/// Writes what becomes of a request, given its URL and its `id`.
type Answer<'a> = dyn FnMut(&str, &Request, Option<&Value>, &mut dyn Write) -> io::Result<()> + 'a;

/// Answers each line of a file; what a line leaves open is as `flags` say.
pub(super) fn run(file: &Path, flags: &Parts, answer: &mut Answer<'_>) -> Result<Status, Failure> {
    let name =
        if file == Path::new("-") { "standard input".into() } else { file.display().to_string() };
    let cannot = |error: io::Error| Failure::new(format!("{name}: {error}"));
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(file).map_err(cannot)?)
    };
    let mut input = BufReader::new(input);
    let mut unread = None;
    let (mut count, mut bad) = (0u64, 0u64);
    print(|out| {
        let mut line = Vec::new();
        loop {
            // whoever waits for an answer before the next question gets it
            if input.buffer().is_empty() {
                out.flush()?;
            }
            match next(&mut input, &mut line) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    unread = Some(error);
                    return Ok(());
                }
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            count += 1;
            let (id, read) = read(line.trim_ascii_end(), flags);
            match read {
                Ok((url, request)) => answer(&url, &request, id.as_ref(), out)?,
                Err(error) => {
                    bad += 1;
                    trace::json_line_error(&error, id.as_ref(), out)?;
                }
            }
        }
    })?;
    if let Some(error) = unread {
        return Err(cannot(error));
    }
    if bad > 0 {
        complain(&format!(
            "{name}: {bad} of {count} lines are no requests; the answer to each says why"
        ));
        return Ok(Status::Failed);
    }
    Ok(Status::Clean)
}

/// Reads the next line; `false` at the end. Of one that is too long, one byte too much is kept.
fn next(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    input.take(LONGEST + 1).read_until(b'\n', line)?;
    if line.len() as u64 > LONGEST {
        input.skip_until(b'\n')?;
    }
    Ok(!line.is_empty())
}

/// The `id` of a line, and the request that it describes.
fn read(line: &[u8], flags: &Parts) -> (Option<Value>, Result<(String, Request), String>) {
    if line.len() as u64 > LONGEST {
        return (None, Err("the line is longer than 1 MiB".into()));
    }
    let mut object: Map<String, Value> = match serde_json::from_slice(line) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return (None, Err("is no JSON object".into())),
        Err(error) => return (None, Err(format!("is no JSON: {error}"))),
    };
    let id = object.remove("id");
    let request = parts(&object).map_err(|wrong| wrong.of_line()).and_then(|(url, parts)| {
        let request = parts.or(flags).request(&url).map_err(|wrong| wrong.of_line())?;
        Ok((url, request))
    });
    (id, request)
}

fn parts(object: &Map<String, Value>) -> Result<(String, Parts), Wrong> {
    if let Some(key) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(Wrong::new("key", format!("`{key}` is none of {}", KEYS.join(", "))));
    }
    let text = |key: &'static str| match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Wrong::new(key, "is no string")),
    };
    let url = text("url")?.ok_or_else(|| Wrong::new("url", "is missing"))?;
    let mut headers = Vec::new();
    match object.get("headers") {
        None | Some(Value::Null) => {}
        Some(Value::Object(named)) => {
            for (name, value) in named {
                let values = match value {
                    Value::Array(values) => values.as_slice(),
                    one => std::slice::from_ref(one),
                };
                for value in values {
                    let Value::String(value) = value else {
                        return Err(Wrong::new(
                            "headers",
                            format!("the value of {name} is no string"),
                        ));
                    };
                    headers.push((name.clone(), value.trim().to_owned()));
                }
            }
        }
        Some(_) => return Err(Wrong::new("headers", "is no object of names and values")),
    }
    Ok((
        url,
        Parts {
            method: text("method")?,
            headers,
            user: text("user")?,
            bearer: text("bearer")?,
            from: text("from")?,
            connect: text("connect")?,
        },
    ))
}
