//! What directives tell requests apart by, told from their words alone: paths, methods, addresses, headers, cookies,
//! queries and users. What is not one of these does no harm.

use super::disk;
use super::shape::Line;
use crate::config::address::network;
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::sample::sample;
use crate::policy::user_file;
use std::collections::{BTreeSet, HashSet};
use std::net::IpAddr;

/// Words of each kind, at most.
const MOST: usize = 200;

/// Paths, at most, with those that are nearly the ones that are named.
const PATHS: usize = 2_000;

/// Users, at most: those whom only one side has come first.
const USERS: usize = 8;

const METHODS: [&[u8]; 9] =
    [b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"PROPFIND"];

/// Headers that servers look at without being told.
const USUAL: [(&[u8], &[u8]); 5] = [
    (b"If-None-Match", b"*"),
    (b"If-Match", b"\"none\""),
    (b"If-Unmodified-Since", b"Sat, 01 Jan 2000 00:00:00 GMT"),
    (b"Range", b"bytes=999999-"),
    (b"Content-Length", b"20"),
];

/// A header as a client sends it.
pub(super) type Header = (Vec<u8>, Vec<u8>);

/// The users of password files, with what is stored of their passwords.
pub(super) type Users = BTreeSet<(Vec<u8>, Vec<u8>)>;

/// The users of the password files of a configuration.
pub(super) fn users_of(policy: &Policy<'_>) -> Users {
    let project = match policy {
        Policy::Nginx(policy) => policy.site.project,
        Policy::Apache(policy) => policy.site.project,
    };
    let files = project.credentials.iter().map(|known| project.sources.get(known.file));
    let all = files.flat_map(|file| user_file::apache_entries(file.bytes()));
    all.filter(|(name, _)| !name.is_empty() && !name.starts_with(b"#")).collect()
}

/// The words of both sides of a comparison.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) paths: Vec<Vec<u8>>,
    pub(super) queries: Vec<Vec<u8>>,
    pub(super) methods: Vec<Vec<u8>>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) headers: Vec<Header>,
    pub(super) users: Vec<Vec<u8>>,
    /// Headers that carry the address of a client.
    carriers: Vec<Vec<u8>>,
    /// The folders that are served.
    roots: Vec<Vec<u8>>,
    /// What stands in them.
    names: Vec<Vec<u8>>,
    /// The blocks around, each with the variables that it is about.
    around: Vec<Vec<Part>>,
}

/// A part of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Header(Vec<u8>),
    Cookie(Vec<u8>),
    Argument(Vec<u8>),
    Query,
    Method,
    Address,
    Path,
}

fn add<T: PartialEq>(list: &mut Vec<T>, one: T) {
    if list.len() < MOST && !list.contains(&one) {
        list.push(one);
    }
}

impl Words {
    /// Notes the words of one directive, or the end of a block.
    pub(super) fn read(&mut self, line: &Line<'_>) {
        let Line::Directive { name, words, opens, .. } = line else {
            self.around.pop();
            return;
        };
        let mut parts: Vec<Part> = words.iter().flat_map(|word| parts(word)).collect();
        parts.extend(named_part(name, words.first().map(|word| &**word)));
        if !names_files(name) {
            for word in words {
                self.word(word);
            }
        }
        if is_about_pattern(name) {
            let patterns =
                words.iter().filter(|word| !matches!(&***word, b"~" | b"~*" | b"^~" | b"="));
            for pattern in patterns.take(2) {
                self.pattern(pattern);
            }
        }
        if matches!(&**name, "real_ip_header" | "RemoteIPHeader" | "RemoteIPProxyProtocol") {
            self.carriers.extend(words.iter().map(|word| word.to_vec()));
        }
        if matches!(&**name, "root" | "alias" | "DocumentRoot" | "Alias" | "ScriptAlias")
            && let Some(root) = words.last()
        {
            add(&mut self.roots, root.to_vec());
        }
        // what a block is about is what its lines have values for: `map`, `geo`
        let mut about = parts.clone();
        if parts.is_empty()
            && let Some(outer) = self.around.last()
        {
            about.clone_from(outer);
            self.value(&about, name.as_bytes());
        }
        for part in &about {
            self.values(part, words);
        }
        if *opens {
            self.around.push(if matches!(&**name, "map" | "geo") { about } else { Vec::new() });
        }
    }

    /// A path of a place.
    pub(super) fn path(&mut self, path: &[u8]) {
        add(&mut self.paths, path.to_vec());
    }

    /// A word by itself.
    fn word(&mut self, word: &[u8]) {
        let word = word.strip_prefix(b"(").unwrap_or(word);
        let is_path = word.first() == Some(&b'/') && !word.contains(&b'$') && !word.contains(&b'%');
        if is_path && word.len() < 200 {
            let mut parts = word.splitn(2, |byte| *byte == b'?');
            let path = parts.next().unwrap_or_default();
            if path.iter().all(|byte| byte.is_ascii_graphic() && !b"\\*[](){}|^<>".contains(byte)) {
                add(&mut self.paths, path.to_vec());
            }
            if let Some(query) = parts.next() {
                add(&mut self.queries, query.to_vec());
            }
        }
        if let Some(network) = network(word).filter(|network| network.prefix_len() > 0) {
            add(&mut self.addresses, network.hosts().next().unwrap_or(network.addr()));
        }
        for part in word.split(|byte| !byte.is_ascii_alphabetic()) {
            if METHODS.contains(&part) {
                add(&mut self.methods, part.to_vec());
            }
        }
    }

    /// A pattern that paths are compared with.
    fn pattern(&mut self, pattern: &[u8]) {
        let Some(sample) = sample(pattern).filter(|sample| !sample.text.is_empty()) else { return };
        let mut path = sample.text;
        if path.first() != Some(&b'/') {
            path.insert(0, b'/');
        }
        if path.get(1) == Some(&b'.') && !sample.at_start {
            path.insert(1, b'x');
        }
        if path.iter().all(u8::is_ascii_graphic) {
            let path = path.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default();
            add(&mut self.paths, path.to_vec());
        }
    }

    /// Values for a part, from the words of the directive that looks at it.
    fn values(&mut self, part: &Part, words: &[std::borrow::Cow<'_, [u8]>]) {
        for word in words.iter().take(16) {
            self.value(std::slice::from_ref(part), word);
        }
        self.give(part, b"x");
    }

    fn value(&mut self, parts: &[Part], word: &[u8]) {
        let word = word.strip_prefix(b"(").unwrap_or(word);
        let word = word.strip_suffix(b")").unwrap_or(word);
        let operators: [&[u8]; 12] = [
            b"=", b"!=", b"~", b"~*", b"!~", b"!~*", b"==", b"=~", b"default", b"-f", b"-d", b"-e",
        ];
        if word.is_empty() || word.len() > 100 || operators.contains(&word) {
            return;
        }
        if word.contains(&b'$') && !word.ends_with(b"$") || word.contains(&b'%') {
            return;
        }
        let plain = word.strip_prefix(b"~*").or_else(|| word.strip_prefix(b"~")).unwrap_or(word);
        let text = plain.strip_prefix(b"=").unwrap_or(plain);
        let sampled = sample(text).map(|sample| sample.text).filter(|sample| sample != text);
        for part in parts {
            for value in std::iter::once(text).chain(sampled.as_deref()) {
                self.give(part, value);
            }
        }
    }

    fn give(&mut self, part: &Part, value: &[u8]) {
        if value.iter().any(u8::is_ascii_control) {
            return;
        }
        let pair = |name: &[u8]| [name, b"=", value].concat();
        match part {
            Part::Header(name) => add(&mut self.headers, (name.clone(), value.to_vec())),
            Part::Cookie(name) => add(&mut self.headers, (b"Cookie".to_vec(), pair(name))),
            Part::Argument(name) => add(&mut self.queries, pair(name)),
            Part::Query => add(&mut self.queries, value.to_vec()),
            Part::Method => {
                if !value.is_empty() && value.iter().all(u8::is_ascii_uppercase) {
                    add(&mut self.methods, value.to_vec());
                }
            }
            // words are looked through for these anyway
            Part::Address => {}
            Part::Path => {
                if value.first() == Some(&b'/') && value.iter().all(u8::is_ascii_graphic) {
                    add(&mut self.paths, value.to_vec());
                }
            }
        }
    }

    /// Notes what stands in the folders that are served.
    pub(super) fn read_roots(&mut self, policy: &Policy<'_>, files: Files<'_>) {
        if matches!(policy, Policy::Nginx(_)) {
            // where nobody names another folder
            add(&mut self.roots, b"html".to_vec());
        }
        for root in &self.roots {
            for name in disk::names(policy, files, root) {
                add(&mut self.names, name);
            }
        }
    }

    /// Notes the users of the password files of both sides: those who are not in both alike come first.
    pub(super) fn users(&mut self, before: &Users, after: &Users) {
        let moved = before.symmetric_difference(after);
        let kept = before.intersection(after);
        for (user, _) in moved.chain(kept) {
            if self.users.len() >= USERS {
                break;
            }
            add(&mut self.users, user.clone());
        }
    }

    /// Puts in what was not named.
    pub(super) fn finish(&mut self) {
        add(&mut self.users, b"user".to_vec());
        // what the directives name comes first, and of that the root
        self.paths.sort_by_key(|path| path.len() > 1);
        for path in [&b"/"[..], b"/x", b"/x.php", b"/index.html"] {
            add(&mut self.paths, path.to_vec());
        }
        let mut known: HashSet<Vec<u8>> = self.paths.iter().cloned().collect();
        let folders = self.paths.iter().filter(|path| path.ends_with(b"/"));
        let below =
            folders.flat_map(|path| self.names.iter().map(|name| [&path[..], name].concat()));
        let below: Vec<_> =
            below.filter(|path| known.insert(path.clone())).take(PATHS / 4).collect();
        self.paths.extend(below);
        for at in 0..self.paths.len() {
            let near = near(&self.paths[at]).into_iter();
            self.paths.extend(near.filter(|path| known.insert(path.clone())));
        }
        self.paths.truncate(PATHS);
        for method in [&b"HEAD"[..], b"POST", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"] {
            add(&mut self.methods, method.to_vec());
        }
        // methods that no server knows
        for method in [&b"NONE"[..], b"get"] {
            add(&mut self.methods, method.to_vec());
        }
        self.methods.retain(|method| method != b"GET");
        for carrier in self.carriers.clone() {
            for address in carried(&self.addresses) {
                add(&mut self.headers, (carrier.clone(), address));
            }
        }
        // what servers look at whatever their configuration says
        for (name, value) in USUAL {
            add(&mut self.headers, (name.to_vec(), value.to_vec()));
        }
        for scheme in [&b"Bearer none-of-any"[..], b"Basic bm9uZTpvZi1hbnk="] {
            add(&mut self.headers, (b"Authorization".to_vec(), scheme.to_vec()));
        }
    }
}

/// What a proxy may say of the address of a client: each of `addresses`, one behind another, and nonsense.
fn carried(addresses: &[IpAddr]) -> Vec<Vec<u8>> {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let pairs = texts.iter().take(4).flat_map(|first| {
        let others = texts.iter().take(4).filter(move |other| *other != first);
        others.map(move |other| format!("{first}, {other}"))
    });
    let strange = ["", "unknown"].map(str::to_owned);
    let all = texts.iter().cloned().chain(pairs).chain(strange);
    all.map(String::into_bytes).collect()
}

/// Paths that a server may take for this one, or for another one that begins like it.
fn near(path: &[u8]) -> Vec<Vec<u8>> {
    let Some((first, rest)) = path.strip_prefix(b"/").and_then(<[u8]>::split_first) else {
        return Vec::new();
    };
    let bare = path.strip_suffix(b"/");
    let behind = |end: &[u8]| [path, end].concat();
    let below = |end: &[u8]| [bare.unwrap_or(path), end].concat();
    let mut near = vec![behind(b"x"), below(b"/x"), below(b"/")];
    near.extend(bare.map(<[u8]>::to_vec));
    near.push([&b"//"[..], &path[1..]].concat());
    if first.is_ascii_alphanumeric() {
        near.push([format!("/%{first:02x}").as_bytes(), rest].concat());
    }
    near
}

/// Whether patterns in a directive are compared with paths.
fn is_about_pattern(name: &str) -> bool {
    let names = [
        "location",
        "rewrite",
        "if",
        "LocationMatch",
        "Location",
        "FilesMatch",
        "Files",
        "DirectoryMatch",
        "Directory",
        "RewriteRule",
        "RedirectMatch",
        "AliasMatch",
        "ScriptAliasMatch",
        "ProxyPassMatch",
        "SetEnvIf",
        "SetEnvIfNoCase",
        "RewriteCond",
    ];
    names.contains(&name)
}

/// Whether the words of a directive are names of files.
fn names_files(name: &str) -> bool {
    let ends = ["_file", "File", "_log", "Log", "_path", "_certificate", "_key"];
    let names = ["root", "alias", "DocumentRoot", "ServerRoot", "LoadModule", "include", "Include"];
    names.contains(&name) || ends.iter().any(|end| name.ends_with(end))
}

/// The part of a request that a directive looks at by its name.
fn named_part(name: &str, first: Option<&[u8]>) -> Option<Part> {
    match name {
        "BrowserMatch" | "BrowserMatchNoCase" => Some(Part::Header(b"User-Agent".to_vec())),
        "SetEnvIf" | "SetEnvIfNoCase" => match first? {
            b"Remote_Addr" => Some(Part::Address),
            b"Request_Method" => Some(Part::Method),
            b"Request_URI" => Some(Part::Path),
            b"Remote_Host" | b"Server_Addr" | b"Request_Protocol" => None,
            header => Some(Part::Header(header.to_vec())),
        },
        _ => None,
    }
}

/// The parts of a request that the variables in a word stand for.
fn parts(word: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    for (at, _) in word.iter().enumerate().filter(|(_, byte)| matches!(byte, b'$' | b'%')) {
        let rest = &word[at + 1..];
        let rest = rest.strip_prefix(b"{").unwrap_or(rest);
        let end =
            rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"_-:".contains(byte));
        parts.extend(part(&rest[..end.unwrap_or(rest.len())]));
    }
    // functions of expressions: `req('Name')`, `http('Name')`
    for function in [&b"req("[..], b"http(", b"req_novary("] {
        if let Some(at) = memchr::memmem::find(word, function) {
            let rest = &word[at + function.len()..];
            let rest = rest.strip_prefix(b"'").or_else(|| rest.strip_prefix(b"\"")).unwrap_or(rest);
            let end = rest.iter().position(|byte| matches!(byte, b'\'' | b'"' | b')'));
            parts.push(Part::Header(rest[..end.unwrap_or(rest.len())].to_vec()));
        }
    }
    parts
}

/// The part of a request that a variable stands for.
fn part(name: &[u8]) -> Option<Part> {
    let dashed = |name: &[u8]| {
        name.iter().map(|&byte| if byte == b'_' { b'-' } else { byte }).collect::<Vec<u8>>()
    };
    let lower = name.to_ascii_lowercase();
    Some(match &*lower {
        b"args" | b"query_string" => Part::Query,
        b"request_method" => Part::Method,
        b"remote_addr" | b"binary_remote_addr" => Part::Address,
        b"uri" | b"request_uri" | b"document_uri" | b"request_filename" | b"the_request" => {
            Part::Path
        }
        b"http_cookie" => Part::Header(b"Cookie".to_vec()),
        b"remote_user" => return None,
        lower => {
            if let Some(header) = lower.strip_prefix(b"http_") {
                Part::Header(dashed(header))
            } else if let Some(cookie) = lower.strip_prefix(b"cookie_") {
                Part::Cookie(cookie.to_vec())
            } else if let Some(argument) = lower.strip_prefix(b"arg_") {
                Part::Argument(argument.to_vec())
            } else if lower.starts_with(b"http:") || lower.starts_with(b"req:") {
                let at = name.iter().position(|byte| *byte == b':').unwrap_or(0);
                Part::Header(name[at + 1..].to_vec())
            } else {
                return None;
            }
        }
    })
}
