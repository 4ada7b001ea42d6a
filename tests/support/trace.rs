//! Asks `lint401 trace` for every request of a case, as a user does who knows where the server runs.

use super::case::{Case, Request, Requirement, Side, Tls};
use super::tree::Copy;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write;
use std::net::IpAddr;
use std::process::{Command, Stdio};

/// A line that `trace --batch` answers with: the parts that cases speak of.
#[derive(Debug, Deserialize)]
pub(crate) struct Prediction {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    outcome: String,
    status: Option<u16>,
    #[serde(default)]
    possible: Vec<Value>,
    handler: Option<String>,
    #[serde(default)]
    forwarded: Value,
    #[serde(default)]
    unknown: Vec<Value>,
    #[serde(default)]
    steps: Vec<Value>,
    #[serde(default)]
    decided_by: Option<usize>,
}

/// Compares what is predicted of each request of a side with what the live server answers.
pub(crate) fn compare(case: &Case, side: Side, copy: &Copy) -> Result<(), String> {
    let mut wrong = Vec::new();
    for (request, status, prediction) in predictions(case, side, copy)? {
        if let Err(message) = prediction.holds(request, side, status) {
            wrong.push(format!("{} {}: {message}", request.method, request.path));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// Each request of a side with its status on the live server and what is predicted of it.
pub(crate) fn predictions<'c>(
    case: &'c Case,
    side: Side,
    copy: &Copy,
) -> Result<Vec<(&'c Request, u16, Prediction)>, String> {
    // an answer to a challenge cannot be told beforehand, nor what a client's certificate proves
    let told = case
        .requests
        .iter()
        .filter(|request| request.digest.is_none() && request.tls != Some(Tls::Certificate));
    let requests: Vec<(&Request, u16)> =
        told.filter_map(|request| Some((request, request.status(side)?))).collect();
    let lines: Vec<String> = requests.iter().map(|(request, _)| line(request, copy)).collect();
    let predictions = predict(case, side, copy, &lines)?;
    if predictions.len() != requests.len() {
        return Err(format!("{} answers to {} requests", predictions.len(), requests.len()));
    }
    let told = requests.into_iter().zip(predictions);
    Ok(told.map(|((request, status), prediction)| (request, status, prediction)).collect())
}

/// The line of `--batch` for what `tests/live` sends.
fn line(request: &Request, copy: &Copy) -> String {
    let port = copy.port(request.port);
    let scheme = if request.tls.is_some() { "https" } else { "http" };
    let host = request.host.as_deref().map(|host| copy.text(host));
    let mut headers = json!({
        "Host": host.unwrap_or_else(|| format!("localhost:{port}")),
        "Connection": "close",
    });
    if matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        headers["Content-Length"] = "0".into();
    }
    for (name, value) in &request.headers {
        headers[name] = copy.text(value).into();
    }
    let (connect, from): (String, &str) = match request.connect {
        IpAddr::V4(address) => (format!("{address}:{port}"), "127.0.0.1"),
        IpAddr::V6(address) => (format!("[{address}]:{port}"), "::1"),
    };
    json!({
        "method": request.method,
        "url": format!("{scheme}://localhost:{port}{}", copy.text(&request.path)),
        "connect": connect,
        "headers": headers,
        "user": request.user.as_ref().or(request.digest.as_ref()),
        "from": from,
    })
    .to_string()
}

fn predict(
    case: &Case,
    side: Side,
    copy: &Copy,
    lines: &[String],
) -> Result<Vec<Prediction>, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    command.args(["trace", "--no-config", "--batch", "-"]);
    command.args(["--config-file", case.start_file(side)]);
    // the servers of the live tests: their workers; of the rest they are of every kind
    command.args(["--target", "user=www-data"]);
    for requirement in &case.requires {
        match requirement {
            Requirement::Version { server, least, version } => {
                let mut version = version.clone();
                if let Some(last) = version.last_mut().filter(|_| !least) {
                    *last = last.saturating_sub(1);
                }
                let version: Vec<String> = version.iter().map(ToString::to_string).collect();
                command.args(["--target", &format!("{server}={}", version.join("."))]);
            }
            Requirement::Libc(libc) => {
                command.args(["--target", &format!("libc={libc}")]);
            }
            Requirement::Package(_) => {}
        }
    }
    // what the case says of the server, and not which rules run
    let mut args = case.args.iter();
    while let Some(flag) = args.next() {
        if matches!(flag.as_str(), "--target" | "--root" | "--context" | "--define" | "--server") {
            command.arg(flag).args(args.next().map(|value| copy.text(value)));
        }
    }
    let mut child = command
        .current_dir(copy.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let input = lines.join("\n");
    let mut stdin = child.stdin.take().ok_or("no standard input")?;
    // few and short lines: they fit in the pipe
    stdin.write_all(input.as_bytes()).map_err(|error| error.to_string())?;
    drop(stdin);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("trace: {}: {said}{text}", output.status));
    }
    text.lines()
        .map(|line| serde_json::from_str(line).map_err(|error| format!("{error} in {line}")))
        .collect()
}

impl Prediction {
    /// Whether the server itself certainly answers with `status`, and the file and line of the directive that decides it.
    pub(crate) fn decided(&self, status: u16) -> Option<(String, u64)> {
        if self.outcome != "answered" || self.status != Some(status) {
            return None;
        }
        self.steps.get(..=self.decided_by?)?.iter().rev().find_map(|step| {
            Some((step["path"].as_str()?.to_owned(), step["start"]["line"].as_u64()?))
        })
    }

    fn holds(&self, request: &Request, side: Side, status: u16) -> Result<(), String> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        let reason = request.unknown(side);
        // what another server answers is none of the configuration's business, but it is no refusal of this one
        let authorization = self.forwarded["authorization"].as_str();
        let passes = |handler: Option<&str>| match handler {
            Some("file") => matches!(status, 200..=299 | 304),
            // a program that gets no Authorization may ask for a login itself
            Some("cgi" | "fastcgi" | "script") if authorization != Some("client") => {
                !matches!(status, 403 | 407)
            }
            _ => !matches!(status, 401 | 403 | 407),
        };
        let told = match self.outcome.as_str() {
            "answered" => self.status == Some(status),
            "passed" => passes(self.handler.as_deref()),
            _ => {
                let is_possible = self.possible.iter().any(|one| match one.as_u64() {
                    Some(one) => one == u64::from(status),
                    None => passes(None),
                });
                if is_possible && reason.is_some() {
                    return Ok(());
                }
                let causes: Vec<&str> =
                    self.unknown.iter().filter_map(|cause| cause["text"].as_str()).collect();
                return Err(format!(
                    "{status} on the live server, and unknown: {:?} depends on {causes:?}",
                    self.possible
                ));
            }
        };
        match (told, reason) {
            (true, None) => Ok(()),
            (true, Some(_)) => Err("the case says that trace cannot know, but it does".into()),
            (false, _) => Err(format!(
                "{status} on the live server, and {} {:?} {:?}",
                self.outcome, self.status, self.handler
            )),
        }
    }
}
