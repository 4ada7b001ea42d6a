//! Expressions of `<If>`, `Require expr` and their like, evaluated on the request.

use super::expr::{self, Expr, FileTest, Function, Lookup};
use super::requirement::Leaf;
use super::run::Run;
use crate::config::apache::{Directive, Value};
use crate::grammar::apache::id;
use crate::policy::files::Found;
use crate::policy::regex::Regex;
use crate::policy::text::{Text, question};
use crate::policy::world::{Cause, World};
use crate::source::Location;
use std::net::IpAddr;

/// Whether httpd takes the text for an expression.
pub(super) fn parses(text: &[u8]) -> bool {
    expr::parse(text).is_ok()
}

/// Whether the expression asks for the user.
pub(super) fn mentions_user(text: &[u8]) -> bool {
    expr::parse(text).is_ok_and(|parsed| parsed.mentions_remote_user())
}

impl Leaf<'_> {
    /// The expression of `Require expr`: the rest of the line as it is written, without quotes around all of it. `None`
    /// where it is not known.
    #[must_use]
    pub fn expression(&self) -> Option<Vec<u8>> {
        let mut words = self.words();
        let first = words.next()?;
        let last = words.last().unwrap_or(first);
        if self.directive.args().any(Value::has_variable) {
            // what a variable stands for moves what is behind it
            let words: Option<Vec<_>> = self.words().map(Value::known).collect();
            return Some(words?.join(&b' '));
        }
        if self.directive.args().any(Value::is_templated) {
            return None;
        }
        let (start, end) = (first.location().span.start, last.location().span.end);
        let text = self.directive.source().text().get(start as usize..end as usize)?;
        let quoted = text.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
        Some(quoted.unwrap_or(text).to_vec())
    }
}

impl<'p> Run<'_, 'p> {
    /// What a text with `%{…}` stands for, where that is known.
    pub(super) fn filled_in(&mut self, text: &[u8], directive: Directive<'p>) -> Option<Vec<u8>> {
        let template = expr::parse_string(text).ok()?;
        let at = Some(directive.location());
        let text = template.text(&mut Asking { run: self, at }).ok()?;
        text.known().map(<[u8]>::to_vec)
    }

    /// Whether an expression holds; `None` where it cannot be evaluated.
    pub(super) fn expression(&mut self, text: &[u8], directive: Directive<'p>) -> Option<bool> {
        let parsed: Expr = expr::parse(text).ok()?;
        parsed.holds(&mut Asking { run: self, at: Some(directive.location()) }).ok()
    }
}

/// A run that is asked by an expression or by mod_rewrite.
pub(super) struct Asking<'a, 'r, 'p> {
    pub(super) run: &'a mut Run<'r, 'p>,
    pub(super) at: Option<Location>,
}

impl Asking<'_, '_, '_> {
    fn unknown(&self, name: &[u8]) -> Text {
        Cause::new(self.at, format!("the value of {}", String::from_utf8_lossy(name))).into()
    }
}

impl Lookup for Asking<'_, '_, '_> {
    fn variable(&mut self, name: &[u8]) -> Text {
        let run = &mut *self.run;
        let known = |text: &[u8]| Text::from(text);
        if let Some(header) = name.strip_prefix(b"HTTP_") {
            let header: Vec<u8> =
                header.iter().map(|&byte| if byte == b'_' { b'-' } else { byte }).collect();
            return run.header(&header).unwrap_or_default();
        }
        match name {
            b"REQUEST_METHOD" => known(&run.hop.method),
            b"REQUEST_URI" | b"DOCUMENT_URI" => known(&run.hop.uri),
            b"REQUEST_SCHEME" => known(if run.is_tls() { b"https" } else { b"http" }),
            b"HTTPS" => known(if run.is_tls() { b"on" } else { b"off" }),
            b"QUERY_STRING" => known(run.hop.args.as_deref().unwrap_or_default()),
            b"REMOTE_ADDR" => known(run.remote.to_string().as_bytes()),
            b"CONN_REMOTE_ADDR" => known(run.request.from.to_string().as_bytes()),
            b"REMOTE_USER" => known(run.hop.user.as_deref().unwrap_or_default()),
            b"AUTH_TYPE" if run.hop.user.is_none() => Text::EMPTY,
            b"PATH_INFO" => known(&run.hop.path_info),
            b"SCRIPT_FILENAME" | b"REQUEST_FILENAME" => known(&run.hop.filename),
            b"SERVER_PORT" => known(run.request.destination.port().to_string().as_bytes()),
            b"SERVER_NAME" => {
                let host = run.request.host.as_deref().unwrap_or_default();
                known(&super::host::normalised(host))
            }
            b"SERVER_PROTOCOL" => known(b"HTTP/1.1"),
            b"SERVER_PROTOCOL_VERSION" => known(b"1001"),
            b"SERVER_PROTOCOL_VERSION_MAJOR" | b"SERVER_PROTOCOL_VERSION_MINOR" => known(b"1"),
            b"IS_SUBREQ" => known(if run.is_subrequest { b"true" } else { b"false" }),
            b"IPV6" => known(if run.request.from.is_ipv6() { b"on" } else { b"off" }),
            b"HANDLER" => {
                known(run.hop.handler.as_ref().map(|(name, _)| &**name).unwrap_or_default())
            }
            b"REQUEST_STATUS" => {
                known(run.error.map(|it| it.to_string()).unwrap_or_default().as_bytes())
            }
            b"CONTENT_TYPE" => run.header(b"content-type").unwrap_or_default(),
            b"THE_REQUEST" => {
                let line = [&run.request.method, &b" "[..], &run.request.target, b" HTTP/1.1"];
                known(&line.concat())
            }
            b"DOCUMENT_ROOT" | b"CONTEXT_DOCUMENT_ROOT" => {
                let policy = run.policy;
                let defaults = policy.servers[run.server.index()].defaults;
                let own = policy.last_of(defaults, &[const { id("DocumentRoot") }], run.world);
                let root = own.and_then(|own| own.directive.arg(0)).and_then(Value::known);
                match root {
                    Some(root) => known(root.strip_suffix(b"/").unwrap_or(&root)),
                    None => self.unknown(name),
                }
            }
            b"CONTEXT_PREFIX" | b"REMOTE_IDENT" => Text::EMPTY,
            _ => self.unknown(name),
        }
    }

    fn function(&mut self, function: Function, argument: &[u8]) -> Option<Text> {
        Some(match function {
            Function::Req => self.run.header(argument).unwrap_or_default(),
            Function::ReqEnv => self.run.hop.env.get(argument).cloned().unwrap_or_default(),
            Function::Env => match self.run.hop.env.get(argument) {
                Some(value) => value.clone(),
                // nobody names a variable of the server's own after one of a request
                None => Text::EMPTY,
            },
            Function::Note | Function::Resp => Text::EMPTY,
            _ => self.unknown(argument),
        })
    }

    fn file_test(&mut self, test: FileTest, path: &Text) -> bool {
        let cause = Cause::new(self.at, path.shown().into_owned());
        let Some(name) = path.known() else {
            return self.run.world.choose(question(&cause, test.words()), 2) == 1;
        };
        let found = self.run.stands_at(name);
        match (test, found) {
            (_, Found::Unknown)
            | (FileTest::NotEmpty, Found::File)
            | (FileTest::Link | FileTest::Executable, Found::File | Found::Directory) => {
                self.run.world.choose(question(&cause, test.words()), 2) == 1
            }
            (FileTest::Directory, found) => found == Found::Directory,
            (FileTest::File, found) => found == Found::File,
            (FileTest::Exists, found) => found != Found::Nothing,
            _ => false,
        }
    }

    fn client(&mut self) -> Option<IpAddr> {
        Some(self.run.remote)
    }

    fn regex(&mut self, pattern: &[u8], ignore_case: bool) -> Regex {
        self.run.policy.regexes.get(pattern, ignore_case)
    }

    fn world(&mut self) -> &mut World {
        self.run.world
    }

    fn at(&self) -> Option<Location> {
        self.at
    }
}
