//! What was exercised: each part of nginx's behaviour, by the directives and phases that predictions cite.

use crate::client::Answer;
use crate::generate::Sent;
use lint401::config::Project;
use lint401::policy::answer::Prediction;
use std::collections::BTreeMap;

/// How to see that a part was exercised.
#[derive(Clone, Copy)]
enum Sign {
    /// A step cites a directive of this name.
    Directive(&'static [&'static str]),
    /// A step cites a directive whose text contains this.
    Text(&'static str),
    /// A step is of this phase.
    Phase(&'static str),
    /// A step's own words contain this.
    Told(&'static str),
    /// The request is one of these.
    Sent(fn(&Sent) -> bool),
    /// The answer is one of these.
    Answer(fn(&Sent, &Answer) -> bool),
}

use Sign::{Directive, Phase, Text, Told};

/// The parts, in the order in which a request meets them.
const ITEMS: [(&str, Sign); 41] = [
    ("quotes and escapes", Text("\"")),
    ("includes", Told("snippet")),
    ("sockets", Phase("server")),
    ("server names", Told("the name ")),
    ("default server", Told("of this socket")),
    (
        "URI normalisation",
        Sign::Sent(|sent| ["%", "/.", "//"].iter().any(|odd| sent.target.contains(odd))),
    ),
    ("query", Sign::Sent(|sent| sent.target.contains('?'))),
    ("methods", Sign::Sent(|sent| sent.method != "GET")),
    ("bad requests", Phase("request")),
    ("realip", Phase("real ip")),
    ("code of the server", Phase("server rewrite")),
    ("locations", Directive(&["location"])),
    ("exact locations", Text("location = ")),
    ("^~ locations", Text("location ^~")),
    ("pattern locations", Text("location ~")),
    ("named locations", Text("location @")),
    ("slash redirects", Told("name ends in a slash")),
    ("internal", Directive(&["internal"])),
    ("limit_except", Directive(&["limit_except"])),
    ("code of locations", Phase("rewrite")),
    ("if", Directive(&["if"])),
    ("rewrite", Directive(&["rewrite"])),
    ("return", Directive(&["return"])),
    ("allow and deny", Directive(&["allow", "deny"])),
    ("satisfy", Directive(&["satisfy"])),
    ("auth_basic", Directive(&["auth_basic"])),
    ("password files", Directive(&["auth_basic_user_file"])),
    ("auth_request", Directive(&["auth_request"])),
    ("try_files", Directive(&["try_files"])),
    ("index", Phase("index")),
    ("files", Told("the file /")),
    ("missing files", Told("404")),
    ("error_page", Directive(&["error_page"])),
    ("redirect loops", Told("ten ")),
    ("other servers", Told("a server of this configuration")),
    ("X-Accel-Redirect", Told("X-Accel-Redirect")),
    ("Authorization handed on", Sign::Answer(|_, answer| answer.header("X-Stub").is_some())),
    ("challenges", Sign::Answer(|_, answer| answer.header("WWW-Authenticate").is_some())),
    ("variables and maps", Text("$")),
    ("401", Sign::Answer(|_, answer| answer.status == 401)),
    ("403, 500 and 404", Sign::Answer(|_, answer| matches!(answer.status, 403 | 404 | 500))),
];

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    items: BTreeMap<&'static str, usize>,
    statuses: BTreeMap<u16, usize>,
    pub(crate) pairs: usize,
    pub(crate) unknown: usize,
}

impl Counts {
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
        for (name, sign) in ITEMS {
            let is_met = match sign {
                Directive(names) => cited.iter().any(|(_, text)| {
                    names.contains(&text.split([' ', ';']).next().unwrap_or_default())
                }),
                Told("snippet") => cited.iter().any(|(file, _)| file.contains("snippets/")),
                Text(part) => cited.iter().any(|(_, text)| text.contains(part)),
                Phase(phase) => steps.iter().any(|step| step.phase == phase),
                Told(part) => steps.iter().any(|step| step.text.contains(part)),
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
        let none =
            ITEMS.iter().filter(|(name, _)| self.items.get(name).is_none_or(|count| *count == 0));
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
        for row in ITEMS.chunks(2) {
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
