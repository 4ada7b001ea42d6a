//! What substitutions and conditions have in them: `do_expand` and `lookup_variable`.

use super::rule::Escapes;
use super::{Rewriting, State};
use crate::policy::apache::expr::{FileTest, Function, Groups, Lookup};
use crate::policy::regex::Regex;
use crate::policy::text::Text;
use crate::policy::world::World;
use crate::source::Location;
use std::net::IpAddr;

/// Maps in the keys of maps, and so on.
const DEEPEST: u8 = 20;

/// A rule being applied.
pub(super) struct Running<'r> {
    pub(super) on: &'r mut dyn Rewriting,
    pub(super) state: State,
    /// What the rule's pattern is matched against: `ctx->uri`.
    pub(super) subject: Text,
    /// The prefix of the directory; `None` for the rules of the server.
    pub(super) directory: Option<Vec<u8>>,
    /// `RewriteBase` of the directory.
    pub(super) base: Option<Vec<u8>>,
    /// What `$0` to `$9` stand for.
    pub(super) rule_groups: Groups,
    /// What `%0` to `%9` stand for.
    pub(super) condition_groups: Groups,
    /// Whether a URL of this very server was taken for a path.
    pub(super) is_reduced: bool,
    /// The directive that is being applied.
    pub(super) at: Option<Location>,
    pub(super) steps: Vec<(Location, String)>,
}

/// Expressions and conditions see the request as the rules before them have left it.
impl Lookup for Running<'_> {
    fn variable(&mut self, name: &[u8]) -> Text {
        match name {
            b"REQUEST_FILENAME" | b"SCRIPT_FILENAME" => self.state.filename.clone(),
            b"QUERY_STRING" => self.state.args.clone().unwrap_or_default(),
            b"PATH_INFO" => self.state.path_info.clone(),
            b"REQUEST_URI" | b"DOCUMENT_URI" => self.state.uri.clone(),
            b"IS_SUBREQ" => {
                let text: &[u8] = if self.state.is_subrequest { b"true" } else { b"false" };
                text.into()
            }
            name => self.on.variable(name),
        }
    }

    fn function(&mut self, function: Function, argument: &[u8]) -> Option<Text> {
        self.on.function(function, argument)
    }

    fn file_test(&mut self, test: FileTest, path: &Text) -> bool {
        self.on.file_test(test, path)
    }

    fn is_accessible(&mut self, name: &Text, is_file: bool) -> bool {
        self.on.is_accessible(name, is_file)
    }

    fn list_holds(&mut self, name: &[u8], argument: &Text, needle: &Text) -> bool {
        self.on.list_holds(name, argument, needle)
    }

    fn client(&mut self) -> Option<IpAddr> {
        self.on.client()
    }

    fn regex(&mut self, pattern: &[u8], ignore_case: bool) -> Regex {
        self.on.regex(pattern, ignore_case)
    }

    fn world(&mut self) -> &mut World {
        self.on.world()
    }

    fn at(&self) -> Option<Location> {
        self.at
    }
}

impl Running<'_> {
    /// `text` with everything filled in; `escapes` for what groups hold.
    pub(super) fn expand(&mut self, text: &[u8], escapes: Option<&Escapes>) -> Text {
        self.expand_within(text, escapes, DEEPEST)
    }

    fn expand_within(&mut self, text: &[u8], escapes: Option<&Escapes>, depth: u8) -> Text {
        let mut filled = Text::EMPTY;
        let mut rest = text;
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\\' | b'$' | b'%')) {
            filled.push(rest[..at].into());
            rest = &rest[at..];
            rest = match rest {
                [b'\\'] => {
                    filled.push(rest.into());
                    b""
                }
                [b'\\', byte, rest @ ..] => {
                    filled.push((&[*byte][..]).into());
                    rest
                }
                [sign, b'{', inside @ ..] => match closing(inside) {
                    None => {
                        filled.push(rest[..2].into());
                        inside
                    }
                    Some(end) if *sign == b'%' => {
                        filled.push(self.named(&inside[..end]));
                        &inside[end + 1..]
                    }
                    Some(end) => match in_braces(&inside[..end], b':') {
                        None => {
                            filled.push(rest[..2].into());
                            inside
                        }
                        Some(colon) => {
                            let (map, key) = (&inside[..colon], &inside[colon + 1..end]);
                            filled.push(self.mapped(map, key, escapes, depth));
                            &inside[end + 1..]
                        }
                    },
                },
                [sign, digit @ b'0'..=b'9', rest @ ..] => {
                    let groups =
                        if *sign == b'$' { &self.rule_groups } else { &self.condition_groups };
                    let group = groups.get(digit - b'0');
                    filled.push(match escapes {
                        Some(escapes) => escapes.apply(&group),
                        None => group,
                    });
                    rest
                }
                [sign, rest @ ..] => {
                    filled.push((&[*sign][..]).into());
                    rest
                }
                [] => b"",
            };
        }
        filled.push(rest.into());
        filled
    }

    /// `${map:key|default}`
    fn mapped(&mut self, map: &[u8], key: &[u8], escapes: Option<&Escapes>, depth: u8) -> Text {
        let Some(depth) = depth.checked_sub(1) else { return Text::EMPTY };
        let (key, default) = match in_braces(key, b'|') {
            Some(at) => (&key[..at], &key[at + 1..]),
            None => (key, &b""[..]),
        };
        let key = self.expand_within(key, escapes, depth);
        match self.on.map(map, &key) {
            Some(value) => value,
            None => self.expand_within(default, escapes, depth),
        }
    }

    /// `%{name}`
    pub(super) fn named(&mut self, name: &[u8]) -> Text {
        let function = |running: &mut Self, function, name: &[u8]| {
            running.on.function(function, name).unwrap_or_default()
        };
        let is = |start: &[u8]| {
            name.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start))
        };
        match name {
            // one of fewer letters is none
            [_, _, _, b':', argument @ ..] => {
                if argument.is_empty() {
                    Text::EMPTY
                } else if is(b"ENV:") {
                    function(self, Function::Env, argument)
                } else if is(b"SSL:") {
                    self.on.variable(argument)
                } else {
                    Text::EMPTY
                }
            }
            [_, _, _, _, b':', argument @ ..] => {
                if argument.is_empty() {
                    Text::EMPTY
                } else if is(b"HTTP:") {
                    function(self, Function::Req, argument)
                } else if is(b"LA-U:") {
                    self.ahead(argument, false)
                } else if is(b"LA-F:") {
                    self.ahead(argument, true)
                } else {
                    Text::EMPTY
                }
            }
            name => {
                let name = name.to_ascii_uppercase();
                if is_variable(&name) { self.variable(&name) } else { Text::EMPTY }
            }
        }
    }

    /// `%{LA-U:name}` and `%{LA-F:name}`
    fn ahead(&mut self, name: &[u8], is_file: bool) -> Text {
        if !self.state.may_look_ahead {
            return Text::EMPTY;
        }
        let mut path = self.subject.clone();
        let mut is_file = is_file;
        if let Some(directory) = &self.directory {
            if path.prefix().starts_with(b"/") {
                // what file that is, is not known yet
                is_file = false;
            } else {
                let start =
                    if is_file { directory } else { self.base.as_ref().unwrap_or(directory) };
                path = super::url::joined(start, &path);
            }
        }
        self.on.look_ahead(&path, name, is_file)
    }
}

/// Whether mod_rewrite knows a variable of this name, in capital letters.
fn is_variable(name: &[u8]) -> bool {
    const NAMES: &str = "\
        TIME IPV6 HTTPS TIME_DAY TIME_SEC TIME_MIN TIME_MON TIME_WDAY TIME_YEAR IS_SUBREQ PATH_INFO AUTH_TYPE HTTP_HOST \
        TIME_HOUR SERVER_NAME REMOTE_ADDR SERVER_ADDR HTTP_ACCEPT THE_REQUEST API_VERSION HTTP_COOKIE SERVER_PORT \
        REMOTE_HOST REMOTE_PORT REMOTE_USER SCRIPT_USER REQUEST_URI SCRIPT_GROUP REMOTE_IDENT HTTP_REFERER QUERY_STRING \
        SERVER_ADMIN DOCUMENT_ROOT HTTP_FORWARDED CONTEXT_PREFIX REQUEST_METHOD REQUEST_SCHEME HTTP_USER_AGENT \
        SCRIPT_FILENAME SERVER_PROTOCOL SERVER_SOFTWARE CONN_REMOTE_ADDR REQUEST_FILENAME HTTP_PROXY_CONNECTION \
        CONTEXT_DOCUMENT_ROOT";
    NAMES.split_ascii_whitespace().any(|known| known.as_bytes() == name)
}

/// Where the brace closes whose inside begins here: `find_closing_curly`.
fn closing(inside: &[u8]) -> Option<usize> {
    let mut depth = 1_usize;
    inside.iter().position(|byte| {
        match byte {
            b'}' => depth -= 1,
            b'{' => depth += 1,
            _ => {}
        }
        depth == 0
    })
}

/// Where `wanted` stands outside of inner braces: `find_char_in_curlies`.
fn in_braces(inside: &[u8], wanted: u8) -> Option<usize> {
    let mut depth = 1_usize;
    for (at, &byte) in inside.iter().enumerate() {
        if byte == wanted && depth == 1 {
            return Some(at);
        }
        match byte {
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return None;
                }
            }
            b'{' => depth += 1,
            _ => {}
        }
    }
    None
}

impl Escapes {
    /// `escape_backref`
    fn apply(&self, group: &Text) -> Text {
        let mut escaped = Text::EMPTY;
        for piece in group.pieces() {
            escaped.push(match piece {
                Ok(bytes) => {
                    bytes.iter().flat_map(|&byte| self.byte(byte)).collect::<Vec<u8>>().into()
                }
                Err(cause) => cause.clone().into(),
            });
        }
        escaped
    }

    fn byte(&self, byte: u8) -> Vec<u8> {
        let listed =
            |list: &Option<Vec<u8>>| list.as_ref().is_some_and(|list| list.contains(&byte));
        let chosen = if self.controls {
            !(0x21..=0x7e).contains(&byte) && byte < 0x80
        } else {
            self.only.is_none()
        };
        if !(chosen || listed(&self.only)) || listed(&self.except) {
            return vec![byte];
        }
        match byte {
            _ if byte.is_ascii_alphanumeric() || byte == b'_' => vec![byte],
            b' ' if !self.no_plus => vec![b'+'],
            byte => format!("%{byte:02x}").into_bytes(),
        }
    }
}
