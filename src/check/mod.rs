//! Runs the rules over everything that was read, and makes of their findings what a report can print: the selected ones,
//! at the levels that the settings ask for, each once, in one order, with a name that outlives edits elsewhere.

mod ask;
mod expanded;
mod fingerprint;
pub mod fix;
pub mod mend;
mod merge;
mod place;
mod sameness;
mod scopes;
mod select;

pub use select::{Level, Override, Selector, Settings, UnknownSelector, meant_rule};

use crate::config::Project;
use crate::config::suppressions::Suppressions;
use crate::diagnostic::{Finding, Findings, Fix, Safety, Severity};
use crate::rules::Check;
use crate::source::{FileId, FileSystem, Location};
use place::Places;
use std::collections::HashMap;

/// A finding as a report prints it.
#[derive(Clone, Debug)]
pub struct Reported {
    /// What the rule said; severity, scopes and fixes as the settings and the files allow.
    pub finding: Finding,
    /// The same as long as the directive, the blocks around it and its path stay the same.
    pub fingerprint: u64,
    /// The related place that makes it worth showing, where its own place lies in no named path.
    pub cause: Option<Location>,
}

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Errors.
    pub error: usize,
    /// Warnings.
    pub warning: usize,
    /// Infos.
    pub info: usize,
}

impl Tally {
    /// Counts one more.
    fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.error += 1,
            Severity::Warning => self.warning += 1,
            Severity::Info => self.info += 1,
        }
    }

    /// How many have this severity.
    #[must_use]
    pub fn of(self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Info => self.info,
        }
    }

    /// How many there are in all.
    #[must_use]
    pub fn total(self) -> usize {
        self.error + self.warning + self.info
    }

    /// How many are at least this bad.
    #[must_use]
    pub fn at_or_above(self, severity: Severity) -> usize {
        Severity::ALL.iter().filter(|&&one| one >= severity).map(|&one| self.of(one)).sum()
    }
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The findings to report, by path, line, column and rule.
    pub findings: Vec<Reported>,
    /// How many are reported.
    pub reported: Tally,
    /// How many more there are below the severity that was asked for.
    pub hidden: Tally,
    /// How many more comments in the files suppress.
    pub suppressed: usize,
    /// How many more a baseline knows.
    pub baseline: usize,
    /// The rules that had more to compare than they could: something may be wrong of which they do not speak.
    pub cut_short: Vec<&'static str>,
    /// What comments or a baseline keep out of the report, in the same order.
    pub silenced: Vec<Silenced>,
    /// What a baseline knows and is not found any more; `None` where there was no baseline to compare with.
    pub gone: Option<Vec<Gone>>,
}

/// A finding that is not reported.
#[derive(Clone, Debug)]
pub struct Silenced {
    /// It.
    pub reported: Reported,
    /// What keeps it out.
    pub by: Silence,
}

/// What keeps a finding out of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// A comment in the files, and what it says why: nothing, maybe.
    Comment {
        /// Where it stands.
        at: Location,
        /// Its words.
        reason: String,
    },
    /// The baseline knows it.
    Baseline,
}

/// A finding of another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// The rule's name then.
    pub rule: String,
    /// The file, as the user knew it.
    pub path: String,
    /// Its fingerprint.
    pub fingerprint: String,
}

impl Outcome {
    /// Takes the findings out that `is_known` knows, and counts them apart.
    pub fn take_known(&mut self, mut is_known: impl FnMut(&Reported) -> bool) {
        let all = std::mem::take(&mut self.findings);
        let (known, new): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| is_known(one));
        self.findings = new;
        self.baseline += known.len();
        let known = known.into_iter();
        self.silenced.extend(known.map(|reported| Silenced { reported, by: Silence::Baseline }));
        self.reported = Tally::default();
        for one in &self.findings {
            self.reported.add(one.finding.severity);
        }
    }
}

/// Runs the rules that `settings` select over `project`, which was read from `fs`.
#[must_use]
pub fn run(fs: &dyn FileSystem, project: &Project, settings: &Settings) -> Outcome {
    let (mut list, cut_short) = ask::all(fs, project, settings);
    expanded::move_to_body(project, &mut list);
    let mut suppressions = Suppressions::of(project);
    if settings.no_inline_ignores || suppressions.list.is_empty() {
        return Outcome { cut_short, ..settle(project, settings, list) };
    }
    for finding in &list {
        suppressions.hold(finding.rule, finding.primary.at);
    }
    let idle = crate::rules::all().filter(|rule| !settings.selects(rule));
    suppressions.idle = idle.map(|rule| rule.name).collect();
    let mut findings = Findings::default();
    for rule in crate::rules::all().filter(|rule| settings.selects(rule)) {
        if let Check::Suppressions(check) = rule.check {
            check(&suppressions, &mut findings);
        }
    }
    list.extend(findings.into_vec());
    let outcome = settle_with(project, settings, list, |finding| {
        let by = suppressions.hold(finding.rule, finding.primary.at)?;
        Some(Silence::Comment { at: by.at, reason: by.reason.clone() })
    });
    Outcome { cut_short, ..outcome }
}

/// Makes the report's findings of what the rules said.
#[must_use]
pub fn settle(project: &Project, settings: &Settings, list: Vec<Finding>) -> Outcome {
    settle_with(project, settings, list, |_| None)
}

/// The same without those that are suppressed, which are counted.
fn settle_with(
    project: &Project,
    settings: &Settings,
    mut list: Vec<Finding>,
    silence: impl Fn(&Finding) -> Option<Silence>,
) -> Outcome {
    merge::sort(project, &mut list);
    merge::fold(&mut list);

    let shown = Shown::new(project);
    let mut places = Places::new(project);
    // the others' findings are all milder than what is asked for
    let mut may_show: Vec<&str> = Vec::new();
    for one in &list {
        let is_new = !may_show.contains(&one.rule);
        if is_new && one.severity >= settings.least_shown(one.rule) {
            may_show.push(one.rule);
        }
    }
    let mut fingerprints = fingerprint::Fingerprints::default();
    let mut scopes = scopes::Scopes::default();
    let mut utf8 = HashMap::new();
    let mut outcome = Outcome::default();
    for mut finding in list {
        // taken of every finding of the rule, shown or not: the number among equal ones must not hang on what was named
        let fingerprint = if may_show.contains(&finding.rule) {
            fingerprints.of(&finding, &mut places)
        } else {
            0
        };
        let at = finding.primary.at;
        let cause = if shown.holds(at.file) {
            None
        } else if let Some(related) = finding.related.iter().find(|one| shown.holds(one.at.file)) {
            Some(related.at)
        } else {
            continue;
        };
        match settings.level(finding.rule, &project.sources.get(at.file).name) {
            Some(Level::Off) => continue,
            Some(Level::At(severity)) => finding.severity = severity,
            None => {}
        }
        if finding.severity < settings.severity {
            outcome.hidden.add(finding.severity);
            continue;
        }
        let silence = silence(&finding);
        scopes.fill(&mut finding, &mut places);
        tame_fixes(project, &mut finding.fixes, &mut utf8);
        let severity = finding.severity;
        let reported = Reported { finding, fingerprint, cause };
        if let Some(by) = silence {
            outcome.suppressed += 1;
            outcome.silenced.push(Silenced { reported, by });
        } else {
            outcome.reported.add(severity);
            outcome.findings.push(reported);
        }
    }
    outcome
}

/// The files that the named paths stand for.
struct Shown(Option<Vec<bool>>);

impl Shown {
    fn new(project: &Project) -> Self {
        Self(project.shown.as_ref().map(|files| {
            let mut flags = vec![false; project.sources.len()];
            for file in files {
                flags[file.index()] = true;
            }
            flags
        }))
    }

    fn holds(&self, file: FileId) -> bool {
        self.0.as_ref().is_none_or(|flags| flags[file.index()])
    }
}

/// Takes away what no fix may do, whatever a rule thinks: touch a template or a file that is no UTF-8, carry a secret
/// unseen, or end lines otherwise than the file does. `utf8`: what is known of files.
fn tame_fixes(project: &Project, fixes: &mut Vec<Fix>, utf8: &mut HashMap<FileId, bool>) {
    fixes.retain(|fix| {
        fix.edits.iter().all(|edit| {
            let source = project.sources.get(edit.at.file);
            let is_utf8 = || std::str::from_utf8(source.bytes()).is_ok();
            source.template().is_none() && *utf8.entry(edit.at.file).or_insert_with(is_utf8)
        })
    });
    for edit in fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
        fix::end_lines_alike(project.sources.get(edit.at.file).bytes(), edit);
    }
    for fix in fixes {
        let by_hand = fix.edits.iter().any(|edit| {
            // what a dump holds is a copy: the file itself is elsewhere
            project.sources.get(edit.at.file).dump.is_some() || project.is_secret(edit.at)
        });
        if by_hand {
            fix.safety = Safety::Manual;
        }
        fix.edits.sort_by_key(|edit| (edit.at.file, edit.at.span));
    }
}

#[cfg(test)]
mod tests;
