//! Which rules run, and how loudly: `--select`, `--ignore`, `[rules]` and `[[overrides]]`.

use crate::config::paths::tidy;
use crate::diagnostic::{Effect, Severity, closest};
use crate::policy::contract::Contract;
use crate::rules::{self, Rule};
use ignore::gitignore::Gitignore;
use std::path::{Path, PathBuf};

/// Some of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// One rule, by its name.
    Rule(String),
    /// All rules about one server or kind of file: `nginx/*`.
    Family(String),
    /// All rules with one effect: `effect:unwanted-401`.
    Effect(Effect),
    /// All rules: `*`.
    All,
}

/// A selector that selects nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no rule is named `{text}`{}", meant.as_ref().map_or(String::new(), |meant| format!(", did you mean `{meant}`?")))]
pub struct UnknownSelector {
    /// What was written.
    pub text: String,
    /// What was probably meant.
    pub meant: Option<String>,
}

impl Selector {
    /// Reads `rule/name`, `nginx/*`, `effect:NAME` or `*`.
    pub fn parse(text: &str) -> Result<Self, UnknownSelector> {
        if text == "*" {
            return Ok(Self::All);
        }
        if let Some(name) = text.strip_prefix("effect:") {
            let names = || Effect::ALL.iter().map(|effect| effect.name());
            return match Effect::ALL.iter().find(|effect| effect.name() == name) {
                Some(&effect) => Ok(Self::Effect(effect)),
                None => Err(UnknownSelector {
                    text: text.to_owned(),
                    meant: closest(name, names()).map(|meant| format!("effect:{meant}")),
                }),
            };
        }
        if let Some(family) = text.strip_suffix("/*") {
            return if rules::all().any(|rule| rule.family() == family) {
                Ok(Self::Family(family.to_owned()))
            } else {
                let families = rules::all().map(Rule::family);
                let meant = closest(family, families).map(|meant| format!("{meant}/*"));
                Err(UnknownSelector { text: text.to_owned(), meant })
            };
        }
        match rules::find(text) {
            Some(rule) => Ok(Self::Rule(rule.name.to_owned())),
            None => Err(UnknownSelector {
                text: text.to_owned(),
                meant: meant_rule(text).map(str::to_owned),
            }),
        }
    }

    /// Whether `rule` is one of them.
    #[must_use]
    pub fn holds(&self, rule: &Rule) -> bool {
        match self {
            Self::Rule(name) => rule.name == name,
            Self::Family(family) => rule.family() == family,
            Self::Effect(effect) => rule.effect == *effect,
            Self::All => true,
        }
    }
}

/// The rule that somebody most likely meant: the one with this name behind its server, or the nearest.
#[must_use]
pub fn meant_rule(text: &str) -> Option<&'static str> {
    let names = || rules::all().map(|rule| rule.name);
    names()
        .find(|name| name.split_once('/').is_some_and(|(_, short)| short == text))
        .or_else(|| closest(text, names()))
        .or_else(|| {
            let short = closest(text, names().filter_map(|name| name.split('/').nth(1)))?;
            names().find(|name| name.ends_with(short))
        })
}

/// How loud a rule is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It says nothing.
    Off,
    /// Everything that it says has this severity.
    At(Severity),
}

/// `[[overrides]]`: levels for some of the files.
#[derive(Clone, Debug)]
pub struct Override {
    /// Which files, relative to `folder`.
    pub paths: Gitignore,
    /// The folder of the settings file, absolute.
    pub folder: PathBuf,
    /// The folder that relative names of files start from, absolute.
    pub current: PathBuf,
    /// Levels by rule name.
    pub levels: Vec<(&'static str, Level)>,
}

impl Override {
    /// Whether it is about the file that the user knows as `name`.
    fn holds(&self, name: &str) -> bool {
        let path = tidy(&self.current.join(name));
        path.strip_prefix(&self.folder).is_ok_and(|path| {
            // a pattern that names a folder stands for what lies in it
            path.ancestors()
                .take_while(|one| *one != Path::new(""))
                .any(|one| self.paths.matched(one, one != path).is_ignore())
        })
    }
}

/// What a run looks for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `--select`: only these; empty for every rule that is on by default.
    pub select: Vec<Selector>,
    /// `--ignore`: not these, whatever else is said.
    pub ignore: Vec<Selector>,
    /// `[rules]`: levels by rule name.
    pub levels: Vec<(&'static str, Level)>,
    /// `[[overrides]]`, the last one that speaks of a rule wins.
    pub overrides: Vec<Override>,
    /// `--severity`: findings below it are counted and not reported.
    pub severity: Severity,
    /// `--no-inline-ignores`: comments suppress nothing.
    pub no_inline_ignores: bool,
    /// `[[expect]]`: what requests are expected to be answered.
    pub contracts: Vec<Contract>,
    /// How many threads large configurations are worth: more take less time and more memory.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            select: Vec::new(),
            ignore: Vec::new(),
            levels: Vec::new(),
            overrides: Vec::new(),
            severity: Severity::Warning,
            no_inline_ignores: false,
            contracts: Vec::new(),
            threads: 1,
        }
    }
}

impl Settings {
    /// Whether `rule` has to run at all.
    pub(super) fn selects(&self, rule: &Rule) -> bool {
        if self.ignore.iter().any(|selector| selector.holds(rule)) {
            return false;
        }
        // whoever names a rule on the command line wants it, whatever the settings say
        let named = self.select.contains(&Selector::Rule(rule.name.to_owned()));
        let on = match level(&self.levels, rule.name) {
            Some(Level::Off) => false,
            Some(Level::At(_)) => true,
            None => rule.severity.is_some(),
        };
        let raised = self.overrides.iter().any(|one| level(&one.levels, rule.name).is_some());
        named
            || (on || raised)
                && (self.select.is_empty() || self.select.iter().any(|one| one.holds(rule)))
    }

    /// Findings of `rule` that are milder are certain not to be reported.
    pub(super) fn least_shown(&self, rule: &str) -> Severity {
        let levels = self.overrides.iter().map(|one| &one.levels).chain([&self.levels]);
        let is_changed = levels.into_iter().any(|levels| level(levels, rule).is_some());
        if is_changed { Severity::Info } else { self.severity }
    }

    /// The level that the settings give to findings of `rule` in the file that the user knows as `name`.
    pub(super) fn level(&self, rule: &str, name: &str) -> Option<Level> {
        let spoken = self.overrides.iter().rev().filter_map(|one| {
            let level = level(&one.levels, rule)?;
            Some((one, level))
        });
        let mut raised = false;
        for (one, level) in spoken {
            if one.holds(name) {
                return Some(level);
            }
            raised = true;
        }
        let named = || self.select.iter().any(|one| *one == Selector::Rule(rule.to_owned()));
        match level(&self.levels, rule) {
            Some(Level::Off) if named() => None,
            // it runs for the sake of other files only
            None if raised && rules::find(rule)?.severity.is_none() && !named() => Some(Level::Off),
            other => other,
        }
    }
}

fn level(levels: &[(&'static str, Level)], rule: &str) -> Option<Level> {
    levels.iter().rev().find(|(name, _)| *name == rule).map(|&(_, level)| level)
}
