//! Braces, quotes and semicolons that nginx misses or cannot place.

use super::arguments::{has_wrong_block, is_foreign_comment};
use super::brackets::{self, Unclosed};
use crate::config::nginx::Site;
use crate::diagnostic::{Edit, Finding, Findings, Safety};
use crate::source::{FileId, Location, SourceFile, Span};
use crate::syntax::{NodeId, SyntaxError, SyntaxErrorKind};

rule! {
    "nginx/syntax" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a semicolon, brace or quote is missing or too much, and nginx does not start",
    }
}

/// How many are told of one file: behind so many the text is nothing that a person wrote.
const MOST: usize = 100;

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (file, source, tree) in site.files() {
        // what a template generates may be balanced, UTF-16 is a mistake of its own, and a text without any directive
        // of nginx's is something else
        let utf16 = matches!(source.bytes(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
        if !tree.errors.is_empty()
            && source.template().is_none()
            && !utf16
            && site.knows_a_directive_of(file)
        {
            for error in tree.errors.iter().take(MOST) {
                if let Some(finding) = finding(file, source, error)
                    && !is_aftermath(*site, file, error)
                {
                    findings.push(finding);
                }
            }
        }
    }
    for missing in brackets::missing_brackets(*site).take(MOST) {
        let texts: Vec<&str> = missing.iter().map(|bracket| bracket.text).collect();
        let edits = missing.iter().map(|bracket| Edit::insert(bracket.at, bracket.text)).collect();
        let lacking = match texts[..] {
            [one] => format!("the `{one}` is missing"),
            _ => "both are missing".to_owned(),
        };
        findings.push(
            RULE.at(missing[0].at)
                .message(format!("the condition of an `if` stands between `(` and `)`, and {lacking}: nginx does not start"))
                .label(format!("`{}` belongs here", texts[0]))
                .help("write `if (condition) { … }`")
                .fix(Safety::Unsafe, format!("write the `{}`", texts.join("` and the `")), edits),
        );
    }
    for Unclosed { value, at, name } in brackets::unclosed(*site).take(MOST) {
        findings.push(
            RULE.at(at)
                .message(format!(
                    "a `}}` is missing behind `${{{name}`: nginx does not find the end of the name, and does not start"
                ))
                .label("`}` belongs here")
                .related(value.location(), "in this value")
                .help(format!("write `${{{name}}}`"))
                .fix(Safety::Unsafe, "write the `}`", vec![Edit::insert(at, "}")]),
        );
    }
}

/// Whether another rule names the mistake of which `error` comes: a byte order mark before a comment, a comment of another
/// language, a block behind a directive that takes none.
fn is_aftermath(site: Site<'_>, file: FileId, error: &SyntaxError) -> bool {
    let Some(first) = site.in_file(file, NodeId(0)) else { return false };
    let (tree, text) = (first.tree(), first.source().text());
    if first.source().bytes().starts_with(b"\xEF\xBB\xBF")
        && error.at.start <= first.node().head.end
    {
        return true;
    }
    let next = tree.nodes.partition_point(|node| node.span.start <= error.at.start);
    let Some(last) = next.checked_sub(1).and_then(|at| site.in_file(file, NodeId(at as u32)))
    else {
        return false;
    };
    // `;` behind the block belongs to it
    let ends = |span: Span| {
        span.end > error.at.start
            || text.get(span.end as usize..error.at.start as usize).is_some_and(<[u8]>::is_empty)
    };
    std::iter::once(last).chain(last.ancestors().take(64)).any(|around| {
        ends(around.node().span) && (has_wrong_block(around) || is_foreign_comment(around))
    })
}

/// What there is to say of one error; `None` for a kind that nginx's parser does not know.
fn finding(file: FileId, source: &SourceFile, error: &SyntaxError) -> Option<Finding> {
    let at = Location::new(file, error.at);
    let because = |finding: Finding, text: &'static str| match error.because {
        Some(span) => finding.related(Location::new(file, span), text),
        None => finding,
    };
    // inserting and removing what decides where a block ends can open what was protected
    let insert = |finding: Finding, text: &str| {
        finding.fix(Safety::Unsafe, format!("write the `{text}`"), vec![Edit::insert(at, text)])
    };
    let remove = |finding: Finding, title: &'static str| {
        finding.fix(Safety::Unsafe, title, vec![Edit::delete(at)])
    };
    let written = String::from_utf8_lossy(source.slice(error.at)).into_owned();
    let rule = RULE.at(at);
    Some(match error.kind {
        SyntaxErrorKind::MissingSemicolon => insert(
            rule.message("a `;` is missing here: nginx takes what follows for more arguments, and does not start")
                .label("`;` belongs here")
                .help("end the directive with `;`"),
            ";",
        ),
        SyntaxErrorKind::MissingOpenBrace => insert(
            rule.message("a `{` is missing here: nginx cannot tell where the block begins, and does not start")
                .label("`{` belongs here")
                .help("write `{` behind the arguments of the block"),
            " {",
        ),
        SyntaxErrorKind::MissingCloseBrace => because(
            rule.message("a `}` is missing: the block is still open here, and nginx does not start")
                .label("`}` belongs here")
                .help("close the block where it ends"),
            "this block is never closed",
        ),
        SyntaxErrorKind::UnexpectedCloseBrace => remove(
            rule.message("this `}` closes nothing: every block before it is closed already, and nginx does not start")
                .label("no block is open here")
                .help("remove it, or write the `{` that it belongs to"),
            "remove the `}`",
        ),
        SyntaxErrorKind::UnexpectedTerminator if written == ";" => remove(
            rule.message("a `;` ends a directive, and there is none here: nginx does not start")
                .label("no directive stands before this")
                .help("remove it"),
            "remove the `;`",
        ),
        SyntaxErrorKind::UnexpectedTerminator => rule
            .message("a `{` begins a block, and no directive stands before it: nginx does not start")
            .label("which block?")
            .help("write the directive that the block belongs to, or remove the `{`"),
        SyntaxErrorKind::MissingQuote if !error.at.is_empty() => rule
            .message("this quote closes nothing: the one that opens the value is missing, and nginx does not start")
            .label("opened nowhere")
            .help("put a quote where the value begins"),
        SyntaxErrorKind::MissingQuote => because(
            rule.message("a quote is not closed: nginx reads on to the next one, wherever that is, and does not start")
                .label("the quote that belongs here is missing")
                .help("close the quote"),
            "opened here",
        ),
        SyntaxErrorKind::TextAfterQuote => because(
            rule.message("text follows a closing quote directly: nginx expects a blank, `;` or `{` there, and does not start")
                .label("glued to the quote")
                .help("put the whole value between the quotes, or a blank behind them"),
            "the value ends here",
        ),
        SyntaxErrorKind::TooLongWord => rule
            .message("this is longer than the 4096 bytes that nginx reads at once: nginx does not start")
            .label("too long")
            .help("look for a quote that is not closed, or split the text"),
        SyntaxErrorKind::UnquotedBrace => rule
            .message("nginx takes the `{` in this value for the start of a block, and does not start")
            .label("quote this value")
            .help("put the value between quotes")
            .fix(Safety::Unsafe, "quote the value", quotes(at, &written)),
        SyntaxErrorKind::NestedFreeForm => rule
            .message("no block can stand among these lines of data: nginx does not start")
            .label("a block is opened here")
            .help("look for a `}` that is missing above"),
        _ => return None,
    })
}

/// Quotes around a bare word, of the kind that the word does not hold itself; none where it holds both.
fn quotes(at: Location, word: &str) -> Vec<Edit> {
    let quote = match (word.contains('"'), word.contains('\'')) {
        (false, _) => "\"",
        (true, false) => "'",
        (true, true) => return Vec::new(),
    };
    let end = Location::new(at.file, Span::empty(at.span.end));
    vec![Edit::insert(at, quote), Edit::insert(end, quote)]
}
