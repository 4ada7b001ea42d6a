//! Variables in braces that lack the second one, `${uri`, and conditions without brackets.

use crate::config::nginx::{Directive, Site, Value};
use crate::source::{Location, Span};
use crate::syntax::{NodeKind, WordFlags};

/// Directives that put variables into their arguments (`ngx_http_script_compile`, `ngx_http_log_compile_format`), from the
/// argument of this number on, counted from 0.
const FILLED_IN: [(&str, usize); 20] = [
    ("add_header", 1),
    ("alias", 0),
    ("auth_basic", 0),
    ("auth_basic_user_file", 0),
    ("auth_request_set", 1),
    ("error_page", 1),
    ("fastcgi_param", 1),
    ("fastcgi_pass", 0),
    ("grpc_set_header", 1),
    ("log_format", 1),
    ("map", 0),
    ("proxy_cache_key", 0),
    ("proxy_pass", 0),
    ("proxy_set_header", 1),
    ("return", 0),
    ("rewrite", 1),
    ("root", 0),
    ("set", 1),
    ("try_files", 0),
    ("uwsgi_param", 1),
];

/// Where a `}` is missing behind the name of a variable.
pub(super) struct Unclosed<'p> {
    /// The value that holds the variable.
    pub(super) value: Value<'p>,
    /// The end of the name.
    pub(super) at: Location,
    /// The name.
    pub(super) name: String,
}

/// Every variable that nginx looks for and does not find the end of.
pub(super) fn unclosed(site: Site<'_>) -> impl Iterator<Item = Unclosed<'_>> {
    site.values_with_variable(starts_unclosed)
        .filter(|(directive, value)| is_filled_in(*directive, *value))
        .filter_map(|(directive, value)| {
            let text = directive.source().slice(value.word.inner());
            let start = memchr::memmem::rfind(text, b"${")? + 2;
            let len = name_len(&text[start..]);
            // a `}` further on closes a name with a dash in it, which is a mistake of its own
            let odd = text[start..].contains(&b'}')
                || len == 0
                || value.word.flags.has(WordFlags::TEMPLATED)
                || directive.source().template().is_some();
            let end = value.word.inner().start + (start + len) as u32;
            let name = String::from_utf8_lossy(&text[start..start + len]).into_owned();
            (!odd).then(|| Unclosed { value, at: directive.at(Span::empty(end)), name })
        })
}

/// Whether nginx puts variables into this value: an argument of such a directive, or what a line of a `map` gives.
fn is_filled_in(directive: Directive<'_>, value: Value<'_>) -> bool {
    let is_it = |argument: Value<'_>| argument.location() == value.location();
    if directive.node().kind == NodeKind::Entry {
        return directive.parent().is_some_and(|block| block.is("map"))
            && directive.arg(0).is_some_and(is_it);
    }
    if directive.is("if") {
        // a pattern is none; what stands behind the first bracket is a variable's name or an operator
        let has_pattern =
            directive.args().any(|word| matches!(word.raw(), b"~" | b"~*" | b"!~" | b"!~*"));
        return !has_pattern && directive.args().skip(1).any(is_it);
    }
    FILLED_IN
        .iter()
        .any(|&(name, from)| directive.is(name) && directive.args().skip(from).any(is_it))
}

/// A bracket that is missing around the condition of an `if`, and where it belongs.
pub(super) struct Bracket {
    /// `(` or `)`.
    pub(super) text: &'static str,
    /// Where it belongs.
    pub(super) at: Location,
}

/// The brackets that `ngx_http_rewrite_if_condition` looks for around the words of an `if` and does not find.
pub(super) fn missing_brackets(site: Site<'_>) -> impl Iterator<Item = Vec<Bracket>> {
    let conditions = site.directives("if").filter(|condition| {
        condition.node().kind == NodeKind::Block && !condition.is_in_template()
    });
    conditions.filter_map(|condition| {
        let (first, last) = (condition.arg(0)?, condition.args().next_back()?);
        let (start, end) = (first.word.inner().start, last.word.inner().end);
        let mut missing = Vec::new();
        if !first.decoded().starts_with(b"(") {
            missing.push(Bracket { text: "(", at: condition.at(Span::empty(start)) });
        }
        if !last.decoded().ends_with(b")") {
            missing.push(Bracket { text: ")", at: condition.at(Span::empty(end)) });
        }
        (!missing.is_empty()).then_some(missing)
    })
}

fn name_len(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}

/// Whether what follows a `$` is a `{` and a name, and no `}` behind that.
fn starts_unclosed(rest: &[u8]) -> bool {
    rest.strip_prefix(b"{").is_some_and(|rest| rest.get(name_len(rest)) != Some(&b'}'))
}
