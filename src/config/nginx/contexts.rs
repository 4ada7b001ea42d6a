//! In which places a directive may stand: what blocks make of what is around them, and what a lone fragment tells.

use crate::grammar::nginx::{Body, Contexts, Directive, Usage, lookup};
use crate::source::SourceFile;
use crate::syntax::{NodeKind, Tree};
use std::path::Path;

/// The places inside `block`, which stands in one of `outer`. Of a block that the tables lack nothing is known.
///
/// A block in a place where nginx does not allow it is still what its name says: the block is the mistake, not what is in it.
#[must_use]
pub fn inside(block: Option<&Directive>, outer: Contexts) -> Contexts {
    let Some(block) = block else { return Contexts::ANY };
    let inner = block.opens(outer);
    let inner = if inner.is_none() { block.opens(Contexts::ANY) } else { inner };
    // what is no block, or one of data, holds no directives whose place could be judged
    if inner.is_none() { Contexts::ANY } else { inner }
}

/// Whether a tree is a main configuration: only that has these blocks at its top.
#[must_use]
pub fn is_main(tree: &Tree, text: &[u8]) -> bool {
    tree.children(None).any(|id| {
        let node = tree.node(id);
        let name = tree.name(id);
        node.kind == NodeKind::Block
            && node.word_count == 1
            && matches!(name.span.of(text), b"events" | b"http" | b"stream" | b"mail")
    })
}

/// The places named by a comment `# lint401: context=http,server` or by `--context`, outermost block first.
#[must_use]
pub(super) fn named<'n>(blocks: impl Iterator<Item = &'n str>) -> Option<Contexts> {
    let mut contexts = Contexts::MAIN;
    let mut any = false;
    for block in blocks.map(str::trim).filter(|block| !block.is_empty() && *block != "main") {
        // "server" alone is short for the only kind that has auth
        if !any && matches!(block, "server" | "location" | "if" | "limit_except" | "upstream") {
            contexts = if block == "server" || block == "upstream" {
                Contexts::HTTP
            } else {
                Contexts::SERVER.or(Contexts::LOCATION)
            };
        }
        contexts = inside(lookup(block.as_bytes()), contexts);
        any = true;
    }
    any.then_some(contexts)
}

/// Names of blocks that a fragment cannot be included into.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// Nothing of this name opens a block.
    #[error("no block is named `{0}`")]
    NoBlock(String),
    /// The first cannot stand in the second.
    #[error("`{0}` cannot stand in `{1}`; the outermost block comes first")]
    Misplaced(String, String),
}

/// Whether these blocks, outermost first, can stand in each other.
pub fn check_context<'n>(blocks: impl Iterator<Item = &'n str>) -> Result<(), ContextError> {
    let opens = |usage: &Usage| usage.body != Body::None;
    let mut around: Option<(&str, Contexts)> = None;
    for block in blocks.map(str::trim).filter(|block| !block.is_empty() && *block != "main") {
        let known = lookup(block.as_bytes())
            .filter(|known| known.usages.iter().any(opens))
            .ok_or_else(|| ContextError::NoBlock(block.to_owned()))?;
        let outer = match around {
            Some((above, contexts)) if known.contexts().and(contexts).is_none() => {
                return Err(ContextError::Misplaced(block.to_owned(), above.to_owned()));
            }
            Some((_, contexts)) => contexts,
            None => known.contexts(),
        };
        around = Some((block, inside(Some(known), outer)));
    }
    Ok(())
}

/// The blocks that a comment at the top of a fragment names, outermost first, with commas between them.
#[must_use]
pub(super) fn commented<'s>(source: &'s SourceFile, tree: &Tree) -> Option<&'s str> {
    let first = tree.nodes.first().map_or(u32::MAX, |node| node.span.start);
    tree.comments.iter().take_while(|comment| comment.start < first).find_map(|comment| {
        let text = std::str::from_utf8(source.slice(*comment)).ok()?.trim_start_matches('#').trim();
        let blocks = text.strip_prefix("lint401:")?.trim().strip_prefix("context=")?;
        blocks.split_whitespace().next()
    })
}

/// The places in which a fragment's outermost directives may stand, when nothing here includes it: those that all of
/// them allow, narrowed by where distributions keep such files. Everything, when that leaves nothing.
#[must_use]
pub(super) fn guess(path: &Path, text: &[u8], tree: &Tree) -> Contexts {
    let allowed = tree
        .children(None)
        .filter(|&id| tree.node(id).kind != NodeKind::Entry)
        .filter_map(|id| lookup(&tree.name(id).decode(tree.language, text)))
        .fold(Contexts::ANY, |all, directive| all.and(directive.contexts()));
    if allowed.is_none() {
        return Contexts::ANY;
    }
    let folder =
        path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let kept = match folder {
        "conf.d" | "http.d" | "sites-available" | "sites-enabled" | "vhosts.d" | "servers" => {
            Contexts::HTTP
        }
        "modules-enabled" | "modules-available" | "modules.d" => Contexts::MAIN,
        "default.d" => Contexts::SERVER,
        "stream.d" | "streams-enabled" | "streams-available" => Contexts::STREAM,
        _ => Contexts::ANY,
    };
    let both = allowed.and(kept);
    if both.is_none() { allowed } else { both }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(name: &[u8], outer: Contexts) -> Contexts {
        super::inside(lookup(name), outer)
    }

    #[test]
    fn blocks_are_what_is_around_them_makes_them() {
        assert_eq!(inside(b"server", Contexts::HTTP), Contexts::SERVER);
        assert_eq!(inside(b"server", Contexts::STREAM), Contexts::STREAM_SERVER);
        assert_eq!(
            inside(b"if", Contexts::SERVER.or(Contexts::LOCATION)),
            Contexts::IF_IN_SERVER.or(Contexts::IF_IN_LOCATION)
        );
        assert_eq!(inside(b"location", Contexts::MAIN), Contexts::LOCATION);
        assert_eq!(inside(b"rtmp", Contexts::MAIN), Contexts::OTHER);
        assert_eq!(inside(b"no_such_block", Contexts::MAIN), Contexts::ANY);
    }

    #[test]
    fn blocks_that_cannot_be_around_a_fragment_are_refused() {
        let says = |text: &str| check_context(text.split(',')).map_err(|error| error.to_string());
        for fine in [
            "http",
            "http,server,location,location,if",
            "location",
            "stream,upstream",
            "http,map",
            "main",
            "",
        ] {
            assert_eq!(says(fine), Ok(()), "{fine}");
        }
        assert_eq!(says("http,sever"), Err("no block is named `sever`".into()));
        assert_eq!(says("auth_basic"), Err("no block is named `auth_basic`".into()));
        let turned = "`http` cannot stand in `location`; the outermost block comes first";
        assert_eq!(says("location,http"), Err(turned.into()));
    }

    #[test]
    fn contexts_are_named_outermost_first() {
        let of = |text: &str| named(text.split(','));
        assert_eq!(of("http,server"), Some(Contexts::SERVER));
        assert_eq!(of("http,server,location"), Some(Contexts::LOCATION));
        assert_eq!(of("stream,server"), Some(Contexts::STREAM_SERVER));
        assert_eq!(of("server"), Some(Contexts::SERVER));
        assert_eq!(of("main"), None);
        assert_eq!(of(""), None);
    }
}
