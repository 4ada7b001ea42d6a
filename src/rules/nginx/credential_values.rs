//! The literal credentials in a configuration: what is sent to an upstream in a header, and what a request is compared with.

use crate::config::nginx::{Directive, Site, Value, variables};
use crate::rules::authorization::behind;
use crate::source::{Location, Span};
use crate::syntax::{NodeId, NodeKind, Tree};
use std::borrow::Cow;
use std::ops::Range;

/// What nginx does with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Sends it to the upstream.
    Sent,
    /// Compares it with what the client sends.
    Compared,
    /// Keeps it in a variable, for any of these.
    Kept,
}

/// A credential that is written down. Without variables, and not filled in by a template.
#[derive(Clone, Debug)]
pub(super) struct Credential<'p> {
    /// The argument that holds it.
    pub(super) value: Value<'p>,
    /// What nginx takes it for.
    pub(super) text: Cow<'p, [u8]>,
    /// What becomes of it.
    pub(super) used: Use,
    /// Whether it is an Authorization value, so with a scheme in front; other headers hold a bare key.
    pub(super) is_authorization: bool,
    /// Where in the argument it starts: behind `Name: ` for a module that takes both as one.
    from: usize,
}

impl Credential<'_> {
    /// The argument.
    pub(super) fn location(&self) -> Location {
        self.value.location()
    }

    /// A part of the text as a place; the whole argument where escapes move the bytes.
    pub(super) fn part(&self, range: Range<usize>) -> Location {
        self.value.part_or_all(range.start + self.from..range.end + self.from)
    }

    /// The credentials behind `scheme` when it is an Authorization value of that scheme, and where they stand in the text.
    pub(super) fn behind(&self, scheme: &str) -> Option<(&[u8], Range<usize>)> {
        behind(&self.text, scheme).filter(|_| self.is_authorization)
    }

    /// What can be a token: behind `Bearer`, or all of it.
    pub(super) fn token(&self) -> (&[u8], Range<usize>) {
        self.behind("Bearer").unwrap_or((&self.text, 0..self.text.len()))
    }
}

/// The header or parameter that a value is sent in.
pub(super) struct Header {
    /// Its name.
    pub(super) name: Vec<u8>,
    /// Where in the argument its value starts.
    pub(super) value_from: usize,
}

/// What `value` is sent in, when `directive` sends it to an upstream.
pub(super) fn header_of(directive: Directive<'_>, value: Value<'_>) -> Option<Header> {
    let text = value.known()?;
    match directive.known()?.name {
        "proxy_set_header"
        | "grpc_set_header"
        | "fastcgi_param"
        | "uwsgi_param"
        | "scgi_param"
        | "passenger_set_header" => {
            let is_it = directive.arg(1).is_some_and(|second| second.word == value.word);
            is_it.then_some(Header { name: directive.arg(0)?.known()?.into_owned(), value_from: 0 })
        }
        "more_set_input_headers" => {
            let colon = memchr::memchr(b':', &text)?;
            let blanks = text[colon + 1..].len() - text[colon + 1..].trim_ascii_start().len();
            Some(Header { name: text[..colon].to_vec(), value_from: colon + 1 + blanks })
        }
        _ => None,
    }
}

/// Every literal credential, each once. The secret bytes of the files show where to look.
pub(super) fn all<'p>(site: &Site<'p>) -> Vec<Credential<'p>> {
    let mut found = Vec::new();
    for file in &site.data.files {
        let Some(tree) = site.project.tree(file.file) else { continue };
        let mut last = None;
        for secret in site.project.secrets_of(file.file) {
            let Some((id, word)) = word_at(tree, *secret) else { continue };
            if last.replace(word) != Some(word) {
                let directive = Directive { site: *site, inclusion: file.inclusion, id };
                found.extend(credential(directive, word - tree.node(id).first_word as usize));
            }
        }
    }
    found
}

/// The directive and the word that holds `span`.
fn word_at(tree: &Tree, span: Span) -> Option<(NodeId, usize)> {
    let word = tree.words.partition_point(|word| word.span.end <= span.start);
    tree.words.get(word).filter(|word| word.span.start <= span.start)?;
    let node =
        tree.nodes.partition_point(|node| node.first_word as usize <= word).checked_sub(1)?;
    Some((NodeId(node as u32), word))
}

/// The credential in a word of a directive, if it is one: `index` counts from the name.
fn credential(directive: Directive<'_>, index: usize) -> Option<Credential<'_>> {
    if directive.node().kind == NodeKind::Entry {
        return in_map(directive, index);
    }
    let value = directive.arg(index.checked_sub(1)?)?;
    let mut text = value.known()?;
    let (used, header) = if let Some(header) = header_of(directive, value) {
        (Use::Sent, header)
    } else if directive.is("if") && index == 3 {
        let operator = directive.arg(1)?;
        if !operator.is(b"=") && !operator.is(b"!=") {
            return None;
        }
        // the bracket may be glued to a bare word
        if !value.word.is_quoted() && text.ends_with(b")") {
            text = Cow::Owned(text[..text.len() - 1].to_vec());
        }
        (
            Use::Compared,
            Header { name: directive.arg(0)?.known()?.strip_prefix(b"(")?.to_vec(), value_from: 0 },
        )
    } else if directive.is("set") && index == 2 {
        (Use::Kept, Header { name: Vec::new(), value_from: 0 })
    } else {
        return None;
    };
    let from = header.value_from;
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[from..]),
        Cow::Owned(text) => Cow::Owned(text[from..].to_vec()),
    };
    let is_authorization =
        names_authorization(&header.name) || (used == Use::Kept && has_scheme(&text));
    let is_literal = variables(&text).next().is_none();
    (is_literal && (used != Use::Kept || is_authorization)).then_some(Credential {
        value,
        text,
        used,
        is_authorization,
        from,
    })
}

/// The credential in a line of a `map`: its first word is compared with the map's own variable, the second one is kept.
fn in_map(line: Directive<'_>, index: usize) -> Option<Credential<'_>> {
    let map = line.parent().filter(|block| block.is("map"))?;
    let (value, used) = match index {
        0 => (line.name_value(), Use::Compared),
        1 => (line.arg(0)?, Use::Kept),
        _ => return None,
    };
    let text = value.known()?;
    let is_authorization = match used {
        Use::Compared => map.arg(0)?.known().is_some_and(|source| names_authorization(&source)),
        _ => has_scheme(&text),
    };
    let is_literal = match used {
        Use::Compared => !text.starts_with(b"~"),
        _ => is_authorization && variables(&text).next().is_none(),
    };
    is_literal.then_some(Credential { value, text, used, is_authorization, from: 0 })
}

/// Whether a header, parameter or variable is Authorization: `HTTP_AUTHORIZATION`, `$http_authorization`.
pub(super) fn names_authorization(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix(b"$").unwrap_or(&name);
    let name = name.strip_prefix(b"{").and_then(|name| name.strip_suffix(b"}")).unwrap_or(name);
    let name = name.strip_prefix(b"http_").unwrap_or(name);
    matches!(name, b"authorization" | b"proxy-authorization" | b"proxy_authorization")
}

fn has_scheme(text: &[u8]) -> bool {
    behind(text, "Basic").is_some() || behind(text, "Bearer").is_some()
}
