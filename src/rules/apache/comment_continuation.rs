//! A comment that ends in a backslash goes on in the next line, whatever stands there.

use super::reading::when;
use crate::config::apache::{Condition, Site};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::apache::{lookup, lookup_section};
use crate::source::{Location, SourceFile, Span};

rule! {
    "apache/comment-continuation" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a comment ends in a backslash, and the directive on the next line is a part of it",
    }
}

/// Directives without which a folder is open, or answers otherwise than it is meant to.
const OF_ACCESS: [&str; 12] = [
    "Allow",
    "AllowOverride",
    "AuthBasicProvider",
    "AuthDigestProvider",
    "AuthMerging",
    "AuthName",
    "AuthType",
    "AuthUserFile",
    "Deny",
    "Order",
    "Require",
    "Satisfy",
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (file, source, tree) in site.files() {
        for &comment in &tree.comments {
            let Some((backslash, line)) = swallowed(source, comment) else { continue };
            let condition = site.condition_at(file, comment.start);
            if condition == Condition::No {
                continue;
            }
            let word = first_word(source.slice(line));
            let of_access = word.starts_with(b"<")
                || OF_ACCESS.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
            let written = String::from_utf8_lossy(source.slice(line)).into_owned();
            let shown: String = written.chars().take(60).collect();
            let finding = RULE
                .at(Location::new(file, backslash))
                .message(format!(
                    "the backslash continues the comment, and `{shown}` is a part of it"
                ))
                .label("continues the comment")
                .related(Location::new(file, line), "httpd does not read this line")
                .help("remove the backslash, or write another character behind it");
            let finding = if of_access { finding } else { finding.severity(Severity::Warning) };
            let finding = if source.template().is_some() {
                finding
            } else {
                let edit = Edit::delete(Location::new(file, backslash));
                finding.fix(Safety::Unsafe, "remove the backslash", vec![edit])
            };
            findings.push(when(finding, *site, condition));
        }
    }
}

/// The backslash that continues a comment into a line that was meant to be read, and that line.
fn swallowed(source: &SourceFile, comment: Span) -> Option<(Span, Span)> {
    let bytes = comment.of(source.text());
    let ends = memchr::memchr_iter(b'\n', bytes);
    for end in ends {
        let rest = &bytes[end + 1..];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        let blanks = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let line = line.trim_ascii();
        // the last of several physical lines ends in no backslash
        let line = line.strip_suffix(b"\\").unwrap_or(line).trim_ascii_end();
        if !is_directive(first_word(line)) {
            continue;
        }
        let before = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
        let backslash = comment.start + before.len() as u32 - 1;
        let from = comment.start + (end + 1 + blanks) as u32;
        let line = Span::new(from, from + line.len() as u32);
        return Some((Span::new(backslash, backslash + 1), line));
    }
    None
}

/// Whether a line with this first word was meant to be read. Text that goes on, or is a comment of its own, was not.
fn is_directive(word: &[u8]) -> bool {
    match word.strip_prefix(b"<") {
        Some(section) => {
            let section = section.strip_prefix(b"/").unwrap_or(section);
            lookup_section(section.strip_suffix(b">").unwrap_or(section)).is_some()
        }
        None => lookup(word).is_some(),
    }
}

fn first_word(line: &[u8]) -> &[u8] {
    let end = line.iter().position(u8::is_ascii_whitespace);
    &line[..end.unwrap_or(line.len())]
}
