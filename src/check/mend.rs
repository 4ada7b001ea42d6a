//! `--fix`: which fixes are applied, round after round, and what is looked at before they count.

use super::{Outcome, Selector, Settings, fix, sameness};
use crate::config::Project;
use crate::diagnostic::{Effect, Finding, Fix, Safety};
use crate::rules::{self, Check, Rule};
use crate::source::{FileId, FileSystem, Span};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// Rounds at most: a fix can be the reason for another finding, which has a fix of its own.
const MOST_ROUNDS: usize = 10;

/// Readings of everything in one round, at most, when the fixes of a round do not hold together.
const MOST_TRIED: usize = 100;

/// What `--fix` makes of the files.
#[derive(Debug, Default)]
pub struct Mended {
    /// The files that change, by path.
    pub files: Vec<Changed>,
    /// The fixes that were applied, in order.
    pub applied: Vec<Applied>,
    /// The fixes that were tried and left out, with the reason: what each would do.
    pub refused: Vec<(Applied, &'static str)>,
}

/// A file that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Where it is.
    pub path: PathBuf,
    /// As the user knows it.
    pub name: String,
    /// What was read.
    pub before: Vec<u8>,
    /// What is to be written.
    pub after: Vec<u8>,
}

/// A fix and what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Applied {
    /// The rule.
    pub rule: &'static str,
    /// The file of the finding, as the user knows it.
    pub name: String,
    /// The line of the finding, from 1, as the file was in that round.
    pub line: usize,
    /// What the fix does.
    pub title: String,
}

/// Reads everything again with these files in the place of those on the disk, and hands it on.
pub type Again<'a> = dyn Fn(&[(PathBuf, Vec<u8>)], &mut dyn FnMut(&dyn FileSystem, &Project)) + 'a;

/// Applies fixes that are at most as free as `most` until none is left. None counts that leaves more syntax errors than
/// there were, does not take its finding away, keeps the server from starting, breaks a contract, or, being called safe, changes what a request gets.
#[must_use]
pub fn mend(settings: &Settings, most: Safety, again: &Again<'_>) -> Mended {
    let mut mended = Mended::default();
    let mut files: BTreeMap<PathBuf, Changed> = BTreeMap::new();
    let mut refused: HashSet<Applied> = HashSet::new();
    for _ in 0..MOST_ROUNDS {
        let before = texts(&files);
        let mut done = false;
        again(&before, &mut |fs, project| {
            let outcome = super::run(fs, project, settings);
            let chosen = choose(project, &outcome, most, &refused);
            if chosen.is_empty() {
                return;
            }
            let refusals = refusals(fs, project);
            let old = State { fs, project, outcome: &outcome, refusals };
            let try_out = |chosen: &[Chosen<'_>]| {
                let edited = edited(project, chosen);
                let objection = objection(&old, chosen, &edited, &before, settings, again);
                objection.map_or(Ok(edited), Err)
            };
            let mut kept: Vec<Chosen<'_>> = Vec::new();
            let mut best = BTreeMap::new();
            // one that spoils the others is looked for by halves
            let mut parts: Vec<&[Chosen<'_>]> = vec![&chosen];
            for _ in 0..MOST_TRIED {
                let Some(part) = parts.pop() else { break };
                let mut all = kept.clone();
                all.extend_from_slice(part);
                match (try_out(&all), part) {
                    (Ok(edited), _) => {
                        kept = all;
                        best = edited;
                    }
                    (Err(why), [one]) => {
                        refused.insert(one.told.clone());
                        mended.refused.push((one.told.clone(), why));
                        done = true;
                    }
                    (Err(_), _) => {
                        let (first, second) = part.split_at(part.len() / 2);
                        parts.extend([second, first]);
                    }
                }
            }
            if !kept.is_empty() {
                take(project, best, &mut files);
                mended.applied.extend(kept.iter().map(|one| one.told.clone()));
                // what did not hold before may hold now
                refused.clear();
                mended.refused.clear();
                done = true;
            }
        });
        if !done {
            break;
        }
    }
    mended.files = files.into_values().filter(|file| file.before != file.after).collect();
    mended
}

/// What is known before a round.
struct State<'a> {
    fs: &'a dyn FileSystem,
    project: &'a Project,
    outcome: &'a Outcome,
    /// How many reasons the server has not to start.
    refusals: usize,
}

/// A fix of a round.
#[derive(Clone, Debug)]
struct Chosen<'o> {
    fix: &'o Fix,
    told: Applied,
    /// Whether the finding says that the server does not start.
    is_refused: bool,
}

/// When a fix is applied, the least first: what lets the server start, what is safe, and the rest. What is compared of each
/// is not the same, so no round mixes them.
fn turn(safety: Safety, is_refused: bool) -> (Safety, bool) {
    (safety, !is_refused)
}

/// The first fix of each finding whose turn it is, where it may be applied and does not touch what an earlier one touches.
fn choose<'o>(
    project: &Project,
    outcome: &'o Outcome,
    most: Safety,
    refused: &HashSet<Applied>,
) -> Vec<Chosen<'o>> {
    let mut chosen = Vec::new();
    for reported in &outcome.findings {
        let finding = &reported.finding;
        let Some(fix) = finding.fixes.first().filter(|fix| fix.safety <= most) else { continue };
        let told = told(project, finding, fix);
        // what nobody named stays as it is
        let is_shown =
            |file: FileId| project.shown.as_ref().is_none_or(|files| files.contains(&file));
        let is_meant = fix.edits.iter().all(|edit| is_shown(edit.at.file));
        if !fix.edits.is_empty() && is_meant && !refused.contains(&told) {
            chosen.push(Chosen { fix, told, is_refused: is_refused(project, finding) });
        }
    }
    let turn_of = |one: &Chosen<'_>| turn(one.fix.safety, one.is_refused);
    let first = chosen.iter().map(turn_of).min();
    let mut taken: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
    chosen.retain(|one| {
        let is_free = |edit: &crate::diagnostic::Edit| {
            let here = taken.get(&edit.at.file);
            here.into_iter().flatten().all(|span| {
                // those that touch would depend on which comes first
                edit.at.span.end < span.start || span.end < edit.at.span.start
            })
        };
        let is_chosen = Some(turn_of(one)) == first && one.fix.edits.iter().all(is_free);
        if is_chosen {
            for edit in &one.fix.edits {
                taken.entry(edit.at.file).or_default().push(edit.at.span);
            }
        }
        is_chosen
    });
    chosen
}

/// Whether the finding is one about reading the configuration, which the server gives up at. One in a .htaccess file costs
/// its folder a 500 instead.
fn is_refused(project: &Project, finding: &Finding) -> bool {
    let file = finding.primary.at.file;
    let is_htaccess = project.apache.iter().any(|site| site.htaccess_files().any(|it| it == file));
    finding.effect == Effect::ServerError
        && rules::find(finding.rule).is_some_and(may_say_refused)
        && !is_htaccess
}

/// Whether a rule is about reading the configuration.
fn may_say_refused(rule: &Rule) -> bool {
    matches!(rule.check, Check::Nginx(_) | Check::Apache(_))
}

fn told(project: &Project, finding: &Finding, fix: &Fix) -> Applied {
    let at = finding.primary.at;
    let file = project.sources.get(at.file);
    Applied {
        rule: finding.rule,
        name: file.name.clone(),
        line: file.lines().line(at.span.start) + 1,
        title: fix.title.to_string(),
    }
}

/// The files that these fixes touch, as they leave them.
fn edited(project: &Project, chosen: &[Chosen<'_>]) -> BTreeMap<FileId, Vec<u8>> {
    let mut edits: Vec<_> = chosen.iter().flat_map(|one| one.fix.edits.iter().cloned()).collect();
    edits.sort_by_key(|edit| (edit.at.file, edit.at.span));
    let all = Fix { title: "".into(), safety: Safety::Safe, edits };
    fix::apply(project, &all)
}

/// What speaks against the files as they are now `edited`: that they are worse than they were, or not rid of what the fixes
/// are for.
fn objection(
    old: &State<'_>,
    chosen: &[Chosen<'_>],
    edited: &BTreeMap<FileId, Vec<u8>>,
    before: &[(PathBuf, Vec<u8>)],
    settings: &Settings,
    again: &Again<'_>,
) -> Option<&'static str> {
    let touched: Vec<&Path> =
        edited.keys().map(|file| old.project.sources.get(*file).path.as_path()).collect();
    let mut texts: Vec<(PathBuf, Vec<u8>)> = before.to_vec();
    texts.retain(|(path, _)| !touched.contains(&path.as_path()));
    texts.extend(
        edited
            .iter()
            .map(|(file, text)| (old.project.sources.get(*file).path.clone(), text.clone())),
    );
    // what the server refuses to start with answers nobody
    let is_safe = chosen.iter().all(|one| one.fix.safety == Safety::Safe && !one.is_refused);
    let mut objection = None;
    again(&texts, &mut |fs, project| {
        let outcome = super::run(fs, project, settings);
        let errors = |project| syntax_errors(project, &touched);
        objection = if errors(project) > errors(old.project) {
            Some("would leave a syntax error")
        } else if !are_gone(chosen, old.outcome, &outcome) {
            Some("would not take the finding away, or would bring another one of its kind")
        } else if refusals(fs, project) > old.refusals {
            Some("would keep the server from starting")
        } else if broken_contracts(&outcome) > broken_contracts(old.outcome) {
            Some("would break a contract of lint401.toml")
        } else if is_safe && !sameness::is_same((old.fs, old.project), (fs, project), &touched) {
            Some("would change who gets in or what is sent on")
        } else {
            None
        };
    });
    objection
}

/// How often the rules about what the server does not start with speak, whatever was selected and wherever they do.
fn refusals(fs: &dyn FileSystem, project: &Project) -> usize {
    let about_starting =
        rules::all().filter(|rule| rule.effect == Effect::ServerError && may_say_refused(rule));
    let select = about_starting.map(|rule| Selector::Rule(rule.name.to_owned())).collect();
    let settings = Settings { select, ..Settings::default() };
    let (all, _) = super::ask::all(fs, project, &settings);
    all.iter().filter(|finding| is_refused(project, finding)).count()
}

/// How many contracts are broken.
fn broken_contracts(outcome: &Outcome) -> usize {
    let is_one = |one: &&super::Reported| one.finding.rule == "lint401/broken-contract";
    outcome.findings.iter().filter(is_one).count()
}

/// How many syntax errors these files have.
fn syntax_errors(project: &Project, paths: &[&Path]) -> usize {
    let of_them = project.sources.iter().filter(|(_, file)| paths.contains(&file.path.as_path()));
    of_them.filter_map(|(id, _)| project.tree(id)).map(|tree| tree.errors.len()).sum()
}

/// Whether there are as many findings fewer of each rule as it has fixes.
fn are_gone(chosen: &[Chosen<'_>], old: &Outcome, new: &Outcome) -> bool {
    let count = |outcome: &Outcome, rule: &str| {
        outcome.findings.iter().filter(|one| one.finding.rule == rule).count()
    };
    let mut rules: Vec<&str> = chosen.iter().map(|one| one.told.rule).collect();
    rules.sort_unstable();
    rules
        .chunk_by(|a, b| a == b)
        .all(|of_one| count(new, of_one[0]) + of_one.len() <= count(old, of_one[0]))
}

/// The changed files as they are now.
fn texts(files: &BTreeMap<PathBuf, Changed>) -> Vec<(PathBuf, Vec<u8>)> {
    files.values().map(|file| (file.path.clone(), file.after.clone())).collect()
}

/// Notes what has become of the files.
fn take(
    project: &Project,
    edited: BTreeMap<FileId, Vec<u8>>,
    files: &mut BTreeMap<PathBuf, Changed>,
) {
    for (file, text) in edited {
        let source = project.sources.get(file);
        let changed = files.entry(source.path.clone()).or_insert_with(|| Changed {
            path: source.path.clone(),
            name: source.name.clone(),
            before: source.bytes().to_vec(),
            after: Vec::new(),
        });
        changed.after = text;
    }
}
