//! What was exercised: each part of a server's behaviour, by the directives and phases that predictions cite.

use crate::client::{Answer, Sent};
use lint401::config::Project;
use lint401::policy::answer::{Prediction, Step};
use lint401::source::Location;
use lint401::syntax::NodeId;
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
    /// A step cites a directive in a section of this name.
    Around(&'static [&'static str]),
    /// Access control cites a directive that stands in a block around the location.
    Inherited,
    /// The location stands in another one.
    Nested,
    /// So many phases are told of.
    Phases(usize),
    /// A step is of a request inside of the request.
    Inside,
}

/// A part of a server's behaviour.
pub(crate) type Item = (&'static str, Sign);

/// A directive that a step cites.
struct Cited {
    phase: &'static str,
    file: String,
    text: String,
    /// The first words of the blocks around it.
    around: Vec<String>,
    /// How far it is from the margin: four for each block around it.
    indent: usize,
}

impl Cited {
    fn new(project: &Project, step: &Step) -> Option<Self> {
        let at = step.at?;
        let file = project.sources.get(at.file);
        let (before, rest) = file.bytes().split_at_checked(at.span.start as usize)?;
        let text = rest.get(..at.span.len() as usize)?;
        let indent = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        let text = String::from_utf8_lossy(text).into_owned();
        let around = around(project, at).unwrap_or_default();
        Some(Self { phase: step.phase, file: file.name.clone(), text, around, indent })
    }

    fn name(&self) -> &str {
        self.text.split([' ', ';']).next().unwrap_or_default()
    }
}

/// The first words of the blocks around a place.
fn around(project: &Project, at: Location) -> Option<Vec<String>> {
    let (tree, text) = (project.tree(at.file)?, project.sources.get(at.file).text());
    let number = tree.nodes.partition_point(|node| node.span.start <= at.span.start);
    let id = NodeId(number.checked_sub(1)? as u32);
    let name = |id| {
        let head = String::from_utf8_lossy(tree.node(id).head.of(text)).into_owned();
        head.split(' ').next().unwrap_or_default().trim_matches(['<', '>']).to_owned()
    };
    Some(tree.ancestors(id).map(name).collect())
}

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
        let cited: Vec<Cited> = steps.iter().filter_map(|step| Cited::new(project, step)).collect();
        for (name, sign) in self.all {
            let is_met = match *sign {
                Sign::Directive(names) => cited.iter().any(|cited| names.contains(&cited.name())),
                Sign::File(part) => cited.iter().any(|cited| cited.file.contains(part)),
                Sign::Text(part) => cited.iter().any(|cited| cited.text.contains(part)),
                Sign::Around(names) => cited.iter().any(|cited| {
                    cited.around.iter().any(|around| names.contains(&around.as_str()))
                }),
                Sign::Inherited => {
                    let location = cited.iter().rev().find(|cited| cited.name() == "location");
                    let is_outside = |cited: &&Cited| {
                        cited.phase == "access"
                            && location.is_some_and(|location| cited.indent <= location.indent)
                    };
                    cited.iter().any(|cited| is_outside(&cited))
                }
                Sign::Nested => {
                    cited.iter().any(|cited| cited.name() == "location" && cited.indent > 8)
                }
                Sign::Phases(count) => {
                    let phases: std::collections::BTreeSet<_> =
                        steps.iter().map(|step| step.phase).collect();
                    phases.len() >= count
                }
                Sign::Inside => steps.iter().any(|step| step.depth > 0),
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
