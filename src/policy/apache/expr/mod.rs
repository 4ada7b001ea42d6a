//! httpd's expressions, evaluated in one world: `util_expr_eval.c`.
//!
//! What an expression asks of the request, of files and of the server it asks a [`Lookup`]; what is not known there is a
//! [`Text`] of which parts are unknown, and what depends on it is asked of the world.

mod eval;
mod fnmatch;
mod functions;

pub(super) use crate::syntax::apache::expression::{Error, Expr, Function, parse, parse_string};
pub(super) use eval::{Groups, captures, number};
pub(super) use fnmatch::{FnMatch, fnmatch};
pub(super) use functions::escape_uri;

use crate::policy::regex::Regex;
use crate::policy::text::Text;
use crate::policy::world::{Cause, World};
use crate::source::Location;
use std::net::IpAddr;

/// A question about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum FileTest {
    /// `-d`: it is a directory.
    Directory,
    /// `-e`: it is there.
    Exists,
    /// `-f`: it is a regular file.
    File,
    /// `-s`: it is a regular file and not empty.
    NotEmpty,
    /// `-L`, `-h`: it is a symbolic link.
    Link,
    /// `-x`: somebody may execute it.
    Executable,
}

impl FileTest {
    /// What it asks, as in "whether X …".
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Directory => "is a directory",
            Self::Exists => "exists",
            Self::File => "is a file",
            Self::NotEmpty => "is a file that is not empty",
            Self::Link => "is a symbolic link",
            Self::Executable => "may be executed",
        }
    }
}

/// What expressions are evaluated on.
pub(super) trait Lookup {
    /// The value of a variable, whose name is in capital letters: those of [`Expr::variables`], and for mod_rewrite
    /// `SERVER_ADDR`. Empty where there is none.
    fn variable(&mut self, name: &[u8]) -> Text;

    /// What a function makes of its argument that asks for something: `osenv`, `env`, `resp`, `req`, `note`, `reqenv`,
    /// `file`, `filesize`. `None` where httpd gives up on the whole expression: a file that cannot be read.
    fn function(&mut self, function: Function, argument: &[u8]) -> Option<Text>;

    /// Whether the file of this name, as the server sees it, is such a one. Asks the world where that is not known.
    fn file_test(&mut self, test: FileTest, path: &Text) -> bool;

    /// `-U` and, where `is_file`, `-F`: whether a subrequest for this is let through.
    fn is_accessible(&mut self, name: &Text, is_file: bool) -> bool {
        let what = if is_file { "file" } else { "URL" };
        let text = format!("whether a subrequest for the {what} {} is let through", name.shown());
        let cause = Cause::new(self.at(), text);
        self.world().choose(cause, 2) == 1
    }

    /// `needle in NAME(argument)`, for the one function of mod_ssl.
    fn list_holds(&mut self, name: &[u8], argument: &Text, needle: &Text) -> bool {
        let name = String::from_utf8_lossy(name);
        let text = format!("whether {name}({}) holds {}", argument.shown(), needle.shown());
        let cause = Cause::new(self.at(), text);
        self.world().choose(cause, 2) == 1
    }

    /// The client's address, as mod_remoteip has it.
    fn client(&mut self) -> Option<IpAddr>;

    /// The compiled pattern.
    fn regex(&mut self, pattern: &[u8], ignore_case: bool) -> Regex;

    /// The world in which the expression is evaluated.
    fn world(&mut self) -> &mut World;

    /// The directive that the expression stands in.
    fn at(&self) -> Option<Location>;
}

#[cfg(test)]
pub(super) mod tests;
