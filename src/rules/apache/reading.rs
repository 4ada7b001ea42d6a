//! What several rules ask of a directive: whether httpd reads it, what follows from an error in it, which sections it bears on.

use crate::config::apache::{Alike, Condition, Directive, InclusionId, Site, Value};
use crate::diagnostic::Finding;
use crate::grammar::apache::{Id, section_id};
use crate::syntax::NodeId;

/// The directives of this name that httpd reads, or may read, each in one reading of its file.
pub(super) fn read<'p>(site: &Site<'p>, name: &str) -> impl Iterator<Item = Directive<'p>> {
    site.directives(name).filter_map(reading)
}

/// Those of them of which `holds`, which may depend on the words of the line alone: it is asked once of lines that are alike.
pub(super) fn read_where<'p>(
    site: &Site<'p>,
    name: &str,
    holds: impl Fn(Directive<'p>) -> bool,
) -> impl Iterator<Item = Directive<'p>> {
    every(site.lines(name), holds)
}

/// The directives of those of `lines` of which `holds`.
pub(super) fn every<'p>(
    lines: impl Iterator<Item = Alike<'p>>,
    holds: impl Fn(Directive<'p>) -> bool,
) -> impl Iterator<Item = Directive<'p>> {
    lines.filter(move |line| line.one().is_some_and(&holds)).flat_map(Alike::directives)
}

/// The sections of this name that httpd reads, or may read, each in one reading of its file.
pub(super) fn read_sections<'p>(
    site: &Site<'p>,
    name: &str,
) -> impl Iterator<Item = Directive<'p>> + use<'p> {
    site.sections(name).filter_map(reading)
}

/// The directive in a reading of its file in which httpd reads it, or may read it.
pub(super) fn reading(directive: Directive<'_>) -> Option<Directive<'_>> {
    directive.as_read()
}

/// The finding with what decides whether httpd reads `directive` at all.
pub(super) fn given(finding: Finding, directive: Directive<'_>) -> Finding {
    when(finding, directive.site, directive.condition())
}

/// The finding with what `condition` depends on.
pub(super) fn when(mut finding: Finding, site: Site<'_>, condition: Condition) -> Finding {
    if let Condition::Unknown(literals) = condition {
        for literal in literals {
            finding = finding.depends_on(site.atom(literal).to_string());
        }
    }
    finding
}

/// What an error in reading `directive` leads to.
pub(super) fn refused(directive: Directive<'_>) -> &'static str {
    consequence(directive.htaccess().is_some())
}

/// What follows when httpd refuses a file.
pub(super) fn consequence(htaccess: bool) -> &'static str {
    if htaccess { "every request to the folder is answered 500" } else { "httpd does not start" }
}

/// More characters of a value than a message shows.
const SHOWN: usize = 60;

/// A value for a message.
pub(super) fn shown(value: Value<'_>) -> String {
    let text = value.lossy();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// Whether httpd reads `later` whenever it reads `earlier`.
pub(super) fn follows(earlier: Directive<'_>, later: Directive<'_>) -> bool {
    let condition = later.condition();
    condition == Condition::Yes || condition == earlier.condition()
}

/// Whether more may stand in the place of this directive than is known.
pub(super) fn is_unknown(directive: Directive<'_>) -> bool {
    directive.is("Include") || directive.is("IncludeOptional") || directive.is("Use")
}

/// More sections in one another than anybody writes.
const DEEPEST: usize = 64;

/// The directives in `section`, and those in the sections that `opens` says to look into.
pub(super) fn within<'p>(
    section: Directive<'p>,
    opens: impl Fn(Directive<'p>) -> bool,
) -> impl Iterator<Item = Directive<'p>> {
    let mut open = vec![section.children()];
    std::iter::from_fn(move || {
        loop {
            match open.last_mut()?.next() {
                Some(child) => {
                    if open.len() < DEEPEST && child.node().is_block() && opens(child) {
                        open.push(child.children());
                    }
                    return Some(child);
                }
                None => {
                    open.pop();
                }
            }
        }
    })
}

/// What a section does to access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Access {
    /// It keeps somebody out: a Require other than `all granted`, or a Deny.
    pub(super) restricts: bool,
    /// It lets everybody in.
    pub(super) grants: bool,
}

impl Access {
    /// What the directives of `section` do, those in the containers and `<Limit>` sections in it among them.
    pub(super) fn of(section: Directive<'_>) -> Self {
        let mut access = Self::default();
        for child in within(section, |inner| is_container(inner) || is_limit(inner)) {
            if child.is("Require") {
                let granted = child.arg(0).is_some_and(|word| word.is(b"all"))
                    && child.arg(1).is_some_and(|word| word.is_ignoring_case(b"granted"));
                access.grants |= granted;
                access.restricts |= !granted;
            } else if child.is("Deny") {
                access.restricts = true;
            } else if child.is("Allow") || child.is("Satisfy") {
                access.grants = true;
            }
        }
        access
    }

    /// Whether it does anything.
    pub(super) fn any(self) -> bool {
        self.restricts || self.grants
    }
}

const CONTAINERS: [Id; 3] =
    [section_id("RequireAll"), section_id("RequireAny"), section_id("RequireNone")];
const LIMITS: [Id; 2] = [section_id("Limit"), section_id("LimitExcept")];

/// Whether it is `<RequireAll>`, `<RequireAny>` or `<RequireNone>`.
pub(super) fn is_container(section: Directive<'_>) -> bool {
    section.known().is_some_and(|known| CONTAINERS.contains(&known.id))
}

/// Whether it is `<Limit>` or `<LimitExcept>`.
pub(super) fn is_limit(section: Directive<'_>) -> bool {
    section.known().is_some_and(|known| LIMITS.contains(&known.id))
}

/// A section, or the top of a file that is read by itself: where directives count together.
pub(super) type Place = (Option<(InclusionId, NodeId)>, Option<InclusionId>);

/// Where a directive counts; `<Limit>` and the containers of Require make no place of their own.
pub(super) fn place(directive: Directive<'_>) -> Place {
    match directive.sections().find(|section| !is_container(*section) && !is_limit(*section)) {
        Some(section) => (Some((section.inclusion, section.id)), None),
        None => (None, directive.htaccess().map(|htaccess| htaccess.inclusion)),
    }
}
