//! What holds of every tree, whatever the bytes.

use super::check::check;
use super::parse;
use lint401::source::Span;
use lint401::syntax::{Language, Word, WordFlags};
use proptest::prelude::*;
use std::time::{Duration, Instant};

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
        "\u{c}",
        "{\"a\": ",
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
fn a_form_feed_at_the_end_of_lua_is_lua() {
    for text in ["_by_lua_block a{\u{c}\n}", "a_by_lua_block {\u{c}", "a_by_lua_block {\n\u{c}}"] {
        check(text.as_bytes());
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
        "a {\"a\": ",
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
