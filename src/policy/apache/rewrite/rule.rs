//! `RewriteCond` and `RewriteRule` as they are written: `parseargline`, `cmd_parseflagfield`, `cmd_rewritecond` and
//! `cmd_rewriterule`.

use crate::config::apache::Directive;
use crate::policy::apache::expr::{Error, Expr, FileTest, number, parse};
use crate::source::Location;
use crate::syntax::apache::expression::Relation;

/// Rounds of `[N]` before httpd gives up (`REWRITE_MAX_ROUNDS`).
const MOST_ROUNDS: i64 = 10_000;

/// What httpd refuses: then it does not start, and in .htaccess answers 500.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::policy::apache) struct Refused {
    /// The directive.
    pub(in crate::policy::apache) at: Location,
    /// Why, in httpd's words.
    pub(in crate::policy::apache) why: String,
}

/// A rule with its conditions.
#[derive(Clone, Debug)]
pub(in crate::policy::apache) struct Rule {
    /// Where it stands.
    pub(in crate::policy::apache) at: Location,
    /// Whether what it says is known: no template or variable that nobody knows has a part in it or in its conditions.
    pub(super) is_known: bool,
    pub(super) conditions: Vec<Condition>,
    pub(super) pattern: Vec<u8>,
    pub(super) is_negated: bool,
    /// The substitution, without a `?` at its end that takes the query away.
    pub(super) output: Vec<u8>,
    /// Whether it stands for itself: `-`, or a status that needs none.
    pub(super) keeps: bool,
    pub(super) flags: Flags,
}

/// The flags of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Flags {
    /// `R`
    pub(super) redirects: bool,
    /// The status of `R`, `F` and `G`.
    pub(super) status: Option<u16>,
    /// Whether that status is the answer: `F`, `G` and `R` with one that is no redirect.
    pub(super) answers: bool,
    pub(super) proxies: bool,
    pub(super) passes_through: bool,
    pub(super) is_last: bool,
    pub(super) ends: bool,
    pub(super) starts_over: bool,
    pub(super) rounds: i64,
    pub(super) is_chained: bool,
    pub(super) skips: i64,
    pub(super) ignores_case: bool,
    pub(super) not_in_subrequests: bool,
    pub(super) no_escape: bool,
    pub(super) appends_query: bool,
    pub(super) discards_query: bool,
    /// No query at all: a `?` at the end of the substitution, or `QSD` without a query in it.
    pub(super) no_query: bool,
    pub(super) splits_at_last: bool,
    pub(super) discards_path_info: bool,
    pub(super) allows_3f: bool,
    pub(super) is_unsafe_prefix: bool,
    /// How `B` escapes what groups hold.
    pub(super) escapes: Option<Escapes>,
    /// `E`
    pub(super) env: Vec<Vec<u8>>,
    /// `H`
    pub(super) handler: Option<Vec<u8>>,
    /// `T`
    pub(super) content_type: Option<Vec<u8>>,
    no_plus: bool,
    controls: bool,
    backrefs: bool,
    only: Option<Vec<u8>>,
    except: Option<Vec<u8>>,
}

/// How `[B]` escapes what groups hold: `escape_backref`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Escapes {
    /// `BNP`: a blank is not written as `+`.
    pub(super) no_plus: bool,
    /// `BCTLS`: blanks and control characters only, besides `only`.
    pub(super) controls: bool,
    /// `B=…`
    pub(super) only: Option<Vec<u8>>,
    /// `BNE=…`
    pub(super) except: Option<Vec<u8>>,
}

/// A condition.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) at: Location,
    pub(super) input: Vec<u8>,
    pub(super) test: Test,
    pub(super) is_negated: bool,
    pub(super) ignores_case: bool,
    pub(super) or_next: bool,
}

/// What a condition asks.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Regex(Vec<u8>),
    File(FileTest),
    /// `-U`, `-F` where the flag says so.
    Accessible {
        is_file: bool,
    },
    Text(Relation, Vec<u8>),
    Number(Relation, i64),
    Expr(Expr),
}

/// Reads the `RewriteCond` and `RewriteRule` directives of one section, in their order; others are passed over.
/// Conditions without a rule behind them count for nothing.
pub(in crate::policy::apache) fn read<'p>(
    directives: impl IntoIterator<Item = Directive<'p>>,
) -> Result<Vec<Rule>, Refused> {
    let mut list = List::default();
    for directive in directives {
        let is_rule = directive.is("RewriteRule");
        if is_rule || directive.is("RewriteCond") {
            list.add(is_rule, directive.location(), line(directive).as_deref())?;
        }
    }
    Ok(list.rules)
}

/// The rules of a section while they are being read.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) rules: Vec<Rule>,
    /// Those that wait for their rule.
    conditions: Vec<Condition>,
    /// Whether one that waits is not known.
    has_unknown: bool,
}

impl List {
    /// Adds a rule or a condition by its arguments; `None` where they are not known.
    pub(super) fn add(
        &mut self,
        is_rule: bool,
        at: Location,
        line: Option<&[u8]>,
    ) -> Result<(), Refused> {
        let refused = |why| Refused { at, why };
        match line {
            Some(line) if is_rule => {
                let conditions = std::mem::take(&mut self.conditions);
                let mut rule = rule(at, line, conditions).map_err(refused)?;
                rule.is_known = !std::mem::take(&mut self.has_unknown);
                self.rules.push(rule);
            }
            Some(line) => self.conditions.push(condition(at, line).map_err(refused)?),
            None if is_rule => {
                self.conditions.clear();
                self.has_unknown = false;
                self.rules.push(unknown(at));
            }
            None => self.has_unknown = true,
        }
        Ok(())
    }
}

fn unknown(at: Location) -> Rule {
    Rule {
        at,
        is_known: false,
        conditions: Vec::new(),
        pattern: Vec::new(),
        is_negated: false,
        output: Vec::new(),
        keeps: true,
        flags: Flags::default(),
    }
}

/// The arguments as httpd hands them on, continuations joined and variables filled in; `None` where they are not known.
fn line(directive: Directive<'_>) -> Option<Vec<u8>> {
    let span = directive.raw_arguments();
    let source = directive.source();
    let mut line = Vec::new();
    let mut from = span.start;
    for value in directive.args() {
        if value.is_templated() {
            return None;
        }
        // `${map:key}` is mod_rewrite's own
        let is_own = |name: &[u8]| name.contains(&b':');
        if !value.has_variable() || value.variables().all(is_own) {
            continue;
        }
        let plain = !value.raw().iter().any(|byte| matches!(byte, b'\\' | b'"' | b'\''));
        let known = value.known().filter(|_| plain)?;
        line.extend_from_slice(source.slice(crate::source::Span::new(from, value.word.span.start)));
        line.extend_from_slice(&known);
        from = value.word.span.end;
    }
    line.extend_from_slice(source.slice(crate::source::Span::new(from, span.end.max(from))));
    Some(joined(&line))
}

/// Takes the continuations out.
fn joined(raw: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(raw.len());
    for &byte in raw {
        if byte == b'\n' {
            if joined.last() == Some(&b'\r') {
                joined.pop();
            }
            joined.pop();
        } else {
            joined.push(byte);
        }
    }
    joined
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// Two arguments, and a third one that may be missing: `parseargline`.
fn arguments(line: &[u8]) -> Option<[Vec<u8>; 3]> {
    let mut rest = skip(line);
    let mut next = || {
        let (word, after, ended) = argument(rest);
        rest = skip(after);
        (word, ended)
    };
    let (first, ended) = next();
    if ended {
        return None;
    }
    let (second, ended) = next();
    let third = if ended || rest.is_empty() { Vec::new() } else { argument(rest).0 };
    Some([first, second, third])
}

fn skip(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|byte| is_space(**byte)).count()..]
}

/// The first argument, what stands behind it, and whether the line ended with it.
fn argument(text: &[u8]) -> (Vec<u8>, &[u8], bool) {
    let (quote, text) = match text {
        [quote @ (b'"' | b'\''), rest @ ..] => (Some(*quote), rest),
        text => (None, text),
    };
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if quote.map_or_else(|| is_space(byte), |quote| byte == quote) {
            return (text[..at].to_vec(), &text[at + 1..], false);
        }
        // a blank behind a backslash does not end it
        at += if byte == b'\\' && text.get(at + 1).is_some_and(|&next| is_space(next)) {
            2
        } else {
            1
        };
    }
    (text.to_vec(), b"", true)
}

/// A flag and its value.
type Flag = (Vec<u8>, Vec<u8>);

/// The flags between brackets, each with its value: `cmd_parseflagfield`.
fn flag_list(text: &[u8]) -> Result<Vec<Flag>, String> {
    let [b'[', inside @ .., b']'] = text else { return Err("bad flag delimiters".to_owned()) };
    let mut flags = Vec::new();
    for flag in inside.split(|&byte| byte == b',') {
        let flag = skip(flag);
        let end = flag.len() - flag.iter().rev().take_while(|byte| is_space(**byte)).count();
        let flag = &flag[..end];
        let equals = flag.iter().position(|&byte| byte == b'=');
        let (key, value) = match equals {
            Some(at) => (&flag[..at], &flag[at + 1..]),
            None => (flag, &b""[..]),
        };
        flags.push((key.to_vec(), value.to_vec()));
    }
    Ok(flags)
}

fn unknown_flag(key: &[u8]) -> String {
    format!("unknown flag '{}'", String::from_utf8_lossy(key))
}

fn condition(at: Location, line: &[u8]) -> Result<Condition, String> {
    let Some([input, pattern, flags]) = arguments(line) else {
        let line = String::from_utf8_lossy(line);
        return Err(format!("RewriteCond: bad argument line '{line}'"));
    };
    let (mut ignores_case, mut or_next) = (false, false);
    if !flags.is_empty() {
        let wrong = |why| format!("RewriteCond: {why}");
        for (key, _) in flag_list(&flags).map_err(wrong)? {
            match &*key.to_ascii_lowercase() {
                b"nc" | b"nocase" => ignores_case = true,
                b"or" | b"ornext" => or_next = true,
                b"nv" | b"novary" => {}
                _ => return Err(wrong(unknown_flag(&key))),
            }
        }
    }
    let (mut is_negated, pattern) = match &*pattern {
        [b'!', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let test = if input.eq_ignore_ascii_case(b"expr") {
        let expr = parse(pattern).map_err(|error| refused_expr(pattern, &error))?;
        Test::Expr(expr)
    } else {
        test(pattern, &mut is_negated)
    };
    if !matches!(test, Test::Regex(_) | Test::Text(..)) {
        ignores_case = false;
    }
    Ok(Condition { at, input, test, is_negated, ignores_case, or_next })
}

fn refused_expr(pattern: &[u8], error: &Error) -> String {
    let pattern = String::from_utf8_lossy(pattern);
    format!("RewriteCond: cannot compile expression \"{pattern}\" {error}")
}

/// The kind of a condition, by how its pattern begins.
fn test(pattern: &[u8], is_negated: &mut bool) -> Test {
    let text = |relation, text: &[u8]| Test::Text(relation, text.to_vec());
    match pattern {
        b"-f" => Test::File(FileTest::File),
        b"-s" => Test::File(FileTest::NotEmpty),
        b"-d" => Test::File(FileTest::Directory),
        b"-x" => Test::File(FileTest::Executable),
        b"-h" | b"-L" | b"-l" => Test::File(FileTest::Link),
        b"-U" => Test::Accessible { is_file: false },
        b"-F" => Test::Accessible { is_file: true },
        [b'-', b'l', b't', rest @ ..] if !rest.is_empty() => {
            Test::Number(Relation::Less, number(rest))
        }
        [b'-', b'l', b'e', rest @ ..] if !rest.is_empty() => {
            Test::Number(Relation::LessOrEqual, number(rest))
        }
        [b'-', b'g', b't', rest @ ..] if !rest.is_empty() => {
            Test::Number(Relation::Greater, number(rest))
        }
        [b'-', b'g', b'e', rest @ ..] if !rest.is_empty() => {
            Test::Number(Relation::GreaterOrEqual, number(rest))
        }
        [b'-', b'e', b'q', rest @ ..] if !rest.is_empty() => {
            Test::Number(Relation::Equal, number(rest))
        }
        [b'-', b'n', b'e', rest @ ..] if !rest.is_empty() => {
            // so that `!-ne` is `-eq`
            *is_negated = !*is_negated;
            Test::Number(Relation::Equal, number(rest))
        }
        // one character alone is a pattern
        [_] | [] => Test::Regex(pattern.to_vec()),
        [b'>', b'=', rest @ ..] => text(Relation::GreaterOrEqual, rest),
        [b'>', rest @ ..] => text(Relation::Greater, rest),
        [b'<', b'=', rest @ ..] => text(Relation::LessOrEqual, rest),
        [b'<', rest @ ..] => text(Relation::Less, rest),
        b"=\"\"" => text(Relation::Equal, b""),
        [b'=', rest @ ..] => text(Relation::Equal, rest),
        pattern => Test::Regex(pattern.to_vec()),
    }
}

fn rule(at: Location, line: &[u8], conditions: Vec<Condition>) -> Result<Rule, String> {
    let Some([pattern, mut output, list]) = arguments(line) else {
        let line = String::from_utf8_lossy(line);
        return Err(format!("RewriteRule: bad argument line '{line}'"));
    };
    let mut flags = Flags { rounds: MOST_ROUNDS, ..Flags::default() };
    if !list.is_empty() {
        let wrong = |why| format!("RewriteRule: {why}");
        for (key, value) in flag_list(&list).map_err(wrong)? {
            flags.set(&key, value).map_err(wrong)?;
        }
    }
    flags.escapes = flags.backrefs.then(|| Escapes {
        no_plus: flags.no_plus,
        controls: flags.controls,
        only: flags.only.clone(),
        except: flags.except.clone(),
    });
    let (is_negated, pattern) = match &*pattern {
        [b'!', rest @ ..] => (true, rest.to_vec()),
        _ => (false, pattern),
    };
    let keeps = flags.answers || output == b"-";
    if output.last() == Some(&b'?') {
        // with `QSA` the query stays, and the `?` does nothing
        if !flags.appends_query {
            flags.no_query = true;
            output.pop();
        }
    } else if flags.discards_query && !output.contains(&b'?') {
        flags.no_query = true;
    }
    Ok(Rule { at, is_known: true, conditions, pattern, is_negated, output, keeps, flags })
}

impl Flags {
    /// `cmd_rewriterule_setflag`
    fn set(&mut self, key: &[u8], value: Vec<u8>) -> Result<(), String> {
        let given = |value: Vec<u8>| (!value.is_empty()).then_some(value);
        match &*key.to_ascii_lowercase() {
            b"b" | b"backrefescaping" => {
                self.backrefs = true;
                self.only = given(value).or(self.only.take());
            }
            b"bne" => {
                let Some(value) = given(value) else {
                    let why = "flag 'BNE' wants a list of characters (i.e. [BNE=...])";
                    return Err(why.to_owned());
                };
                self.except = Some(value);
            }
            b"bnp" | b"backrefernoplus" => self.no_plus = true,
            b"bctls" => {
                self.controls = true;
                self.backrefs = true;
            }
            b"c" | b"chain" => self.is_chained = true,
            b"dpi" | b"discardpath" | b"d" => self.discards_path_info = true,
            b"e" | b"env" => self.env.push(value),
            b"end" => self.ends = true,
            b"f" | b"forbidden" => self.answer(403),
            b"g" | b"gone" => self.answer(410),
            b"h" | b"handler" => self.handler = Some(value),
            b"l" | b"last" => self.is_last = true,
            b"ne" | b"noescape" => self.no_escape = true,
            b"n" | b"next" => {
                self.starts_over = true;
                if !value.is_empty() {
                    self.rounds = number(&value);
                }
            }
            b"ns" | b"nosubreq" => self.not_in_subrequests = true,
            b"nc" | b"nocase" => self.ignores_case = true,
            b"p" | b"proxy" => self.proxies = true,
            b"pt" | b"passthrough" => self.passes_through = true,
            b"qsa" | b"qsappend" => self.appends_query = true,
            b"qsd" | b"qsdiscard" => self.discards_query = true,
            b"qsl" | b"qslast" => self.splits_at_last = true,
            b"r" | b"redirect" => self.redirect(&value)?,
            b"s" | b"skip" => self.skips = number(&value),
            b"t" | b"type" => self.content_type = Some(value),
            b"unsafeallow3f" => self.allows_3f = true,
            b"unsafeprefixstat" => self.is_unsafe_prefix = true,
            // cookies decide nothing, `UNC` is for Windows; and behind a `D` httpd looks at nothing
            b"co" | b"cookie" | b"unc" | [b'd', ..] => {}
            _ => return Err(unknown_flag(key)),
        }
        Ok(())
    }

    fn answer(&mut self, status: u16) {
        self.answers = true;
        self.status = Some(status);
    }

    fn redirect(&mut self, value: &[u8]) -> Result<(), String> {
        self.redirects = true;
        if value.is_empty() {
            return Ok(());
        }
        self.status = match &*value.to_ascii_lowercase() {
            b"permanent" => Some(301),
            b"temp" => Some(302),
            b"seeother" => Some(303),
            [b'0'..=b'9', ..] => {
                let status = u16::try_from(number(value)).ok().filter(|&status| is_status(status));
                let Some(status) = status else {
                    let value = String::from_utf8_lossy(value);
                    return Err(format!("invalid HTTP response code '{value}' for flag 'R'"));
                };
                if !(300..400).contains(&status) {
                    self.answers = true;
                }
                Some(status)
            }
            // a word that is none leaves no status, and that is 302
            _ => Some(0),
        };
        Ok(())
    }
}

/// Whether httpd has a line for a status: `status_lines` of http_protocol.c.
fn is_status(status: u16) -> bool {
    matches!(
        status,
        100..=103 | 200..=208 | 226 | 300..=305 | 307 | 308 | 400..=417 | 421..=424 | 426 | 428 | 429 | 431 | 451
            | 500..=508 | 510 | 511
    )
}
