//! Directives with arguments or a block that nginx refuses, and what was meant by them.

use crate::config::nginx::{Directive, Site};
use crate::grammar::Origin;
use crate::grammar::nginx::{Args, lookup};
use crate::source::Span;
use std::collections::HashSet;

/// A directive that certainly has too few or too many arguments.
pub(super) struct Miscounted<'p> {
    /// The directive.
    pub(super) directive: Directive<'p>,
    /// How many it takes there.
    pub(super) takes: Args,
    /// The arguments that are the words of one text, from the first to the last of them, where that is what was meant.
    pub(super) text: Option<Span>,
}

/// Directives whose argument of this number, from 1, is free text or a path and the last one, apart from a flag behind it.
pub(super) const TEXTS: [(&str, usize, &str); 20] = [
    ("add_header", 2, "always"),
    ("add_trailer", 2, "always"),
    ("alias", 1, ""),
    ("auth_basic", 1, ""),
    ("auth_basic_user_file", 1, ""),
    ("auth_http_header", 2, ""),
    ("default_type", 1, ""),
    ("fastcgi_param", 2, "if_not_empty"),
    ("grpc_set_header", 2, ""),
    ("include", 1, ""),
    ("proxy_set_body", 1, ""),
    ("proxy_set_header", 2, ""),
    ("proxy_ssl_ciphers", 1, ""),
    ("return", 2, ""),
    ("root", 1, ""),
    ("scgi_param", 2, "if_not_empty"),
    ("secure_link_md5", 1, ""),
    ("set", 2, ""),
    ("ssl_ciphers", 1, ""),
    ("uwsgi_param", 2, "if_not_empty"),
];

/// Every directive that nginx refuses for its number of arguments, each once.
pub(super) fn miscounted(site: Site<'_>) -> impl Iterator<Item = Miscounted<'_>> {
    let mut told = HashSet::new();
    let suspects = site.placed(|known, node, _| !known.always_takes(node.word_count as usize - 1));
    suspects.filter_map(move |(directive, contexts)| {
        let known = directive.known()?;
        let takes = known.args_in(contexts)?;
        let is_block = directive.node().is_block();
        // nginx looks at `{` and `;` first
        let ends_right = known.usages_in(contexts).any(|usage| usage.body.is_block() == is_block);
        if !ends_right || takes.accepts(directive.args().len()) || !directive.is_as_written() {
            return None;
        }
        let at = directive.location();
        let first_time = told.insert((at.file, at.span.start));
        first_time.then(|| Miscounted { directive, takes, text: text(directive) })
    })
}

/// The arguments that belong between quotes: too many words for a directive that ends in a text, the first one bare, all on
/// one line, and none of them the name of a directive, before which a `;` may be missing.
fn text(directive: Directive<'_>) -> Option<Span> {
    let name = directive.known()?.name;
    let (_, number, flag) = TEXTS.iter().find(|(text, ..)| *text == name)?;
    let args: Vec<_> = directive.args().skip(number - 1).collect();
    let (last, before) = args.split_last()?;
    let words = if last.is(flag.as_bytes()) { before } else { &args };
    let first = words.first().filter(|first| words.len() > 1 && !first.word.is_quoted())?;
    let runs_on = words.iter().any(|word| is_directive(&word.decoded()));
    one_text(directive, first.word.span.cover(words.last()?.word.span)).filter(|_| !runs_on)
}

/// `span`, if it can be put between double quotes as it is: one line, none of them in it.
pub(super) fn one_text(directive: Directive<'_>, span: Span) -> Option<Span> {
    let text = directive.source().slice(span);
    (!text.contains(&b'\n') && !text.contains(&b'"')).then_some(span)
}

/// Whether a word is a name that only a directive has: `proxy_set_header`, but not `server` or `return`.
pub(super) fn is_directive(word: &[u8]) -> bool {
    word.contains(&b'_') && lookup(word).is_some()
}

/// Whether it has a block where it may not have one.
pub(super) fn has_wrong_block(directive: Directive<'_>) -> bool {
    let Some(known) = directive.known().filter(|_| directive.node().is_block()) else {
        return false;
    };
    let mut usages = known.usages_in(directive.contexts()).peekable();
    usages.peek().is_some()
        && usages.all(|usage| !usage.body.is_block() && usage.origin == Origin::Core)
}

/// Whether it is a comment as other languages have them, `// …` or `/* …`: a directive to nginx.
pub(super) fn is_foreign_comment(directive: Directive<'_>) -> bool {
    let name = directive.name_value();
    !name.word.is_quoted() && (name.raw().starts_with(b"//") || name.raw().starts_with(b"/*"))
}
