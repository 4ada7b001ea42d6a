//! Variables of the request that directives set: SetEnvIf and its kin before access control, SetEnv behind it.

use super::policy::{Own, words};
use super::run::Run;
use crate::config::apache::Directive;
use crate::grammar::apache::{Id, id};
use crate::policy::regex::Captures;
use crate::policy::text::{Text, question};
use crate::policy::world::Cause;
use std::collections::BTreeMap;

const SET_ENV_IF: Id = id("SetEnvIf");
const SET_ENV_IF_NO_CASE: Id = id("SetEnvIfNoCase");
const SET_ENV_IF_EXPR: Id = id("SetEnvIfExpr");
const BROWSER_MATCH: Id = id("BrowserMatch");
const BROWSER_MATCH_NO_CASE: Id = id("BrowserMatchNoCase");
const SET_ENV: Id = id("SetEnv");
const PASS_ENV: Id = id("PassEnv");
const UNSET_ENV: Id = id("UnsetEnv");

/// Directives of mod_setenvif.
pub(super) const CONDITIONAL: [Id; 5] =
    [SET_ENV_IF, SET_ENV_IF_NO_CASE, SET_ENV_IF_EXPR, BROWSER_MATCH, BROWSER_MATCH_NO_CASE];

impl<'p> Run<'_, 'p> {
    /// Whether the variable is set, in this world.
    pub(super) fn has_variable(&mut self, name: &[u8]) -> bool {
        self.hop.env.contains_key(name)
    }

    /// `match_headers`: those of the server before the file is looked for, those of the place behind it.
    pub(super) fn set_env_if(&mut self, of_server: bool) {
        let policy = self.policy;
        let list: Vec<Own<'p>> = policy
            .every(&self.hop.merged, &CONDITIONAL, self.world)
            .into_iter()
            .filter(|own| of_server == policy.is_server(own.section))
            .collect();
        for own in list {
            self.set_one(own);
        }
    }

    fn set_one(&mut self, own: Own<'p>) {
        let directive = own.directive;
        let Some(words) = words(directive) else {
            return;
        };
        if own.id == SET_ENV_IF_EXPR {
            let Some((expression, variables)) = words.split_first() else { return };
            if self.expression(expression, directive) == Some(true) {
                for variable in variables {
                    self.assign(variable, &Captures::default(), directive);
                }
            }
            return;
        }
        let is_browser = matches!(own.id, BROWSER_MATCH | BROWSER_MATCH_NO_CASE);
        let ignore_case = matches!(own.id, SET_ENV_IF_NO_CASE | BROWSER_MATCH_NO_CASE);
        let mut rest = words.iter();
        let attribute = if is_browser {
            b"User-Agent".to_vec()
        } else {
            match rest.next() {
                Some(word) => word.to_vec(),
                None => return,
            }
        };
        let Some(pattern) = rest.next() else { return };
        let value = self.attribute(&attribute);
        let regex = self.policy.regexes.get(pattern, ignore_case);
        let found = value.known().and_then(|value| regex.captures(value));
        let captures = match found {
            Some(Some(captures)) => captures,
            Some(None) => return,
            None => {
                let cause = Cause::new(
                    directive.location(),
                    format!("whether {} matches", String::from_utf8_lossy(pattern)),
                );
                if !self.world.holds(cause) {
                    return;
                }
                Captures::default()
            }
        };
        for variable in rest {
            self.assign(variable, &captures, directive);
        }
    }

    /// `var`, `var=value` or `!var`.
    fn assign(&mut self, variable: &[u8], captures: &Captures, directive: Directive<'p>) {
        if let Some(name) = variable.strip_prefix(b"!") {
            self.hop.env.remove(name);
            return;
        }
        let (name, value) = match memchr::memchr(b'=', variable) {
            Some(at) => (&variable[..at], &variable[at + 1..]),
            None => (variable, &b"1"[..]),
        };
        let value = substituted(value, captures);
        let shown = String::from_utf8_lossy(name).into_owned();
        self.step(
            directive.location(),
            "variables",
            format_args!("{} sets {shown}", directive.name()),
        );
        self.hop.env.insert(name.to_vec(), value.into());
    }

    /// What SetEnvIf looks at: a part of the request, a header, or a variable that is set already.
    fn attribute(&mut self, name: &[u8]) -> Text {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("Request_Method") {
            return self.hop.method.clone().into();
        }
        if is("Request_URI") {
            return self.hop.uri.clone().into();
        }
        if is("Remote_Addr") {
            return self.remote.to_string().into_bytes().into();
        }
        if is("Request_Protocol") {
            return b"HTTP/1.1"[..].into();
        }
        if is("Remote_Host") || is("Server_Addr") || is("Remote_User") {
            return Cause::new(None, format!("the value of {}", String::from_utf8_lossy(name)))
                .into();
        }
        if let Some(value) = self.header(name) {
            return value;
        }
        self.hop.env.get(name).cloned().unwrap_or_default()
    }

    /// A header of the request, as modules see it.
    pub(super) fn header(&self, name: &[u8]) -> Option<Text> {
        let changed = self.headers.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((_, value)) = changed {
            return value.clone();
        }
        if name.eq_ignore_ascii_case(b"host") {
            return self.request.host.clone().map(Text::from);
        }
        if name.eq_ignore_ascii_case(b"authorization") {
            return self.authorization().map(|value| value.into_owned().into());
        }
        self.request.header(name).map(Text::from)
    }

    /// mod_env, behind access control.
    pub(super) fn set_env(&mut self) {
        let list = self.policy.every(&self.hop.merged, &[SET_ENV, PASS_ENV, UNSET_ENV], self.world);
        // UnsetEnv takes away what SetEnv says, and nothing else
        let mut set: BTreeMap<Vec<u8>, Text> = BTreeMap::new();
        for own in list {
            let Some(words) = words(own.directive) else { continue };
            match own.id {
                SET_ENV => {
                    let value = words.get(1).map(|value| value.to_vec()).unwrap_or_default();
                    if let Some(name) = words.first() {
                        set.insert(name.to_vec(), value.into());
                    }
                }
                PASS_ENV => {
                    for name in words {
                        let cause =
                            Cause::new(own.directive.location(), "the value of the variable");
                        let cause = question(&cause, &String::from_utf8_lossy(&name));
                        set.entry(name.into_owned()).or_insert_with(|| cause.into());
                    }
                }
                _ => {
                    for name in words {
                        set.remove(&*name);
                    }
                }
            }
        }
        self.hop.env.extend(set);
    }
}

/// `ap_pregsub`: `$1` and `&` are what the pattern captured.
pub(super) fn substituted(value: &[u8], captures: &Captures) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        let next = value.get(at + 1).copied();
        match (byte, next) {
            (b'$', Some(digit @ b'0'..=b'9')) => {
                let group = captures.groups.get(usize::from(digit - b'0'));
                out.extend_from_slice(group.and_then(Option::as_deref).unwrap_or_default());
                at += 2;
            }
            (b'\\', Some(escaped @ (b'$' | b'&'))) => {
                out.push(escaped);
                at += 2;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}
