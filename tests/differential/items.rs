//! What was exercised: each part of a server's behaviour, by the directives and phases that predictions cite.

use crate::client::{Answer, Sent};
use lint401::config::Project;
use lint401::policy::answer::Prediction;
use std::collections::BTreeMap;

/// How to see that a part was exercised.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sign {
    /// A step cites a directive of this name.
    Directive(&'static [&'static str]),
    /// A step cites a directive whose text contains this.
    Text(&'static str),
    /// A step cites a file whose name contains this.
    File(&'static str),
    /// A step is of this phase.
    Phase(&'static str),
    /// A step's own words contain this.
    Told(&'static str),
    /// The request is one of these.
    Sent(fn(&Sent) -> bool),
    /// The answer is one of these.
    Answer(fn(&Sent, &Answer) -> bool),
}

/// A part of a server's behaviour.
pub(crate) type Item = (&'static str, Sign);

/// What was counted.
#[derive(Debug)]
pub(crate) struct Counts {
    all: &'static [Item],
    items: BTreeMap<&'static str, usize>,
    statuses: BTreeMap<u16, usize>,
    pub(crate) pairs: usize,
    pub(crate) unknown: usize,
}

impl Counts {
    pub(crate) fn new(all: &'static [Item]) -> Self {
        let (items, statuses) = (BTreeMap::new(), BTreeMap::new());
        Self { all, items, statuses, pairs: 0, unknown: 0 }
    }

    pub(crate) fn add(
        &mut self,
        project: &Project,
        sent: &Sent,
        prediction: &Prediction,
        answer: &Answer,
    ) {
        self.pairs += 1;
        *self.statuses.entry(answer.status).or_default() += 1;
        let steps = &prediction.answer.steps;
        let cited: Vec<(String, String)> = steps
            .iter()
            .filter_map(|step| {
                let at = step.at?;
                let file = project.sources.get(at.file);
                let text = file.bytes().get(at.span.start as usize..at.span.end as usize)?;
                Some((file.name.clone(), String::from_utf8_lossy(text).into_owned()))
            })
            .collect();
        for (name, sign) in self.all {
            let is_met = match *sign {
                Sign::Directive(names) => cited.iter().any(|(_, text)| {
                    names.contains(&text.split([' ', ';']).next().unwrap_or_default())
                }),
                Sign::File(part) => cited.iter().any(|(file, _)| file.contains(part)),
                Sign::Text(part) => cited.iter().any(|(_, text)| text.contains(part)),
                Sign::Phase(phase) => steps.iter().any(|step| step.phase == phase),
                Sign::Told(part) => steps.iter().any(|step| step.text.contains(part)),
                Sign::Sent(test) => test(sent),
                Sign::Answer(test) => test(sent, answer),
            };
            *self.items.entry(name).or_default() += usize::from(is_met);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (name, count) in &other.items {
            *self.items.entry(name).or_default() += count;
        }
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        self.pairs += other.pairs;
        self.unknown += other.unknown;
    }

    /// Parts that were not exercised, and statuses that are more than half of all.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let none = self
            .all
            .iter()
            .filter(|(name, _)| self.items.get(name).is_none_or(|count| *count == 0));
        let mut all: Vec<String> =
            none.map(|(name, _)| format!("never exercised: {name}")).collect();
        let many = self.statuses.iter().filter(|(_, count)| **count * 2 > self.pairs);
        all.extend(many.map(|(status, count)| {
            format!("status {status} is {count} of {} answers", self.pairs)
        }));
        if self.unknown * 100 > self.pairs * 2 {
            all.push(format!("{} of {} are unknown, more than 2 in 100", self.unknown, self.pairs));
        }
        all
    }

    pub(crate) fn table(&self) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        for row in self.all.chunks(2) {
            for (name, _) in row {
                let _ =
                    write!(out, "  {name:<26}{:>8}", self.items.get(name).copied().unwrap_or(0));
            }
            out.push('\n');
        }
        let mut statuses: Vec<_> = self.statuses.iter().collect();
        statuses.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let shown: Vec<String> =
            statuses.iter().take(12).map(|(status, count)| format!("{status}: {count}")).collect();
        let _ = writeln!(out, "  statuses: {} in all; {}", statuses.len(), shown.join(", "));
        out
    }
}
