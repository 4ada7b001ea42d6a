//! What was exercised: each part of nginx's behaviour, by the directives and phases that predictions cite.

use crate::client::Answer;
use crate::generate::Sent;
use lint401::config::Project;
use lint401::policy::answer::{Prediction, Step};
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
    /// Access control cites a directive that stands in a block around the location.
    Inherited,
    /// The location stands in another one.
    Nested,
    /// So many phases are told of.
    Phases(usize),
    /// A step is of a request inside of the request.
    Inside,
}

use Sign::{Directive, Phase, Text, Told};

/// The parts by the chapter they belong to, in the order in which a request meets them. Chapters: 1 words, 2 blocks and
/// includes, 3 inheritance, 4 servers, 5 URIs and locations, 6 phases, 7 access control, 8 passwords, 9 subrequests that
/// decide, 10 addresses, 11 code, 12 redirects inside, 13 what is handed on, 14 headers of answers, 15 caches, 16 client
/// certificates, 17 variables, 18 statuses, 19 versions.
const ITEMS: [(&str, Sign); 56] = [
    ("1 quotes and escapes", Text("\"")),
    ("2 includes", Told("snippet")),
    ("3 inherited", Sign::Inherited),
    ("4.1 sockets", Phase("server")),
    ("4.2 default server", Told("of this socket")),
    ("4.3 spellings of the host", Sign::Sent(has_odd_host)),
    ("4.4 server names", Told("the name ")),
    ("5 URI normalisation", Sign::Sent(has_odd_path)),
    ("5 query", Sign::Sent(|sent| sent.target.contains('?'))),
    ("5 locations", Directive(&["location"])),
    ("5.1 exact locations", Text("location = ")),
    ("5.2 locations inside", Sign::Nested),
    ("5.3 pattern locations", Text("location ~")),
    ("5.3 ^~ locations", Text("location ^~")),
    ("5 slash redirects", Told("name ends in a slash")),
    ("5 internal", Directive(&["internal"])),
    ("5 limit_except", Directive(&["limit_except"])),
    ("5 client_max_body_size", Directive(&["client_max_body_size"])),
    ("6 three phases and more", Sign::Phases(3)),
    ("6 methods", Sign::Sent(|sent| sent.method != "GET")),
    ("6 bad requests", Phase("request")),
    ("7 satisfy", Directive(&["satisfy"])),
    ("7 access control", Phase("access")),
    ("8 auth_basic", Directive(&["auth_basic"])),
    ("8 password files", Directive(&["auth_basic_user_file"])),
    ("9 auth_request", Directive(&["auth_request"])),
    ("9 subrequests", Sign::Inside),
    ("10 allow and deny", Directive(&["allow", "deny"])),
    ("10 realip", Phase("real ip")),
    ("11 code of the server", Phase("server rewrite")),
    ("11 code of locations", Phase("rewrite")),
    ("11 if", Directive(&["if"])),
    ("11 rewrite", Directive(&["rewrite"])),
    ("11 return", Directive(&["return"])),
    ("12 error_page", Directive(&["error_page"])),
    ("12 named locations", Text("location @")),
    ("12 try_files", Directive(&["try_files"])),
    ("12 index", Phase("index")),
    ("12 X-Accel-Redirect", Told("X-Accel-Redirect")),
    ("12 redirect loops", Told("ten ")),
    ("13 other servers", Told("a server of this configuration")),
    ("13 Authorization handed on", Sign::Answer(|_, answer| answer.header("X-Stub").is_some())),
    ("14 challenges", Sign::Answer(|_, answer| answer.header("WWW-Authenticate").is_some())),
    ("14 headers added", Sign::Answer(|_, answer| has_added(answer))),
    ("15 caches passed by", Told("passes the cache by")),
    ("17 variables and maps", Text("$")),
    ("18 files", Told("the file /")),
    ("18 missing files", Told("404")),
    ("18 200", Sign::Answer(|_, answer| answer.status == 200)),
    ("18 401", Sign::Answer(|_, answer| answer.status == 401)),
    ("18 403", Sign::Answer(|_, answer| answer.status == 403)),
    ("18 404", Sign::Answer(|_, answer| answer.status == 404)),
    ("18 500", Sign::Answer(|_, answer| answer.status == 500)),
    ("18 400", Sign::Answer(|_, answer| answer.status == 400)),
    ("19 several lines of a header", Sign::Sent(has_lines_of_one_name)),
    ("19 TRACE", Sign::Sent(|sent| sent.method == "TRACE")),
];

fn has_odd_host(sent: &Sent) -> bool {
    let odd = |host: &str| host.ends_with('.') || host.contains([':', 'S', 'A']);
    sent.host.as_deref().is_none_or(odd)
}

fn has_odd_path(sent: &Sent) -> bool {
    ["%", "/.", "//"].iter().any(|odd| sent.target.contains(odd))
}

fn has_lines_of_one_name(sent: &Sent) -> bool {
    let names = sent.headers.iter().map(|(name, _)| name);
    names
        .clone()
        .enumerate()
        .any(|(at, name)| names.clone().skip(at + 1).any(|other| other == name))
}

fn has_added(answer: &Answer) -> bool {
    ["X-Tag", "X-User", "X-If"].iter().any(|name| answer.header(name).is_some())
}

/// A directive that a step cites.
struct Cited {
    phase: &'static str,
    file: String,
    text: String,
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
        Some(Self { phase: step.phase, file: file.name.clone(), text, indent })
    }

    fn name(&self) -> &str {
        self.text.split([' ', ';']).next().unwrap_or_default()
    }
}

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
        let cited: Vec<Cited> = steps.iter().filter_map(|step| Cited::new(project, step)).collect();
        for (name, sign) in ITEMS {
            let is_met = match sign {
                Directive(names) => cited.iter().any(|cited| names.contains(&cited.name())),
                Told("snippet") => cited.iter().any(|cited| cited.file.contains("snippets/")),
                Text(part) => cited.iter().any(|cited| cited.text.contains(part)),
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
