//! nginx reads a byte order mark as a part of the first word.

use crate::config::nginx::Site;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::{Location, Span};

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
        let mark = Location::new(file, Span::new(0, length));
        let finding = RULE.at(mark).label("byte order mark");
        let finding = if utf16 {
            finding
                .message("the file is in UTF-16, which nginx cannot read: nginx does not start")
                .help("save the file as UTF-8 without a byte order mark")
        } else {
            finding
                .message("the file begins with a byte order mark, which nginx takes for a part of the first word: nginx does not start")
                .help("save the file as UTF-8 without a byte order mark")
                .fix(Safety::Unsafe, "remove the byte order mark", vec![Edit::delete(mark)])
        };
        findings.push(finding);
    }
}
