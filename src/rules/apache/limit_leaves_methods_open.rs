//! What stands in `<Limit>` holds for the methods that it lists; every other method is let in.

use super::reading::{Access, given, is_container, is_limit, is_unknown, read, read_sections};
use crate::config::apache::{Directive, Site};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::source::Span;

rule! {
    "apache/limit-leaves-methods-open" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a Require stands in <Limit> only, and requests with any other method are let in",
    }
}

/// The methods that change something, as far as every server has them.
const WRITING: [&str; 4] = ["POST", "PUT", "DELETE", "PATCH"];

fn check(site: &Site<'_>, findings: &mut Findings) {
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
        if !reads && (!posts || open.is_empty()) || is_covered(limit) {
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
        if covered_elsewhere(limit) {
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

/// Whether anything else in the same section bears on the other methods, or may.
fn is_covered(limit: Directive<'_>) -> bool {
    limit.siblings().any(|other| {
        let same = other.inclusion == limit.inclusion && other.id == limit.id;
        !same
            && (other.is("Require")
                || ["Deny", "Order", "AllowMethods", "AuthMerging"]
                    .iter()
                    .any(|name| other.is(name))
                || is_container(other)
                || other.is_section("LimitExcept")
                || other.is_section("If")
                || is_limit(other)
                    && Access::of(other).any()
                    && methods(other).is_none_or(|list| !has_get(&list))
                || is_unknown(other))
    }) || limit.sections().any(is_container)
}

fn has_get(methods: &[Vec<u8>]) -> bool {
    methods.iter().any(|method| method == b"GET" || method == b"OPTIONS")
}

/// Whether a section that is merged later may keep the other methods out.
fn covered_elsewhere(limit: Directive<'_>) -> bool {
    let site = limit.site;
    let Some(own) = limit.section() else { return false };
    ["Location", "LocationMatch", "DirectoryMatch", "If", "Files", "FilesMatch"]
        .iter()
        .flat_map(|name| site.sections(name))
        .filter(|other| (other.inclusion, other.id) != (own.inclusion, own.id))
        .filter(|other| {
            // the files that every distribution denies
            !other.args().any(|word| word.lossy().contains(".ht"))
        })
        .any(|other| Access::of(other).restricts)
        || read(&site, "AllowMethods").next().is_some()
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
