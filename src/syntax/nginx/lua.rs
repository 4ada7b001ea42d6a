//! Lua code between the braces of a `*_by_lua_block`, as lua-nginx-module finds its end: braces must balance outside of
//! strings, long brackets and comments.

use super::lexer::Input;
use memchr::{memchr, memchr3, memmem};
use nom::bytes::complete::{tag, take, take_while};
use nom::combinator::{opt, recognize};
use nom::error::{Error, ErrorKind};
use nom::sequence::delimited;
use nom::{IResult, Parser};

/// Bytes at which something other than plain code may start.
const MARKS: [bool; 256] = {
    let mut set = [false; 256];
    let bytes = b"{}\"'[-";
    let mut at = 0;
    while at < bytes.len() {
        set[bytes[at] as usize] = true;
        at += 1;
    }
    set
};

/// `lua`: the code up to the `}` that closes the block, which is left. Fails when the braces never balance or a long
/// bracket is not closed, where the module refuses the file.
pub(super) fn lua(input: Input<'_>) -> IResult<Input<'_>, Input<'_>> {
    let mut rest = input;
    let mut depth = 0_usize;
    // a quote without partner on its line shows that none of its kind has one up to there: where what is left ends then
    let mut lone = [usize::MAX; 2];
    loop {
        (rest, _) = take_while(|byte: u8| !MARKS[byte as usize]).parse(rest)?;
        rest = match rest {
            [b'}', ..] if depth == 0 => return Ok((rest, &input[..input.len() - rest.len()])),
            [b'}', after @ ..] => {
                depth -= 1;
                after
            }
            [b'{', after @ ..] => {
                depth += 1;
                after
            }
            [b'-', b'-', ..] => lua_comment(rest)?.0,
            [b'[', b'[' | b'=', ..] => match opt(lua_bracket).parse(rest)? {
                (after, Some(_)) => after,
                (_, None) => &rest[1..],
            },
            [quote @ (b'"' | b'\''), after @ ..] => {
                let lone = &mut lone[usize::from(*quote == b'"')];
                let string = if rest.len() > *lone { None } else { lua_string(rest).ok() };
                string.map_or_else(
                    || {
                        *lone = rest.len() - memchr(b'\n', rest).unwrap_or(rest.len());
                        after
                    },
                    |(after, _)| after,
                )
            }
            [_, after @ ..] => after,
            [] => return Err(nom::Err::Error(Error::new(input, ErrorKind::Eof))),
        };
    }
}

fn lua_comment(input: Input<'_>) -> IResult<Input<'_>, Input<'_>> {
    let (body, _) = tag(&b"--"[..]).parse(input)?;
    if let (rest, Some(_)) = opt(lua_bracket).parse(body)? {
        return Ok((rest, &input[..input.len() - rest.len()]));
    }
    take(2 + memchr(b'\n', body).unwrap_or(body.len())).parse(input)
}

/// `lua_string`; an error where the quote has no partner on its line.
fn lua_string(input: Input<'_>) -> IResult<Input<'_>, Input<'_>> {
    let mut at = 1;
    while let Some(found) = memchr3(input[0], b'\\', b'\n', input.get(at..).unwrap_or_default()) {
        at += found + 1;
        if input[at - 1] == input[0] {
            return take(at).parse(input);
        }
        if input[at - 1] == b'\n' || input.get(at) == Some(&b'\n') {
            break;
        }
        at += 1;
    }
    Err(nom::Err::Error(Error::new(input, ErrorKind::Char)))
}

/// `lua_bracket`; an error where none opens here, a failure where it is not closed.
fn lua_bracket(input: Input<'_>) -> IResult<Input<'_>, Input<'_>> {
    let equals = take_while(|byte| byte == b'=');
    let (body, open) = recognize(delimited(tag(&b"["[..]), equals, tag(&b"["[..]))).parse(input)?;
    let close: Vec<u8> = open.iter().map(|&b| if b == b'[' { b']' } else { b }).collect();
    match memmem::find(body, &close) {
        Some(found) => take(open.len() + found + close.len()).parse(input),
        None => Err(nom::Err::Failure(Error::new(input, ErrorKind::Tag))),
    }
}
