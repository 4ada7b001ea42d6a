//! What holds of every tree of nginx.conf. The fuzzer asserts the same.

use lint401::source::Span;
use lint401::syntax::nginx::{Verdict, parse, split_run_ons};
use lint401::syntax::{Language, NodeId, NodeKind, SyntaxErrorKind, Tree};

/// Reads `text` and asserts everything that holds of any tree of nginx.conf.
pub(super) fn check(text: &[u8]) {
    let tree = parse(text, &[]);
    assert_tree(&tree, text);
    let mut tree = tree;
    // as if every directive took one argument
    split_run_ons(&mut tree, text, |words, _| {
        Some(if words.len() == 2 { Verdict::Taken } else { Verdict::HoldsDirective })
    });
    assert_tree(&tree, text);
}

fn assert_tree(tree: &Tree, text: &[u8]) {
    let inside = |span: Span| span.start <= span.end && span.end as usize <= text.len();
    for (index, node) in tree.nodes.iter().enumerate() {
        let id = NodeId(index as u32);
        assert!(inside(node.head) && inside(node.body) && inside(node.span), "{node:?}");
        assert!(node.span.contains(node.head) && node.span.contains(node.body), "{node:?}");
        assert!(node.word_count > 0 && node.end > id.0 && node.end as usize <= tree.nodes.len());
        assert!(tree.words(id).iter().all(|word| node.head.contains(word.span)), "{node:?}");
        assert!(node.kind == NodeKind::Block || node.end == id.0 + 1, "{node:?}");
        if let Some(parent) = node.parent {
            assert!(parent < id && node.end <= tree.node(parent).end, "{node:?}");
            assert!(tree.node(parent).body.contains(node.span), "{node:?}");
        }
    }
    for parent in
        std::iter::once(None).chain((0..tree.nodes.len() as u32).map(|id| Some(NodeId(id))))
    {
        if tree.nodes.len() < 100 {
            assert!(tree.children(parent).all(|child| tree.node(child).parent == parent));
        }
    }
    // every word belongs to a node, in order
    let mut next = 0;
    for node in &tree.nodes {
        assert_eq!(node.first_word, next);
        next += node.word_count;
    }
    assert_eq!(next as usize, tree.words.len());
    assert!(tree.errors.is_sorted_by_key(|error| error.at.start));
    for error in &tree.errors {
        assert!(inside(error.at) && error.because.is_none_or(inside), "{error:?}");
    }
    assert!(tree.run_ons.is_sorted() && tree.run_ons.last().is_none_or(|&word| word < next));
    for word in &tree.words {
        assert!(word.span.contains(word.inner()), "{word:?}");
        let _ = word.decode(Language::Nginx, text);
    }
    lossless(tree, text);
}

/// Words, comments and Lua never overlap, and what lies between them is blanks and the `;`, `{`, `}` of nodes and errors.
fn lossless(tree: &Tree, text: &[u8]) {
    let foreign = tree.nodes.iter().filter(|node| node.kind == NodeKind::Foreign);
    let mut pieces: Vec<Span> = tree
        .words
        .iter()
        .map(|word| word.span)
        .chain(tree.comments.iter().copied())
        .chain(foreign.map(|node| node.body).filter(|body| !body.is_empty()))
        .collect();
    assert!(pieces.iter().all(|piece| !piece.is_empty()));
    pieces.sort_unstable();
    let mut between = Vec::new();
    let mut at = 0;
    for piece in pieces {
        assert!(at <= piece.start, "{piece:?} overlaps in {:?}", String::from_utf8_lossy(text));
        between.extend_from_slice(&text[at as usize..piece.start as usize]);
        at = piece.end;
    }
    between.extend_from_slice(&text[at as usize..]);
    let count = |byte| between.iter().fold(0, |sum, &found| sum + usize::from(found == byte));
    let blanks = between.iter().filter(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
    assert_eq!(blanks + count(b';') + count(b'{') + count(b'}'), between.len());
    let stray = |kind, byte| {
        let errors = tree.errors.iter().filter(|error| error.kind == kind);
        errors.filter(|error| error.at.of(text) == [byte]).count()
    };
    let last_word = |id| tree.words(NodeId(id)).last().map_or(0, |word| word.span.end);
    let ids = 0..tree.nodes.len() as u32;
    let ends = |byte| {
        let ended = |&id: &u32| {
            let head = tree.node(NodeId(id)).head;
            head.end > last_word(id) && head.of(text).ends_with(&[byte])
        };
        ids.clone().filter(ended).count()
    };
    assert_eq!(count(b';'), ends(b';') + stray(SyntaxErrorKind::UnexpectedTerminator, b';'));
    assert_eq!(count(b'{'), ends(b'{') + stray(SyntaxErrorKind::UnexpectedTerminator, b'{'));
    let blocks = tree.nodes.iter().filter(|node| node.is_block() && node.span.end > node.body.end);
    let unowned = stray(SyntaxErrorKind::UnexpectedTerminator, b'{');
    let closes = blocks.count() + stray(SyntaxErrorKind::UnexpectedCloseBrace, b'}');
    assert!(
        (closes..=closes + unowned).contains(&count(b'}')),
        "{:?}",
        String::from_utf8_lossy(text)
    );
}
