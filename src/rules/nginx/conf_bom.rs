//! nginx reads a byte order mark as a part of the first word.

use crate::config::nginx::{Directive, Site};
use crate::diagnostic::{Edit, Effect, Findings, Safety, Severity};
use crate::grammar::nginx::Body;
use crate::source::{Location, Span};
use crate::syntax::NodeId;

rule! {
    "nginx/conf-bom" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a file begins with a byte order mark, and nginx knows no directive of that name",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (file, source, tree) in site.files() {
        let (length, utf16) = match source.bytes() {
            // the mark alone, or before a comment, is a word without an end: refused as well
            [0xEF, 0xBB, 0xBF, ..] if !tree.words.is_empty() => (3, false),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => (2, true),
            _ => continue,
        };
        // in the lines of a `map` the first key is another one than it shows, and nobody can see it
        let around = site.in_file(file, NodeId(0)).and_then(Directive::parent);
        let in_lines = around
            .and_then(Directive::known)
            .is_some_and(|block| block.usages.iter().all(|usage| usage.body == Body::Entries));
        let mark = Location::new(file, Span::new(0, length));
        let finding = RULE.at(mark).label("byte order mark");
        let finding = if utf16 {
            finding
                .message("the file is in UTF-16, which nginx cannot read: nginx does not start")
                .help("save the file as UTF-8 without a byte order mark")
        } else if in_lines {
            finding
                .message("the file begins with a byte order mark, which nginx takes for a part of the first key: this line is never found")
                .effect(Effect::Hygiene)
                .severity(Severity::Warning)
                .help("save the file as UTF-8 without a byte order mark")
                .fix(Safety::Unsafe, "remove the byte order mark", vec![Edit::delete(mark)])
        } else {
            finding
                .message("the file begins with a byte order mark, which nginx takes for a part of the first word: nginx does not start")
                .help("save the file as UTF-8 without a byte order mark")
                .fix(Safety::Unsafe, "remove the byte order mark", vec![Edit::delete(mark)])
        };
        findings.push(finding);
    }
}
