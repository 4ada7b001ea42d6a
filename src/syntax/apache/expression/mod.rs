//! httpd's expressions, as `util_expr_scan.l` and `util_expr_parse.y` of httpd 2.4 read them: conditions such as those of
//! `<If>` and `Require expr`, and texts with `%{…}` such as those of `AuthName` and `Require user`.

mod names;
mod parse;
mod scan;
mod subnet;

pub use names::{Binary, Function, Unary, module_of_variable};
pub use parse::{parse, parse_string};
pub use subnet::Subnet;

use std::fmt;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// `true` and `false`.
    Constant(bool),
    /// `! a`
    Not(Box<Expr>),
    /// `a && b && …`: at least two.
    And(Vec<Expr>),
    /// `a || b || …`: at least two.
    Or(Vec<Expr>),
    /// Two words compared as texts or as numbers.
    Compare(Comparison, Word, Word),
    /// `a =~ /…/`, and `a !~ /…/` where it is negated.
    Match {
        /// What is looked at.
        word: Word,
        /// The regular expression.
        pattern: Vec<u8>,
        /// Whether the flag `i` stands behind it.
        ignore_case: bool,
        /// Whether it must not match.
        negated: bool,
    },
    /// `a in { b, c }`
    InWords(Word, Vec<Word>),
    /// `a in f(b)`: the name of a function that gives a list, and its argument.
    InList(Word, Vec<u8>, Word),
    /// `-f a`
    Unary(Unary, Word),
    /// `a -strmatch b`
    Binary(Binary, Word, Word),
}

/// How two words are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What must hold.
    pub relation: Relation,
    /// Whether it is the numbers at the beginning of both words that are compared: `-eq` and its like.
    pub numbers: bool,
}

/// A relation between two texts or numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Relation {
    /// Whether it holds between two things that compare like this.
    #[must_use]
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    /// How it is written between texts.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// Something that stands for a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// These bytes.
    Text(Vec<u8>),
    /// `%{NAME}`, in capital letters.
    Variable(Vec<u8>),
    /// `%{f:a}` and `f(a)`
    Call(Function, Box<Word>),
    /// `$1`
    Group(u8),
    /// Several, one behind the other.
    Concat(Vec<Word>),
}

/// Why httpd refuses an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Something stands where it cannot stand.
    Syntax,
    /// The scanner's words for what it cannot take.
    Scanner(String),
    /// A name that there is not; the words httpd has for it.
    Name(String),
    /// An operator's argument that is none.
    Argument(String),
    /// httpd does not refuse it, it aborts: its scanner has no rule for what stands there, such as a backslash at the end.
    Aborts,
    /// It is nested deeper than is read here; httpd gives up on such a one when it evaluates it.
    TooDeep,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax => f.write_str("syntax error"),
            Self::Scanner(text) | Self::Name(text) | Self::Argument(text) => f.write_str(text),
            Self::Aborts => f.write_str("flex scanner jammed"),
            Self::TooDeep => f.write_str("Recursion limit reached"),
        }
    }
}

/// A part of an expression that is being looked at.
#[derive(Clone, Copy, Debug)]
pub enum Part<'e> {
    /// A condition.
    Expr(&'e Expr),
    /// A word.
    Word(&'e Word),
}

impl Expr {
    /// Calls `see` for this condition and for everything in it.
    pub fn visit<'e>(&'e self, see: &mut dyn FnMut(Part<'e>)) {
        see(Part::Expr(self));
        match self {
            Self::Constant(_) => {}
            Self::Not(inner) => inner.visit(see),
            Self::And(all) | Self::Or(all) => all.iter().for_each(|one| one.visit(see)),
            Self::Compare(_, a, b) | Self::InList(a, _, b) | Self::Binary(_, a, b) => {
                a.visit(see);
                b.visit(see);
            }
            Self::Match { word, .. } | Self::Unary(_, word) => word.visit(see),
            Self::InWords(word, words) => {
                word.visit(see);
                for word in words {
                    word.visit(see);
                }
            }
        }
    }

    /// The names of the variables in it, in capital letters.
    #[must_use]
    pub fn variables(&self) -> Vec<&[u8]> {
        let mut names = Vec::new();
        self.visit(&mut |part| {
            if let Part::Word(Word::Variable(name)) = part {
                names.push(&**name);
            }
        });
        names
    }

    /// Whether it reads `%{REMOTE_USER}`: then `Require expr` asks for a user where it does not hold
    /// (`expr_lookup_fn` of mod_authz_core).
    #[must_use]
    pub fn mentions_remote_user(&self) -> bool {
        self.variables().contains(&&b"REMOTE_USER"[..])
    }

    /// The first function in it that reads files: in .htaccess httpd refuses these, though not operators such as `-f`
    /// (`AP_EXPR_FLAG_RESTRICTED`).
    #[must_use]
    pub fn restricted(&self) -> Option<&'static str> {
        let mut first = None;
        self.visit(&mut |part| first = first.or(part.restricted()));
        first
    }
}

impl Part<'_> {
    fn restricted(self) -> Option<&'static str> {
        match self {
            Part::Word(Word::Call(function, _)) => function.restricted(),
            _ => None,
        }
    }
}

impl Word {
    /// Calls `see` for this word and for everything in it.
    pub fn visit<'e>(&'e self, see: &mut dyn FnMut(Part<'e>)) {
        see(Part::Word(self));
        match self {
            Self::Text(_) | Self::Variable(_) | Self::Group(_) => {}
            Self::Call(_, argument) => argument.visit(see),
            Self::Concat(parts) => parts.iter().for_each(|part| part.visit(see)),
        }
    }

    /// As [`Expr::restricted`].
    #[must_use]
    pub fn restricted(&self) -> Option<&'static str> {
        let mut first = None;
        self.visit(&mut |part| first = first.or(part.restricted()));
        first
    }

    /// The text, where it is the same for every request.
    #[must_use]
    pub fn constant(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
