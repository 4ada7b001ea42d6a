//! Password, digest and group files.

use crate::source::Span;

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

/// One line that is neither blank nor a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The whole line, line end excluded.
    pub line: Span,
    /// What stands before the first colon; the whole line when there is none. Blanks around it included.
    pub name: Span,
    /// What stands between the colons after the first one, blanks included; empty when there is no colon.
    pub fields: Vec<Span>,
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
    pub bom: Option<Span>,
}
