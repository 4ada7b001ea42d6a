//! Password, digest and group files, line by line, as both servers read them: `grammars/credentials.ebnf` in code.
//!
//! The differences between the servers are small and left to the reader of the tree: nginx keeps the blanks around a
//! name, httpd drops them at both ends of the line; httpd takes several colons for one. So every blank is in a span.

use super::tree::{Word, WordFlags};
use crate::source::Span;
use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take, take_till, take_while, take_while1};
use nom::combinator::{opt, recognize, rest, verify};
use nom::multi::fold_many0;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Offset, Parser};

/// What a file of credentials is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `user:hash`, for Basic.
    Htpasswd,
    /// `user:realm:hash`, for Digest.
    Htdigest,
    /// `group: user user`, httpd's `AuthGroupFile`.
    Group,
}

/// One line that is neither blank nor a comment; in a group file, one line with its continuations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The whole line, line end excluded.
    pub line: Span,
    /// What stands before the first colon; the whole line when there is none. Blanks around it included.
    pub name: Span,
    /// Whether there is a colon.
    pub has_colon: bool,
    first_field: u32,
    field_count: u32,
}

/// A parsed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// What it was read as.
    pub kind: Kind,
    /// Its lines that are neither blank nor a comment.
    pub entries: Vec<Entry>,
    /// The comments, from `#` to the end of the line.
    pub comments: Vec<Span>,
    /// The byte order mark at its start.
    pub bom: Option<Bom>,
    fields: Vec<Word>,
}

/// A byte order mark. Neither server knows any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bom {
    /// Its bytes.
    pub span: Span,
    /// Whether the text behind it is UTF-16, every second byte NUL: then no line of it is an entry.
    pub utf16: bool,
}

impl Credentials {
    /// What stands behind the name: the text between the colons, blanks included, or the members of a group as
    /// `ap_getword_conf` splits them.
    #[must_use]
    pub fn fields(&self, entry: &Entry) -> &[Word] {
        &self.fields[entry.first_field as usize..(entry.first_field + entry.field_count) as usize]
    }

    /// The text between the `index`th colon (from 0) and the next one.
    #[must_use]
    pub fn field(&self, entry: &Entry, index: usize) -> Option<Span> {
        self.fields(entry).get(index).map(|word| word.span)
    }
}

/// Parses `text`. Lines are those of nginx's `ngx_http_auth_basic_handler` and, for a group file, of httpd's
/// `ap_cfg_getline` and `groups_for_user`.
#[must_use]
pub fn parse(text: &[u8], kind: Kind) -> Credentials {
    let mut parser = File { text, fields: Vec::new() };
    let mut out = Credentials {
        kind,
        entries: Vec::new(),
        comments: Vec::new(),
        bom: None,
        fields: Vec::new(),
    };
    let mut left = text;
    if let Ok((after, mark)) = bom(left) {
        let utf16 = mark.len() == 2;
        out.bom = Some(Bom { span: parser.span(mark), utf16 });
        left = if utf16 { b"" } else { after };
    }
    while !left.is_empty() {
        let Ok((after, line)) = line(left, kind) else { break };
        if let Ok((_, comment)) = comment(line) {
            out.comments.push(parser.span(comment));
        } else if !line.iter().all(|&byte| is_blank(byte)) {
            out.entries.push(parser.entry(line, kind));
        }
        left = after;
    }
    out.fields = parser.fields;
    out
}

/// The bytes that no output may show: hashes, passwords, and what comments may hold of them. Names of users, realms and
/// groups are not among them. Ascending and apart; the blanks around a secret are not part of it.
#[must_use]
pub fn secret_spans(file: &Credentials, text: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    // nothing in a file that no server can read is worth showing
    if let Some(Bom { span, utf16: true }) = file.bom {
        spans.push(Span::new(span.end, text.len() as u32));
    }
    for entry in &file.entries {
        match file.kind {
            Kind::Group => {
                let members = file.fields(entry).iter().map(|member| member.span);
                spans.extend(members.filter(|&member| may_be_a_hash(member, entry, text)));
            }
            Kind::Htpasswd => words_from(entry.name.end, entry, text, &mut spans),
            Kind::Htdigest => {
                // only a digest behind it makes a realm of the first field, which may be a hash
                let realm = file.field(entry, 0).filter(|realm| !realm.of(text).contains(&b'$'));
                let digest = file.field(entry, 1).filter(|field| is_digest(field.of(text)));
                let public = realm.filter(|_| digest.is_some()).unwrap_or(entry.name).end;
                words_from(public, entry, text, &mut spans);
            }
        }
    }
    spans.extend(file.comments.iter().map(|comment| Span::new(comment.start + 1, comment.end)));
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable();
    spans
}

/// Every run without blanks behind `public`, the colon there left out; the whole line where it has no colon, since a
/// hash can stand alone on a line.
fn words_from(public: u32, entry: &Entry, text: &[u8], spans: &mut Vec<Span>) {
    let start = if entry.has_colon { public + 1 } else { entry.line.start };
    let secret = Span::new(start, entry.line.end);
    let mut at = secret.start;
    for word in secret.of(text).split(|&byte| is_blank(byte)) {
        spans.push(Span::new(at, at + word.len() as u32));
        at += word.len() as u32 + 1;
    }
}

/// Whether a member of a group could be a stored password: a password file in the wrong place must not leak.
fn may_be_a_hash(member: Span, entry: &Entry, text: &[u8]) -> bool {
    let word = member.of(text);
    let follows_colon = member.start == entry.name.end + 1;
    word.contains(&b'$') || word.contains(&b':') || follows_colon && is_not_a_name(word)
}

/// Whether a word is as long as the shortest hash, or starts like one of LDAP's.
fn is_not_a_name(word: &[u8]) -> bool {
    word.len() >= 13 || word.starts_with(b"{")
}

/// Whether a field is an MD5 in hex, as htdigest files hold it.
#[must_use]
pub fn is_digest(field: &[u8]) -> bool {
    field.len() == 32 && field.iter().all(u8::is_ascii_hexdigit)
}

type Parsed<'t> = IResult<&'t [u8], &'t [u8]>;

/// What both servers take for white space in a line.
#[must_use]
pub fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0B | 0x0C | b'\r')
}

/// bom = %xEF.BB.BF | %xFF.FE | %xFE.FF ;
fn bom(text: &[u8]) -> Parsed<'_> {
    alt((tag(&b"\xEF\xBB\xBF"[..]), tag(&b"\xFF\xFE"[..]), tag(&b"\xFE\xFF"[..]))).parse(text)
}

/// line = everything up to a line end, which is taken, too; only a group file knows continuations.
fn line(text: &[u8], kind: Kind) -> Parsed<'_> {
    let (mut left, mut line) = physical_line(text)?;
    while kind == Kind::Group && line.ends_with(b"\\") && !left.is_empty() {
        let (after, next) = physical_line(left)?;
        line = &text[..text.offset(next) + next.len()];
        left = after;
    }
    Ok((left, line))
}

/// line-end = [ CR ] LF | end of file ;
fn physical_line(text: &[u8]) -> Parsed<'_> {
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    let (left, line) = take(end).parse(text)?;
    let left = left.strip_prefix(b"\n").unwrap_or(left);
    Ok((left, line.strip_suffix(b"\r").unwrap_or(line)))
}

/// comment = { blank } , "#" , { byte } ;
fn comment(line: &[u8]) -> Parsed<'_> {
    preceded(blanks, recognize((tag("#"), rest))).parse(line)
}

/// blanks = { blank } ;
fn blanks(line: &[u8]) -> Parsed<'_> {
    take_while(is_blank).parse(line)
}

/// name = { byte - ":" } ;
fn name(line: &[u8]) -> Parsed<'_> {
    take_till(|byte| byte == b':').parse(line)
}

/// field = ":" , { byte - ":" } ;
fn field(line: &[u8]) -> Parsed<'_> {
    preceded(tag(":"), name).parse(line)
}

/// continuation = "\" , [ CR ] , LF ;
fn continuation(line: &[u8]) -> Parsed<'_> {
    recognize((tag("\\"), opt(tag("\r")), tag("\n"))).parse(line)
}

/// separator = { blank | continuation } ;
fn separator(line: &[u8]) -> Parsed<'_> {
    recognize(fold_many0(alt((take_while1(is_blank), continuation)), || (), |(), _| ())).parse(line)
}

/// member = quoted | bare ;
fn member(line: &[u8]) -> Parsed<'_> {
    alt((quoted, bare)).parse(line)
}

/// quoted = a quote, then everything up to the same quote; a backslash stands before a quote or backslash of the text ;
fn quoted(line: &[u8]) -> Parsed<'_> {
    alt((quoted_by("\"", "\\\"", "\\\""), quoted_by("'", "\\'", "\\'"))).parse(line)
}

fn quoted_by<'t>(
    quote: &'static str,
    escaped: &'static str,
    special: &'static str,
) -> impl Parser<&'t [u8], Output = &'t [u8], Error = nom::error::Error<&'t [u8]>> {
    let piece = alt((is_not(special), tag("\\\\"), tag(escaped), tag("\\")));
    recognize(delimited(tag(quote), fold_many0(piece, || (), |(), _| ()), opt(tag(quote))))
}

/// bare = { continuation | byte - blank } ;
fn bare(line: &[u8]) -> Parsed<'_> {
    let run = take_while1(|byte| !is_blank(byte) && byte != b'\\' && byte != b'\n');
    let piece = alt((run, continuation, tag("\\")));
    verify(recognize(fold_many0(piece, || (), |(), _| ())), |word: &[u8]| !word.is_empty())
        .parse(line)
}

/// The text, which turns pieces of itself into spans, and the fields met so far.
struct File<'t> {
    text: &'t [u8],
    fields: Vec<Word>,
}

impl File<'_> {
    fn span(&self, piece: &[u8]) -> Span {
        let start = self.text.offset(piece) as u32;
        Span::new(start, start + piece.len() as u32)
    }

    /// entry = name , field , { field } ;
    fn entry(&mut self, line: &[u8], kind: Kind) -> Entry {
        let (mut left, name) = name(line).unwrap_or((b"", line));
        let first_field = self.fields.len() as u32;
        let has_colon = !left.is_empty();
        if kind == Kind::Group {
            self.members(left);
        } else {
            while let Ok((after, field)) = field(left) {
                self.fields.push(Word { span: self.span(field), flags: WordFlags::default() });
                left = after;
            }
        }
        Entry {
            line: self.span(line),
            name: self.span(name),
            has_colon,
            first_field,
            field_count: self.fields.len() as u32 - first_field,
        }
    }

    /// members = { ":" } , { separator , member } ;
    fn members(&mut self, behind_name: &[u8]) {
        let mut colons = take_while::<_, _, nom::error::Error<_>>(|byte| byte == b':');
        let Ok((mut left, _)) = colons.parse(behind_name) else { return };
        while let Ok((after, word)) = preceded(separator, member).parse(left) {
            self.fields.push(Word { span: self.span(word), flags: flags(word) });
            left = after;
        }
    }
}

/// How a member is written.
fn flags(member: &[u8]) -> WordFlags {
    let mut flags = WordFlags::default();
    if let Some(&quote @ (b'"' | b'\'')) = member.first() {
        flags = if quote == b'"' { WordFlags::DOUBLE } else { WordFlags::SINGLE };
        if !is_closed(member, quote) {
            flags = flags.with(WordFlags::UNCLOSED);
        }
    }
    if member.contains(&b'\\') {
        flags = flags.with(WordFlags::ESCAPED);
    }
    if member.contains(&b'\n') {
        flags = flags.with(WordFlags::CONTINUED);
    }
    flags
}

/// Whether the last byte of a quoted word is its closing quote and not an escaped one.
fn is_closed(word: &[u8], quote: u8) -> bool {
    let Some((&last, inside)) = word[1..].split_last() else { return false };
    let backslashes = inside.iter().rev().take_while(|&&byte| byte == b'\\').count();
    last == quote && backslashes % 2 == 0
}
