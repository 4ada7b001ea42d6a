//! The words of nginx.conf: one parser for each rule of `grammars/nginx.ebnf` below `directive`.

use crate::syntax::WordFlags;
use memchr::{memchr, memchr2};
use nom::bytes::complete::{tag, take, take_while};
use nom::combinator::{map, opt, recognize};
use nom::error::{Error, ErrorKind};
use nom::sequence::pair;
use nom::{IResult, Parser};

/// The bytes that are still to be read.
pub(super) type Input<'t> = &'t [u8];

/// Bytes that end a run of plain ones: blanks, `;`, `{`, and the two that start an escape or a variable.
const NOT_PLAIN: [bool; 256] = {
    let mut set = [false; 256];
    let bytes = b" \t\r\n;{\\$";
    let mut at = 0;
    while at < bytes.len() {
        set[bytes[at] as usize] = true;
        at += 1;
    }
    set
};

/// Whether nginx takes `byte` for a blank.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// `blanks`, possibly none.
pub(super) fn blanks(input: Input<'_>) -> IResult<Input<'_>, Input<'_>> {
    // a line's indentation is most of them
    let mut len = usize::from(input.first() == Some(&b'\n'));
    while input[len..].starts_with(b"    ") {
        len += 4;
    }
    while input.get(len).copied().is_some_and(is_blank) {
        len += 1;
    }
    take(len).parse(input)
}

/// `comment`, its line end excluded.
pub(super) fn comment(input: Input<'_>) -> IResult<Input<'_>, Input<'_>> {
    let (body, _) = tag(&b"#"[..]).parse(input)?;
    take(1 + memchr(b'\n', body).unwrap_or(body.len())).parse(input)
}

/// `word`: its text, quotes included, and how it stands there. Whether a closing quote is followed by what nginx asks
/// for is the caller's to check, because the mend depends on the words around.
pub(super) fn word(input: Input<'_>) -> IResult<Input<'_>, (Input<'_>, WordFlags)> {
    match input.first() {
        Some(b'"') => double_quoted(input),
        Some(b'\'') => single_quoted(input),
        _ => bare(input),
    }
}

fn double_quoted(input: Input<'_>) -> IResult<Input<'_>, (Input<'_>, WordFlags)> {
    quoted(b'"', WordFlags::DOUBLE, input)
}

fn single_quoted(input: Input<'_>) -> IResult<Input<'_>, (Input<'_>, WordFlags)> {
    quoted(b'\'', WordFlags::SINGLE, input)
}

/// The text from the quote at the start of `input` to its partner; without one to the end, flagged as unclosed.
fn quoted(
    quote: u8,
    mut flags: WordFlags,
    input: Input<'_>,
) -> IResult<Input<'_>, (Input<'_>, WordFlags)> {
    let mut at = 1;
    loop {
        match memchr2(quote, b'\\', input.get(at..).unwrap_or_default()) {
            None => {
                let (rest, text) = take(input.len()).parse(input)?;
                return Ok((rest, (text, flags.with(WordFlags::UNCLOSED))));
            }
            Some(found) if input[at + found] == quote => {
                let (rest, text) = take(at + found + 1).parse(input)?;
                return Ok((rest, (text, flags)));
            }
            Some(found) => {
                flags = flags.with(WordFlags::ESCAPED);
                at += found + 2;
            }
        }
    }
}

/// `bare`; also goes on with a word that was left. Fails where no piece stands.
pub(super) fn bare(input: Input<'_>) -> IResult<Input<'_>, (Input<'_>, WordFlags)> {
    let mut flags = WordFlags::default();
    let mut rest = input;
    loop {
        rest = plain(rest)?.0;
        rest = match rest {
            [b'\\', ..] => {
                flags = flags.with(WordFlags::ESCAPED);
                escape(rest)?.0
            }
            [b'$', ..] => variable(rest)?.0,
            _ => break,
        };
    }
    let len = input.len() - rest.len();
    if len == 0 {
        return Err(nom::Err::Error(Error::new(input, ErrorKind::TakeWhile1)));
    }
    Ok((rest, (&input[..len], flags)))
}

/// `escape`; at the end of the text a backslash alone.
fn escape(input: Input<'_>) -> IResult<Input<'_>, Input<'_>> {
    recognize(pair(tag(&b"\\"[..]), opt(take(1_usize)))).parse(input)
}

fn variable(input: Input<'_>) -> IResult<Input<'_>, Input<'_>> {
    recognize(pair(tag(&b"$"[..]), take_while(|byte| byte == b'{'))).parse(input)
}

/// A run of `plain`, possibly none.
fn plain(input: Input<'_>) -> IResult<Input<'_>, Input<'_>> {
    take_while(|byte: u8| !NOT_PLAIN[byte as usize]).parse(input)
}

/// What stands next in a text, blanks aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// `;`
    Semicolon,
    /// `{`
    Open,
    /// `}`
    Close,
    /// `comment`
    Comment(Input<'t>),
    /// `word`
    Word(Input<'t>, WordFlags),
}

/// One token, with the blanks before it. Fails at the end of the text.
pub(super) fn token(input: Input<'_>) -> IResult<Input<'_>, Token<'_>> {
    let (rest, _) = blanks(input)?;
    match rest {
        [b';', rest @ ..] => Ok((rest, Token::Semicolon)),
        [b'{', rest @ ..] => Ok((rest, Token::Open)),
        [b'}', rest @ ..] => Ok((rest, Token::Close)),
        [b'#', ..] => map(comment, Token::Comment).parse(rest),
        _ => map(word, |(text, flags)| Token::Word(text, flags)).parse(rest),
    }
}
