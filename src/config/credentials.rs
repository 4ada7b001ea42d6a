//! Password, digest and group files, with what names them and who reads them.

use super::Project;
use super::password::{self, Stored};
use crate::source::{FileId, Location, SourceFile, Span};
use crate::syntax::Language;
use crate::syntax::credentials::{self, Credentials, Entry, Kind, is_blank};

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
    /// Its lines.
    pub credentials: Credentials,
    /// The directives that name it as this kind of file; empty for a file that was named on the command line.
    pub named_by: Vec<NamedBy>,
    /// The only server that reads it, where `--server` says so.
    pub server: Option<Language>,
}

impl Project {
    /// Notes that `file` is a password, digest or group file, and parses it when nobody has said so yet. A file that is
    /// named as two kinds is two entries of [`Project::credentials`].
    pub fn add_credentials(&mut self, file: FileId, kind: Kind, named_by: Option<NamedBy>) {
        let mut known = self.credentials.iter_mut().filter(|known| known.file == file);
        let known = match &named_by {
            Some(_) => known.find(|known| known.credentials.kind == kind),
            None => known.next(),
        };
        if let Some(known) = known {
            known.named_by.extend(named_by);
            return;
        }
        let credentials = credentials::parse(self.sources.get(file).text(), kind);
        let named_by = named_by.into_iter().collect();
        self.credentials.push(PasswordFileData { file, credentials, named_by, server: None });
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

/// One user of an htpasswd file: `name : hash [ rest : … ]`, with the blanks that both servers take for a part of what
/// they touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// The whole line.
    pub line: Span,
    /// The name, blanks around it left out.
    pub name: Span,
    /// The blanks before the name.
    pub before_name: Span,
    /// The blanks between the name and the colon.
    pub after_name: Span,
    /// The blanks between the colon and the hash.
    pub before_hash: Span,
    /// The hash; where a whole hash is followed by a blank and more, only the hash.
    pub hash: Span,
    /// The blanks behind the hash, up to `rest` or the end of the field.
    pub after_hash: Span,
    /// What follows a whole hash and a blank, up to the next colon: a second user, most likely.
    pub rest: Span,
    /// What stands between the next two colons: servers ignore it.
    pub next_field: Option<Span>,
    /// What the hash is.
    pub stored: Stored,
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

    /// Whether some directive makes a server read it as `kind`, besides any other kind.
    #[must_use]
    pub fn is_read_as(&self, kind: Kind) -> bool {
        let all = &self.project.credentials;
        all.iter().any(|data| data.file == self.data.file && data.credentials.kind == kind)
    }

    /// Whether a template fills in a part of `span`: then its value is unknown.
    #[must_use]
    pub fn is_templated(&self, span: Span) -> bool {
        self.source().template().is_some_and(|template| template.touches(span))
    }

    /// The lines that are neither blank nor a comment, without those of which a template fills in a part.
    pub fn entries(&self) -> impl Iterator<Item = &'p Entry> + use<'p> {
        let file = *self;
        file.data.credentials.entries.iter().filter(move |entry| !file.is_templated(entry.line))
    }

    /// The users of an htpasswd file, in its order. Lines without a colon, and lines of which a template fills in a
    /// part, are left out.
    pub fn users(&self) -> impl Iterator<Item = User> + use<'p> {
        let file = *self;
        // httpd's `ap_getword` takes several colons for one
        let several_colons = file.read_by(Language::Nginx) == Reads::No;
        let entries = file.entries().filter(|entry| entry.has_colon);
        entries.map(move |entry| file.user(entry, several_colons))
    }

    fn user(&self, entry: &Entry, several_colons: bool) -> User {
        let fields = self.data.credentials.fields(entry);
        let empty = fields.iter().take_while(|field| field.span.is_empty()).count();
        let first = if several_colons && empty < fields.len() { empty } else { 0 };
        let field = fields.get(first).map_or(Span::empty(entry.line.end), |word| word.span);
        let name = self.trimmed(entry.name);
        let whole = self.trimmed(field);
        let bytes = self.bytes(whole);
        let mut hash = whole;
        let mut stored = password::read(bytes);
        if let Some(blank) = bytes.iter().position(|&byte| is_blank(byte)) {
            let word = Span::new(whole.start, whole.start + blank as u32);
            // a password in clear may hold blanks; only behind a hash is the rest something else
            if let (Stored::Malformed(..) | Stored::Plain, Stored::Hash(scheme)) =
                (stored, password::read(self.bytes(word)))
            {
                hash = word;
                stored = Stored::Hash(scheme);
            }
        }
        let rest = self.trimmed(Span::new(hash.end, whole.end));
        User {
            line: entry.line,
            name,
            before_name: Span::new(entry.name.start, name.start),
            after_name: Span::new(name.end, entry.name.end),
            before_hash: Span::new(field.start, hash.start),
            hash,
            after_hash: Span::new(hash.end, if rest.is_empty() { field.end } else { rest.start }),
            rest,
            next_field: fields.get(first + 1).map(|word| word.span),
            stored,
        }
    }

    /// `span` without the blanks at both ends.
    #[must_use]
    pub fn trimmed(&self, span: Span) -> Span {
        let bytes = self.bytes(span);
        let start = bytes.iter().take_while(|&&byte| is_blank(byte)).count();
        let end = bytes[start..].iter().rev().take_while(|&&byte| is_blank(byte)).count();
        Span::new(span.start + start as u32, span.end - end as u32)
    }

    /// A name as messages show it: at most 40 characters, and what is no UTF-8 replaced.
    #[must_use]
    pub fn shown(&self, name: Span) -> String {
        let name = String::from_utf8_lossy(self.bytes(name));
        match name.char_indices().nth(40) {
            Some((cut, _)) => format!("{}…", &name[..cut]),
            None => name.into_owned(),
        }
    }

    /// Whether a user's line is one of an htdigest file, `user:realm:digest`.
    #[must_use]
    pub fn is_digest_line(&self, user: &User) -> bool {
        let next = user.next_field.map(|field| self.bytes(self.trimmed(field)));
        !matches!(user.stored, Stored::Hash(_)) && next.is_some_and(credentials::is_digest)
    }

    /// Whether only httpd reads the file, and under a path of Windows, where it compares passwords in clear
    /// (`apr_password_validate` without `crypt()`).
    #[must_use]
    pub fn may_lie_on_windows(&self) -> bool {
        let named_by = &self.data.named_by;
        self.read_by(Language::Nginx) == Reads::No
            && named_by.iter().any(|named| {
                let argument = self.project.sources.get(named.at.file).slice(named.at.span);
                let path = argument.trim_ascii_start();
                let path = path.strip_prefix(b"\"").unwrap_or(path);
                matches!(path, [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
            })
    }

    /// Whether a template is what was read: nothing in it is missing or double for certain, and no fix touches it.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.source().template().is_some()
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
