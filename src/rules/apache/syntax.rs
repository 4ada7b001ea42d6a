//! Sections that are not opened and closed as httpd wants them, and lines that are too long for it.

use super::reading::{consequence, given, reading, when};
use crate::config::apache::{Condition, Directive, Site, Truth};
use crate::diagnostic::{Edit, Effect, Finding, Findings, Safety, Severity, near_miss};
use crate::source::{FileId, Location, SourceFile, Span};
use crate::syntax::apache::is_read_at_once;
use crate::syntax::{NodeId, SyntaxError, SyntaxErrorKind, Tree};

rule! {
    "apache/syntax" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a section is not opened or closed as httpd wants it, and the file is refused",
    }
}

/// How many are told of one file: behind so many the text is nothing that a person wrote.
const MOST: usize = 100;

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (file, source, tree) in site.files() {
        // what a template generates may be balanced
        if tree.errors.is_empty() || source.template().is_some() {
            continue;
        }
        let text = Text { site: *site, file, source, tree };
        // the end of the file closes a section that httpd reads at once, and all that is open in it
        let unclosed = tree.errors.iter().filter(|e| e.kind == SyntaxErrorKind::MissingSectionEnd);
        let closing = unclosed
            .filter_map(|error| text.section(error))
            .filter(|section| is_read_at_once(section.name_value().decoded().as_ref()))
            .min_by_key(|section| section.id);
        for error in tree.errors.iter().take(MOST) {
            if let Some(finding) = text.finding(error, closing) {
                findings.push(finding);
            }
        }
    }
}

/// A file with errors.
struct Text<'p> {
    site: Site<'p>,
    file: FileId,
    source: &'p SourceFile,
    tree: &'p Tree,
}

impl<'p> Text<'p> {
    /// The section that an error is about.
    fn section(&self, error: &SyntaxError) -> Option<Directive<'p>> {
        let head = error.because?;
        let before = self.tree.nodes.partition_point(|node| node.head.start <= head.start);
        self.site.in_file(self.file, NodeId(before.checked_sub(1)? as u32))
    }

    fn at(&self, span: Span) -> Location {
        Location::new(self.file, span)
    }

    fn shown(&self, span: Span) -> String {
        String::from_utf8_lossy(self.source.slice(span)).into_owned()
    }

    /// Whether a comment that a backslash continues holds the start of the section that ends here.
    fn is_opened_in_comment(&self, error: &SyntaxError) -> bool {
        let end = self.source.slice(error.at);
        let name = end.strip_prefix(b"</").unwrap_or(end);
        let name = &name[..name.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()];
        let before = self.tree.comments.iter().rev();
        let before = before.skip_while(|comment| comment.start > error.at.start).take(1000);
        before.map(|comment| self.source.slice(*comment)).any(|comment| {
            comment.split(|&byte| byte == b'\n').skip(1).any(|line| {
                line.trim_ascii_start()
                    .strip_prefix(b"<")
                    .and_then(|line| line.get(..name.len()))
                    .is_some_and(|start| !name.is_empty() && start.eq_ignore_ascii_case(name))
            })
        })
    }

    /// The finding for one error; `None` where httpd accepts the text after all.
    fn finding(&self, error: &SyntaxError, closing: Option<Directive<'p>>) -> Option<Finding> {
        let section = self.section(error);
        let name = section.map(|section| section.name_value().lossy()).unwrap_or_default();
        let then = consequence(self.site.is_htaccess(self.file));
        let finding = RULE.at(self.at(error.at));
        let finding = match section {
            Some(section) if error.kind != SyntaxErrorKind::TextAfterSectionStart => {
                finding.related(section.location(), format!("`<{name}>` is opened here"))
            }
            _ => finding,
        };
        // in a section that httpd skips it follows the nesting only (`ap_soak_end_container`)
        let mut skips_over = false;
        let finding = match error.kind {
            SyntaxErrorKind::MissingAngle if section?.node().head.end == error.at.end => {
                // whether httpd skips what is in the section does not matter
                let finding = self.missing_angle(error, section?);
                let read = reading(section?)?;
                return Some(given(finding, read));
            }
            SyntaxErrorKind::MissingAngle => {
                let rest = self.rest_of_line(error.at.start);
                let finding = finding
                    .message(format!("`</{name}` has no `>` directly behind the name: {then}"))
                    .label("`>` belongs here")
                    .help(format!("write `</{name}>`"));
                let blank = rest.of(self.source.text()).trim_ascii();
                let finding = if blank.is_empty() || blank == b">" {
                    finding.fix(
                        Safety::Unsafe,
                        "write the `>`",
                        vec![Edit::replace(self.at(rest), ">")],
                    )
                } else {
                    finding
                };
                Some(finding)
            }
            SyntaxErrorKind::MissingOpenAngle => {
                let end = section?.node().head.start < error.at.start;
                let written = if end { format!("/{name}>") } else { name };
                let finding = RULE
                    .at(self.at(error.at))
                    .message(format!("`{written}` lacks the `<` in front: {then}"))
                    .label("`<` belongs here");
                let edit = Edit::insert(self.at(error.at), "<");
                Some(finding.fix(Safety::Unsafe, "write the `<`", vec![edit]))
            }
            SyntaxErrorKind::MissingEndSlash => {
                let at = self.at(Span::empty(error.at.start + 1));
                let finding = finding
                    .message(format!("`<{name}>` opens a section where one is to end: {then}"))
                    .label("`</` belongs here");
                let edit = Edit::insert(at, "/");
                Some(finding.fix(Safety::Unsafe, format!("write `</{name}>`"), vec![edit]))
            }
            SyntaxErrorKind::TextAfterSectionStart => {
                if self.source.slice(error.at).starts_with(b"#") {
                    return None; // a comment in the wrong place is a mistake of its own
                }
                Some(
                    finding
                        .message(format!(
                            "`<{name}>` takes no argument, and httpd takes `{}` for one: {then}",
                            self.shown(error.at)
                        ))
                        .help("remove the text, or put it on a line of its own behind a `#`")
                        .fix(
                            Safety::Unsafe,
                            "remove the text",
                            vec![Edit::delete(self.at(error.at))],
                        ),
                )
            }
            SyntaxErrorKind::TextAfterSectionEnd => {
                skips_over =
                    self.source.slice(error.at).first().is_some_and(u8::is_ascii_whitespace);
                self.text_after_end(finding, error, &name, skips_over)
            }
            SyntaxErrorKind::MissingSectionEnd => {
                let finding = finding
                    .message(format!("`<{name}>` is not closed: {then}"))
                    .label(format!("`</{name}>` is missing behind this line"))
                    .help(format!("write `</{name}>` where the section ends"));
                let finding = self.close(finding, error, section?);
                Some(self.closed_by_the_end(finding, section?, closing))
            }
            SyntaxErrorKind::MismatchedSectionEnd if error.at.is_empty() => {
                let finding = finding
                    .message(format!(
                        "`<{name}>` is still open where the section around it is closed: {then}"
                    ))
                    .label(format!("`</{name}>` is missing behind this line"))
                    .help(format!("write `</{name}>` where the section ends"));
                Some(self.close(finding, error, section?))
            }
            SyntaxErrorKind::MismatchedSectionEnd => {
                let written = self.shown(error.at);
                let finding = finding
                    .message(format!("`{written}` stands where httpd expects `</{name}>`: {then}"))
                    .help(format!("write `</{name}>`"));
                let finding =
                    match near_miss(written.trim_matches(['<', '/', '>']).as_bytes(), [&*name]) {
                        Some(_) => finding.fix(
                            Safety::Unsafe,
                            format!("write `</{name}>`"),
                            vec![Edit::replace(self.at(error.at), format!("</{name}>"))],
                        ),
                        None => finding,
                    };
                Some(finding)
            }
            // where a comment goes on over the line that opens it, that is the mistake
            SyntaxErrorKind::UnexpectedSectionEnd if self.is_opened_in_comment(error) => None,
            SyntaxErrorKind::UnexpectedSectionEnd => Some(
                finding
                    .message(format!(
                        "`{}` closes a section that nothing has opened: {then}",
                        self.shown(error.at)
                    ))
                    .help("remove the line, or write the line that opens the section"),
            ),
            SyntaxErrorKind::TooLongLine => {
                let limit = if self.site.is_htaccess(self.file) { "8192 bytes" } else { "16 MiB" };
                Some(
                    finding
                        .message(format!("the line is longer than {limit}, continued lines and line end counted: {then}"))
                        .help("write the values on several lines, each with the directive's name"),
                )
            }
            // nginx's
            _ => None,
        }?;
        let condition = if skips_over {
            self.site.condition_at(self.file, error.at.start)
        } else {
            self.site.condition_of(self.file)
        };
        (condition != Condition::No).then(|| when(finding, self.site, condition))
    }

    fn missing_angle(&self, error: &SyntaxError, section: Directive<'p>) -> Finding {
        let name = section.name_value().lossy();
        let then = consequence(self.site.is_htaccess(self.file));
        let finding = RULE
            .at(self.at(error.at))
            .message(format!("the line of `<{name}` has no `>`: {then}"))
            .label("`>` belongs here");
        let mut words = section.args();
        if words.any(|word| word.raw().starts_with(b"#")) {
            finding.help("write `>` behind the arguments")
        } else {
            finding.fix(Safety::Unsafe, "write the `>`", vec![Edit::insert(self.at(error.at), ">")])
        }
    }

    fn text_after_end(
        &self,
        finding: Finding,
        error: &SyntaxError,
        name: &str,
        apart: bool,
    ) -> Option<Finding> {
        if apart && self.source.slice(error.at).trim_ascii().starts_with(b"#") {
            return None; // a comment in the wrong place is a mistake of its own
        }
        let then = consequence(self.site.is_htaccess(self.file));
        let message = if apart {
            format!(
                "httpd knows the end of `<{name}>` only by a line that is exactly `</{name}>`: {then}"
            )
        } else {
            format!("text is glued to `</{name}>`: {then}")
        };
        let finding = finding
            .message(message)
            .help("remove the text, or put it on a line of its own behind a `#`")
            .fix(Safety::Unsafe, "remove the text", vec![Edit::delete(self.at(error.at))]);
        Some(finding)
    }

    /// The fix for a section without an end: its end on a line of its own, as far indented as its start.
    fn close(&self, finding: Finding, error: &SyntaxError, section: Directive<'p>) -> Finding {
        let name = section.name_value().lossy();
        let lines = self.source.lines();
        let head = section.node().head.start;
        let start = lines.start(lines.line(head));
        let indent =
            String::from_utf8_lossy(self.source.slice(Span::new(start, head))).into_owned();
        let line_end =
            if memchr::memmem::find(self.source.text(), b"\r\n").is_some() { "\r\n" } else { "\n" };
        finding.fix(
            Safety::Unsafe,
            format!("write `</{name}>`"),
            vec![Edit::insert(self.at(error.at), format!("{line_end}{indent}</{name}>"))],
        )
    }

    /// `ap_build_cont_config` takes the end of the file for the end of the section that it reads, whatever is open in it.
    fn closed_by_the_end(
        &self,
        finding: Finding,
        section: Directive<'p>,
        closing: Option<Directive<'p>>,
    ) -> Finding {
        let Some(closing) = closing.filter(|closing| closing.id <= section.id) else {
            return finding;
        };
        match closing.truth() {
            Some(Truth::Yes) => {
                let message = format!(
                    "`<{}>` is not closed: httpd takes the end of the file for its end, unless it skips `<{}>`",
                    section.name_value().lossy(),
                    closing.name_value().lossy(),
                );
                finding.severity(Severity::Info).effect(Effect::Hygiene).message(message)
            }
            Some(Truth::If(literal)) => finding.depends_on(self.site.atom(literal).to_string()),
            Some(Truth::No) | None => finding,
        }
    }

    /// From `offset` to the end of the line.
    fn rest_of_line(&self, offset: u32) -> Span {
        let rest = Span::new(offset, self.source.text().len() as u32).of(self.source.text());
        let length = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        Span::new(offset, offset + length as u32)
    }
}
