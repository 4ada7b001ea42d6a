//! Directives that run into each other because a `;` is missing at the end of a line. The words alone are right then;
//! only who knows the directives can tell, so the knowledge comes as a parameter.

use crate::source::Span;
use crate::syntax::{Node, NodeId, NodeKind, SyntaxError, SyntaxErrorKind, Tree, Word, WordFlags};
use std::ops::Range;

/// What the server makes of the words of a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes them.
    Taken,
    /// There are too many of them, or too few.
    WrongCount,
    /// One of them is the name of another directive, which this one certainly has no use for.
    HoldsDirective,
}

/// Splits each directive that the server refuses and that makes sense as several, and notes the `;` that are
/// missing. The tree is then as if they had been typed.
///
/// `takes(words, block)` says whether the server takes these words, the name first, for a directive that ends in `{` if
/// `block` and in `;` if not, anywhere at all; `None` for a name that nothing is known of.
pub fn split_run_ons(
    tree: &mut Tree,
    text: &[u8],
    takes: impl Fn(&[Word], bool) -> Option<Verdict>,
) {
    let mut splits = Vec::new();
    for starts in tree.run_ons.chunk_by(|&one, &next| node_of(tree, one) == node_of(tree, next)) {
        let Some(id) = node_of(tree, starts[0]) else { continue };
        splits.extend(starts_of_run_ons(tree, text, id, starts, &takes));
    }
    if !splits.is_empty() {
        split(tree, &splits);
    }
}

/// The directive that a word stands in.
fn node_of(tree: &Tree, word: u32) -> Option<NodeId> {
    let after = tree.nodes.partition_point(|node| node.first_word <= word);
    after.checked_sub(1).map(|index| NodeId(index as u32))
}

/// The words among `starts` at which a directive of its own starts; none if that does not explain all of `id`.
fn starts_of_run_ons(
    tree: &Tree,
    text: &[u8],
    id: NodeId,
    starts: &[u32],
    takes: impl Fn(&[Word], bool) -> Option<Verdict>,
) -> Vec<u32> {
    let node = tree.node(id);
    let words = node.first_word..node.first_word + node.word_count;
    let takes = |piece: Range<u32>| {
        let block = piece.end == words.end && node.kind == NodeKind::Block;
        takes(&tree.words[piece.start as usize..piece.end as usize], block)
    };
    let verdict = if node.kind == NodeKind::Entry { None } else { takes(words.clone()) };
    let is_certain = matches!(verdict, Some(Verdict::WrongCount | Verdict::HoldsDirective))
        && !tree.words(id).iter().any(|word| word.flags.has(WordFlags::TEMPLATED));
    if !is_certain {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut piece = words.start;
    for &start in starts {
        // on one line, words that are too many may as well be a text without quotes
        let gap = Span::new(
            tree.words[start as usize - 1].span.end,
            tree.words[start as usize].span.start,
        );
        let may_start = verdict == Some(Verdict::HoldsDirective) || gap.of(text).contains(&b'\n');
        if may_start
            && takes(piece..start) == Some(Verdict::Taken)
            && takes(start..words.end).is_some()
        {
            found.push(start);
            piece = start;
        }
    }
    if takes(piece..words.end) == Some(Verdict::Taken) { found } else { Vec::new() }
}

/// Splits the directives in front of these words.
fn split(tree: &mut Tree, starts: &[u32]) {
    let mut nodes: Vec<Node> = Vec::with_capacity(tree.nodes.len() + starts.len());
    // how many nodes were added before each old one
    let mut added = Vec::with_capacity(tree.nodes.len() + 1);
    let mut starts = starts.iter().copied().peekable();
    for node in &tree.nodes {
        added.push((nodes.len() - added.len()) as u32);
        let mut rest = *node;
        let end = node.first_word + node.word_count;
        while let Some(start) = starts.next_if(|&start| start < end) {
            let head_end = tree.words[start as usize - 1].span.end;
            let head = Span::new(rest.head.start, head_end);
            let missing = Span::empty(head_end);
            let kind = SyntaxErrorKind::MissingSemicolon;
            tree.errors.push(SyntaxError { kind, at: missing, because: None });
            let word_count = start - rest.first_word;
            let body = missing;
            nodes.push(Node { kind: NodeKind::Simple, word_count, head, body, span: head, ..rest });
            rest.head.start = tree.words[start as usize].span.start;
            rest.span.start = rest.head.start;
            rest.first_word = start;
            rest.word_count = end - start;
        }
        nodes.push(rest);
    }
    added.push((nodes.len() - added.len()) as u32);
    // children belong to the last part of a block that was split
    for (index, node) in nodes.iter_mut().enumerate() {
        node.parent = node.parent.map(|old| NodeId(old.0 + added[old.index() + 1]));
        let is_last_part = node.kind != NodeKind::Simple;
        node.end =
            if is_last_part { node.end + added[node.end as usize] } else { index as u32 + 1 };
    }
    tree.nodes = nodes;
    tree.errors.sort_by_key(|error| error.at.start);
}
