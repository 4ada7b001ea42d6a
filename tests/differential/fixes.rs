//! What fixes make of random configurations with mistakes in them: they come to an end, leave no syntax error and no byte
//! that they do not name, what a server accepted it still accepts, and safe ones change no answer.

use crate::conf::{Node, line};
use crate::rng::Rng;
use crate::support::server;
use crate::{Subject, compare, folder, range};
use libtest_mimic::Failed;
use lint401::check::mend::{self, Changed, Mended};
use lint401::check::{self, fix};
use lint401::config::{self, Options, Project};
use lint401::diagnostic::{Safety, Severity};
use lint401::policy::answer::{Authorization, Outcome, Prediction};
use lint401::policy::either::Policy;
use lint401::policy::files::Files;
use lint401::source::{Disk, FileSystem, Memory, Overlay};
use similar::TextDiff;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Configurations of every run.
const SEEDS: std::ops::Range<u64> = 1..41;

/// Sites of a configuration.
const SITES: usize = 2;

/// Mistakes that are put into one, at most.
const SLIPS: usize = 6;

/// Failures that are printed; more are only counted.
const SHOWN: usize = 5;

#[expect(clippy::print_stdout, reason = "the report of a test program")]
pub(crate) fn all_seeds(subject: &Subject) -> Result<(), Failed> {
    let begin = Instant::now();
    let seeds = range("LINT401_SEEDS", SEEDS)?;
    let mut counts = Counts::default();
    let mut failed = 0;
    for seed in seeds.clone() {
        if let Err(why) = one(subject, seed, &mut counts) {
            failed += 1;
            if failed <= SHOWN {
                println!("seed {seed}, {}: {why}", subject.title());
            }
        }
    }
    println!(
        "\nfixes for {}: seeds {seeds:?}, {} accepted before, {} safe fixes, {} of all kinds, {failed} failed, {} s",
        subject.title(),
        counts.accepted,
        counts.safe,
        counts.all.values().sum::<usize>(),
        begin.elapsed().as_secs()
    );
    for (rule, count) in &counts.all {
        println!("{count:7} {rule}");
    }
    let are_many = seeds.end - seeds.start >= SEEDS.end - SEEDS.start;
    if are_many && (counts.safe == 0 || counts.all.len() < 10) {
        return Err("too little was mended to tell anything".into());
    }
    if failed > 0 { Err(format!("{failed} configurations failed").into()) } else { Ok(()) }
}

/// What was done.
#[derive(Debug, Default)]
struct Counts {
    /// Configurations that the server accepts before anything is mended.
    accepted: usize,
    /// Fixes that `--fix` applied.
    safe: usize,
    /// Fixes that `--unsafe-fixes` applied, by rule.
    all: BTreeMap<&'static str, usize>,
}

/// One configuration, mended in a folder of its own.
struct Subjected<'a> {
    subject: &'a Subject,
    folder: &'a Path,
    options: Options,
    settings: check::Settings,
}

fn one(subject: &Subject, seed: u64, counts: &mut Counts) -> Result<(), String> {
    let folder = folder().map_err(|error| error.to_string())?;
    let ports = server::free_ports();
    let kind = subject.kind;
    let round = kind.round(seed, &ports, folder.path(), SITES);
    let mut round = round.map_err(|error| error.to_string())?;
    let mut rng = Rng::new(!seed);
    let mut steps = vec![round.nodes.clone()];
    for _ in 0..rng.between(1, SLIPS) {
        slip(&mut round.nodes, &mut rng, kind.slips());
        steps.push(round.nodes.clone());
    }
    let ends_as_windows_does = rng.chance(12);
    let must_start = rng.chance(75);
    let target = kind.target(&subject.binary, seed);
    let here = Subjected {
        subject,
        folder: folder.path(),
        options: Options { target, ..Options::default() },
        settings: check::Settings { severity: Severity::Info, ..check::Settings::default() },
    };
    let mut was_accepted = false;
    // with as many of the mistakes as it starts with
    while let Some(nodes) = steps.pop() {
        kind.write(&nodes, folder.path()).map_err(|error| error.to_string())?;
        if ends_as_windows_does {
            end_lines_as_windows_does(&here.main())?;
        }
        was_accepted = here.accepts().0;
        if was_accepted || !must_start {
            break;
        }
    }
    counts.accepted += usize::from(was_accepted);
    here.edits_are_exact()?;
    for most in [Safety::Safe, Safety::Unsafe] {
        let mended = here.mend(most, &[]);
        if most == Safety::Safe {
            counts.safe += mended.applied.len();
        } else {
            for one in &mended.applied {
                *counts.all.entry(one.rule).or_default() += 1;
            }
        }
        here.hold(most, &mended, was_accepted, &round.requests)
            .map_err(|why| format!("{} fixes: {why}\n{}", most.name(), told(&mended)))?;
    }
    Ok(())
}

/// Puts a mistake into a block of `nodes`, or into a block in it.
fn slip(nodes: &mut Vec<Node>, rng: &mut Rng, slips: &[&str]) {
    let blocks: Vec<usize> = (0..nodes.len()).filter(|&at| nodes[at].inner.is_some()).collect();
    if !blocks.is_empty() && rng.chance(70) {
        let at = rng.one(&blocks);
        if let Some(inner) = &mut nodes[at].inner {
            return slip(inner, rng, slips);
        }
    }
    let at = rng.below(nodes.len() + 1);
    nodes.insert(at, line(rng.pick(slips)));
}

fn end_lines_as_windows_does(file: &Path) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    fs::write(file, text.replace('\n', "\r\n")).map_err(|error| error.to_string())
}

/// The fixes and what they did.
fn told(mended: &Mended) -> String {
    let mut text = String::new();
    for one in &mended.applied {
        let _ = writeln!(text, "  {}:{}: {}: {}", one.name, one.line, one.rule, one.title);
    }
    for file in &mended.files {
        let (before, after) =
            (String::from_utf8_lossy(&file.before), String::from_utf8_lossy(&file.after));
        let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
        text += &diff.unified_diff().context_radius(4).header(&file.name, "mended").to_string();
    }
    text
}

impl Subjected<'_> {
    fn main(&self) -> PathBuf {
        self.folder.join(self.subject.kind.server().default_main())
    }

    /// Whether the server takes the files as they are on the disk, and what it says.
    fn accepts(&self) -> (bool, String) {
        let main = self.subject.kind.server().default_main();
        server::config_test(&self.subject.binary, self.folder, main)
    }

    /// Reads everything with `texts` in the place of files.
    fn with(&self, texts: &[(PathBuf, Vec<u8>)], then: &mut dyn FnMut(&dyn FileSystem, &Project)) {
        let mut memory = Memory::default();
        for (path, text) in texts {
            memory.insert(path, text.as_slice());
        }
        let fs = Overlay::new(&Disk, memory);
        then(&fs, &config::load(&fs, &[self.main()], &self.options));
    }

    fn mend(&self, most: Safety, texts: &[(PathBuf, Vec<u8>)]) -> Mended {
        let again = |more: &[(PathBuf, Vec<u8>)],
                     then: &mut dyn FnMut(&dyn FileSystem, &Project)| {
            let mut all = texts.to_vec();
            all.retain(|(path, _)| more.iter().all(|(other, _)| other != path));
            all.extend_from_slice(more);
            self.with(&all, then);
        };
        mend::mend(&self.settings, most, &again)
    }

    /// No edit of a fix touches the bytes outside of it, nor another edit.
    fn edits_are_exact(&self) -> Result<(), String> {
        let mut verdict = Ok(());
        self.with(&[], &mut |fs, project| {
            let outcome = check::run(fs, project, &self.settings);
            let mut fixes = outcome.findings.iter().flat_map(|one| &one.finding.fixes);
            verdict = fixes.try_for_each(|fix| is_exact(project, fix));
        });
        verdict
    }

    /// What must hold of what was mended.
    fn hold(
        &self,
        most: Safety,
        mended: &Mended,
        was_accepted: bool,
        requests: &[crate::client::Sent],
    ) -> Result<(), String> {
        let texts = |of: fn(&Changed) -> &Vec<u8>| -> Vec<(PathBuf, Vec<u8>)> {
            mended.files.iter().map(|file| (file.path.clone(), of(file).clone())).collect()
        };
        let after = texts(|file| &file.after);
        let again = self.mend(most, &after);
        if !again.files.is_empty() {
            return Err(format!("a second run goes on:\n{}", told(&again)));
        }
        let errors = |texts: &[(PathBuf, Vec<u8>)]| {
            let mut count = 0;
            self.with(texts, &mut |_, project| {
                count = project.trees.iter().flatten().map(|tree| tree.errors.len()).sum::<usize>();
            });
            count
        };
        if errors(&after) > errors(&[]) {
            return Err("more syntax errors than before".to_owned());
        }
        for file in &mended.files {
            let bare = |text: &[u8]| {
                let lines = text.split(|&byte| byte == b'\n');
                lines.filter(|line| !line.ends_with(b"\r")).count()
            };
            let is_windows = bare(&file.before) <= 1 && file.before.contains(&b'\r');
            if is_windows && bare(&file.after) > 1 {
                return Err("a line ends otherwise than the others".to_owned());
            }
        }
        if !was_accepted {
            return Ok(());
        }
        if most == Safety::Safe {
            let predicted = (self.predictions(&[], requests), self.predictions(&after, requests));
            let mut pairs = requests.iter().zip(predicted.0.iter().zip(&predicted.1));
            if let Some((sent, (before, after))) = pairs.find(|(_, pair)| !is_kept(pair.0, pair.1))
            {
                return Err(format!("{sent:?}:\n  {before:?} before\n  {after:?} after"));
            }
        }
        write(&mended.files, |file| &file.after)?;
        let (is_accepted, said) = self.accepts();
        write(&mended.files, |file| &file.before)?;
        if is_accepted { Ok(()) } else { Err(format!("the server does not take it: {said}")) }
    }

    /// What becomes of the requests: what comes out, and what is sent on.
    fn predictions(
        &self,
        texts: &[(PathBuf, Vec<u8>)],
        requests: &[crate::client::Sent],
    ) -> Vec<Becomes> {
        let mut all = Vec::new();
        self.with(texts, &mut |fs, project| {
            let nginx = project.nginx.first().map(|site| site.main);
            let main = nginx.or_else(|| project.apache.first().map(|site| site.main));
            let Some(policy) = main.and_then(|main| Policy::of(project, main, None)) else {
                return;
            };
            let predicted = requests.iter().map(|sent| {
                let request = compare::request(sent);
                let Prediction { outcome, possible, answer, .. } =
                    policy.predict(Files::new(fs, project), &request);
                Becomes { outcome, possible, authorization: answer.forwarded.authorization }
            });
            all = predicted.collect();
        });
        all
    }
}

/// What becomes of a request.
#[derive(Debug, PartialEq)]
struct Becomes {
    outcome: Option<Outcome>,
    possible: Vec<Outcome>,
    authorization: Authorization,
}

/// Whether a request gets what it got; where that was not known, one of what was possible.
fn is_kept(before: &Becomes, after: &Becomes) -> bool {
    let may_be = |outcome| before.possible.contains(outcome);
    before == after || (before.outcome.is_none() && after.possible.iter().all(may_be))
}

fn write(files: &[Changed], text: fn(&Changed) -> &Vec<u8>) -> Result<(), String> {
    files
        .iter()
        .try_for_each(|file| fs::write(&file.path, text(file)).map_err(|error| error.to_string()))
}

/// Whether a fix leaves every byte that it does not name.
fn is_exact(project: &Project, fix: &lint401::diagnostic::Fix) -> Result<(), String> {
    for (file, after) in fix::apply(project, fix) {
        let before = project.sources.get(file).bytes();
        let (mut from, mut to) = (0, 0);
        let edits = fix.edits.iter().filter(|edit| edit.at.file == file);
        let mut is_kept = true;
        for edit in edits {
            let (start, end) = (edit.at.span.start as usize, edit.at.span.end as usize);
            is_kept &= start >= from;
            let kept = &before[from..start.max(from)];
            is_kept &= after[to..].starts_with(kept);
            to += kept.len();
            is_kept &= after[to..].starts_with(&edit.replacement);
            to += edit.replacement.len();
            from = end;
        }
        if !is_kept || before[from..] != after[to..] {
            return Err(format!("{}: not exact: {:?}", fix.title, fix.edits));
        }
    }
    Ok(())
}
