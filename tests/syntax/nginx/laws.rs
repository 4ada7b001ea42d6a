//! What holds of every tree, whatever the bytes.

use super::parse;
use lint401::source::Span;
use lint401::syntax::{Language, NodeId, NodeKind, SyntaxErrorKind, Tree, Word, WordFlags};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn check(text: &[u8]) {
    let tree = parse(text, &[]);
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
    lossless(&tree, text);
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

/// Names that the parser knows, punctuation, and everything that starts or ends something.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "server",
        "location",
        " / ",
        "if ($a) ",
        "map $a $b ",
        "types",
        "events",
        "http",
        "upstream u",
        "content_by_lua_block ",
        "set_by_lua_block $a",
        "include",
        " x",
        "\n  root",
        "\nlocation",
        "\n",
        "\n",
        "    ",
        "\t",
        "\r\n",
        ";",
        ";",
        ";\n",
        "{",
        "{\n",
        "}",
        "}\n",
        "\"",
        "'",
        "\\",
        "$",
        "${",
        "#",
        "--",
        "[[",
        "]]",
        "[=[",
        "{2}",
        "{1,2}",
        "(",
        ")",
        "= ",
        "~ ",
        "404}",
        "\u{feff}",
        "\0",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn any_bytes(text in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&text);
    }

    #[test]
    fn any_tokens(text in soup()) {
        check(&text);
    }

    #[test]
    fn quoting_loses_nothing(value in prop::collection::vec(any::<u8>(), 0..40), single: bool) {
        let quote = if single { b'\'' } else { b'"' };
        let mut text = vec![b'a', b' ', quote];
        for &byte in &value {
            if byte == b'\\' || byte == quote {
                text.push(b'\\');
            }
            text.push(byte);
        }
        text.extend([quote, b';']);
        let tree = parse(&text, &[]);
        prop_assert!(tree.errors.is_empty());
        prop_assert_eq!(&tree.words[1].decode(Language::Nginx, &text)[..], &value[..]);
    }

    #[test]
    fn decoding_takes_any_word(text in prop::collection::vec(any::<u8>(), 0..20), flags in 0..3_usize) {
        let flags = [WordFlags::default(), WordFlags::DOUBLE, WordFlags::SINGLE][flags];
        let flags = flags.with(WordFlags::ESCAPED).with(WordFlags::UNCLOSED);
        let word = Word { span: Span::new(0, text.len() as u32), flags };
        if !text.is_empty() {
            prop_assert!(word.decode(Language::Nginx, &text).len() <= text.len());
        }
    }
}

#[test]
fn two_hundred_thousand_nested_blocks() {
    const DEEP: usize = 200_000;
    for (text, errors) in [
        ("a{".repeat(DEEP) + &"}".repeat(DEEP), 0),
        ("a{".repeat(DEEP), 1),
        ("{".repeat(DEEP), DEEP),
        ("}".repeat(DEEP), DEEP),
    ] {
        let tree = parse(text.as_bytes(), &[]);
        assert_eq!(tree.errors.len(), errors);
        assert_eq!(tree.nodes.len(), text.matches('a').count());
    }
}

fn time(text: &[u8]) -> Duration {
    let start = Instant::now();
    std::hint::black_box(parse(text, &[]));
    start.elapsed()
}

#[test]
fn linear_on_hostile_bytes() {
    for piece in [
        "{",
        "}",
        ";",
        "a{",
        "\"",
        "\\\"",
        "'\\'",
        "\"\n;",
        "\"a;\n'",
        "\"a;\n",
        "#\n",
        " \n",
        "\\",
        "$",
        "${",
        "a{2}",
        "a_by_lua_block{\n",
        "a_by_lua_block{{",
        "a_by_lua_block{'\\'",
        "a_by_lua_block{[[",
        "[=",
        "-- [==[\n",
        "map $a $b{",
        "a b c\n",
        "\nroot /a",
        "server\n",
        "\nlocation / {",
        "location /\n}",
        "404}",
        "if (",
        "\"#;\n",
    ] {
        let text = |bytes: usize| piece.repeat(bytes / piece.len());
        let (short, long) = (text(20_000), text(320_000));
        // 16 times the bytes; their square would be 256 times. Other programs run, too: the fastest of some readings counts
        let mut fastest = (Duration::MAX, Duration::MAX);
        let is_linear = (0..8).any(|_| {
            fastest.0 = fastest.0.min(time(short.as_bytes()));
            fastest.1 = fastest.1.min(time(long.as_bytes()));
            fastest.1 < fastest.0 * 100 + Duration::from_millis(50)
        });
        assert!(is_linear, "{piece:?}");
    }
}
