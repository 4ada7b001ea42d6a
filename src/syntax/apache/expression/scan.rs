//! The scanner: `util_expr_scan.l`. Its rules take the longest match, and of several as long ones the first.

use super::{Error, Relation};
use nom::branch::alt;
use nom::bytes::complete::{tag, take, take_while, take_while_m_n, take_while1};
use nom::character::complete::{one_of, satisfy};
use nom::combinator::{map, recognize, value};
use nom::sequence::{pair, preceded};
use nom::{IResult, Parser};

/// The longest piece of a text, and the longest pattern, in bytes (`MAX_STRING_LEN`).
const MOST_BYTES: usize = 8192;

/// The characters that a pattern may stand between behind an `m`.
const SEPARATORS: &[u8] = b"/#$%^,;:_?|-!.'\"";

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    True,
    False,
    And,
    Or,
    Not,
    In,
    Concat,
    Relation(Relation),
    Number(Relation),
    Match,
    NoMatch,
    Unary(u8),
    Binary(Vec<u8>),
    Digits(Vec<u8>),
    Name(Vec<u8>),
    Regex {
        pattern: Vec<u8>,
        ignore_case: bool,
    },
    Group(u8),
    Text(Vec<u8>),
    TextStart,
    TextEnd,
    VariableStart,
    VariableEnd,
    /// `(` `)` `{` `}` `,` `:`
    Sign(u8),
    /// What the scanner refuses; nothing comes behind it.
    Bad(Error),
}

/// The start conditions of the scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Initial,
    /// In a text up to this quote, or up to the end.
    Text(Option<u8>),
    /// Behind `%{`.
    Variable,
    /// Behind the `:` of `%{f:`.
    Argument,
}

/// The tokens of `text`, which as a whole is one with `%{…}` in it where `is_string` says so.
pub(super) fn tokens(text: &[u8], is_string: bool) -> Vec<Token> {
    // the input of httpd's scanner ends at the first NUL
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    let start = if is_string { State::Text(None) } else { State::Initial };
    let mut scanner = Scanner { tokens: Vec::new(), states: vec![start], piece: Vec::new() };
    let mut rest = text;
    while let Some(&state) = scanner.states.last() {
        let next = match state {
            State::Initial => scanner.initial(rest),
            State::Text(quote) => scanner.text(rest, quote),
            State::Variable => scanner.variable(rest),
            State::Argument => scanner.argument(rest),
        };
        match next {
            Ok(Some(next)) => rest = next,
            Ok(None) => break,
            Err(error) => {
                scanner.tokens.push(Token::Bad(error));
                break;
            }
        }
    }
    scanner.tokens
}

struct Scanner {
    tokens: Vec<Token>,
    /// The state, with those to return to below it.
    states: Vec<State>,
    /// What has been read of a text.
    piece: Vec<u8>,
}

/// What is left after a step; nothing where the input has ended.
type Step<'i> = Result<Option<&'i [u8]>, Error>;

impl Scanner {
    fn state(&mut self, state: State) {
        if let Some(top) = self.states.last_mut() {
            *top = state;
        }
    }

    fn initial<'i>(&mut self, input: &'i [u8]) -> Step<'i> {
        let input = input.trim_ascii_start_of(b" \t\n");
        if input.is_empty() {
            return Ok(None);
        }
        if let Ok((rest, ())) = variable_start(input) {
            self.tokens.push(Token::VariableStart);
            self.states.push(State::Variable);
            return Ok(Some(rest));
        }
        if let Ok((rest, quote)) = quote(input) {
            self.tokens.push(Token::TextStart);
            self.state(State::Text(Some(quote)));
            return Ok(Some(rest));
        }
        if let Ok((rest, separator)) = regex_start(input) {
            return self.regex(rest, separator);
        }
        match alt((operator, number, name, group, sign)).parse_complete(input) {
            Ok((rest, token)) => {
                self.tokens.push(token);
                Ok(Some(rest))
            }
            Err(_) => Err(Error::Scanner(format!("Parse error near '{}'", printed(input[0])))),
        }
    }

    /// A pattern, whose first separator has been read.
    fn regex<'i>(&mut self, input: &'i [u8], separator: u8) -> Step<'i> {
        let Some(end) = input.iter().position(|&byte| byte == separator) else {
            // no rule speaks of the end of the input here: it is just the end
            if input.len() >= MOST_BYTES {
                return Err(Error::Scanner("Regexp too long".to_owned()));
            }
            return Ok(None);
        };
        if end >= MOST_BYTES {
            return Err(Error::Scanner("Regexp too long".to_owned()));
        }
        let rest = &input[end + 1..];
        let ignore_case = rest.first() == Some(&b'i');
        self.tokens.push(Token::Regex { pattern: input[..end].to_vec(), ignore_case });
        Ok(Some(if ignore_case { &rest[1..] } else { rest }))
    }

    /// Ends the piece of text that has been read, if there is one.
    fn flush(&mut self) {
        if !self.piece.is_empty() {
            self.give_piece();
        }
    }

    fn give_piece(&mut self) {
        let mut piece = std::mem::take(&mut self.piece);
        // texts end at a NUL, which `\0` is
        piece.truncate(piece.iter().position(|&byte| byte == 0).unwrap_or(piece.len()));
        self.tokens.push(Token::Text(piece));
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= MOST_BYTES {
            return Err(Error::Scanner("String too long".to_owned()));
        }
        Ok(())
    }

    fn text<'i>(&mut self, input: &'i [u8], end: Option<u8>) -> Step<'i> {
        if input.is_empty() {
            if end.is_some() {
                return Err(unterminated());
            }
            self.give_piece();
            return Ok(None);
        }
        if let Ok((rest, quote)) = quote(input) {
            if Some(quote) == end {
                self.flush();
                self.tokens.push(Token::TextEnd);
                self.state(State::Initial);
            } else {
                self.add(&[quote])?;
            }
            return Ok(Some(rest));
        }
        self.inside(input, b"%}$")
    }

    fn argument<'i>(&mut self, input: &'i [u8]) -> Step<'i> {
        if input.is_empty() {
            return Err(unterminated());
        }
        if let Some(rest) = input.strip_prefix(b"}") {
            self.flush();
            self.tokens.push(Token::VariableEnd);
            self.states.pop();
            return Ok(Some(rest));
        }
        self.inside(input, b"%$")
    }

    /// What a text and an argument have in common; `plain` are the special characters that stand for themselves.
    fn inside<'i>(&mut self, input: &'i [u8], plain: &[u8]) -> Step<'i> {
        if input[0] == b'\n' {
            return Err(unterminated());
        }
        if let Ok((rest, token)) = group(input) {
            self.flush();
            self.tokens.push(token);
            return Ok(Some(rest));
        }
        if let Ok((rest, ())) = variable_start(input) {
            self.flush();
            self.tokens.push(Token::VariableStart);
            self.states.push(State::Variable);
            return Ok(Some(rest));
        }
        let letters =
            |input| take_while1(|byte| !b"\\\n\"'%}$".contains(&byte)).parse_complete(input);
        let letters: IResult<&[u8], &[u8]> = letters(input);
        if let Ok((rest, letters)) = letters {
            self.add(letters)?;
            return Ok(Some(rest));
        }
        if let Ok((rest, digits)) = number_escape(input) {
            self.add(&[escaped_number(digits)?])?;
            return Ok(Some(rest));
        }
        if let Ok((rest, byte)) = escape(input) {
            self.add(&[byte])?;
            return Ok(Some(rest));
        }
        if plain.contains(&input[0]) {
            self.add(&input[..1])?;
            return Ok(Some(&input[1..]));
        }
        Err(Error::Aborts)
    }

    fn variable<'i>(&mut self, input: &'i [u8]) -> Step<'i> {
        if let Ok((rest, name)) = identifier(input) {
            self.tokens.push(Token::Name(name.to_vec()));
            return Ok(Some(rest));
        }
        match input {
            [] => Err(unterminated()),
            [b'}', rest @ ..] => {
                self.tokens.push(Token::VariableEnd);
                self.states.pop();
                Ok(Some(rest))
            }
            [b':', rest @ ..] => {
                self.tokens.push(Token::Sign(b':'));
                self.state(State::Argument);
                Ok(Some(rest))
            }
            [byte, ..] => Err(Error::Scanner(format!(
                "Invalid character in variable name '{}'",
                printed(*byte)
            ))),
        }
    }
}

/// White space at the start, taken off.
trait TrimStart {
    fn trim_ascii_start_of(&self, bytes: &[u8]) -> &Self;
}

impl TrimStart for [u8] {
    fn trim_ascii_start_of(&self, bytes: &[u8]) -> &Self {
        let start = self.iter().position(|byte| !bytes.contains(byte)).unwrap_or(self.len());
        &self[start..]
    }
}

fn unterminated() -> Error {
    Error::Scanner("Unterminated string or variable".to_owned())
}

fn printed(byte: u8) -> char {
    if byte.is_ascii() { byte.into() } else { char::REPLACEMENT_CHARACTER }
}

fn variable_start(input: &[u8]) -> IResult<&[u8], ()> {
    value((), tag("%{")).parse_complete(input)
}

fn quote(input: &[u8]) -> IResult<&[u8], u8> {
    map(one_of("\"'"), |quote| quote as u8).parse_complete(input)
}

fn identifier(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let letters = take_while(|byte: u8| byte.is_ascii_alphanumeric() || byte == b'_');
    recognize(pair(satisfy(|c| c.is_ascii_alphabetic()), letters)).parse_complete(input)
}

/// `/` and `m` with a separator behind it, unless that begins a longer name.
fn regex_start(input: &[u8]) -> IResult<&[u8], u8> {
    if let Ok((_, name)) = identifier(input)
        && name.len() > 2
    {
        return nom::combinator::fail().parse_complete(input);
    }
    let separator = satisfy(|c| c.is_ascii() && SEPARATORS.contains(&(c as u8)));
    map(alt((one_of("/"), preceded(tag("m"), separator))), |c| c as u8).parse_complete(input)
}

fn group(input: &[u8]) -> IResult<&[u8], Token> {
    let digit = preceded(tag("$"), satisfy(|c| c.is_ascii_digit()));
    map(digit, |digit| Token::Group(digit as u8 - b'0')).parse_complete(input)
}

fn number_escape(input: &[u8]) -> IResult<&[u8], &[u8]> {
    preceded(tag("\\"), take_while1(|byte: u8| byte.is_ascii_digit())).parse_complete(input)
}

fn escaped_number(digits: &[u8]) -> Result<u8, Error> {
    if digits.len() > 3 || digits.iter().any(|digit| *digit > b'7') {
        return Err(Error::Scanner("Bad escape sequence".to_owned()));
    }
    let value = digits.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'));
    let too_large = || Error::Scanner("Escape sequence out of bound".to_owned());
    u8::try_from(value).map_err(|_| too_large())
}

fn escape(input: &[u8]) -> IResult<&[u8], u8> {
    let byte = map(preceded(tag("\\"), take(1_usize)), |byte: &[u8]| match byte[0] {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        other => other,
    });
    let mut byte = byte;
    byte.parse_complete(input)
}

fn operator(input: &[u8]) -> IResult<&[u8], Token> {
    let relation = |relation| move || Token::Relation(relation);
    let long = alt((
        value(Token::Match, tag("=~")),
        value(Token::NoMatch, tag("!~")),
        map(tag("=="), move |_| relation(Relation::Equal)()),
        map(tag("!="), move |_| relation(Relation::NotEqual)()),
        map(tag("<="), move |_| relation(Relation::LessOrEqual)()),
        map(tag(">="), move |_| relation(Relation::GreaterOrEqual)()),
        value(Token::And, tag("&&")),
        value(Token::Or, tag("||")),
    ));
    let short = alt((
        map(tag("="), move |_| relation(Relation::Equal)()),
        map(tag("<"), move |_| relation(Relation::Less)()),
        map(tag(">"), move |_| relation(Relation::Greater)()),
        value(Token::Not, tag("!")),
        value(Token::Concat, tag(".")),
    ));
    alt((long, short, dashed)).parse_complete(input)
}

/// `-eq`, `-f`, `-strmatch` and their like.
fn dashed(input: &[u8]) -> IResult<&[u8], Token> {
    let first = satisfy(|c| c.is_ascii_alphabetic() || c == '_');
    let letters = take_while(|byte: u8| byte.is_ascii_alphanumeric() || byte == b'_');
    let name = preceded(tag("-"), recognize(pair(first, letters)));
    map(name, |name: &[u8]| match name {
        [letter] => Token::Unary(*letter),
        b"in" => Token::In,
        _ => number_relation(name).map_or_else(|| Token::Binary(name.to_vec()), Token::Number),
    })
    .parse_complete(input)
}

fn number_relation(name: &[u8]) -> Option<Relation> {
    Some(match name {
        b"eq" => Relation::Equal,
        b"ne" => Relation::NotEqual,
        b"ge" => Relation::GreaterOrEqual,
        b"le" => Relation::LessOrEqual,
        b"gt" => Relation::Greater,
        b"lt" => Relation::Less,
        _ => return None,
    })
}

fn number(input: &[u8]) -> IResult<&[u8], Token> {
    let digits = take_while_m_n(1, usize::MAX, |byte: u8| byte.is_ascii_digit());
    let number = recognize(pair(nom::combinator::opt(tag("-")), digits));
    map(number, |digits: &[u8]| Token::Digits(digits.to_vec())).parse_complete(input)
}

fn name(input: &[u8]) -> IResult<&[u8], Token> {
    map(identifier, |name: &[u8]| match name {
        b"and" => Token::And,
        b"or" => Token::Or,
        b"not" => Token::Not,
        b"in" => Token::In,
        b"true" => Token::True,
        b"false" => Token::False,
        _ => number_relation(name).map_or_else(|| Token::Name(name.to_vec()), Token::Number),
    })
    .parse_complete(input)
}

fn sign(input: &[u8]) -> IResult<&[u8], Token> {
    map(one_of("(){},:"), |sign| Token::Sign(sign as u8)).parse_complete(input)
}
