//! The rules. One file a rule, one folder of proofs each under `fixtures/`, one line in the list of its folder's `mod.rs`.
//!
//! A rule asks questions of a site and pushes findings. It does no I/O, prints nothing and calls no other rule.

use crate::config::suppressions::Suppressions;
use crate::config::{apache::Site as Apache, credentials::PasswordFile, nginx::Site as Nginx};
use crate::diagnostic::{Effect, Finding, Findings, Severity};
use crate::policy::apache::Policy as ApachePolicy;
use crate::policy::contract::Contracts;
use crate::policy::nginx::Policy as NginxPolicy;
use crate::source::Location;

/// Everything there is to know of a rule. `explain`, `rules`, the README's table, settings and every report read this.
#[derive(Debug)]
pub struct Rule {
    /// Its name, `server/what-is-wrong`; also the path of its folder under `fixtures/`.
    pub name: &'static str,
    /// How bad it is unless settings say otherwise; `None` for a rule that must be switched on.
    pub severity: Option<Severity>,
    /// What happens to requests.
    pub effect: Effect,
    /// The first version that has it.
    pub since: &'static str,
    /// What is wrong, in one sentence for a list.
    pub summary: &'static str,
    /// Its page, Markdown.
    pub page: &'static str,
    /// What it reads, and the check.
    pub check: Check,
}

/// What a rule reads.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// An nginx configuration with everything that it includes.
    Nginx(fn(&Nginx<'_>, &mut Findings)),
    /// What an nginx configuration answers to requests.
    NginxPolicy(fn(&NginxPolicy<'_>, &mut Findings)),
    /// An Apache configuration with its .htaccess files.
    Apache(fn(&Apache<'_>, &mut Findings)),
    /// What an Apache configuration answers to requests.
    ApachePolicy(fn(&ApachePolicy<'_>, &mut Findings)),
    /// A password, digest or group file, whichever server names it.
    Credentials(fn(&PasswordFile<'_>, &mut Findings)),
    /// The contracts of lint401.toml that are not kept.
    Contracts(fn(&Contracts<'_>, &mut Findings)),
    /// The comments that suppress findings, once all others are known.
    Suppressions(fn(&Suppressions<'_>, &mut Findings)),
}

impl Rule {
    /// What stands before the slash of its name: the server, or the kind of file, that it is about.
    #[must_use]
    pub fn family(&self) -> &'static str {
        self.name.split_once('/').map_or(self.name, |(family, _)| family)
    }

    /// A finding of this rule at `at`.
    pub fn at(&self, at: Location) -> Finding {
        Finding::new(self.name, self.severity.unwrap_or(Severity::Info), self.effect, at)
    }
}

/// Declares the static `RULE` of a rule's file.
macro_rules! rule {
    ($name:literal { reads: $reads:ident, severity: $severity:ident, effect: $effect:ident, since: $since:literal, summary: $summary:literal $(,)? }) => {
        #[doc = $summary]
        pub(crate) static RULE: crate::rules::Rule = crate::rules::Rule {
            name: $name,
            severity: Some(crate::diagnostic::Severity::$severity),
            effect: crate::diagnostic::Effect::$effect,
            since: $since,
            summary: $summary,
            page: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/fixtures/",
                $name,
                "/README.md"
            )),
            check: crate::rules::Check::$reads(check),
        };
    };
}

/// Declares the rule files of a folder and lists their statics, sorted by name.
macro_rules! rules {
    ($($module:ident)*) => {
        $(mod $module;)*
        /// The rules of this folder, by name.
        pub(super) static RULES: &[&crate::rules::Rule] = &[$(&$module::RULE),*];
    };
}

mod apache;
mod authorization;
mod credentials;
mod evidence;
mod lint401;
mod nginx;
mod required;
mod strangers;
mod typography;

/// Every rule, by name.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [apache::RULES, credentials::RULES, lint401::RULES, nginx::RULES].into_iter().flatten().copied()
}

/// The rule of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.name == name)
}

/// Where the page of the rule with this name can be read: its folder in the published source of this version.
#[must_use]
pub fn url(name: &str) -> String {
    const SOURCE: &str = concat!(
        "https://docs.rs/crate/",
        env!("CARGO_PKG_NAME"),
        "/",
        env!("CARGO_PKG_VERSION"),
        "/source/fixtures/"
    );
    format!("{SOURCE}{name}/README.md")
}
