//! `ngx_conf_read_token` once more, byte by byte as nginx does it, to be compared with the parser. Real nginx was asked
//! the same questions when this was written.

use lint401::syntax::nginx::parse;
use lint401::syntax::{Language, NodeId, NodeKind, Tree};
use proptest::prelude::*;

/// The words of a directive and the byte that ends it; none and `}` for the end of a block.
type Directive = (Vec<Vec<u8>>, u8);

/// What nginx reads; `None` where it refuses the text.
fn server(text: &[u8]) -> Option<Vec<Directive>> {
    let (mut found, mut words) = (Vec::new(), Vec::new());
    let (mut last_space, mut need_space, mut comment) = (true, false, false);
    let (mut quoted, mut variable, mut quote) = (false, false, None);
    let (mut start, mut depth) = (0, 0_usize);
    for (at, &byte) in text.iter().enumerate() {
        let blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        comment &= byte != b'\n';
        if comment {
            continue;
        }
        if quoted {
            quoted = false;
            continue;
        }
        let mut end = None;
        if need_space {
            match byte {
                _ if blank => (last_space, need_space) = (true, false),
                b';' | b'{' => end = Some(byte),
                b')' => (last_space, need_space) = (true, false),
                _ => return None,
            }
        }
        if end.is_none() && last_space && !need_space {
            start = at;
            match byte {
                _ if blank => continue,
                b';' | b'{' if words.is_empty() => return None,
                b'}' if !words.is_empty() => return None,
                b';' | b'{' | b'}' => end = Some(byte),
                b'#' => {
                    comment = true;
                    continue;
                }
                b'"' | b'\'' => {
                    start += 1;
                    quote = Some(byte);
                }
                b'\\' => quoted = true,
                b'$' => variable = true,
                _ => {}
            }
            last_space = false;
        } else if end.is_none() {
            if byte == b'{' && variable {
                continue;
            }
            variable = byte == b'$';
            quoted = byte == b'\\';
            if quoted || variable {
                continue;
            }
            let closes = quote.map_or(blank || byte == b';' || byte == b'{', |quote| byte == quote);
            if closes {
                words.push(unescaped(&text[start..at]));
                (need_space, last_space) = (quote.is_some(), quote.is_none());
                quote = None;
                end = Some(byte).filter(|byte| matches!(byte, b';' | b'{'));
            }
        }
        if let Some(end) = end {
            depth = match end {
                b'{' => depth + 1,
                b'}' => depth.checked_sub(1)?,
                _ => depth,
            };
            found.push((std::mem::take(&mut words), end));
            (last_space, need_space, variable) = (true, false, false);
        }
    }
    (words.is_empty() && last_space && depth == 0).then_some(found)
}

fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut word = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        let (byte, len) = match (raw[at], raw.get(at + 1)) {
            (b'\\', Some(&next @ (b'"' | b'\'' | b'\\'))) => (next, 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b'n')) => (b'\n', 2),
            (byte, _) => (byte, 1),
        };
        word.push(byte);
        at += len;
    }
    word
}

/// The same of a tree.
fn directives(tree: &Tree, text: &[u8]) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut ends: Vec<u32> = Vec::new();
    for index in 0..=tree.nodes.len() as u32 {
        while ends.pop_if(|end| *end == index).is_some() {
            found.push((Vec::new(), b'}'));
        }
        let Some(node) = tree.nodes.get(index as usize) else { break };
        let words = tree.words(NodeId(index)).iter();
        let words = words.map(|word| word.decode(Language::Nginx, text).into_owned()).collect();
        if node.kind == NodeKind::Block {
            ends.push(node.end);
        }
        found.push((words, if node.kind == NodeKind::Block { b'{' } else { b';' }));
    }
    found
}

fn compare(text: &[u8]) {
    let tree = parse(text, &[]);
    match server(text) {
        Some(expected) => {
            assert_eq!(tree.errors, [], "{:?}", String::from_utf8_lossy(text));
            assert_eq!(directives(&tree, text), expected, "{:?}", String::from_utf8_lossy(text));
        }
        None => assert_ne!(tree.errors, [], "{:?}", String::from_utf8_lossy(text)),
    }
}

/// Pieces whose order decides everything, well-formed ones more often so that texts grow.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "a", "b ", "c;", " d;", "e {", "}", "}\n", " ", "\t", "\n", "\r\n", ";", "{", "\"", "'",
        "\\", "\\\"", "\\'", "\\\\", "\\n", "\\;", "\\ ", "\\{", "$", "${", "${v}", "$v", "#",
        " # c\n", ")", "(", "\"q\"", "'q r'", " \"\";", "=", "~", "\u{feff}", "\0", "\u{0b}", "é",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

/// Directives in blocks without a mistake in them.
fn sound() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "a",
        "b#c",
        "/d}",
        "\"e f\"",
        "'g;h'",
        "${i}j",
        "$k",
        "l\\ m",
        "\"n\\\"\"",
        "\"\"",
        "o'p",
    ]);
    let gap = prop::sample::select(vec![" ", "\n  ", "\t", " # c }\n", "\r\n", "  "]);
    let directive = prop::collection::vec((word, gap), 1..5).prop_map(|words| {
        words.into_iter().flat_map(|(word, gap)| [word, gap]).collect::<String>()
    });
    let simple = directive.clone().prop_map(|head| head + ";");
    simple.prop_recursive(5, 40, 6, move |inner| {
        (directive.clone(), prop::collection::vec(inner, 0..6))
            .prop_map(|(head, body)| format!("{head}{{{}}}\n", body.concat()))
    })
}

proptest! {
    #[test]
    fn reads_what_the_server_reads(text in soup()) {
        compare(&text);
    }

    #[test]
    fn takes_what_the_server_takes(text in sound()) {
        prop_assert!(server(text.as_bytes()).is_some(), "{text}");
        compare(text.as_bytes());
    }
}

#[test]
fn found_by_comparing() {
    for text in [
        "a \"b\"{}",
        "a \"b\")c;",
        "a ${",
        "a $\\{;",
        "a\\",
        "#",
        "a;#",
        "\"\"{}",
        "a \"$\"{}",
        "a $$ {}",
    ] {
        compare(text.as_bytes());
    }
}
