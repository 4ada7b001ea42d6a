//! What stands in `<Limit>` holds for the methods that it lists; every other method is let in.

use super::reading::{Access, Place, given, is_container, is_unknown, place, read, read_sections};
use crate::config::apache::{Directive, InclusionId, Site};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::source::Span;
use crate::syntax::NodeId;
use std::collections::HashMap;

rule! {
    "apache/limit-leaves-methods-open" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a Require stands in <Limit> only, and requests with any other method are let in",
    }
}

/// The methods that change something, as far as every server has them.
const WRITING: [&str; 4] = ["POST", "PUT", "DELETE", "PATCH"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut covers: HashMap<Place, Cover> = HashMap::new();
    let mut others: Option<Others> = None;
    for limit in read_sections(site, "Limit") {
        let Some(listed) = methods(limit) else { continue };
        if !requires_user_or_address(limit) {
            continue;
        }
        // GET is open on purpose where only methods that write are listed
        let reads = listed.iter().any(|method| method == b"GET" || method == b"HEAD");
        let open: Vec<&str> = WRITING
            .into_iter()
            .filter(|name| !listed.iter().any(|method| method == name.as_bytes()))
            .collect();
        let posts = listed.iter().any(|method| method == b"POST");
        if !reads && (!posts || open.is_empty()) || is_covered(limit, &listed, &mut covers) {
            continue;
        }
        let open = if open.is_empty() { vec!["OPTIONS"] } else { open };
        let message = format!(
            "nobody is kept out who sends another method than these: {} and methods of any other name are let in",
            open.join(", ")
        );
        let mut finding = RULE
            .at(limit.location())
            .message(message)
            .help("remove <Limit> and </Limit>: Require then holds for every method");
        if !reads {
            finding = finding
                .severity(Severity::Warning)
                .help("write <LimitExcept GET OPTIONS> for <Limit>: it holds for all other methods")
                .depends_on("whether what httpd serves here answers these methods");
        }
        if others.get_or_insert_with(|| elsewhere(site)).cover(limit) {
            finding = finding
                .severity(Severity::Info)
                .depends_on("which of the other sections count for the same requests");
        }
        if let Some(edits) = without(limit).filter(|_| reads) {
            finding = finding.fix(Safety::Unsafe, "remove <Limit> and </Limit>", edits);
        }
        findings.push(given(finding, limit));
    }
}

/// The methods that it lists.
fn methods(limit: Directive<'_>) -> Option<Vec<Vec<u8>>> {
    let methods: Vec<Vec<u8>> = limit
        .args()
        .map(|word| word.known().map(std::borrow::Cow::into_owned))
        .collect::<Option<_>>()?;
    // misspelt ones are another mistake
    let sound = methods
        .iter()
        .all(|name| name.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-'));
    sound.then_some(methods)
}

/// Whether a Require in it keeps somebody out.
fn requires_user_or_address(limit: Directive<'_>) -> bool {
    Access::of(limit).restricts
        && !limit.children().any(|child| child.is("Deny") || child.is("Order"))
}

/// What else a place has to say.
#[derive(Clone, Copy, Default)]
struct Cover {
    /// Something that bears on all methods, or may.
    all: bool,
    /// How many `<Limit>` sections there are for methods that do not include GET and OPTIONS.
    limits: usize,
}

/// Whether anything else in the same section bears on the other methods, or may.
fn is_covered(
    limit: Directive<'_>,
    listed: &[Vec<u8>],
    covers: &mut HashMap<Place, Cover>,
) -> bool {
    if limit.section().is_some_and(is_container) {
        return true;
    }
    let cover = *covers.entry(place(limit)).or_insert_with(|| {
        let mut cover = Cover::default();
        for other in limit.siblings() {
            cover.all |= ["Require", "Deny", "Order", "AllowMethods", "AuthMerging"]
                .iter()
                .any(|name| other.is(name))
                || is_container(other)
                || other.is_section("LimitExcept")
                || other.is_section("If")
                || is_unknown(other);
            if other.is_section("Limit")
                && Access::of(other).any()
                && !methods(other).is_some_and(|list| has_get(&list))
            {
                cover.limits += 1;
            }
        }
        cover
    });
    cover.all || cover.limits > usize::from(!has_get(listed))
}

fn has_get(methods: &[Vec<u8>]) -> bool {
    methods.iter().any(|method| method == b"GET" || method == b"OPTIONS")
}

/// The sections that are merged later and keep somebody out, and whether methods are limited elsewhere.
struct Others {
    sections: Vec<(InclusionId, NodeId)>,
    allow_methods: bool,
}

impl Others {
    /// Whether one of them may keep out what `limit` lets in.
    fn cover(&self, limit: Directive<'_>) -> bool {
        let Some(own) = limit.section() else { return false };
        // one that is not its own is enough, and no section is listed twice
        let others = self.sections.iter().take(2).any(|other| *other != (own.inclusion, own.id));
        others || self.allow_methods
    }
}

fn elsewhere(site: &Site<'_>) -> Others {
    let sections = ["Location", "LocationMatch", "DirectoryMatch", "If", "Files", "FilesMatch"]
        .iter()
        .flat_map(|name| site.sections(name))
        // the files that every distribution denies
        .filter(|other| !other.args().any(|word| word.lossy().contains(".ht")))
        .filter(|other| Access::of(*other).restricts)
        .map(|other| (other.inclusion, other.id))
        .collect();
    Others { sections, allow_methods: read(site, "AllowMethods").next().is_some() }
}

/// The section without its first and last line.
fn without(limit: Directive<'_>) -> Option<Vec<Edit>> {
    if limit.is_in_template() {
        return None;
    }
    let node = limit.node();
    let line = |span: Span| {
        let text = limit.source().text();
        let mut start = span.start as usize;
        while start > 0 && matches!(text[start - 1], b' ' | b'\t') {
            start -= 1;
        }
        let mut end = span.end as usize;
        let own = start == 0 || text[start - 1] == b'\n';
        if own && text.get(end) == Some(&b'\r') {
            end += 1;
        }
        if own && text.get(end) == Some(&b'\n') {
            end += 1;
        }
        Edit::delete(limit.at(Span::new(start as u32, end as u32)))
    };
    if node.body.end >= node.span.end {
        return None;
    }
    Some(vec![line(node.head), line(Span::new(node.body.end, node.span.end))])
}
