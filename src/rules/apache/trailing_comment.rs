//! A `#` begins a comment only at the start of a line: elsewhere it is one more argument.

use super::reading::{consequence, given, refused, when};
use super::require::requirement;
use crate::config::apache::{Condition, Directive, Site};
use crate::diagnostic::{Edit, Effect, Finding, Findings, Safety, Severity};
use crate::grammar::apache::Args;
use crate::source::{Location, SourceFile, Span};
use crate::syntax::{NodeId, SyntaxErrorKind, Tree};

rule! {
    "apache/trailing-comment" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a comment stands behind a directive, and httpd takes it for arguments",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut last = None;
    for (directive, word) in site.values_with(b"#") {
        let place = (directive.inclusion, directive.id);
        // only the first word can begin a comment
        if word.raw().first() != Some(&b'#') || directive.node().is_block() || last == Some(place) {
            continue;
        }
        last = Some(place);
        let read = directive.inclusions().find(|one| one.condition() != Condition::No);
        let Some(directive) = read else { continue };
        if let Some(taken) = taken(directive, word.index()) {
            findings.push(finding(directive, word.index(), taken));
        }
    }
    sections(site, findings);
}

/// What httpd makes of a comment behind a directive.
#[derive(Clone, Copy)]
enum Taken {
    /// The words are too many, or none that it knows.
    Refused,
    /// Further users or groups.
    Names(&'static str),
    /// They change nothing.
    Ignored,
}

/// Directives whose modules look at each word by itself, or at the line, and know no such
/// word; each with the fewest arguments that make sense
const PICKY: [(&str, usize); 14] = [
    ("Allow", 2),
    ("AllowOverride", 1),
    ("AuthBasicProvider", 1),
    ("AuthDigestProvider", 1),
    ("Deny", 2),
    ("FileETag", 1),
    ("Header", 3),
    ("Listen", 1),
    ("LogLevel", 1),
    ("Options", 1),
    ("ProxyPass", 2),
    ("RequestHeader", 3),
    ("SSLOptions", 1),
    ("SSLProtocol", 1),
];

/// What httpd makes of the words from `first` on; `None` where they may be meant.
fn taken(directive: Directive<'_>, first: usize) -> Option<Taken> {
    const NAMES: [(&str, &str); 5] = [
        ("user", "user"),
        ("ldap-user", "user"),
        ("group", "group"),
        ("file-group", "group"),
        ("dbm-group", "group"),
    ];
    let known = directive.known()?;
    if directive.is("Require") {
        let require = requirement(directive)?;
        let before = first.checked_sub(1 + usize::from(require.negated))?;
        if let Some((_, what)) = NAMES.iter().find(|(provider, _)| require.asks(provider)) {
            return (before > 0).then_some(Taken::Names(what));
        }
        return match () {
            () if require.asks("valid-user") || require.asks("local") => Some(Taken::Ignored),
            () if ["all", "ip", "method", "expr"].iter().any(|one| require.asks(one)) => {
                Some(Taken::Refused)
            }
            () => None,
        };
    }
    if let Some((_, least)) = PICKY.iter().find(|(name, _)| *name == known.name) {
        return (first >= *least).then_some(Taken::Refused);
    }
    if directive.is("RewriteRule") || directive.is("RewriteCond") {
        // the third argument must be flags in brackets; behind them nothing is looked at
        return (first == 2).then_some(Taken::Refused);
    }
    let args = known.usages.first().filter(|_| known.is_core())?.args;
    let count = directive.args().len();
    match args {
        Args::Count(_) if args.accepts(first) && !args.accepts(count) => Some(Taken::Refused),
        Args::Flag if first == 1 => Some(Taken::Ignored),
        _ => None,
    }
}

fn finding(directive: Directive<'_>, first: usize, taken: Taken) -> Finding {
    let comment = comment(directive, first);
    let written = String::from_utf8_lossy(comment.span.of(directive.source().bytes())).into_owned();
    let short: String = written.chars().take(40).collect();
    let ellipsis = if short.len() < written.len() { "…" } else { "" };
    let name = directive.name();
    let finding = RULE.at(comment);
    let (finding, safety) = match taken {
        Taken::Refused => {
            let message = format!(
                "`{short}{ellipsis}` is no comment but arguments of {name}: {}",
                refused(directive)
            );
            (finding.message(message), Safety::Unsafe)
        }
        Taken::Names(what) => {
            let names: Vec<String> = directive
                .args()
                .skip(first)
                .take(4)
                .map(|word| format!("`{}`", word.lossy()))
                .collect();
            let more = if directive.args().len() > first + 4 { ", …" } else { "" };
            let message = format!(
                "the comment is no comment: httpd lets each {what} named {}{more} in, too",
                names.join(", ")
            );
            (finding.message(message).effect(Effect::NotEnforced), Safety::Unsafe)
        }
        Taken::Ignored => {
            let message = format!(
                "`{short}{ellipsis}` is no comment; {name} happens to look at nothing behind its arguments"
            );
            let finding = finding.message(message).severity(Severity::Info).effect(Effect::Hygiene);
            (finding, Safety::Safe)
        }
    };
    let finding = finding.help("put the comment on a line of its own");
    let edits = edits(directive.source(), directive.node().head, comment);
    given(with_fix(finding, safety, edits), directive)
}

fn with_fix(finding: Finding, safety: Safety, edits: Option<Vec<Edit>>) -> Finding {
    match edits {
        Some(edits) => finding.fix(safety, "move the comment to a line of its own", edits),
        None => finding,
    }
}

/// From the `#` to the end of the directive's line.
fn comment(directive: Directive<'_>, first: usize) -> Location {
    let head = directive.node().head;
    let start = directive.arg(first).map_or(head.end, |word| word.word.span.start);
    directive.at(Span::new(start, head.end))
}

/// Moves a comment to a line of its own, before the line that it stands on. Not in a template, and not from a line that is
/// continued.
fn edits(source: &SourceFile, head: Span, comment: Location) -> Option<Vec<Edit>> {
    let text = source.text();
    if source.template().is_some() || memchr::memchr(b'\n', head.of(text)).is_some() {
        return None;
    }
    let before = Span::new(head.start, comment.span.start).of(text);
    let blanks = before.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count() as u32;
    let lines = source.lines();
    let start = lines.start(lines.line(head.start));
    let mut line = comment.span.of(source.bytes()).to_vec();
    line.extend_from_slice(if memchr::memmem::find(text, b"\r\n").is_some() {
        b"\r\n"
    } else {
        b"\n"
    });
    line.extend_from_slice(Span::new(start, head.start).of(source.bytes()));
    let gone = Span::new(comment.span.start - blanks, comment.span.end);
    Some(vec![
        Edit::insert(Location::new(comment.file, head), line),
        Edit::delete(Location::new(comment.file, gone)),
    ])
}

/// Comments behind the lines that open and close sections, where httpd minds them.
fn sections(site: &Site<'_>, findings: &mut Findings) {
    for (file, source, tree) in site.files() {
        if source.template().is_some() {
            continue;
        }
        for error in &tree.errors {
            let opened = match error.kind {
                SyntaxErrorKind::TextAfterSectionStart => true,
                SyntaxErrorKind::TextAfterSectionEnd => false,
                _ => continue,
            };
            let text = source.slice(error.at);
            let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count() as u32;
            let comment = Location::new(file, Span::new(error.at.start + blanks, error.at.end));
            if source.slice(comment.span).first() != Some(&b'#') || (!opened && blanks == 0) {
                continue;
            }
            let Some(name) = section_name(tree, source, error.because) else { continue };
            let condition = if opened {
                site.condition_of(file)
            } else {
                site.condition_at(file, error.at.start)
            };
            if condition == Condition::No {
                continue;
            }
            let then = consequence(site.is_htaccess(file));
            let message = if opened {
                format!(
                    "the comment behind `<{name}>` is no comment: httpd misses the `>` of the section: {then}"
                )
            } else {
                format!(
                    "the comment behind `</{name}>` is no comment: httpd knows the end of this section only by the exact line: {then}"
                )
            };
            let lines = source.lines();
            let start = lines.start(lines.line(error.at.start));
            let line = Span::new(start, error.at.end);
            let indent =
                line.of(source.text()).iter().take_while(|byte| byte.is_ascii_whitespace()).count()
                    as u32;
            let head = Span::new(start + indent, error.at.end);
            let finding =
                RULE.at(comment).message(message).help("put the comment on a line of its own");
            let finding = with_fix(finding, Safety::Unsafe, edits(source, head, comment));
            findings.push(when(finding, *site, condition));
        }
    }
}

/// The name of the section whose head, or whose name, is `place`.
fn section_name(tree: &Tree, source: &SourceFile, place: Option<Span>) -> Option<String> {
    let place = place?;
    let before = tree.nodes.partition_point(|node| node.head.start <= place.start);
    let node = NodeId(before.checked_sub(1)? as u32);
    Some(String::from_utf8_lossy(source.slice(tree.name(node).span)).into_owned())
}
