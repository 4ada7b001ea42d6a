//! Password, digest and group files, with what names them.

use super::Project;
use crate::source::{FileId, Location, SourceFile};
use crate::syntax::credentials::{Credentials, Kind};

/// A server that reads a password file, and the directive that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBy {
    /// The server.
    pub server: crate::syntax::Language,
    /// The argument that names the file.
    pub at: Location,
}

/// A password, digest or group file as it was read.
#[derive(Debug)]
pub struct PasswordFileData {
    /// The file.
    pub file: FileId,
    /// Its lines.
    pub credentials: Credentials,
    /// The directives that name it; empty for a file that was named on the command line.
    pub named_by: Vec<NamedBy>,
}

/// A password file with everything a rule may ask of it.
#[derive(Clone, Copy, Debug)]
pub struct PasswordFile<'p> {
    /// The run that it is part of.
    pub project: &'p Project,
    /// What was read.
    pub data: &'p PasswordFileData,
}

impl<'p> PasswordFile<'p> {
    /// The file.
    #[must_use]
    pub fn source(&self) -> &'p SourceFile {
        self.project.sources.get(self.data.file)
    }

    /// What the servers take it for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.data.credentials.kind
    }

    /// Whether `server` reads it. A file that nothing names may be read by either.
    #[must_use]
    pub fn read_by(&self, server: crate::syntax::Language) -> bool {
        self.data.named_by.is_empty()
            || self.data.named_by.iter().any(|named| named.server == server)
    }

    /// The place of `span` in the file.
    #[must_use]
    pub fn at(&self, span: crate::source::Span) -> Location {
        Location::new(self.data.file, span)
    }
}
