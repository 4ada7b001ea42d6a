//! Is this file a template, and in which notations? Told by a few vectorised passes; most files are none.

use super::notation::{self, Notations};
use memchr::{memchr_iter, memchr3_iter, memmem};
use std::path::Path;

/// How far back a line is looked at: far enough for any line written by a person.
const LOOK_BACK: usize = 512;

/// How long a `{{ … }}` may be to count as a sign.
const SIGN_LIMIT: usize = 512;

/// How many bytes are looked at together.
const ROW: usize = 64;

/// The notations that show in `text`.
pub(super) fn find(path: &Path, text: &[u8]) -> Notations {
    let named = by_name(path);
    let loose = named.has(Notations::LOOSE);
    let mut found = Notations::default();
    let mut place = Place::new(text);

    let dollars = named.has(Notations::DOLLAR);
    let terraform = named.has(Notations::TERRAFORM);
    for at in pairs(text) {
        let (notation, at) = match text[at] {
            b'{' if is_curly(text, at) => (Notations::CURLY, at),
            b'_' if notation::underscores(text, at).is_some() => (Notations::UNDERSCORE, at),
            b':' if !dollars && !terraform => match default_value(text, at) {
                Some(open) => (Notations::DOLLAR, open),
                None => continue,
            },
            _ => continue,
        };
        if !found.has(notation) && place.counts(at) {
            found = found.with(notation);
        }
    }
    for at in memchr3_iter(b'%', b'@', b'<', text) {
        if let Some(notation) = around_percent(text, at, loose)
            && !found.has(notation)
            && place.counts(at)
        {
            found = found.with(notation);
        }
    }
    if dollars || terraform {
        for at in memchr_iter(b'$', text) {
            if terraform && notation::terraform(text, at).is_some() {
                return found.with(Notations::TERRAFORM).with(Notations::LOOSE);
            }
            if dollars && notation::dollar(text, at).is_some() && place.counts(at) {
                found = found.with(Notations::DOLLAR);
                break;
            }
        }
    }
    if found.is_none() { Notations::default() } else { found.with(named.and_loose()) }
}

impl Notations {
    fn and_loose(self) -> Self {
        if self.has(Self::LOOSE) { Self::LOOSE } else { Self::default() }
    }
}

/// What the file's name says: `nginx.conf.template`, `vhost.tmpl`, `config.in`, `nginx-template.conf`.
fn by_name(path: &Path) -> Notations {
    const LOOSE: Notations = Notations::LOOSE.with(Notations::DOLLAR);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split(['.', '-', '_'])
        .skip(1)
        .map(|part| match part {
            "template" | "tmpl" | "tpl" | "stpl" | "in" | "mustache" | "hbs" | "j2" | "jinja"
            | "jinja2" | "erb" | "epp" | "gotmpl" | "ctmpl" | "envsubst" => LOOSE,
            "tftpl" => Notations::TERRAFORM,
            _ => Notations::default(),
        })
        .fold(Notations::default(), Notations::with)
}

/// Where two bytes stand that are a part of a sign: `{{`, `__`, `:-`. Of a run of them, every other one.
fn pairs(text: &[u8]) -> impl Iterator<Item = usize> {
    // without branches: a row of them is looked at in a few steps
    let is_pair = |one: u8, next: u8| {
        let is = |byte: u8, wanted: u8| u8::from(byte == wanted);
        is(one, next) & (is(one, b'{') | is(one, b'_')) | is(one, b':') & is(next, b'-')
    };
    let may_hold = move |&row: &usize| {
        let Some(bytes) = text[row..].first_chunk::<{ ROW + 1 }>() else { return true };
        (0..ROW).fold(0, |any, at| any | is_pair(bytes[at], bytes[at + 1])) != 0
    };
    let last = text.len().saturating_sub(1);
    let mut done = 0;
    (0..text.len())
        .step_by(ROW)
        .filter(may_hold)
        .flat_map(move |row| row..last.min(row + ROW))
        .filter(move |&at| {
            let counts = at >= done && is_pair(text[at], text[at + 1]) != 0;
            if counts {
                done = at + 2;
            }
            counts
        })
}

/// Where the `${` stands that a `:-` at `at` belongs to.
fn default_value(text: &[u8], at: usize) -> Option<usize> {
    let back = &text[at.saturating_sub(LOOK_BACK)..at];
    let open = at - back.len() + memmem::rfind(back, b"${")?;
    notation::default_value(text, open).map(|_| open)
}

/// The notation that a `%`, `@` or `<` at `at` belongs to.
fn around_percent(text: &[u8], at: usize, loose: bool) -> Option<Notations> {
    let before = at.checked_sub(1).map_or(0, |before| text[before]);
    match text[at] {
        b'@' => notation::at_sign(text, at, loose).map(|_| Notations::AT),
        b'<' if text[at + 1..].starts_with(b"%") => None,
        b'<' if notation::tmpl(text, at).is_some() => Some(Notations::TMPL),
        // a section of httpd; a placeholder never starts its line
        b'<' if starts_line(text, at) => None,
        b'<' => notation::placeholder(text, at).map(|_| Notations::PLACEHOLDER),
        _ if before == b'{' && is_statement(text, at) => {
            Some(Notations::STATEMENT.with(Notations::CURLY))
        }
        _ if before == b'<' && is_angle(text, at) => Some(Notations::ANGLE),
        _ if notation::double_percent(text, at, loose).is_some() => Some(Notations::DOUBLE_PERCENT),
        _ => notation::percent(text, at, loose).map(|_| Notations::PERCENT),
    }
}

/// Whether nothing but blanks stands before `at` on its line.
fn starts_line(text: &[u8], at: usize) -> bool {
    let back = &text[at.saturating_sub(LOOK_BACK)..at];
    let last = back.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    last.is_none_or(|&byte| byte == b'\n')
}

/// Whether `{{` at `at` starts what can only be a template's value: on one line, without `;`, with a name in front.
fn is_curly(text: &[u8], at: usize) -> bool {
    let inner = &text[at + 2..];
    let inner = &inner[..inner.len().min(SIGN_LIMIT)];
    let inner = inner.trim_ascii_start();
    let inner =
        inner.strip_prefix(b"-").or(inner.strip_prefix(b"~")).unwrap_or(inner).trim_ascii_start();
    let starts = inner.first().is_some_and(|&b| {
        b.is_ascii_alphabetic()
            || matches!(
                b,
                b'_' | b'$' | b'.' | b'(' | b'#' | b'/' | b'^' | b'!' | b'>' | b'&' | b'{'
            )
    });
    let end = inner.iter().position(|&b| matches!(b, b'\n' | b';' | b'}'));
    starts && end.is_some_and(|end| inner[end..].starts_with(b"}}"))
}

/// Whether the `%` at `at`, behind a `{`, starts a statement; log formats hold `%{%Y-%m-%d}t`.
fn is_statement(text: &[u8], at: usize) -> bool {
    const WORDS: &[&[u8]] = &[
        b"if",
        b"for",
        b"set",
        b"block",
        b"macro",
        b"import",
        b"from",
        b"raw",
        b"include",
        b"extends",
        b"do",
        b"call",
        b"filter",
        b"assign",
        b"unless",
        b"case",
        b"capture",
        b"else",
        b"elif",
        b"elsif",
        b"elseif",
        b"with",
        b"autoescape",
        b"verbatim",
        b"comment",
        b"load",
        b"when",
        b"break",
        b"continue",
        b"trans",
        b"tablerow",
    ];
    let inner = text[at + 1..].trim_ascii_start();
    let inner =
        inner.strip_prefix(b"-").or(inner.strip_prefix(b"+")).unwrap_or(inner).trim_ascii_start();
    let word = &inner[..inner.iter().take(16).take_while(|b| b.is_ascii_lowercase()).count()];
    WORDS.contains(&word) || word.starts_with(b"end")
}

/// Whether the `%` at `at`, behind a `<`, starts code.
fn is_angle(text: &[u8], at: usize) -> bool {
    let inner = &text[at + 1..];
    let starts = inner.first().is_some_and(|&b| b.is_ascii_whitespace() || b"=-#|@$".contains(&b));
    starts && memmem::find(&inner[..inner.len().min(4096)], b"%>").is_some()
}

/// Where signs do not count: comments, foreign languages, and text that is there to be replaced or shown.
struct Place<'t> {
    text: &'t [u8],
    foreign: Option<Vec<std::ops::Range<usize>>>,
}

impl<'t> Place<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self { text, foreign: None }
    }

    /// Whether a sign at `at` counts.
    fn counts(&mut self, at: usize) -> bool {
        let back = &self.text[at.saturating_sub(LOOK_BACK)..at];
        let line = memchr::memrchr(b'\n', back).map_or(back, |line_end| &back[line_end + 1..]);
        let trimmed = line.trim_ascii_start();
        // a section of httpd; a placeholder never starts its line
        let starts_line = self.text[at] == b'<' && trimmed.is_empty();
        if starts_line && notation::tmpl(self.text, at).is_none()
            || in_comment(trimmed)
            || is_page_text(trimmed)
        {
            return false;
        }
        let foreign = self.foreign.get_or_insert_with(|| foreign(self.text));
        let next = foreign.partition_point(|range| range.end <= at);
        foreign.get(next).is_none_or(|range| at < range.start)
    }
}

/// Whether a line that starts like this has come into a comment.
fn in_comment(line: &[u8]) -> bool {
    line.starts_with(b"#")
        || memchr_iter(b'#', line).any(|at| {
            let begins = at > 0
                && (line[at - 1].is_ascii_whitespace() || matches!(line[at - 1], b';' | b'}'));
            // `#}` ends a comment of the template itself
            begins && line.get(at + 1) != Some(&b'}')
        })
}

/// Whether a line that starts like this goes on with text of a page, or with what is to be replaced in one.
fn is_page_text(line: &[u8]) -> bool {
    const DIRECTIVES: &[&[u8]] = &[
        b"sub_filter",
        b"subs_filter",
        b"substitute",
        b"errordocument",
        b"echo",
        b"secrule",
        b"secaction",
    ];
    let statement =
        memchr::memrchr(b';', line).map_or(line, |end| &line[end + 1..]).trim_ascii_start();
    let word = &statement
        [..statement.iter().take_while(|&&b| b.is_ascii_alphanumeric() || b == b'_').count()];
    DIRECTIVES.iter().any(|name| name.eq_ignore_ascii_case(word)) || word.ends_with(b"_by_lua")
}

/// Bodies in other languages: Lua, Perl, and macros with parameters of their own.
fn foreign(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut done = 0;
    for at in memmem::find_iter(text, b"_by_lua_block") {
        if at < done {
            continue;
        }
        done = braces_end(text, at);
        ranges.push(at..done);
    }
    for (open, close) in [(&b"<Perl"[..], &b"</Perl"[..]), (b"<Macro ", b"</Macro")] {
        let mut from = 0;
        while let Some(at) = memmem::find(&text[from..], open) {
            let start = from + at;
            from = memmem::find(&text[start..], close).map_or(text.len(), |len| start + len);
            ranges.push(start..from);
        }
    }
    ranges.sort_by_key(|range| range.start);
    ranges
}

/// Behind the brace that closes the first one after `from`.
fn braces_end(text: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    for at in memchr::memchr2_iter(b'{', b'}', &text[from..]) {
        if text[from + at] == b'{' {
            depth += 1;
        } else if depth <= 1 {
            return from + at + 1;
        } else {
            depth -= 1;
        }
    }
    text.len()
}
