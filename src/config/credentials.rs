//! Password, digest and group files, with what names them and who reads them.

use super::Project;
use crate::source::{FileId, Location, SourceFile, Span};
use crate::syntax::Language;
use crate::syntax::credentials::{self, Credentials, Kind};

/// A directive that names a password file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedBy {
    /// The server that reads the file because of it.
    pub server: Language,
    /// What the server reads it as: `AuthUserFile` names an htpasswd or an htdigest file, as `AuthType` says.
    pub kind: Kind,
    /// The argument that names the file.
    pub at: Location,
}

/// A password, digest or group file as it was read.
#[derive(Debug)]
pub struct PasswordFileData {
    /// The file.
    pub file: FileId,
    /// Its lines, read as what the first directive to name it takes it for.
    pub credentials: Credentials,
    /// The directives that name it; empty for a file that was named on the command line.
    pub named_by: Vec<NamedBy>,
    /// The only server that reads it, where `--server` says so.
    pub server: Option<Language>,
}

impl Project {
    /// Notes that `file` is a password, digest or group file, and parses it when it is the first to say so.
    pub fn add_credentials(&mut self, file: FileId, kind: Kind, named_by: Option<NamedBy>) {
        if let Some(known) = self.credentials.iter_mut().find(|known| known.file == file) {
            known.named_by.extend(named_by);
            return;
        }
        let credentials = credentials::parse(self.sources.get(file).text(), kind);
        let named_by = named_by.into_iter().collect();
        self.credentials.push(PasswordFileData { file, credentials, named_by, server: None });
        self.counts.credentials += 1;
    }
}

/// Whether a server reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// A directive says so, or the user.
    Yes,
    /// Other directives name it.
    No,
    /// Nothing that was read names the file.
    Perhaps,
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

    /// What its lines were read as.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.data.credentials.kind
    }

    /// Whether `server` reads it.
    #[must_use]
    pub fn read_by(&self, server: Language) -> Reads {
        let named_by = &self.data.named_by;
        match self.data.server {
            _ if named_by.iter().any(|named| named.server == server) => Reads::Yes,
            _ if !named_by.is_empty() => Reads::No,
            Some(only) if only == server => Reads::Yes,
            Some(_) => Reads::No,
            None => Reads::Perhaps,
        }
    }

    /// The first directive that makes `server` read it.
    #[must_use]
    pub fn named_by(&self, server: Language) -> Option<NamedBy> {
        self.data.named_by.iter().copied().find(|named| named.server == server)
    }

    /// Whether every directive that names it takes it for the same kind of file.
    #[must_use]
    pub fn is_of_one_kind(&self) -> bool {
        self.data.named_by.iter().all(|named| named.kind == self.kind())
    }

    /// Whether a template fills in a part of `span`: then its value is unknown.
    #[must_use]
    pub fn is_templated(&self, span: Span) -> bool {
        self.source().template().is_some_and(|template| template.touches(span))
    }

    /// The bytes of a span.
    #[must_use]
    pub fn bytes(&self, span: Span) -> &'p [u8] {
        span.of(self.source().text())
    }

    /// The place of `span` in the file.
    #[must_use]
    pub fn at(&self, span: Span) -> Location {
        Location::new(self.data.file, span)
    }
}
