//! Makes a disagreement small: takes out what it does not need, one piece at a time, as long as the server still starts and
//! still disagrees.

use crate::client::{Answer, Client};
use crate::compare::Verdict;
use crate::conf::{self, Node};
use crate::generate::Sent;
use crate::support::binary::Binary;
use crate::{client, pair, project, server, with_policy};
use lint401::config::Project;
use lint401::policy::answer::Prediction;
use lint401::policy::request::Request;
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long one disagreement may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The story of the smallest configuration in which `sent` is still answered otherwise than predicted.
pub(crate) fn shrink(
    binary: &Binary,
    seed: u64,
    http: &[Node],
    (sent, why): (&Sent, &str),
    folder: &Path,
) -> String {
    let begin = Instant::now();
    let mut http = http.to_vec();
    let mut sent = sent.clone();
    let still = |http: &[Node], sent: &Sent| {
        begin.elapsed() < PATIENCE
            && disagrees(binary, seed, http, sent, folder).is_some_and(|found| found.3 == *why)
    };
    // whole blocks first, in halves, then quarters
    let mut size = http.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < http.len() {
            let mut fewer = http.clone();
            fewer.drain(at..(at + size).min(http.len()));
            if still(&fewer, &sent) { http = fewer } else { at += size }
        }
        size /= 2;
    }
    let mut path = vec![0];
    while let Some(count) = siblings(&http, &path) {
        let Some(last) = path.last_mut() else { break };
        if *last >= count {
            path.pop();
            if let Some(last) = path.last_mut() {
                *last += 1;
            }
            continue;
        }
        let mut fewer = http.clone();
        remove(&mut fewer, &path);
        if still(&fewer, &sent) {
            http = fewer;
        } else {
            // what stands in it comes next
            path.push(0);
            if siblings(&http, &path).is_none() {
                path.pop();
                if let Some(last) = path.last_mut() {
                    *last += 1;
                }
            }
        }
    }
    for at in (0..sent.headers.len()).rev() {
        let mut fewer = sent.clone();
        fewer.headers.remove(at);
        if still(&http, &fewer) {
            sent = fewer;
        }
    }
    told(binary, seed, &http, &sent, folder)
}

fn siblings(nodes: &[Node], path: &[usize]) -> Option<usize> {
    let (_, parents) = path.split_last()?;
    let mut level = nodes;
    for at in parents {
        level = level.get(*at)?.inner.as_deref()?;
    }
    Some(level.len())
}

fn remove(nodes: &mut Vec<Node>, path: &[usize]) {
    match path {
        [last] => {
            nodes.remove(*last);
        }
        [first, rest @ ..] => {
            if let Some(inner) = nodes.get_mut(*first).and_then(|node| node.inner.as_mut()) {
                remove(inner, rest);
            }
        }
        [] => {}
    }
}

/// The prediction and the answer, if they disagree.
fn disagrees(
    binary: &Binary,
    seed: u64,
    http: &[Node],
    sent: &Sent,
    folder: &Path,
) -> Option<(Project, Prediction, Answer, String)> {
    server::write_main(http, folder).ok()?;
    let _running = server::start(binary, folder).ok()?;
    let project = project(binary, seed, folder);
    let mut client = Client::default();
    let asked = with_policy(&project, |policy| pair(policy, &project, &mut client, sent)).ok()?;
    let (prediction, answer, verdict) = asked.ok()?;
    match verdict {
        Verdict::Disagrees(why) => Some((project, prediction, answer, why)),
        Verdict::Agrees | Verdict::Unknown => None,
    }
}

fn told(binary: &Binary, seed: u64, http: &[Node], sent: &Sent, folder: &Path) -> String {
    let mut out = conf::text(http);
    let _ = write!(out, "--\nto {} from {}\n{}", sent.to, sent.from, client::head(sent).trim_end());
    let Some((project, prediction, answer, why)) = disagrees(binary, seed, http, sent, folder)
    else {
        // not for this request alone, then
        return format!("{}-- (does not happen again)\n", client::head(sent));
    };
    let _ = writeln!(out, "\n-- {why}: predicted");
    let request: Request = crate::compare::request(sent);
    let mut trace = Vec::new();
    let shown = lint401::report::trace::Trace {
        project: &project,
        mask: &lint401::report::trace::Mask::new(&project),
        url: &sent.target,
        request: &request,
        prediction: &prediction,
    };
    let _ = lint401::report::trace::full(shown, false, 120, &mut trace);
    out.push_str(&String::from_utf8_lossy(&trace));
    let _ = writeln!(out, "-- answered {answer:?}");
    out
}
