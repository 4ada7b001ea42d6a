//! What `lint401 logs` makes of the logs that the real server wrote while it proved a case: each refusal is due to the
//! directive that the story of its request names.

use super::support::case::{Case, Side};
use super::support::server::{access_log, error_log};
use super::support::trace;
use super::support::tree::Copy;
use serde_json::Value;
use std::process::Command;

/// Compares the directives that are blamed with those that decided.
pub(crate) fn compare(case: &Case, side: Side, copy: &Copy) -> Result<(), String> {
    let is_refusal = |status: u16| matches!(status, 401 | 403);
    let refused = case.requests.iter().filter(|it| it.status(side).is_some_and(is_refusal));
    if refused.count() == 0 || !access_log(copy.path()).is_file() {
        return Ok(());
    }
    let report = logs(case, side, copy)?;
    let conf = std::fs::read_to_string(copy.path().join(case.start_file(side))).unwrap_or_default();
    let lines = std::fs::read_to_string(access_log(copy.path())).unwrap_or_default();
    let groups = || report["attributed"].as_array().into_iter().flatten();
    let given: u64 = groups().filter_map(|group| group["count"].as_u64()).sum();
    // what a header decides is in no log, nor is what a server closes without a line
    let (mut told, mut wrong) = (0, Vec::new());
    for (request, status, prediction) in trace::predictions(case, side, copy)? {
        if !is_refusal(status) || !request.headers.is_empty() {
            continue;
        }
        // what follows on an error page may be logged as what it was before
        let is_logged =
            lines.lines().any(|line| format!("{line} ").contains(&format!("HTTP/1.1\" {status} ")));
        if !is_logged {
            continue;
        }
        let Some((path, line)) = prediction.decided(status) else { continue };
        // passwords are in no log, and so nobody knows what a condition on the header came to
        if request.user.is_some() && conf.contains("$http_authorization") {
            continue;
        }
        told += 1;
        let is_it = |group: &&Value| {
            let places = group["locations"].as_array();
            group["status"] == status
                && group["count"] != 0
                // a login that is dropped on the way is in no log
                && (group["user_sent"] == false || request.user.is_some())
                && places
                    .into_iter()
                    .flatten()
                    .any(|place| place["path"] == path.as_str() && place["start"]["line"] == line)
        };
        if groups().find(is_it).is_none() {
            wrong.push(format!(
                "{} {}: {status} is not due to {path}:{line}",
                request.method, request.path
            ));
        }
    }
    let errors = std::fs::read_to_string(error_log(copy.path())).unwrap_or_default();
    for left in report["only_in_error_logs"].as_array().into_iter().flatten() {
        // who lacks a password file is answered 500, and what is proxied is told by another URL
        if left["reason"] != "password file not readable" && !errors.contains("proxy:http") {
            wrong.push(format!("{left} explains nothing\n{errors}"));
        }
    }
    if given < told {
        wrong.push(format!("{given} lines are explained, and there are {told}"));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("logs: {}\n{lines}{report:#}", wrong.join("\n")))
}

/// What is printed for both logs of the server.
fn logs(case: &Case, side: Side, copy: &Copy) -> Result<Value, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_lint401"))
        .args(["logs", "--no-config", "--output-format", "json", "--target", "user=www-data"])
        .args(["--config-file", case.start_file(side)])
        .args([access_log(copy.path()), error_log(copy.path())])
        .current_dir(copy.path())
        .output()
        .map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("logs: {error}: {}", String::from_utf8_lossy(&output.stderr)))
}
