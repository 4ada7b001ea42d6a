//! The grammar: `util_expr_parse.y`.

use super::names::is_variable;
use super::scan::{Token, tokens};
use super::{Binary, Comparison, Error, Expr, Function, Subnet, Unary, Word};

/// Parentheses, functions and variables in one another. httpd evaluates 20 of them (`AP_EXPR_MAX_RECURSION`).
const DEEPEST: u8 = 100;

/// Parses a condition: what `<If>`, `Require expr` and `SetEnvIfExpr` take.
pub fn parse(text: &[u8]) -> Result<Expr, Error> {
    let mut parser = Parser::new(tokens(text, false));
    let expr = parser.or(DEEPEST)?;
    parser.end()?;
    Ok(expr)
}

/// Parses a text with `%{…}` in it: what `AuthName` and `Require user` take.
pub fn parse_string(text: &[u8]) -> Result<Word, Error> {
    let mut parser = Parser::new(tokens(text, true));
    let word = parser.string(DEEPEST)?;
    parser.end()?;
    Ok(word)
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    /// A name or an argument that was refused: httpd says so when everything else has been read.
    refused: Option<Error>,
}

impl Parser {
    fn new(tokens: Vec<Token>) -> Self {
        Self { tokens: tokens.into_iter().peekable(), refused: None }
    }

    fn eat(&mut self, token: &Token) -> bool {
        self.tokens.next_if_eq(token).is_some()
    }

    fn expect(&mut self, token: &Token) -> Result<(), Error> {
        if self.eat(token) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// What is wrong with the next token: the scanner's words for it, or that it stands there.
    fn unexpected(&mut self) -> Error {
        match self.tokens.next() {
            Some(Token::Bad(error)) => error,
            _ => self.refused.take().unwrap_or(Error::Syntax),
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        if self.tokens.peek().is_some() {
            return Err(self.unexpected());
        }
        self.refused.take().map_or(Ok(()), Err)
    }

    fn refuse(&mut self, error: Error) {
        self.refused = Some(error);
    }

    fn or(&mut self, depth: u8) -> Result<Expr, Error> {
        let first = self.and(depth)?;
        let mut all = vec![first];
        while self.eat(&Token::Or) {
            all.push(self.and(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Expr::Or(all) })
    }

    fn and(&mut self, depth: u8) -> Result<Expr, Error> {
        let first = self.not(depth)?;
        let mut all = vec![first];
        while self.eat(&Token::And) {
            all.push(self.not(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Expr::And(all) })
    }

    fn not(&mut self, depth: u8) -> Result<Expr, Error> {
        let mut negated = false;
        while self.eat(&Token::Not) {
            negated = !negated;
        }
        let inner = self.one(depth)?;
        Ok(if negated { Expr::Not(Box::new(inner)) } else { inner })
    }

    fn one(&mut self, depth: u8) -> Result<Expr, Error> {
        let depth = depth.checked_sub(1).ok_or(Error::TooDeep)?;
        match self.tokens.peek() {
            Some(Token::True) => {
                self.tokens.next();
                Ok(Expr::Constant(true))
            }
            Some(Token::False) => {
                self.tokens.next();
                Ok(Expr::Constant(false))
            }
            Some(Token::Sign(b'(')) => {
                self.tokens.next();
                let inner = self.or(depth)?;
                self.expect(&Token::Sign(b')'))?;
                Ok(inner)
            }
            Some(&Token::Unary(letter)) => {
                self.tokens.next();
                let word = self.word(depth)?;
                let unary = self.unary(letter, &word);
                Ok(Expr::Unary(unary, word))
            }
            _ => self.comparison(depth),
        }
    }

    fn comparison(&mut self, depth: u8) -> Result<Expr, Error> {
        let left = self.word(depth)?;
        let Some(operator) = self.tokens.next_if(|token| {
            matches!(
                token,
                Token::Relation(_)
                    | Token::Number(_)
                    | Token::Match
                    | Token::NoMatch
                    | Token::In
                    | Token::Binary(_)
            )
        }) else {
            return Err(self.unexpected());
        };
        Ok(match operator {
            Token::Relation(relation) => {
                Expr::Compare(Comparison { relation, numbers: false }, left, self.word(depth)?)
            }
            Token::Number(relation) => {
                Expr::Compare(Comparison { relation, numbers: true }, left, self.word(depth)?)
            }
            Token::Binary(name) => {
                let right = self.word(depth)?;
                Expr::Binary(self.binary(&name, &right), left, right)
            }
            Token::In => return self.list(left, depth),
            operator => {
                let is_regex = |token: &Token| matches!(token, Token::Regex { .. });
                let Some(Token::Regex { pattern, ignore_case }) = self.tokens.next_if(is_regex)
                else {
                    return Err(self.unexpected());
                };
                let negated = operator == Token::NoMatch;
                Expr::Match { word: left, pattern, ignore_case, negated }
            }
        })
    }

    /// What stands behind `in`.
    fn list(&mut self, needle: Word, depth: u8) -> Result<Expr, Error> {
        if self.eat(&Token::Sign(b'{')) {
            let mut words = vec![self.word(depth)?];
            while self.eat(&Token::Sign(b',')) {
                words.push(self.word(depth)?);
            }
            self.expect(&Token::Sign(b'}'))?;
            return Ok(Expr::InWords(needle, words));
        }
        let is_name = |token: &Token| matches!(token, Token::Name(_));
        let Some(Token::Name(name)) = self.tokens.next_if(is_name) else {
            return Err(self.unexpected());
        };
        let argument = self.arguments(depth)?;
        // the one that there is is mod_ssl's
        if !name.eq_ignore_ascii_case(b"PeerExtList") {
            let name = String::from_utf8_lossy(&name);
            let text = format!("List-returning function '{name}' does not exist");
            self.refuse(Error::Name(text));
        }
        Ok(Expr::InList(needle, name, argument))
    }

    fn arguments(&mut self, depth: u8) -> Result<Word, Error> {
        self.expect(&Token::Sign(b'('))?;
        let word = self.word(depth)?;
        self.expect(&Token::Sign(b')'))?;
        Ok(word)
    }

    fn word(&mut self, depth: u8) -> Result<Word, Error> {
        let mut parts = vec![self.simple_word(depth)?];
        while self.eat(&Token::Concat) {
            parts.push(self.simple_word(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Word::Concat(parts) })
    }

    fn simple_word(&mut self, depth: u8) -> Result<Word, Error> {
        let depth = depth.checked_sub(1).ok_or(Error::TooDeep)?;
        let starts = |token: &Token| {
            matches!(
                token,
                Token::Digits(_)
                    | Token::Name(_)
                    | Token::Group(_)
                    | Token::TextStart
                    | Token::VariableStart
            )
        };
        match self.tokens.next_if(starts) {
            // not a constant in the sense of `-R` and `-ipmatch`
            Some(Token::Digits(digits)) => Ok(Word::Concat(vec![Word::Text(digits)])),
            Some(Token::Group(number)) => Ok(Word::Group(number)),
            Some(Token::VariableStart) => self.variable(depth),
            Some(Token::Name(name)) => {
                let argument = self.arguments(depth)?;
                Ok(self.call(&name, argument))
            }
            Some(Token::TextStart) => {
                if self.eat(&Token::TextEnd) {
                    return Ok(Word::Text(Vec::new()));
                }
                let word = self.string(depth)?;
                self.expect(&Token::TextEnd)?;
                Ok(word)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// At least one piece of text, variable or group.
    fn string(&mut self, depth: u8) -> Result<Word, Error> {
        let starts = |token: &Token| {
            matches!(token, Token::Text(_) | Token::Group(_) | Token::VariableStart)
        };
        let mut parts = Vec::new();
        while let Some(token) = self.tokens.next_if(starts) {
            parts.push(match token {
                Token::Text(text) => Word::Text(text),
                Token::Group(number) => Word::Group(number),
                _ => self.variable(depth)?,
            });
        }
        match parts.len() {
            0 => Err(self.unexpected()),
            1 => Ok(parts.remove(0)),
            _ => Ok(Word::Concat(parts)),
        }
    }

    /// What stands behind `%{`.
    fn variable(&mut self, depth: u8) -> Result<Word, Error> {
        let depth = depth.checked_sub(1).ok_or(Error::TooDeep)?;
        let is_name = |token: &Token| matches!(token, Token::Name(_));
        let Some(Token::Name(name)) = self.tokens.next_if(is_name) else {
            return Err(self.unexpected());
        };
        if self.eat(&Token::Sign(b':')) {
            let argument = self.string(depth)?;
            self.expect(&Token::VariableEnd)?;
            return Ok(self.call(&name, argument));
        }
        self.expect(&Token::VariableEnd)?;
        let capitals = name.to_ascii_uppercase();
        if !is_variable(&capitals) {
            let name = String::from_utf8_lossy(&name);
            self.refuse(Error::Name(format!("Variable '{name}' does not exist")));
        }
        Ok(Word::Variable(capitals))
    }

    fn call(&mut self, name: &[u8], argument: Word) -> Word {
        let function = Function::named(name).unwrap_or_else(|| {
            let name = String::from_utf8_lossy(name);
            self.refuse(Error::Name(format!("Function '{name}' does not exist")));
            Function::Note
        });
        Word::Call(function, Box::new(argument))
    }

    fn unary(&mut self, letter: u8, word: &Word) -> Unary {
        match letter {
            b'n' => Unary::NotEmpty,
            b'z' => Unary::Empty,
            b'T' => Unary::True,
            b'R' => Unary::Client(self.subnet("R", word)),
            b'd' => Unary::Directory,
            b'e' => Unary::Exists,
            b'f' => Unary::File,
            b's' => Unary::NotEmptyFile,
            b'L' | b'h' => Unary::Link,
            b'x' => Unary::Executable,
            b'F' => Unary::AccessibleFile,
            b'U' | b'A' => Unary::AccessibleUrl,
            other => {
                let text = format!("Unary operator '-{}' does not exist", char::from(other));
                self.refuse(Error::Name(text));
                Unary::Empty
            }
        }
    }

    fn binary(&mut self, name: &[u8], right: &Word) -> Binary {
        match &*name.to_ascii_lowercase() {
            b"ipmatch" => Binary::IpMatch(self.subnet("ipmatch", right)),
            b"fnmatch" => Binary::FnMatch,
            b"strmatch" => Binary::StrMatch,
            b"strcmatch" => Binary::StrCaseMatch,
            _ => {
                let name = String::from_utf8_lossy(name);
                self.refuse(Error::Name(format!("Binary operator '-{name}' does not exist")));
                Binary::StrMatch
            }
        }
    }

    /// The network that `-R` and `-ipmatch` ask about: `subnet_parse_arg`.
    fn subnet(&mut self, name: &str, word: &Word) -> Subnet {
        let subnet = match word.constant() {
            None => {
                let text = format!("-{name} requires subnet/netmask as constant argument");
                Err(Error::Argument(text))
            }
            Some(text) => Subnet::parse(text)
                .ok_or_else(|| Error::Argument("parsing of subnet/netmask failed".to_owned())),
        };
        subnet.unwrap_or_else(|error| {
            self.refuse(error);
            Subnet::V4(0, u32::MAX)
        })
    }
}
