//! What a rule says: a finding with its places, its evidence and its mend. Plain data; knows no format.

mod slip;
mod suggest;

pub use slip::Slip;
pub use suggest::{closest, near_miss};

use crate::source::{Location, Span};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How bad it is, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// True and often harmless; hidden unless asked for.
    Info,
    /// Certain in mechanism, and the configuration itself shows that it harms.
    Warning,
    /// Certain, and nobody can want it.
    Error,
}

impl Severity {
    /// All of them, mildest first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Error];

    /// Its name on the command line and in every report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What happens to requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// A request that should be answered gets 401.
    Unwanted401,
    /// A request that should be answered gets 403.
    Unwanted403,
    /// A request is answered by 500, or the server does not start.
    ServerError,
    /// Auth that is written down protects nothing.
    NotEnforced,
    /// Credentials or challenge are lost on the way.
    AuthLost,
    /// No request is answered otherwise; the file is not what it seems.
    Hygiene,
}

impl Effect {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Unwanted401,
        Self::Unwanted403,
        Self::ServerError,
        Self::NotEnforced,
        Self::AuthLost,
        Self::Hygiene,
    ];

    /// Its name in `--select effect:NAME` and in every report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unwanted401 => "unwanted-401",
            Self::Unwanted403 => "unwanted-403",
            Self::ServerError => "server-error",
            Self::NotEnforced => "not-enforced",
            Self::AuthLost => "auth-lost",
            Self::Hygiene => "hygiene",
        }
    }
}

/// What is said in a finding; most of it is the same every time, and takes no memory of its own.
pub type Words = Cow<'static, str>;

/// A place and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub at: Location,
    /// A few words, no final dot.
    pub text: Words,
}

/// A request that shows the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The method.
    pub method: String,
    /// The URL, such as `http://shop.example/.well-known/acme-challenge/x`.
    pub url: String,
    /// What the server answers: a status, or `None` where the request passes on to its handler.
    pub answer: Option<u16>,
    /// What it answers once the fix is applied, where there is one.
    pub after_fix: Option<Option<u16>>,
}

/// How freely a fix may be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// Lets nobody in who was kept out, locks nobody out who got in, changes nothing that is sent on.
    Safe,
    /// Changes who gets in: a person must agree.
    Unsafe,
    /// Shown, never applied.
    Manual,
}

impl Safety {
    /// Its name in every report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Manual => "manual",
        }
    }
}

/// One replacement of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go; empty to insert.
    pub at: Location,
    /// The bytes that come.
    pub replacement: Vec<u8>,
}

impl Edit {
    /// Puts `text` at the start of `at`, removing nothing.
    #[must_use]
    pub fn insert(at: Location, text: impl Into<Vec<u8>>) -> Self {
        Self { at: Location::new(at.file, Span::empty(at.span.start)), replacement: text.into() }
    }

    /// Puts `text` in the place of `at`.
    #[must_use]
    pub fn replace(at: Location, text: impl Into<Vec<u8>>) -> Self {
        Self { at, replacement: text.into() }
    }

    /// Removes `at`.
    #[must_use]
    pub fn delete(at: Location) -> Self {
        Self { at, replacement: Vec::new() }
    }
}

/// A mend: edits that belong together and never overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command: "quote the value".
    pub title: Words,
    /// How freely it may be applied.
    pub safety: Safety,
    /// The edits.
    pub edits: Vec<Edit>,
}

/// One thing that is wrong, with everything there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Finding {
    /// The rule's name, such as `nginx/basic-off-misspelt`.
    pub rule: &'static str,
    /// How bad it is here; settings may change it later.
    pub severity: Severity,
    /// What happens to requests.
    pub effect: Effect,
    /// One sentence: what is wrong here and what follows from it. No final dot.
    pub message: Words,
    /// One sentence: what to do. Empty when the message says it all.
    pub help: Words,
    /// The one place that decides.
    pub primary: Label,
    /// Further places that explain it, in reading order.
    pub related: Vec<Label>,
    /// A request that shows it.
    pub evidence: Option<Evidence>,
    /// What it depends on; empty when it is certain.
    pub depends_on: Vec<Words>,
    /// The chains of blocks that it concerns, outermost first; the first few of `scopes_total`.
    pub scopes: Vec<Vec<String>>,
    /// How many chains there are in all.
    pub scopes_total: usize,
    /// The mends on offer, the best first.
    pub fixes: Vec<Fix>,
}

impl Finding {
    /// A finding at `at`. Rules use [`Rule::at`](crate::rules::Rule::at), which knows the name, severity and effect.
    pub fn new(rule: &'static str, severity: Severity, effect: Effect, at: Location) -> Self {
        Self {
            rule,
            severity,
            effect,
            message: Words::default(),
            help: Words::default(),
            primary: Label { at, text: Words::default() },
            related: Vec::new(),
            evidence: None,
            depends_on: Vec::new(),
            scopes: Vec::new(),
            scopes_total: 0,
            fixes: Vec::new(),
        }
    }

    /// Sets the message.
    pub fn message(mut self, text: impl Into<Words>) -> Self {
        self.message = text.into();
        self
    }

    /// Sets what to do.
    pub fn help(mut self, text: impl Into<Words>) -> Self {
        self.help = text.into();
        self
    }

    /// Sets the words at the primary place.
    pub fn label(mut self, text: impl Into<Words>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds a place.
    pub fn related(mut self, at: Location, text: impl Into<Words>) -> Self {
        self.related.push(Label { at, text: text.into() });
        self
    }

    /// Adds a mend.
    pub fn fix(mut self, safety: Safety, title: impl Into<Words>, edits: Vec<Edit>) -> Self {
        self.fixes.push(Fix { title: title.into(), safety, edits });
        self
    }

    /// Adds something that it depends on.
    pub fn depends_on(mut self, what: impl Into<Words>) -> Self {
        self.depends_on.push(what.into());
        self
    }

    /// Sets another severity than the rule's own: milder without evidence, for one.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Keeps what tells it from others, and lets go of what only a reader needs.
    fn forget_words(&mut self) {
        self.help = Words::default();
        self.fixes = Vec::new();
        self.primary.text = Words::default();
        self.related.iter_mut().for_each(|label| label.text = Words::default());
    }

    /// Sets another effect than the rule's own.
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }
}

/// Where rules put what they find.
#[derive(Debug)]
pub struct Findings {
    list: Vec<Finding>,
    least: Severity,
    cut_short: CutShort,
}

/// A mark for what looks at less than all that there is, because that would take too long.
#[derive(Clone, Debug, Default)]
pub struct CutShort(Arc<AtomicBool>);

impl CutShort {
    /// Sets it.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Default for Findings {
    fn default() -> Self {
        Self { list: Vec::new(), least: Severity::Info, cut_short: CutShort::default() }
    }
}

impl Findings {
    /// Says that milder findings than this one are counted, not shown, until another word.
    pub fn show_from(&mut self, least: Severity) {
        self.least = least;
    }

    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.push_with(finding, || None);
    }

    /// Adds a finding with the request that shows it. What the server answers to one is a long way to go, and gone only
    /// where the finding is shown.
    pub fn push_with(&mut self, mut finding: Finding, evidence: impl FnOnce() -> Option<Evidence>) {
        if finding.severity >= self.least {
            finding.evidence = evidence();
        } else {
            finding.forget_words();
        }
        self.list.push(finding);
    }

    /// Adds a finding, which `words` completes where it is shown: of the others no more counts than the places and the
    /// message.
    pub fn push_shown(&mut self, finding: Finding, words: impl FnOnce(Finding) -> Finding) {
        let is_shown = finding.severity >= self.least;
        self.list.push(if is_shown { words(finding) } else { finding });
    }

    /// The mark of the rule that runs.
    #[must_use]
    pub fn cut_short(&self) -> CutShort {
        self.cut_short.clone()
    }

    /// Whether the mark was set.
    #[must_use]
    pub fn was_cut_short(&self) -> bool {
        self.cut_short.0.load(Ordering::Relaxed)
    }

    /// Everything found, in the order it was pushed.
    #[must_use]
    pub fn into_vec(self) -> Vec<Finding> {
        self.list
    }
}
