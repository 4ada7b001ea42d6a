//! The values of variables: what the request says, what code has set, maps, captures. What only the running server knows
//! is unknown, and says so.

use super::cache::Earlier;
use super::run::Run;
use crate::config::nginx::variables;
use crate::grammar::nginx::id;
use crate::policy::request::{Credential, Destination, Scheme};
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::source::Location;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Variables in the values of variables, and so on.
const DEEPEST: u8 = 24;

impl Run<'_, '_> {
    /// `text` with its variables filled in.
    pub(super) fn fill_in(&mut self, text: &[u8], at: Location) -> Text {
        let mut filled = Text::EMPTY;
        let mut end = 0;
        for variable in variables(text) {
            filled.push(text[end..variable.range.start].into());
            end = variable.range.end;
            let value = if variable.is_capture() {
                let index = usize::from(variable.name[0] - b'0');
                Text::from(self.captures.groups.get(index).cloned().flatten().unwrap_or_default())
            } else {
                self.variable(&variable.name.to_ascii_lowercase(), at)
            };
            filled.push(value);
        }
        filled.push(text[end..].into());
        filled
    }

    /// The value of the variable `name`, in small letters, read at `at`.
    pub(super) fn variable(&mut self, name: &[u8], at: Location) -> Text {
        if let Some(known) = self.variables.get(name) {
            return known.clone();
        }
        if self.evaluating >= DEEPEST {
            return unknown(name, at);
        }
        if let Some(&map) = self.policy.maps.get(name) {
            self.evaluating += 1;
            let value = self.mapped(map);
            self.evaluating -= 1;
            if !map.children().any(|line| line.name_value().is(b"volatile")) {
                self.variables.insert(name.to_vec(), value.clone());
            }
            return value;
        }
        self.builtin(name, at).unwrap_or_else(|| {
            // a variable that code sets is empty until it has
            if self.policy.set_variables().contains(name) { Text::EMPTY } else { unknown(name, at) }
        })
    }

    /// The client's address as `$remote_addr` has it.
    pub(super) fn remote_text(&self) -> String {
        self.remote.map_or("unix:".to_owned(), |address| address.to_string())
    }

    fn builtin(&mut self, name: &[u8], at: Location) -> Option<Text> {
        let known = |text: &[u8]| Some(Text::from(text));
        match name {
            b"uri" | b"document_uri" => Some(self.uri.clone()),
            b"args" | b"query_string" => Some(self.args.clone()),
            b"is_args" => {
                let args = self.args.clone();
                known(if args.is_empty(self.world) { b"" } else { b"?" })
            }
            b"request_uri" => known(&self.request.target),
            b"request_method" => {
                // a subrequest shows the method of its main request, though it is a GET
                known(self.main_method.as_ref().unwrap_or(&self.method))
            }
            b"request" => known(
                &[&self.request.method[..], b" ", &self.request.target, b" HTTP/1.1"].concat(),
            ),
            b"server_protocol" => known(b"HTTP/1.1"),
            b"scheme" => known(self.request.scheme.name().as_bytes()),
            b"https" => known(if self.request.scheme == Scheme::Https { b"on" } else { b"" }),
            b"host" => match &self.host {
                Some(host) => known(host),
                None => self.variable(b"server_name", at).into(),
            },
            b"http_host" => known(self.request.host.as_deref().unwrap_or_default()),
            b"server_name" => Some(self.first_server_name(at)),
            b"server_port" => match self.request.destination.port() {
                0 => known(b""),
                port => Some(port.to_string().into_bytes().into()),
            },
            b"server_addr" => match &self.request.destination {
                Destination::Address(address, _) => Some(address.to_string().into_bytes().into()),
                _ => None,
            },
            b"remote_addr" => Some(self.remote_text().into_bytes().into()),
            b"realip_remote_addr" => match self.request.destination {
                Destination::Unix(_) => known(b"unix:"),
                _ => Some(self.request.from.to_string().into_bytes().into()),
            },
            b"remote_user" => Some(self.remote_user()),
            b"proxy_add_x_forwarded_for" => {
                let mut value = self.header(b"x-forwarded-for");
                if !value.is_empty(self.world) {
                    value.push(b", "[..].into());
                }
                value.push(self.remote_text().into_bytes().into());
                Some(value)
            }
            b"content_length" => Some(self.header(b"content-length")),
            b"content_type" => Some(self.header(b"content-type")),
            b"ssl_client_verify" if self.request.scheme == Scheme::Https => known(b"NONE"),
            b"document_root" => Some(self.documents()?.root),
            // a URI that was rewritten and stayed has no file behind an `alias`
            b"request_filename" if self.is_alias_lost() => known(b""),
            b"request_filename" => {
                let uri = self.uri.clone();
                self.path_of(&uri)
            }
            b"request_completion" | b"proxy_protocol_addr" | b"proxy_protocol_port" => known(b""),
            b"pipe" => known(b"."),
            b"dollar" => None,
            _ => self.prefixed(name, at),
        }
    }

    fn prefixed(&mut self, name: &[u8], at: Location) -> Option<Text> {
        if let Some(header) = name.strip_prefix(b"http_") {
            // only a condition can name one like this; headers are compared with `_` in place of `-`
            if header.contains(&b'-') {
                return Some(Text::EMPTY);
            }
            return Some(self.header(header));
        }
        if let Some(argument) = name.strip_prefix(b"arg_") {
            return Some(self.argument(argument, at));
        }
        if let Some(cookie) = name.strip_prefix(b"cookie_") {
            return Some(self.cookie(cookie, at));
        }
        if let Some(header) = name.strip_prefix(b"upstream_http_") {
            return Some(match &self.upstream {
                Some(headers) => headers
                    .iter()
                    .find(|(known, _)| is_header(known, header))
                    .map_or(Text::EMPTY, |(_, value)| value.clone()),
                None => unknown(name, at),
            });
        }
        // in clear there is no TLS to tell of
        let tls = name.starts_with(b"ssl_") && self.request.scheme == Scheme::Http;
        tls.then_some(Text::EMPTY)
    }

    /// The value of a request header; `_` in `name` stands for `-`, too.
    pub(super) fn header(&mut self, name: &[u8]) -> Text {
        if name.eq_ignore_ascii_case(b"host") {
            return Text::from(self.request.host.as_deref().unwrap_or_default());
        }
        if let Some(open) = self.earlier.as_ref().and_then(|earlier| earlier.header(name)) {
            return open.text(self.world);
        }
        self.own_header(name)
    }

    /// The value of a request header as this request has it.
    fn own_header(&mut self, name: &[u8]) -> Text {
        if name.eq_ignore_ascii_case(b"authorization")
            && let Some(text) = self.credential()
        {
            return text;
        }
        let mut found = Text::EMPTY;
        let mut lines = self.own_lines(name, is_header);
        if lines.len() > 1 && !self.joins_lines(name) {
            lines.truncate(1);
        }
        for (at, line) in lines.into_iter().enumerate() {
            if at > 0 {
                let separator: &[u8] =
                    if name.eq_ignore_ascii_case(b"cookie") { b"; " } else { b", " };
                found.push(separator.into());
            }
            found.push(line);
        }
        found
    }

    /// Whether several lines of the header `name` are one value, or only the first one counts.
    fn joins_lines(&mut self, name: &[u8]) -> bool {
        if [&b"cookie"[..], b"x-forwarded-for"].iter().any(|list| is_header(list, name)) {
            return true;
        }
        self.is_since((1, 23, 0), "several lines of one header are one value")
    }

    /// The values of a request header that the client sends, line by line; `is` compares the header's name with `name`.
    pub(super) fn header_lines(&mut self, name: &[u8], is: fn(&[u8], &[u8]) -> bool) -> Vec<Text> {
        if let Some(open) = self.earlier.as_ref().and_then(|earlier| earlier.header(name)) {
            return vec![open.text(self.world)];
        }
        self.own_lines(name, is)
    }

    fn own_lines(&mut self, name: &[u8], is: fn(&[u8], &[u8]) -> bool) -> Vec<Text> {
        let keeps_underscores = self.keeps_underscores();
        let lines =
            self.request.headers.iter().filter(|(known, _)| {
                is(known, name) && (keeps_underscores || !known.contains(&b'_'))
            });
        lines.map(|(_, value)| value.as_slice().into()).collect()
    }

    /// Whether headers with `_` in their name are taken.
    pub(super) fn keeps_underscores(&mut self) -> bool {
        // clients send Host first: what comes after it is read as the server with that name says
        let server = self.server;
        self.flag(server, id!("underscores_in_headers"), false)
            || !self.flag(server, id!("ignore_invalid_headers"), true)
    }

    /// The Authorization header that the request's credential makes.
    pub(super) fn credential(&self) -> Option<Text> {
        Some(match self.request.credential.as_ref()? {
            Credential::Bearer(token) => [b"Bearer ", &token[..]].concat().into(),
            Credential::Basic { user, password: Some(password) } => {
                let pair = [&user[..], b":", password].concat();
                format!("Basic {}", STANDARD.encode(pair)).into_bytes().into()
            }
            Credential::Basic { user, password: None } => {
                let mut text = Text::from(&b"Basic "[..]);
                let name = String::from_utf8_lossy(user);
                text.push(Cause::new(None, format!("the password of {name}")).into());
                text
            }
        })
    }

    /// `$remote_user`: the name of Basic credentials, right or wrong.
    fn remote_user(&mut self) -> Text {
        if let Some(cause) = self.earlier.as_ref().and_then(Earlier::login) {
            return cause.into();
        }
        match self.basic() {
            Some(Credential::Basic { user, .. }) => user.into(),
            _ => Text::EMPTY,
        }
    }

    /// `$arg_name`: the first one of this name in the query, as it was sent.
    fn argument(&mut self, name: &[u8], at: Location) -> Text {
        let Some(args) = self.args.known() else { return unknown(&[b"arg_", name].concat(), at) };
        let mut pairs = args.split(|&byte| byte == b'&');
        let value = pairs.find_map(|pair| {
            let (key, value) = pair.split_at_checked(name.len())?;
            value.strip_prefix(b"=").filter(|_| key.eq_ignore_ascii_case(name))
        });
        value.unwrap_or_default().into()
    }

    /// `$cookie_name`.
    fn cookie(&mut self, name: &[u8], at: Location) -> Text {
        if let Some(open) = self.earlier.as_ref().and_then(|earlier| earlier.cookie(name)) {
            return open.text(self.world);
        }
        let cookies = self.own_header(b"cookie");
        let Some(cookies) = cookies.known() else {
            return unknown(&[b"cookie_", name].concat(), at);
        };
        let mut pairs = cookies.split(|&byte| matches!(byte, b';' | b','));
        let value = pairs.find_map(|pair| {
            let pair = pair.trim_ascii();
            let (key, value) = pair.split_at_checked(name.len())?;
            value.trim_ascii_start().strip_prefix(b"=").filter(|_| key.eq_ignore_ascii_case(name))
        });
        value.unwrap_or_default().trim_ascii().into()
    }

    /// `$server_name`: the first name of the server, without the dot or star in front.
    fn first_server_name(&self, at: Location) -> Text {
        let names = self.policy.own(self.server, id!("server_name"));
        match names.and_then(|names| names.arg(0)) {
            None => Text::EMPTY,
            Some(name) => match name.known() {
                Some(name) if *name == *b"$hostname" => unknown(b"hostname", at),
                Some(name) => name.strip_prefix(b".").unwrap_or(&name).to_ascii_lowercase().into(),
                None => unknown(b"server_name", at),
            },
        }
    }
}

/// Whether the header `known` is what `$http_name` reads: small letters, and `-` as `_`.
fn is_header(known: &[u8], name: &[u8]) -> bool {
    let plain = |byte: &u8| if *byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    known.len() == name.len() && known.iter().map(plain).eq(name.iter().map(plain))
}

fn unknown(name: &[u8], at: Location) -> Text {
    Cause::new(at, format!("the value of ${}", String::from_utf8_lossy(name))).into()
}
