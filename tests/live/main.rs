//! The proof of every case: the real nginx (each one that is here) and httpd are started on `bad/`, on `good/` and on
//! `bad/` with its fixes applied, and must answer as the case says. What was left out is said at the end. With `CI` in
//! the environment that is a failure, unless the case is `unrunnable` or no server has the version or C library it needs.

mod digest;
mod http;
mod logs;
mod passwords;
#[path = "../support/mod.rs"]
mod support;
mod tls;

use libtest_mimic::{Arguments, Failed, Trial};
use regex::Regex;
use std::collections::BTreeMap;
use support::binary::{self, Binary};
use support::case::{self, Case, Request, Side};
use support::lint;
use support::server::{self, NotStarted, Running};
use support::tree::Copy;

/// Reasons for which something was left out: how many cases, and whether an installation could change it.
type LeftOut = BTreeMap<String, (usize, bool)>;

fn main() {
    let mut arguments = Arguments::from_args();
    // most of the time is spent waiting for servers
    arguments.test_threads.get_or_insert(4);
    let (binaries, missing) = binary::find();
    let mut left_out: LeftOut =
        missing.into_iter().map(|line| (format!("no {line}"), (0, true))).collect();
    let binaries = Box::leak(binaries.into_boxed_slice());
    let mut trials = trials(binaries, &mut left_out);
    trials.extend(passwords::trials(binaries));
    if std::env::var_os("CI").is_some() {
        for (reason, _) in left_out.iter().filter(|(_, (_, avoidable))| *avoidable) {
            let message = format!("left out, and nothing may be here: {reason}");
            trials.push(Trial::test("left-out", move || Err(message.into())));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        report(&left_out);
    }
    conclusion.exit();
}

#[expect(clippy::print_stdout, reason = "the report of a test program")]
fn report(left_out: &LeftOut) {
    for (reason, (cases, _)) in left_out {
        match cases {
            0 => println!("not run: {reason}"),
            cases => println!("not run: {reason} ({cases} cases)"),
        }
    }
}

/// A test for each case, side and server that can prove it.
fn trials(binaries: &'static [Binary], left_out: &mut LeftOut) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut leave_out = |reason: String, avoidable: bool| {
        left_out.entry(reason).or_insert((0, avoidable)).0 += 1;
    };
    // tests/fixtures.rs tells of a case that cannot be read
    for case in case::all().into_iter().flatten() {
        let case: &'static Case = Box::leak(Box::new(case));
        if let Some(reason) = &case.unrunnable {
            leave_out(reason.clone(), false);
            continue;
        }
        for binary in binaries.iter().filter(|binary| binary.server == case.server) {
            if let Some(unmet) = binary.unmet(case) {
                leave_out(unmet.reason, unmet.avoidable);
                continue;
            }
            for side in Side::BOTH.into_iter().filter(|&side| case.tree(side).is_some()) {
                let name = format!("{}::{}", case.name, side.name());
                let trial = Trial::test(name, move || prove(case, side, binary));
                trials.push(trial.with_kind(binary.title()));
            }
        }
    }
    trials
}

fn prove(case: &Case, side: Side, binary: &Binary) -> Result<(), Failed> {
    if let Some(words) = case.config_test.failure(side) {
        let copy = Copy::new(case, side, &server::free_ports())?;
        let (accepted, said) = server::config_test(binary, copy.path(), case.start_file(side));
        if accepted || !said.contains(&copy.text(words)) {
            return Err(format!("its own test should fail with {words:?}, but said {said}").into());
        }
    } else if let Some(words) = case.config_test.stop(side) {
        stops(case, side, binary, words)?;
    } else {
        let file = case.start_file(side);
        let keep = |copy: &Copy| {
            let kept = server::keep_access_log(binary, copy.path(), file);
            kept.map(|()| true).map_err(|error| error.to_string())
        };
        let (copy, running) = start(case, side, binary, keep)?.ok_or("not started")?;
        requests(case, side, &copy)?;
        drop(running);
        logs::compare(case, side, &copy)?;
    }
    if side == Side::Bad
        && case.tree(Side::Good).is_some()
        && case.config_test.failure(Side::Good).is_none()
    {
        let fix = |copy: &Copy| lint::apply_fixes(&lint::check(case, copy)?, &case.rule, copy);
        if let Some((copy, _running)) = start(case, side, binary, fix)? {
            let after_fix =
                |failed: Failed| format!("after the fix: {}", failed.message().unwrap_or_default());
            requests(case, Side::Good, &copy).map_err(after_fix)?;
        }
    }
    Ok(())
}

/// The server accepts the configuration, and then does not start for the reason in `words`.
fn stops(case: &Case, side: Side, binary: &Binary, words: &str) -> Result<(), Failed> {
    let copy = Copy::new(case, side, &server::free_ports())?;
    let file = case.start_file(side);
    let (accepted, said) = server::config_test(binary, copy.path(), file);
    if !accepted {
        return Err(format!("its own test should find nothing, but said {said}").into());
    }
    match server::start(binary, copy.path(), file) {
        Err(NotStarted::Said(said)) if said.contains(&copy.text(words)) => Ok(()),
        Err(NotStarted::Said(said)) => Err(format!("should say {words:?}, but said {said}").into()),
        Err(NotStarted::PortTaken) => Err("another program took the port".into()),
        Ok(_) => Err("should not start".into()),
    }
}

/// Copies a side of a case, changes the copy, and starts the server on it. `None` when there is nothing to change.
fn start(
    case: &Case,
    side: Side,
    binary: &Binary,
    change: impl Fn(&Copy) -> Result<bool, String>,
) -> Result<Option<(Copy, Running)>, Failed> {
    for _ in 0..5 {
        let copy = Copy::new(case, side, &server::free_ports())?;
        if !change(&copy)? {
            return Ok(None);
        }
        match server::start(binary, copy.path(), case.start_file(side)) {
            Ok(running) => return Ok(Some((copy, running))),
            Err(NotStarted::PortTaken) => {}
            Err(NotStarted::Said(said)) => return Err(format!("does not start: {said}").into()),
        }
    }
    Err("other programs take every port".into())
}

/// Sends the requests of a case and compares the answers with those of `side`.
fn requests(case: &Case, side: Side, copy: &Copy) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for request in &case.requests {
        let Some(expected) = request.status(side) else { continue };
        if let Err(message) = answer(request, expected, side, copy) {
            wrong.push(format!("{} {}: {message}", request.method, request.path));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    wrong.push(std::fs::read_to_string(server::error_log(copy.path())).unwrap_or_default());
    Err(wrong.join("\n").into())
}

fn answer(request: &Request, expected: u16, side: Side, copy: &Copy) -> Result<(), String> {
    let answer = http::send(request, copy).map_err(|error| error.to_string())?;
    if answer.status != expected {
        return Err(format!("{} instead of {expected}", answer.status));
    }
    let matches = |pattern: &str, text: &str| {
        let regex = Regex::new(&copy.text(pattern)).map_err(|error| error.to_string())?;
        Ok::<bool, String>(regex.is_match(text))
    };
    for (name, pattern) in request.expected_headers(side) {
        let value = answer.header(name);
        if value.is_empty() != pattern.is_empty() || !matches(pattern, &value)? {
            return Err(format!("{name} is {value:?} and should match {pattern:?}"));
        }
    }
    if let Some(pattern) = request.body(side)
        && !matches(pattern, &answer.body)?
    {
        return Err(format!("the body is {:?} and should match {pattern:?}", answer.body));
    }
    Ok(())
}
