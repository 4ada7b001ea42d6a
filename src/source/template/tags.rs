//! The constructs of a template, one after the other, and what each of them opens, divides or closes.

use super::Span;
use super::notation::{self, Notations};
use memchr::memmem;

/// How long a value may be.
const VALUE_LIMIT: usize = 4096;

/// How long a statement or comment may be.
const STATEMENT_LIMIT: usize = 65_536;

/// How far behind its first possible end a value is searched for one outside of strings and braces.
const END_LIMIT: usize = 256;

/// One construct.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'t> {
    /// Its bytes, delimiters included.
    pub(super) span: Span,
    /// Whether text comes in its place.
    pub(super) leaves_text: bool,
    /// What it does to the text around it.
    pub(super) flow: Flow<'t>,
}

/// What a construct does to the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow<'t> {
    /// Nothing.
    None,
    /// Starts a block of this name: `if`, `for`, `macro`.
    Open(&'t [u8]),
    /// Starts a mustache section: shown when the value is there or, inverted, when it is not.
    Section {
        /// The value that decides.
        name: &'t [u8],
        /// `{{^name}}`.
        inverted: bool,
    },
    /// `else`, `elif`, `when`.
    Divide,
    /// Ends the innermost block, or the innermost one of this name.
    Close(Option<&'t [u8]>),
}

/// The constructs of `text` in these notations, in order, apart from each other.
pub(super) fn find(text: &[u8], notations: Notations) -> Vec<Tag<'_>> {
    let mut starts = [false; 256];
    for byte in b"{<$@%_" {
        starts[usize::from(*byte)] = true;
    }
    let mut finder = Finder { text, notations, closings: Closings::new(text), tags: Vec::new() };
    let mut at = 0;
    while let Some(skip) = text[at..].iter().position(|&byte| starts[usize::from(byte)]) {
        at += skip;
        at = finder.read(at).unwrap_or(at + 1);
    }
    finder.tags
}

/// Where the next closing delimiters are. Each search goes on where the last one ended, so all of them together read the
/// text once for each delimiter.
struct Closings<'t> {
    text: &'t [u8],
    next: [Option<usize>; CLOSINGS.len()],
}

const CLOSINGS: [&[u8]; 4] = [b"}}", b"%}", b"#}", b"%>"];

impl<'t> Closings<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self { text, next: [Some(0); CLOSINGS.len()] }
    }

    /// Where the first `CLOSINGS[which]` at or behind `from` starts, unless it is further than `limit` away.
    fn find(&mut self, which: usize, from: usize, limit: usize) -> Option<usize> {
        let next = self.next[which]?;
        let known = self.text[next..].starts_with(CLOSINGS[which]);
        if next < from || !known {
            let start = from.max(next);
            let found = memmem::find(&self.text[start..], CLOSINGS[which]);
            self.next[which] = found.map(|len| start + len);
        }
        self.next[which].filter(|&end| end - from <= limit)
    }
}

struct Finder<'t> {
    text: &'t [u8],
    notations: Notations,
    closings: Closings<'t>,
    tags: Vec<Tag<'t>>,
}

impl<'t> Finder<'t> {
    /// Reads the construct that starts at `at`, if one does; returns where to go on.
    fn read(&mut self, at: usize) -> Option<usize> {
        let text = self.text;
        let has = |notation| self.notations.has(notation);
        let loose = has(Notations::LOOSE);
        match (text[at], text.get(at + 1).copied().unwrap_or(0)) {
            (b'{', b'{') if has(Notations::CURLY) => self.curly(at),
            (b'{', b'%') if has(Notations::STATEMENT) => self.statement(at),
            (b'{', b'#') if has(Notations::STATEMENT) || has(Notations::CURLY) => {
                let end = self.closings.find(2, at + 2, STATEMENT_LIMIT)? + 2;
                self.push(at, end, false, Flow::None)
            }
            (b'<', b'%') if has(Notations::ANGLE) => self.angle(at),
            (b'<', _) if has(Notations::TMPL) && notation::tmpl(text, at).is_some() => {
                self.tmpl(at)
            }
            (b'<', _) if has(Notations::PLACEHOLDER) => {
                // what starts a line is a section of httpd
                let line =
                    text[..at].iter().rev().take(64).find(|byte| !matches!(byte, b' ' | b'\t'));
                let starts_line = line.is_none_or(|&byte| byte == b'\n');
                self.value(at, notation::placeholder(text, at).filter(|_| !starts_line))
            }
            (b'$', b'{') if has(Notations::TERRAFORM) => {
                self.value(at, notation::terraform(text, at))
            }
            (b'$', _) if has(Notations::DOLLAR) => self.value(at, notation::dollar(text, at)),
            (b'@', _) if has(Notations::AT) => self.value(at, notation::at_sign(text, at, loose)),
            (b'%', b'{') if has(Notations::TERRAFORM) => self.directive(at),
            (b'%', b'%') if has(Notations::DOUBLE_PERCENT) => {
                self.value(at, notation::double_percent(text, at, loose))
            }
            (b'%', _) if has(Notations::PERCENT) => {
                self.value(at, notation::percent(text, at, loose))
            }
            (b'_', b'_') if has(Notations::UNDERSCORE) => {
                self.value(at, notation::underscores(text, at))
            }
            _ => None,
        }
    }

    #[allow(clippy::unnecessary_wraps)] // read() returns what this does
    fn push(&mut self, at: usize, end: usize, leaves_text: bool, flow: Flow<'t>) -> Option<usize> {
        self.tags.push(Tag { span: Span::new(at as u32, end as u32), leaves_text, flow });
        Some(end)
    }

    fn value(&mut self, at: usize, end: Option<usize>) -> Option<usize> {
        self.push(at, end?, true, Flow::None)
    }

    /// `{{ … }}` of Jinja, Go and mustache; `{{{ … }}}`.
    fn curly(&mut self, at: usize) -> Option<usize> {
        let text = self.text;
        if text[at..].starts_with(b"{{{") {
            let end = self.closings.find(0, at + 3, VALUE_LIMIT)?;
            let end = if text[end..].starts_with(b"}}}") { end + 3 } else { end + 2 };
            return self.push(at, end, true, Flow::None);
        }
        let inner = text[at + 2..].strip_prefix(b"-").unwrap_or(&text[at + 2..]);
        let inner = inner.trim_ascii_start();
        if inner.starts_with(b"/*") {
            let close = self.closings.find(0, at + 2, STATEMENT_LIMIT)?;
            return self.push(at, close + 2, false, Flow::None);
        }
        if inner.starts_with(b"!") {
            let mut close = self.closings.find(0, at + 2, STATEMENT_LIMIT)?;
            if inner.starts_with(b"!--") {
                // `}}` may stand in a comment that ends in `--}}`
                let rest = &text[close..text.len().min(close + VALUE_LIMIT)];
                let dashed = text[..close].ends_with(b"--");
                close +=
                    if dashed { 0 } else { memmem::find(rest, b"--}}").map_or(0, |len| len + 2) };
            }
            return self.push(at, close + 2, false, Flow::None);
        }
        let first = self.closings.find(0, at + 2, VALUE_LIMIT)?;
        let end = value_end(text, at + 2, first);
        let inner = trim(&text[at + 2..end]);
        let (leaves_text, flow) = curly_flow(inner);
        self.push(at, end + 2, leaves_text, flow)
    }

    /// `{% … %}`.
    fn statement(&mut self, at: usize) -> Option<usize> {
        let text = self.text;
        let end = self.closings.find(1, at + 2, STATEMENT_LIMIT)?;
        let inner = trim(&text[at + 2..end]);
        let (word, rest) = split_word(inner);
        let after = end + 2;
        match word {
            b"raw" | b"verbatim" | b"comment" => {
                let Some((close, behind)) = self.block_end(after, word) else {
                    return self.push(at, after, false, Flow::None);
                };
                if word == b"comment" {
                    return self.push(at, behind, false, Flow::None);
                }
                self.push(at, after, false, Flow::None)?;
                self.push(close, behind, false, Flow::None)
            }
            b"else" | b"elif" | b"elsif" | b"elseif" | b"when" => {
                self.push(at, after, false, Flow::Divide)
            }
            b"include" | b"import_text" | b"render" => self.push(at, after, true, Flow::None),
            b"end" => self.push(at, after, false, Flow::Close(None)),
            b"set" | b"assign" if rest.contains(&b'=') => self.push(at, after, false, Flow::None),
            b"if" | b"unless" | b"case" | b"for" | b"set" | b"macro" | b"block" | b"call"
            | b"filter" | b"with" | b"while" | b"autoescape" | b"capture" | b"tablerow"
            | b"trans" | b"ifchanged" | b"spaceless" => {
                self.push(at, after, false, Flow::Open(word))
            }
            _ => {
                let flow =
                    word.strip_prefix(b"end").map_or(Flow::None, |name| Flow::Close(Some(name)));
                self.push(at, after, false, flow)
            }
        }
    }

    /// The first `{% endNAME %}` behind `from`: where it starts and ends.
    fn block_end(&mut self, from: usize, name: &[u8]) -> Option<(usize, usize)> {
        let mut at = from;
        loop {
            let end = self.closings.find(1, at, STATEMENT_LIMIT)?;
            let open = memmem::rfind(&self.text[at..end], b"{%");
            let inner = open.map(|open| trim(&self.text[at + open + 2..end]));
            if inner.and_then(|inner| inner.strip_prefix(b"end")) == Some(name) {
                return open.map(|open| (at + open, end + 2));
            }
            if end + 2 - from > STATEMENT_LIMIT {
                return None;
            }
            at = end + 2;
        }
    }

    /// `<% … %>`.
    fn angle(&mut self, at: usize) -> Option<usize> {
        let text = self.text;
        let end = self.closings.find(3, at + 2, STATEMENT_LIMIT)?;
        let inner = &text[at + 2..end];
        match inner.first() {
            Some(b'%') => None, // `<%%` is a literal `<%`
            Some(b'#') => self.push(at, end + 2, false, Flow::None),
            Some(b'=') => self.push(at, end + 2, true, Flow::None),
            _ => {
                let code = trim(inner);
                self.push(
                    at,
                    end + 2,
                    false,
                    if code.starts_with(b"#") { Flow::None } else { code_flow(code) },
                )
            }
        }
    }

    /// `<TMPL_IF NAME>`, `</TMPL_IF>`, `<TMPL_VAR NAME>`.
    fn tmpl(&mut self, at: usize) -> Option<usize> {
        let (name, end) = notation::tmpl(self.text, at)?;
        let closes = self.text[at + 1] == b'/';
        match name.to_ascii_uppercase().as_slice() {
            b"VAR" | b"INCLUDE" => self.push(at, end, true, Flow::None),
            b"ELSE" | b"ELSIF" => self.push(at, end, false, Flow::Divide),
            _ if closes => self.push(at, end, false, Flow::Close(Some(name))),
            _ => self.push(at, end, false, Flow::Open(name)),
        }
    }

    /// Terraform's `%{ if … }`.
    fn directive(&mut self, at: usize) -> Option<usize> {
        let end = notation::terraform(self.text, at)?;
        let inner = self.text[at + 2..end - 1].trim_ascii();
        let inner = inner.strip_prefix(b"~").unwrap_or(inner).trim_ascii();
        let (word, _) = split_word(inner);
        let flow = match word {
            b"if" | b"for" => Flow::Open(word),
            b"else" => Flow::Divide,
            b"endif" | b"endfor" => Flow::Close(Some(&word[3..])),
            _ => return None,
        };
        self.push(at, end, false, flow)
    }
}

/// The text between delimiters without blanks and the marks that trim them: `-`, `+`, `~`.
fn trim(inner: &[u8]) -> &[u8] {
    let inner = match inner {
        [b'-' | b'+' | b'~', rest @ ..] => rest,
        _ => inner,
    };
    let inner = match inner {
        [rest @ .., b'-' | b'+' | b'~'] => rest,
        _ => inner,
    };
    inner.trim_ascii()
}

/// The leading word, and the rest.
fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let len = text.iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
    text.split_at(len)
}

/// The `}}` that ends a value: not the one in a string, not the one that closes a map. `first` is the first of all.
fn value_end(text: &[u8], from: usize, first: usize) -> usize {
    let limit = text.len().min(first + END_LIMIT);
    let mut depth = 0_usize;
    let mut quote = None;
    let mut at = from;
    while at < limit {
        let byte = text[at];
        match quote {
            Some(open) => {
                if byte == b'\\' {
                    at += 1;
                } else if byte == open {
                    quote = None;
                } else if byte == b'\n' {
                    return first;
                }
            }
            None => match byte {
                b'"' | b'\'' | b'`' => quote = Some(byte),
                b'{' => depth += 1,
                b'}' if depth > 0 => depth -= 1,
                b'}' if text.get(at + 1) == Some(&b'}') => return at,
                _ => {}
            },
        }
        at += 1;
    }
    first
}

/// What stands between `{{` and `}}`: whether text comes in its place, and what it does.
fn curly_flow(inner: &[u8]) -> (bool, Flow<'_>) {
    if let [sign @ (b'#' | b'^' | b'/'), name @ ..] = inner {
        let name = name.trim_ascii();
        let (word, _) = split_word(name);
        let is_helper = matches!(word, b"if" | b"unless" | b"each" | b"with");
        return match sign {
            b'^' if name.is_empty() => (false, Flow::Divide),
            b'/' => (false, Flow::Close(Some(if is_helper { word } else { name }))),
            _ if is_helper => (false, Flow::Open(word)),
            _ => (false, Flow::Section { name, inverted: *sign == b'^' }),
        };
    }
    let (word, rest) = split_word(inner);
    match word {
        b"if" | b"range" | b"with" | b"define" | b"block" => (false, Flow::Open(word)),
        b"else" => (false, Flow::Divide),
        b"end" if rest.is_empty() => (false, Flow::Close(None)),
        b"break" | b"continue" => (false, Flow::None),
        b"" if inner.starts_with(b"=") => (false, Flow::None),
        b"" if inner.starts_with(b"$") => {
            // `$name := value` leaves nothing
            let (_, rest) = split_word(&inner[1..]);
            let rest = rest.trim_ascii_start();
            let assigns = rest.starts_with(b":=") || rest.starts_with(b"= ");
            (!assigns, Flow::None)
        }
        _ => (true, Flow::None),
    }
}

/// What a piece of Ruby or Puppet does, told from its first and last words.
fn code_flow(code: &[u8]) -> Flow<'_> {
    let (word, _) = split_word(code);
    let last = code.rsplit(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    let closes_itself = last == b"end" && word != b"end";
    match word {
        b"if" | b"unless" | b"case" | b"while" | b"until" | b"for" | b"begin" if !closes_itself => {
            Flow::Open(word)
        }
        b"else" | b"elsif" | b"when" | b"rescue" | b"ensure" => Flow::Divide,
        b"end" => Flow::Close(None),
        _ if code.starts_with(b"}") => {
            if opens_block(code) {
                Flow::Divide
            } else {
                Flow::Close(None)
            }
        }
        _ if opens_block(code) && !closes_itself => Flow::Open(b"do"),
        _ => Flow::None,
    }
}

/// Whether a piece of code ends in `{`, `do`, or one of them with `|parameters|`.
fn opens_block(code: &[u8]) -> bool {
    let mut head = code;
    if let Some(before) = code.strip_suffix(b"|") {
        let Some(open) = memchr::memrchr(b'|', before) else { return false };
        head = before[..open].trim_ascii_end();
    }
    let is_word_start =
        |at: usize| at == 0 || !(head[at - 1].is_ascii_alphanumeric() || head[at - 1] == b'_');
    head.ends_with(b"{") || (head.ends_with(b"do") && is_word_start(head.len() - 2))
}
