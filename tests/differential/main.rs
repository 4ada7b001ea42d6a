//! Random configurations and requests: what `policy` predicts must be what each real server answers.
//!
//! A seed makes one configuration with many sites and some thousand requests; every server that is here is started on it.
//! By hand, any seeds and any server:
//!
//! ```text
//! LINT401_SEEDS=1000..1040 cargo test --test differential -- 'nginx 1.22'
//! LINT401_SEEDS=1000..1040 cargo test --test differential -- httpd
//! ```
//!
//! A disagreement is printed with the smallest configuration in which it still happens; `LINT401_SHOWN=0` only counts them.
//!
//! What fixes make of random configurations is looked at as well, for as many of them as somebody wants:
//!
//! ```text
//! LINT401_SEEDS=0..10000 cargo test --test differential -- 'fixes for nginx 1.22'
//! ```
//!
//! `tests/differential/faults.py` plants faults in the evaluator, one at a time, and shows that each one is caught here.

mod changes;
mod client;
mod compare;
mod conf;
mod fixes;
mod httpd;
mod items;
mod kind;
mod nginx;
mod rng;
mod shrink;
#[path = "../support/mod.rs"]
mod support;

use client::{Answer, Client, Sent};
use compare::Verdict;
use httpd::Httpd;
use items::Counts;
use kind::Kind;
use libtest_mimic::{Arguments, Failed, Trial};
use lint401::config::{self, Project};
use lint401::policy::answer::Prediction;
use lint401::policy::either::Policy;
use lint401::policy::files::Files;
use lint401::source::Disk;
use nginx::Nginx;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{fs, io};
use support::binary::{self, Binary};
use support::server::{self, NotStarted};
use tempfile::TempDir;

/// The kinds of servers.
const KINDS: [&dyn Kind; 2] = [&Nginx, &Httpd];

/// Sites of a round.
const SITES: usize = 60;

/// Disagreements that are made small and printed; more are only counted.
const SHOWN: usize = 5;

/// Threads that ask.
const THREADS: usize = 3;

fn main() {
    let mut arguments = Arguments::from_args();
    // the servers take turns: each has the machine for itself
    arguments.test_threads = Some(1);
    let (binaries, missing) = binary::find();
    let mut trials = Vec::new();
    for binary in binaries {
        let Some(kind) = KINDS.into_iter().find(|kind| kind.server() == binary.server) else {
            continue;
        };
        let subject = || Subject { kind, binary: binary.clone() };
        let (all, fixed, changed) = (subject(), subject(), subject());
        trials.push(Trial::test(all.title(), move || all_seeds(&all)));
        let title = format!("fixes for {}", fixed.title());
        trials.push(Trial::test(title, move || fixes::all_seeds(&fixed)));
        let title = format!("changes {}", changed.title());
        trials.push(Trial::test(title, move || changes::all_pairs(&changed)));
    }
    if std::env::var_os("CI").is_some() && !missing.is_empty() {
        let message = format!("left out, and nothing may be here: {}", missing.join("; "));
        trials.push(Trial::test("left-out", move || Err(message.into())));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A server that is compared with.
struct Subject {
    kind: &'static dyn Kind,
    binary: Binary,
}

/// What `variable` says: `FIRST..END`, or one number.
fn range(variable: &str, default: Range<u64>) -> Result<Range<u64>, String> {
    let Ok(text) = std::env::var(variable) else { return Ok(default) };
    let number =
        |text: &str| text.trim().parse::<u64>().map_err(|e| format!("{variable}={text}: {e}"));
    match text.split_once("..") {
        Some((first, end)) => Ok(number(first)?..number(end)?),
        None => number(&text).map(|seed| seed..seed + 1),
    }
}

/// A folder for a round; workers, who are another user, may read it.
fn folder() -> io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("lint401-").tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

#[expect(clippy::print_stdout, reason = "the report of a test program")]
fn all_seeds(subject: &Subject) -> Result<(), Failed> {
    let begin = Instant::now();
    let seeds = range("LINT401_SEEDS", subject.kind.seeds())?;
    let most = std::env::var("LINT401_SHOWN").ok().and_then(|text| text.parse().ok());
    let most: usize = most.unwrap_or(SHOWN);
    let mut counts = Counts::new(subject.kind.items());
    let (mut disagreements, mut shown) = (0, 0);
    for seed in seeds.clone() {
        let round = run(subject, seed, most.saturating_sub(shown))?;
        counts.merge(&round.counts);
        disagreements += round.disagreements;
        shown += round.shown.len();
        for text in round.shown {
            println!("{text}");
        }
    }
    let Counts { pairs, unknown, .. } = counts;
    let title = subject.title();
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
fn run(subject: &Subject, seed: u64, shown: usize) -> Result<Outcome, Failed> {
    let Subject { kind, binary } = subject;
    for _ in 0..5 {
        let folder = folder()?;
        let ports = server::free_ports();
        let round = kind.round(seed, &ports, folder.path(), SITES)?;
        kind.write(&round.nodes, folder.path())?;
        let stub = kind.start_stub(binary, &ports);
        let running = match (stub, subject.start(folder.path())) {
            (Ok(stub), Ok(main)) => (stub, main),
            (Err(NotStarted::PortTaken), _) | (_, Err(NotStarted::PortTaken)) => continue,
            (Err(NotStarted::Said(said)), _) | (_, Err(NotStarted::Said(said))) => {
                return Err(format!("seed {seed}: does not start: {said}").into());
            }
        };
        let Asked { counts, wrong } = ask(subject, seed, folder.path(), &round.requests)?;
        drop(running.1);
        let log = fs::read_to_string(server::error_log(folder.path())).unwrap_or_default();
        // a worker that crashed says nothing of the evaluator
        let crashed =
            |line: &&str| line.contains("exited on signal") || line.contains("exit signal");
        if let Some(line) = log.lines().find(crashed) {
            println!("seed {seed}, {}: {line}", subject.title());
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
            let small = shrink::shrink(subject, seed, &round.nodes, (sent, why), folder.path());
            format!("seed {seed}, {}: {why}\n{small}", subject.title())
        });
        let shown = small.collect();
        return Ok(Outcome { counts, disagreements: wrong.len(), shown });
    }
    Err("other programs take every port".into())
}

impl Subject {
    /// As people call it.
    fn title(&self) -> String {
        self.binary.title().replace("apache", "httpd")
    }

    /// Starts the server on what is written in `folder`.
    fn start(&self, folder: &Path) -> Result<server::Running, NotStarted> {
        server::start(&self.binary, folder, self.binary.server.default_main())
    }

    /// What the configuration in `folder` is read as.
    fn project(&self, seed: u64, folder: &Path) -> Project {
        let target = self.kind.target(&self.binary, seed);
        let options = config::Options { target, ..config::Options::default() };
        config::load(&Disk, &[folder.join(self.binary.server.default_main())], &options)
    }
}

/// The configuration that was read from a folder, ready to be asked.
fn with_policy<T>(project: &Project, then: impl FnOnce(&Policy<'_>) -> T) -> Result<T, Failed> {
    let trouble =
        project.errors.first().map(|trouble| format!("{}: {}", trouble.path, trouble.message));
    if let Some(trouble) = trouble {
        return Err(trouble.into());
    }
    let nginx = project.nginx.first().map(|site| site.main);
    let main = nginx.or_else(|| project.apache.first().map(|site| site.main));
    let policy = main.and_then(|main| Policy::of(project, main, None));
    Ok(then(&policy.ok_or("no configuration was found")?))
}

struct Asked {
    counts: Counts,
    wrong: Vec<(Sent, String)>,
}

/// Sends every request, and compares.
fn ask(subject: &Subject, seed: u64, folder: &Path, requests: &[Sent]) -> Result<Asked, Failed> {
    let project = subject.project(seed, folder);
    let next = AtomicUsize::new(0);
    let work = |policy: &Policy<'_>| -> Result<Asked, String> {
        let mut asked = Asked { counts: Counts::new(subject.kind.items()), wrong: Vec::new() };
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
            let mut all = Asked { counts: Counts::new(subject.kind.items()), wrong: Vec::new() };
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
    let prediction = policy.story(Files::new(&Disk, project), &compare::request(sent));
    let answer = client.send(sent).map_err(|error| format!("{error}:\n{}", client::head(sent)))?;
    let verdict = compare::compare(sent, &prediction, &answer);
    Ok((prediction, answer, verdict))
}
