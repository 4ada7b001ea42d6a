//! httpd reads a byte order mark as a part of the first word.

use super::reading::{consequence, when};
use crate::config::apache::{Condition, Site};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::{Location, Span};

rule! {
    "apache/conf-bom" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a file begins with a byte order mark, and httpd knows no directive of that name",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (file, source, _) in site.files() {
        let (length, utf16) = match source.bytes() {
            [0xEF, 0xBB, 0xBF, ..] => (3, false),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => (2, true),
            _ => continue,
        };
        let condition = site.condition_of(file);
        if condition == Condition::No {
            continue;
        }
        let then = consequence(site.is_htaccess(file));
        let mark = Location::new(file, Span::new(0, length));
        let finding = RULE.at(mark).label("byte order mark");
        let finding = if utf16 {
            finding
                .message(format!("the file is in UTF-16, which httpd cannot read: {then}"))
                .help("save the file as UTF-8 without a byte order mark")
        } else {
            let finding = finding
                .message(format!("the file begins with a byte order mark, which httpd takes for a part of the first word: {then}"))
                .help("save the file as UTF-8 without a byte order mark");
            if source.template().is_some() {
                finding
            } else {
                finding.fix(Safety::Unsafe, "remove the byte order mark", vec![Edit::delete(mark)])
            }
        };
        findings.push(when(finding, *site, condition));
    }
}
