//! Conditions of `if` that nginx does not take.

use crate::config::nginx::{Directive, Site, Value};
use crate::diagnostic::{Edit, Finding, Findings, Safety};
use crate::source::Span;
use crate::syntax::{NodeKind, WordFlags};

rule! {
    "nginx/invalid-condition" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "an `if` has a condition that nginx does not take, or takes for a variable",
    }
}

/// How `if` compares a variable.
const OPERATORS: [&[u8]; 6] = [b"=", b"!=", b"~", b"!~", b"~*", b"!~*"];

/// What other languages write for these.
const FOREIGN: [(&[u8], &str); 6] =
    [(b"==", "="), (b"===", "="), (b"eq", "="), (b"!==", "!="), (b"<>", "!="), (b"ne", "!=")];

/// How they join conditions.
const JOINTS: [&[u8]; 6] = [b"&&", b"||", b"and", b"or", b"AND", b"OR"];

/// Variables whose names go on with anything: one that no request has is empty, and nginx starts.
const OPEN: [&[u8]; 8] = [
    b"arg_",
    b"cookie_",
    b"http_",
    b"sent_http_",
    b"sent_trailer_",
    b"upstream_cookie_",
    b"upstream_http_",
    b"upstream_trailer_",
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let blocks = site.directives("if").filter(|block| block.node().kind == NodeKind::Block);
    for finding in blocks.filter(|block| !block.is_in_template()).filter_map(wrong) {
        findings.push(finding);
    }
}

/// What is wrong with a condition, if anything is: `ngx_http_rewrite_if_condition`.
fn wrong(block: Directive<'_>) -> Option<Finding> {
    let mut words: Vec<(Value<'_>, Vec<u8>)> = Vec::new();
    for value in block.args() {
        if value.word.flags.has(WordFlags::TEMPLATED) {
            return None;
        }
        words.push((value, value.known()?.into_owned()));
    }
    // where these are missing, that is a mistake of its own; each may be a word of its own
    let (_, first) = words.first_mut()?;
    *first = first.strip_prefix(b"(")?.to_vec();
    if first.is_empty() {
        words.remove(0);
    }
    let (_, last) = words.last_mut()?;
    last.pop_if(|byte| *byte == b')')?;
    if last.is_empty() {
        words.pop();
    }

    let at = |value: Value<'_>| RULE.at(value.location());
    let whole = || RULE.at(block.words_location());
    let shown = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    let Some(((first, subject), rest)) = words.split_first() else {
        return Some(
            whole()
                .message("this `if` has no condition, and nginx does not start")
                .label("nothing between the brackets")
                .help("write what it depends on, such as `if ($arg_x = a)`"),
        );
    };
    // a value may be spelt like one: `$region = OR`
    let is_comparison = matches!(rest, [(_, operator), _] if OPERATORS.contains(&&**operator));
    let is_path = rest.len() == 1;
    let joint = rest.iter().find(|(_, word)| JOINTS.contains(&&**word));
    if let Some((operator, _)) = joint.filter(|_| !is_comparison && !is_path) {
        return Some(
            at(*operator)
                .message(format!(
                    "`if` takes one condition, and {} joins two: nginx does not start",
                    operator.shown()
                ))
                .label("conditions cannot be joined")
                .help("let a `map` join them: one variable of both values, and a key for each pair that counts"),
        );
    }
    if subject.len() > 1 && subject.starts_with(b"$") {
        return match rest {
            [] => glued(block, *first, subject),
            [(operator, word), _] if !OPERATORS.contains(&&**word) => {
                let meant = FOREIGN.iter().find(|(foreign, _)| foreign == word);
                let finding = at(*operator)
                    .message(format!(
                        "`{}` does not compare anything in nginx, and nginx does not start",
                        shown(word)
                    ))
                    .help("compare with `=` or `!=`, or with a pattern: `~`, `~*`, `!~`, `!~*`");
                Some(match meant {
                    Some((_, meant)) => finding.label(format!("`{meant}` is meant")).fix(
                        Safety::Unsafe,
                        format!("compare with `{meant}`"),
                        vec![Edit::replace(operator.location(), *meant)],
                    ),
                    None => finding.label("no comparison"),
                })
            }
            [_, _] => None,
            _ => Some(
                whole()
                    .message(format!(
                        "`if` compares one variable with one value, and this condition has {}: nginx does not start",
                        counted(words.len())
                    ))
                    .label("a variable, a comparison and a value")
                    .help("quote a value that has blanks, and write an empty one as `\"\"`"),
            ),
        };
    }
    let test = subject.strip_prefix(b"!").unwrap_or(subject);
    if let [b'-', kind] = *test {
        let is_test = matches!(kind, b'f' | b'd' | b'e' | b'x');
        return match rest.len() {
            1 if is_test => None,
            1 => Some(
                at(*first)
                    .message(format!(
                        "`{}` tests nothing in nginx, and nginx does not start",
                        shown(subject)
                    ))
                    .label("no test")
                    .help("test a path with `-f`, `-d`, `-e` or `-x`"),
            ),
            _ => Some(
                whole()
                    .message(format!(
                        "`{}` tests one path, and this condition has {}: nginx does not start",
                        shown(subject),
                        counted(words.len())
                    ))
                    .label("a test and a path")
                    .help("write one path behind it, between quotes where it has blanks"),
            ),
        };
    }
    Some(
        at(*first)
            .message("a condition begins with a variable or with a test such as `-f`, and nginx does not start")
            .label("neither of them")
            .help("write the variable first and without quotes: `if ($name = value)`"),
    )
}

/// A comparison without blanks: its text is all of it the name of a variable.
fn glued(block: Directive<'_>, value: Value<'_>, text: &[u8]) -> Option<Finding> {
    let name = &text[1..];
    let (end, operator) = comparison(name)?;
    let what = if OPEN.iter().any(|open| name.starts_with(open)) {
        "which is always empty: the condition never holds"
    } else {
        "and does not start"
    };
    let [all, before] = [name, &name[..end]].map(String::from_utf8_lossy);
    let finding = RULE
        .at(value.location())
        .message(format!("nginx takes all of `{all}` for the name of a variable, {what}"))
        .label("no comparison without blanks")
        .help(format!("write blanks around what compares: `if (${before} = value)`"));
    let raw = value.raw();
    let (start, _) = comparison(raw)?;
    if !OPERATORS.contains(&operator) || value.word.is_quoted() {
        return Some(finding);
    }
    let blanks = [start, start + operator.len()].map(|at| {
        let at = value.location().span.start + at as u32;
        Edit::insert(block.at(Span::empty(at)), " ")
    });
    Some(finding.fix(Safety::Unsafe, "write blanks around it", blanks.into()))
}

/// The first letters of a text that look like a comparison, and where they stand.
fn comparison(text: &[u8]) -> Option<(usize, &[u8])> {
    let start = text.iter().position(|byte| b"=!~<>".contains(byte))?;
    let length = text[start..].iter().take_while(|byte| b"=!~<>*".contains(byte)).count();
    Some((start, &text[start..start + length]))
}

fn counted(words: usize) -> String {
    if words == 1 { "one word".to_owned() } else { format!("{words} words") }
}
