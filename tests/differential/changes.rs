//! Pairs of random configurations: what `change` says of a pair is what two real servers show.
//!
//! The second configuration of a pair is the first one with a few lines taken out, moved, exchanged or put in. The random
//! requests of the round go to both. Every request that is answered otherwise by the second server must have its cause among
//! the changes that were found without it, and the request of every change must be answered so by both servers.
//!
//! By hand, any pairs:
//!
//! ```text
//! LINT401_PAIRS=1..201 cargo test --test differential -- 'changes nginx 1.22'
//! ```

use crate::client::{Answer, Client, Sent};
use crate::compare;
use crate::conf::{Node, line};
use crate::rng::Rng;
use crate::support::server::{self, NotStarted};
use crate::{Subject, folder, with_policy};
use libtest_mimic::Failed;
use lint401::change::{self, Change, Class, Key, Kind, Side};
use lint401::policy::answer::Outcome;
use lint401::policy::files::Files;
use lint401::policy::request::{Credential, Destination, Request};
use lint401::source::Disk;
use std::collections::HashSet;
use std::fs;
use std::net::{IpAddr, SocketAddrV4};
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

/// The pairs of every run.
const PAIRS: Range<u64> = 2..5;

/// Sites of a configuration.
const SITES: usize = 10;

/// Random requests to each pair, with those that are made of parts of others; `LINT401_REQUESTS` by hand.
const REQUESTS: usize = 3_000;

/// Threads that ask. The requests to one host are one thread's: what caches hold comes about in the same order.
const THREADS: usize = 4;

/// How long one server is asked.
const PATIENCE: Duration = Duration::from_secs(60);

/// Second configurations that are tried until the server takes one.
const TRIES: u64 = 20;

/// The passwords of the users of the password files.
const PASSWORD: &str = "secret";

#[expect(clippy::print_stdout, reason = "the report of a test program")]
pub(crate) fn all_pairs(subject: &Subject) -> Result<(), Failed> {
    let begin = Instant::now();
    let pairs = crate::range("LINT401_PAIRS", PAIRS)?;
    let mut total = Tally::default();
    for seed in pairs.clone() {
        let tally = pair(subject, seed)?;
        total.add(tally);
    }
    let Tally { changes, differences, confirmed, open, unanswered, wrong } = total;
    let title = subject.title();
    let took = begin.elapsed().as_secs();
    println!(
        "\nchanges {title}: pairs {pairs:?}, {changes} changes, {confirmed} confirmed, {open} not sent, \
         {differences} requests answered otherwise, {unanswered} not answered, {} wrong, {took} s",
        wrong.len()
    );
    for text in wrong.iter().take(10) {
        println!("{text}");
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{} wrong", wrong.len()).into()) }
}

#[derive(Default)]
struct Tally {
    changes: usize,
    differences: usize,
    confirmed: usize,
    /// Changes that depend on what is not known, or whose request this client cannot send.
    open: usize,
    /// Random requests without an answer.
    unanswered: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.unanswered += other.unanswered;
        self.changes += other.changes;
        self.differences += other.differences;
        self.confirmed += other.confirmed;
        self.open += other.open;
        self.wrong.extend(other.wrong);
    }
}

fn pair(subject: &Subject, seed: u64) -> Result<Tally, Failed> {
    let kind = subject.kind;
    for _ in 0..5 {
        let folder = folder()?;
        let ports = server::free_ports();
        let round = kind.round(seed, &ports, folder.path(), SITES)?;
        kind.write(&round.nodes, folder.path())?;
        let Ok(_stub) = kind.start_stub(&subject.binary, &ports) else { continue };
        let old_project = subject.project(seed, folder.path());
        let old_server = match subject.start(folder.path()) {
            Ok(running) => running,
            Err(NotStarted::PortTaken) => continue,
            Err(NotStarted::Said(said)) => return Err(said.into()),
        };
        let requests = requests(seed, round.requests)?;
        let before = ask(&requests);
        drop(old_server);
        clear(folder.path());

        let Some(nodes) = second(subject, seed, &round.nodes, folder.path())? else {
            return Ok(Tally::default());
        };
        let new_project = subject.project(seed, folder.path());
        let new_server = match subject.start(folder.path()) {
            Ok(running) => running,
            Err(NotStarted::PortTaken) => continue,
            Err(NotStarted::Said(said)) => return Err(said.into()),
        };
        let after = ask(&requests);
        drop(new_server);
        clear(folder.path());

        let mut tally: (Tally, Vec<Option<(Change, Sent)>>) = with_policy(&old_project, |old| {
            with_policy(&new_project, |new| {
                let old = Side { policy: Some(old), files: Files::new(&Disk, &old_project) };
                let new = Side { policy: Some(new), files: Files::new(&Disk, &new_project) };
                let changes = change::changes(old, new);
                let mut tally = Tally { changes: changes.len(), ..Tally::default() };
                let known: HashSet<Key> = changes.iter().map(Change::key).collect();
                let answers = before.iter().zip(&after);
                for (sent, answers) in requests.iter().zip(answers) {
                    let (Some(before), Some(after)) = answers else {
                        tally.unanswered += 1;
                        continue;
                    };
                    tally.difference(seed, sent, before, after, (old, new), &known);
                }
                let sent = changes.iter().map(|change| sendable(change, old, new)).collect();
                (tally, sent)
            })
        })??;
        // what was found is sent to both
        kind.write(&round.nodes, folder.path())?;
        let before = reproduce(subject, folder.path(), &tally.1)?;
        kind.write(&nodes, folder.path())?;
        clear(folder.path());
        let after = reproduce(subject, folder.path(), &tally.1)?;
        for ((change, before), after) in tally.1.iter().zip(before).zip(after) {
            let answers = before.as_ref().zip(after.as_ref());
            tally.0.confirm(seed, change.as_ref().map(|(change, _)| change), answers);
        }
        return Ok(tally.0);
    }
    Err("other programs take every port".into())
}

/// What caches hold is of the other configuration.
fn clear(folder: &Path) {
    let _ = fs::remove_dir_all(folder.join("cache"));
}

/// A second configuration that the server takes, written down.
fn second(
    subject: &Subject,
    seed: u64,
    nodes: &[Node],
    folder: &Path,
) -> Result<Option<Vec<Node>>, Failed> {
    for number in 0..TRIES {
        let mut rng = Rng::new(seed * 1000 + number);
        let mut nodes = nodes.to_vec();
        let lines = words(&nodes);
        for _ in 0..rng.between(2, 12) {
            mutate(&mut nodes, &lines, &mut rng);
        }
        subject.kind.write(&nodes, folder)?;
        let main = subject.binary.server.default_main();
        if server::config_test(&subject.binary, folder, main).0 {
            return Ok(Some(nodes));
        }
    }
    Ok(None)
}

/// Changes something in this block, or mostly in one of its blocks.
fn mutate(level: &mut Vec<Node>, lines: &[String], rng: &mut Rng) {
    let blocks: Vec<usize> = (0..level.len()).filter(|&at| level[at].inner.is_some()).collect();
    if !blocks.is_empty() && !rng.chance(12) {
        if let Some(inner) = level[rng.one(&blocks)].inner.as_mut() {
            mutate(inner, lines, rng);
        }
        return;
    }
    let at = rng.below(level.len());
    match rng.below(6) {
        0 | 1 if !level.is_empty() => {
            level.remove(at);
        }
        2 if level.len() > 1 => {
            let other = rng.below(level.len());
            level.swap(at, other);
        }
        // the words of another line of that name
        3 if !level.is_empty() => {
            let name = level[at].name().to_owned();
            let others: Vec<&String> =
                lines.iter().filter(|words| words.split(' ').next() == Some(&name)).collect();
            if level[at].inner.is_none() && !others.is_empty() {
                level[at].words.clone_from(rng.one(&others));
            }
        }
        _ if !lines.is_empty() => {
            let words = rng.one(lines);
            level.insert(at.min(level.len()), line(words));
        }
        _ => {}
    }
}

/// The lines of a configuration.
fn words(nodes: &[Node]) -> Vec<String> {
    let mut all = Vec::new();
    let mut pending: Vec<&Node> = nodes.iter().collect();
    while let Some(node) = pending.pop() {
        match &node.inner {
            None => all.push(node.words.clone()),
            Some(inner) => pending.extend(inner),
        }
    }
    all
}

/// The requests of a round, and further ones that are made of parts of two for the same host.
fn requests(seed: u64, mut requests: Vec<Sent>) -> Result<Vec<Sent>, String> {
    let most = REQUESTS as u64;
    let most = crate::range("LINT401_REQUESTS", most..most + 1)?.start as usize;
    let mut rng = Rng::new(seed ^ 0x5eed);
    let first = requests.len();
    while requests.len() < most && first > 0 {
        let one = requests[rng.below(first)].clone();
        let same: Vec<usize> = (0..first).filter(|&at| requests[at].host == one.host).collect();
        let other = &requests[rng.one(&same)];
        let made = Sent {
            headers: if rng.chance(50) { other.headers.clone() } else { one.headers.clone() },
            method: other.method.clone(),
            body: other.body,
            from: if rng.chance(50) { other.from } else { one.from },
            ..one
        };
        requests.push(made);
    }
    Ok(requests)
}

/// The answers; `None` for what a server that is slow did not come to.
fn ask(requests: &[Sent]) -> Vec<Option<Answer>> {
    let thread_of = |sent: &Sent| {
        let host = sent.host.as_deref().unwrap_or_default();
        host.bytes().fold(0, |sum, byte| sum * 31 % 1009 + usize::from(byte)) % THREADS
    };
    let mut answers = vec![None; requests.len()];
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                scope.spawn(move || {
                    let begin = Instant::now();
                    let mut client = Client::default();
                    let own = requests.iter().enumerate().filter(|(_, it)| thread_of(it) == number);
                    let in_time = own.take_while(|_| begin.elapsed() < PATIENCE);
                    in_time.map(|(at, sent)| (at, client.send(sent).ok())).collect::<Vec<_>>()
                })
            })
            .collect();
        for (at, answer) in threads.into_iter().flat_map(|it| it.join().unwrap_or_default()) {
            answers[at] = answer;
        }
    });
    answers
}

/// What a real answer is as far as access goes.
fn class(answer: &Answer) -> Class {
    Class::of_status(answer.status)
}

/// What two real answers have to do with each other.
fn shown(before: &Answer, after: &Answer, has_login: bool) -> Option<Kind> {
    let (old, new) = (class(before), class(after));
    if let Some(kind) = change::between(old, new, has_login) {
        return Some(kind);
    }
    let challenge = |answer: &Answer| answer.header("WWW-Authenticate").map(str::to_owned);
    if old == Class::Login && challenge(before) != challenge(after) {
        return Some(Kind::ChallengeChanged);
    }
    // what the handler got, as it tells
    let got = |answer: &Answer| answer.header("X-Stub").map(str::to_owned);
    match (got(before), got(after)) {
        (Some(was), Some(is)) if old == Class::In && was != is => Some(Kind::ForwardedChanged),
        _ => None,
    }
}

impl Tally {
    /// One random request with what both servers answered.
    fn difference(
        &mut self,
        seed: u64,
        sent: &Sent,
        before: &Answer,
        after: &Answer,
        (old, new): (Side<'_, '_>, Side<'_, '_>),
        known: &HashSet<Key>,
    ) {
        let request = compare::request(sent);
        let Some(kind) = shown(before, after, change::has_login(&request)) else { return };
        self.differences += 1;
        let told = change::of(old, new, request);
        let told = told.as_ref();
        let is_known = |change: &Change| {
            let (kind, old, new) = change.key();
            // strangers are told of, and whoever has a login comes with them
            let open = (Kind::NowOpen, old, new);
            known.contains(&(kind, old, new)) || kind == Kind::NowPassed && known.contains(&open)
        };
        if told.is_some_and(is_known) {
            return;
        }
        let what = told.map(|told| (told.kind, told.key()));
        let steps = |side: Side<'_, '_>| {
            let story = side.policy.map(|policy| policy.story(side.files, &compare::request(sent)));
            let steps = story.into_iter().flat_map(|story| story.answer.steps);
            steps
                .map(|step| format!("{}: {}", step.phase, step.text))
                .collect::<Vec<_>>()
                .join("; ")
        };
        let stories = format!("old: {}\nnew: {}", steps(old), steps(new));
        let head = crate::client::head(sent);
        self.wrong.push(format!(
            "pair {seed}: missed: {} → {} ({}) from {}, told {what:?}\n{}\n{stories}",
            before.status,
            after.status,
            kind.name(),
            sent.from,
            head.trim_end()
        ));
    }

    /// One change with what both servers answered.
    fn confirm(&mut self, seed: u64, change: Option<&Change>, answers: Option<(&Answer, &Answer)>) {
        let certain = change.filter(|it| it.old.outcome.is_some() && it.new.outcome.is_some());
        let (Some(change), Some((before, after))) = (certain, answers) else {
            self.open += 1;
            return;
        };
        let holds = |told: Option<Outcome>, answer: &Answer| {
            told.is_some_and(|told| Class::of(told) == class(answer))
        };
        let is_so = holds(change.old.outcome, before) && holds(change.new.outcome, after);
        let is_challenge = change.kind != Kind::ChallengeChanged
            || before.header("WWW-Authenticate") != after.header("WWW-Authenticate");
        let got = |answer: &Answer| answer.header("X-Stub").map(str::to_owned);
        let is_sent = change.kind != Kind::ForwardedChanged
            || got(before).zip(got(after)).is_none_or(|(was, is)| was != is);
        if is_so && is_challenge && is_sent {
            self.confirmed += 1;
        } else {
            self.wrong.push(
                format!(
                    "pair {seed}: not so: {} {} → {}, told {:?} → {:?}",
                    change.kind.name(),
                    before.status,
                    after.status,
                    change.old.outcome,
                    change.new.outcome
                ) + &format!(" for {:?}", change.request),
            );
        }
    }
}

/// The answers to the requests of changes; `None` for those that this client cannot send.
fn reproduce(
    subject: &Subject,
    folder: &Path,
    changes: &[Option<(Change, Sent)>],
) -> Result<Vec<Option<Answer>>, Failed> {
    let _running = match subject.start(folder) {
        Ok(running) => running,
        Err(NotStarted::PortTaken) => return Ok(changes.iter().map(|_| None).collect()),
        Err(NotStarted::Said(said)) => return Err(said.into()),
    };
    let mut client = Client::default();
    let answers = changes.iter().map(|change| client.send(&change.as_ref()?.1).ok());
    Ok(answers.collect())
}

/// A change with its request as the client sends it: who comes from outside comes from an address of this machine that no
/// directive names.
fn sendable(change: &Change, old: Side<'_, '_>, new: Side<'_, '_>) -> Option<(Change, Sent)> {
    let mut request = change.request.clone();
    if request.from == Request::OUTSIDER {
        request.from = "127.0.0.9".parse().ok()?;
    }
    let sent = sent(&request)?;
    let here = change::of(old, new, request)?;
    (here.kind == change.kind).then_some((here, sent))
}

/// A request as the client sends it.
fn sent(request: &Request) -> Option<Sent> {
    use base64::Engine as _;
    let Destination::Address(IpAddr::V4(ip), port) = request.destination else { return None };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut headers: Vec<(String, String)> =
        request.headers.iter().map(|(name, value)| (text(name), text(value))).collect();
    let is_length = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-length");
    let body = headers.iter().find(|header| is_length(header)).map(|(_, value)| value.parse());
    let body = body.transpose().ok()?;
    headers.retain(|header| !is_length(header));
    if let Some(Credential::Basic { user, .. }) = &request.credential {
        let pair = [user, &b":"[..], PASSWORD.as_bytes()].concat();
        let value = base64::engine::general_purpose::STANDARD.encode(pair);
        headers.push(("Authorization".to_owned(), format!("Basic {value}")));
    }
    let IpAddr::V4(from) = request.from else { return None };
    if !from.is_loopback() {
        return None;
    }
    Some(Sent {
        to: SocketAddrV4::new(ip, port),
        from,
        method: text(&request.method),
        target: text(&request.target),
        host: request.host.as_deref().map(text),
        headers,
        body,
    })
}
