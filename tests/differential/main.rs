//! Random configurations and requests: what `policy::nginx` predicts must be what each real nginx answers.
//!
//! A seed makes one configuration with many server blocks and some thousand requests; every nginx that is here is started
//! on it. By hand, any seeds and any nginx:
//!
//! ```text
//! LINT401_SEEDS=1000..1040 cargo test --test differential -- 'nginx 1.22'
//! ```
//!
//! A disagreement is printed with the smallest configuration in which it still happens; `LINT401_SHOWN=0` only counts them.
//!
//! `tests/differential/faults.py` plants faults in the evaluator, one at a time, and shows that each one is caught here.

mod client;
mod compare;
mod conf;
mod generate;
mod items;
mod rng;
mod server;
mod shrink;
#[path = "../support/mod.rs"]
mod support;

use client::{Answer, Client};
use compare::Verdict;
use generate::Sent;
use items::Counts;
use libtest_mimic::{Arguments, Failed, Trial};
use lint401::config::target::Libc;
use lint401::config::{self, Project, Target, nginx::Site};
use lint401::policy::answer::Prediction;
use lint401::policy::files::Files;
use lint401::policy::nginx::Policy;
use lint401::source::Disk;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use support::binary::{self, Binary};
use support::case::Server;
use support::server::NotStarted;

/// The seeds of every run.
const SEEDS: Range<u64> = 1..11;

/// Server blocks of a round, and requests to each.
const SITES: usize = 60;
const REQUESTS: usize = 40;

/// Disagreements that are made small and printed; more are only counted.
const SHOWN: usize = 5;

/// Threads that ask.
const THREADS: usize = 3;

fn main() {
    let mut arguments = Arguments::from_args();
    // the servers take turns: each has the machine for itself
    arguments.test_threads = Some(1);
    let (binaries, missing) = binary::find();
    let missing: Vec<String> = missing.into_iter().filter(|line| line.contains("nginx")).collect();
    let mut trials = Vec::new();
    for binary in binaries.into_iter().filter(|binary| binary.server == Server::Nginx) {
        trials.push(Trial::test(binary.title(), move || all_seeds(&binary)));
    }
    if std::env::var_os("CI").is_some() && !missing.is_empty() {
        let message = format!("left out, and nothing may be here: {}", missing.join("; "));
        trials.push(Trial::test("left-out", move || Err(message.into())));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// `LINT401_SEEDS`: `FIRST..END`, or one seed.
fn seeds() -> Result<Range<u64>, String> {
    let Ok(text) = std::env::var("LINT401_SEEDS") else { return Ok(SEEDS) };
    let number =
        |text: &str| text.trim().parse::<u64>().map_err(|e| format!("LINT401_SEEDS={text}: {e}"));
    match text.split_once("..") {
        Some((first, end)) => Ok(number(first)?..number(end)?),
        None => number(&text).map(|seed| seed..seed + 1),
    }
}

#[expect(clippy::print_stdout, reason = "the report of a test program")]
fn all_seeds(binary: &Binary) -> Result<(), Failed> {
    let begin = Instant::now();
    let seeds = seeds()?;
    let most = std::env::var("LINT401_SHOWN").ok().and_then(|text| text.parse().ok());
    let most: usize = most.unwrap_or(SHOWN);
    let mut counts = Counts::default();
    let (mut disagreements, mut shown) = (0, 0);
    for seed in seeds.clone() {
        let round = run(binary, seed, most.saturating_sub(shown))?;
        counts.merge(&round.counts);
        disagreements += round.disagreements;
        shown += round.shown.len();
        for text in round.shown {
            println!("{text}");
        }
    }
    let Counts { pairs, unknown, .. } = counts;
    let title = binary.title();
    let took = begin.elapsed().as_secs();
    println!(
        "\n{title}: seeds {seeds:?}, {pairs} pairs, {disagreements} disagree, {unknown} unknown, {took} s"
    );
    println!("{}", counts.table());
    let mut complaints = counts.complaints();
    if disagreements > 0 {
        complaints.insert(0, format!("{disagreements} predictions disagree with {title}"));
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

/// What came of a round.
struct Outcome {
    counts: Counts,
    disagreements: usize,
    shown: Vec<String>,
}

#[expect(clippy::print_stdout, reason = "the report of a test program")]
fn run(binary: &Binary, seed: u64, shown: usize) -> Result<Outcome, Failed> {
    for _ in 0..5 {
        let folder = server::folder()?;
        let ports = server::ports();
        let named = folder.path().display().to_string();
        let round = generate::round(seed, ports, &named, SITES, REQUESTS);
        server::write(&round, folder.path())?;
        let running =
            match (server::start_stub(binary, ports.stub), server::start(binary, folder.path())) {
                (Ok(stub), Ok(main)) => (stub, main),
                (Err(NotStarted::PortTaken), _) | (_, Err(NotStarted::PortTaken)) => continue,
                (Err(NotStarted::Said(said)), _) | (_, Err(NotStarted::Said(said))) => {
                    return Err(format!("seed {seed}: does not start: {said}").into());
                }
            };
        let wrong = ask(binary, seed, folder.path(), &round.requests)?;
        let Asked { counts, wrong } = wrong;
        drop(running.1);
        let log = std::fs::read_to_string(support::server::error_log(folder.path()));
        let log = log.unwrap_or_default();
        // a worker that crashed says nothing of the evaluator
        if let Some(line) = log.lines().find(|line| line.contains("exited on signal")) {
            println!("seed {seed}, {}: {line}", binary.title());
        }
        // one of each kind
        let mut kinds = Vec::new();
        let of_new_kind = |(_, why): &&(Sent, String)| {
            let is_new = !kinds.contains(why);
            if is_new {
                kinds.push(why.clone());
            }
            is_new
        };
        let small = wrong.iter().filter(of_new_kind).take(shown).map(|(sent, why)| {
            let small = shrink::shrink(binary, seed, &round.http, (sent, why), folder.path());
            format!("seed {seed}, {}: {why}\n{small}", binary.title())
        });
        let shown = small.collect();
        return Ok(Outcome { counts, disagreements: wrong.len(), shown });
    }
    Err("other programs take every port".into())
}

/// What a configuration is read as; in every other round the version is told.
fn project(binary: &Binary, seed: u64, folder: &Path) -> Project {
    let part = |at: usize| u16::try_from(binary.version.get(at).copied().unwrap_or(0)).unwrap_or(0);
    let target = Target {
        nginx: seed.is_multiple_of(2).then(|| (part(0), part(1), part(2))),
        libc: Some(if binary.libc == "musl" { Libc::Musl } else { Libc::Glibc }),
        ..Target::default()
    };
    let options = config::Options { target, ..config::Options::default() };
    config::load(&Disk, &[folder.join("nginx.conf")], &options)
}

/// The configuration that was read from a folder, ready to be asked.
fn with_policy<T>(project: &Project, then: impl FnOnce(&Policy<'_>) -> T) -> Result<T, Failed> {
    let trouble =
        project.errors.first().map(|trouble| format!("{}: {}", trouble.path, trouble.message));
    if let Some(trouble) = trouble {
        return Err(trouble.into());
    }
    let data = project.nginx.first().ok_or("no configuration was found")?;
    Ok(then(&Policy::new(Site { project, data })))
}

struct Asked {
    counts: Counts,
    wrong: Vec<(Sent, String)>,
}

/// Sends every request, and compares.
fn ask(binary: &Binary, seed: u64, folder: &Path, requests: &[Sent]) -> Result<Asked, Failed> {
    let project = project(binary, seed, folder);
    let next = AtomicUsize::new(0);
    let work = |policy: &Policy<'_>| -> Result<Asked, String> {
        let mut asked = Asked { counts: Counts::default(), wrong: Vec::new() };
        let mut client = Client::default();
        while let Some(sent) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (prediction, answer, verdict) = pair(policy, &project, &mut client, sent)?;
            asked.counts.add(&project, sent, &prediction, &answer);
            match verdict {
                Verdict::Agrees => {}
                Verdict::Unknown => asked.counts.unknown += 1,
                Verdict::Disagrees(why) => asked.wrong.push((sent.clone(), why)),
            }
        }
        Ok(asked)
    };
    with_policy(&project, |policy| {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| work(policy))).collect();
            let mut all = Asked { counts: Counts::default(), wrong: Vec::new() };
            for thread in threads {
                let one = thread.join().map_err(|_| "a thread panicked")??;
                all.counts.merge(&one.counts);
                all.wrong.extend(one.wrong);
            }
            Ok(all)
        })
    })?
}

/// One request, predicted and sent.
fn pair(
    policy: &Policy<'_>,
    project: &Project,
    client: &mut Client,
    sent: &Sent,
) -> Result<(Prediction, Answer, Verdict), String> {
    let prediction = policy.predict(Files::new(&Disk, project), &compare::request(sent));
    let answer = client.send(sent).map_err(|error| format!("{error}:\n{}", client::head(sent)))?;
    let verdict = compare::compare(sent, &prediction, &answer);
    Ok((prediction, answer, verdict))
}
