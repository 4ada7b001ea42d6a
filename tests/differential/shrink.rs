//! Makes a disagreement small: takes out what it does not need, one piece at a time, as long as the server still starts and
//! still disagrees.

use crate::client::{Answer, Client, Sent};
use crate::compare::Verdict;
use crate::conf::Node;
use crate::{Subject, client, pair, with_policy};
use lint401::config::Project;
use lint401::policy::answer::Prediction;
use lint401::policy::request::Request;
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long one disagreement may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// The story of the smallest configuration in which `sent` is still answered otherwise than predicted.
pub(crate) fn shrink(
    subject: &Subject,
    seed: u64,
    nodes: &[Node],
    (sent, why): (&Sent, &str),
    folder: &Path,
) -> String {
    let begin = Instant::now();
    let mut nodes = nodes.to_vec();
    let mut sent = sent.clone();
    let still = |nodes: &[Node], sent: &Sent| {
        begin.elapsed() < PATIENCE
            && disagrees(subject, seed, nodes, sent, folder).is_some_and(|found| found.3 == *why)
    };
    reduce(&mut nodes, &mut Vec::new(), &|nodes| still(nodes, &sent));
    for at in (0..sent.headers.len()).rev() {
        let mut fewer = sent.clone();
        fewer.headers.remove(at);
        if still(&nodes, &fewer) {
            sent = fewer;
        }
    }
    told(subject, seed, &nodes, &sent, folder)
}

/// Takes out of the block at `path` what is not needed: halves first, then quarters, and so on, and then out of what is left
/// in it.
fn reduce(nodes: &mut Vec<Node>, path: &mut Vec<usize>, still: &dyn Fn(&[Node]) -> bool) {
    let count = level(nodes, path).map_or(0, |level| level.len());
    let mut size = count.div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while let Some(end) = level(nodes, path).map(|level| level.len()).filter(|&end| at < end) {
            let mut fewer = nodes.clone();
            if let Some(level) = level(&mut fewer, path) {
                level.drain(at..(at + size).min(end));
            }
            if still(&fewer) { *nodes = fewer } else { at += size }
        }
        size /= 2;
    }
    let count = level(nodes, path).map_or(0, |level| level.len());
    for at in 0..count {
        path.push(at);
        if level(nodes, path).is_some() {
            reduce(nodes, path, still);
        }
        path.pop();
    }
}

/// What stands in the block at `path`.
fn level<'n>(nodes: &'n mut Vec<Node>, path: &[usize]) -> Option<&'n mut Vec<Node>> {
    let mut level = nodes;
    for at in path {
        level = level.get_mut(*at)?.inner.as_mut()?;
    }
    Some(level)
}

/// The prediction and the answer, if they disagree.
fn disagrees(
    subject: &Subject,
    seed: u64,
    nodes: &[Node],
    sent: &Sent,
    folder: &Path,
) -> Option<(Project, Prediction, Answer, String)> {
    subject.kind.write(nodes, folder).ok()?;
    let _running = subject.start(folder).ok()?;
    let project = subject.project(seed, folder);
    let mut client = Client::default();
    let asked = with_policy(&project, |policy| pair(policy, &project, &mut client, sent)).ok()?;
    let (prediction, answer, verdict) = asked.ok()?;
    match verdict {
        Verdict::Disagrees(why) => Some((project, prediction, answer, why)),
        Verdict::Agrees | Verdict::Unknown => None,
    }
}

fn told(subject: &Subject, seed: u64, nodes: &[Node], sent: &Sent, folder: &Path) -> String {
    let mut out = subject.kind.text(nodes);
    let _ = write!(out, "--\nto {} from {}\n{}", sent.to, sent.from, client::head(sent).trim_end());
    let Some((project, prediction, answer, why)) = disagrees(subject, seed, nodes, sent, folder)
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
