//! The laws of `syntax::apache`.

use lint401::source::Span;
use lint401::syntax::apache::{Flavour, behind_section, parse, raw_arguments};
use lint401::syntax::{Language, NodeId, NodeKind, SyntaxErrorKind, Tree, WordFlags};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn server(text: &str) -> Tree {
    parse(text.as_bytes(), Flavour::Server, &[])
}

/// Each directive as its depth and decoded words, one a line.
fn outline(text: &str) -> Vec<String> {
    let tree = server(text);
    let describe = |index| {
        let id = NodeId(index);
        let words = tree.words(id).iter();
        let words: Vec<_> = words
            .map(|word| word.decode(Language::Apache, text.as_bytes()).into_owned())
            .map(|word| String::from_utf8_lossy(&word).into_owned())
            .collect();
        let depth = tree.ancestors(id).count();
        format!("{}{}", "  ".repeat(depth), words.join("|"))
    };
    (0..tree.nodes.len() as u32).map(describe).collect()
}

/// Each error as its kind and the text from its place to the end of the line.
fn errors(text: &str) -> Vec<(SyntaxErrorKind, String)> {
    let place = |at: Span| {
        let rest = &text[at.start as usize..];
        rest.lines().next().unwrap_or("").to_owned()
    };
    server(text).errors.iter().map(|error| (error.kind, place(error.at))).collect()
}

fn laws(text: &[u8], tree: &Tree) {
    let inside = |span: Span| span.start <= span.end && span.end as usize <= text.len();
    let mut last = 0;
    for word in &tree.words {
        assert!(inside(word.span) && last <= word.span.start, "words ascend: {word:?}");
        last = word.span.end;
        let _ = word.decode(Language::Apache, text);
    }
    assert!(tree.words.iter().all(|word| inside(word.inner())));
    let mut last = 0;
    for (index, node) in tree.nodes.iter().enumerate() {
        let id = NodeId(index as u32);
        assert!(inside(node.head) && inside(node.body) && inside(node.span), "{node:?}");
        assert!(last <= node.head.start, "heads ascend: {node:?}");
        last = node.head.end;
        assert!(node.word_count >= 1);
        assert!(tree.words(id).iter().all(|word| node.head.contains(word.span)), "{node:?}");
        assert!(node.end > id.0 && node.end as usize <= tree.nodes.len());
        assert!(node.span.contains(node.head));
        if let Some(parent) = node.parent {
            assert!(parent < id && tree.node(parent).end >= node.end, "{parent:?} holds {id:?}");
            assert!(tree.node(parent).body.contains(node.head), "{parent:?} {node:?}");
        }
        assert!(inside(raw_arguments(tree, id)));
        assert!(behind_section(tree, id, text).is_none_or(inside));
    }
    let mut last = 0;
    for comment in &tree.comments {
        assert!(inside(*comment) && last <= comment.start && comment.of(text).starts_with(b"#"));
        last = comment.end;
    }
    assert!(tree.errors.iter().all(|error| inside(error.at)));
    assert!(tree.errors.is_sorted_by_key(|error| error.at.start));
    lossless(text, tree);
}

/// What is no word and no comment is white space, continuations, section brackets and ends, foreign bodies, lines that
/// httpd reads as nothing, and what stands behind a NUL.
fn lossless(text: &[u8], tree: &Tree) {
    if text.contains(&0) {
        return;
    }
    let mut covered = vec![false; text.len()];
    let foreign = tree.nodes.iter().filter(|node| node.kind == NodeKind::Foreign);
    let spans = tree
        .words
        .iter()
        .map(|word| word.span)
        .chain(tree.comments.iter().copied())
        .chain(foreign.map(|node| node.span));
    let behind =
        (0..tree.nodes.len() as u32).filter_map(|id| behind_section(tree, NodeId(id), text));
    for span in spans.chain(behind) {
        covered[span.range()].fill(true);
    }
    let mut start = 0;
    while start < text.len() {
        let end =
            text[start..].iter().position(|&b| b == b'\n').map_or(text.len(), |at| start + at);
        let left: Vec<u8> = (start..end).filter(|&at| !covered[at]).map(|at| text[at]).collect();
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
        let first = left.iter().position(|byte| !is_blank(byte)).unwrap_or(left.len());
        let left = &left[first..];
        let structure = left.is_empty()
            || left.iter().any(|byte| matches!(byte, b'<' | b'>' | b'\\'))
            || left.starts_with(b"\"")
            || left.starts_with(b"'")
            || text[..start].trim_ascii_end().ends_with(b"\\");
        assert!(structure, "lost {:?} of {:?}", left, String::from_utf8_lossy(text));
        start = end + 1;
    }
}

fn check(text: &[u8]) {
    for flavour in [Flavour::Server, Flavour::Htaccess] {
        laws(text, &parse(text, flavour, &[]));
    }
}

/// Pieces of which anything can be put together.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "<Directory /a>",
        "</Directory>",
        "<IfModule x>",
        "</IfModule>",
        "</IfModule> x",
        "<RequireAll>",
        "<RequireAll> # x",
        "</RequireAll",
        "<Macro m>",
        "</Macro>",
        "<Perl>",
        "</Perl>",
        "Require ",
        "all ",
        "\"",
        "'",
        "\\",
        "\\\\",
        "\n",
        "\n",
        "\r\n",
        "\\\n",
        "\\\r\n",
        " ",
        "\t",
        "#",
        "# c",
        ">",
        "<",
        "</",
        "</>",
        "\0",
        "\u{b}",
        "é",
        "\u{201c}",
        "${X}",
        "x",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(text in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&text);
    }

    #[test]
    fn any_soup(text in soup()) {
        check(&text);
    }

    #[test]
    fn words_are_what_ap_getword_conf_takes(line in "[ax\"' \\\\]{0,20}") {
        let text = format!("Name {line}\n");
        let tree = parse(text.as_bytes(), Flavour::Server, &[]);
        let expected = getword_conf_all(&joined(text.as_bytes()));
        let got: Vec<Vec<u8>> = tree.words(NodeId(0)).iter()
            .map(|word| word.decode(Language::Apache, text.as_bytes()).into_owned()).collect();
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn continuations_change_no_word(line in "[ax\"' \\\\]{0,20}", at in 0usize..20, crlf: bool) {
        let plain = format!("Name {line}x");
        let at = "Name ".len() + at.min(line.len());
        let end = if crlf { "\\\r\n" } else { "\\\n" };
        let split = format!("{}{end}{}", &plain[..at], &plain[at..]);
        let decode = |text: &str| -> Vec<Vec<u8>> {
            let tree = parse(text.as_bytes(), Flavour::Server, &[]);
            tree.words(NodeId(0)).iter()
                .map(|word| word.decode(Language::Apache, text.as_bytes()).into_owned()).collect()
        };
        prop_assert_eq!(decode(&split), decode(&plain));
    }
}

/// The logical line as C has it, for a text of one.
fn joined(text: &[u8]) -> Vec<u8> {
    let mut line = text.trim_ascii_end().to_vec();
    if text.ends_with(b"\\\n") {
        line.pop();
    }
    line.trim_ascii().to_vec()
}

/// A second, plain rendering of `ap_getword_conf`.
fn getword_conf_all(line: &[u8]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut at = 0;
    let byte = |at: usize| line.get(at).copied();
    loop {
        while byte(at).is_some_and(|b| b.is_ascii_whitespace()) {
            at += 1;
        }
        let Some(first) = byte(at) else { return words };
        let mut word = Vec::new();
        if first == b'"' || first == b'\'' {
            at += 1;
            while let Some(b) = byte(at).filter(|&b| b != first) {
                let escaped =
                    byte(at + 1).filter(|&next| b == b'\\' && (next == first || next == b'\\'));
                word.push(escaped.unwrap_or(b));
                at += 1 + usize::from(escaped.is_some());
            }
            at += 1;
        } else {
            while let Some(b) = byte(at).filter(|b| !b.is_ascii_whitespace()) {
                let escaped = byte(at + 1).filter(|&next| b == b'\\' && next == b'\\');
                word.push(escaped.unwrap_or(b));
                at += 1 + usize::from(escaped.is_some());
            }
        }
        words.push(word);
    }
}

#[test]
fn sections_nest_and_names_lose_their_brackets() {
    let text = "<VirtualHost *:80>\n  <directory \"/srv/a b\">\n    Require all granted\n  </Directory>\n</virtualhost>\nListen 80\n";
    assert_eq!(
        outline(text),
        ["VirtualHost|*:80", "  directory|/srv/a b", "    Require|all|granted", "Listen|80"]
    );
    assert_eq!(errors(text), []);
    let tree = server(text);
    assert_eq!(tree.node(NodeId(1)).body.of(text.as_bytes()), b"\n    Require all granted\n");
    assert!(tree.node(NodeId(0)).span.of(text.as_bytes()).ends_with(b"</virtualhost>"));
}

#[test]
fn only_a_backslash_directly_before_the_line_end_continues() {
    assert_eq!(outline("Require \\\n  user \\\r\n alice\n"), ["Require|user|alice"]);
    assert_eq!(outline("Require user \\ \nAuthName x"), ["Require|user|\\", "AuthName|x"]);
    assert_eq!(outline("Require us\\\ner alice"), ["Require|user|alice"]);
    assert_eq!(outline("A b\\"), ["A|b\\"], "the end of the file is no line end");
}

#[test]
fn two_backslashes_continue_over_an_empty_line() {
    // httpd looks for the backslash in what it has joined so far
    assert_eq!(outline("Timeout 5\\\\\n\nFoo"), ["Timeout|5Foo"]);
    assert_eq!(outline("Timeout 5\\\n\nFoo"), ["Timeout|5", "Foo"]);
}

#[test]
fn a_continued_comment_swallows_the_next_line() {
    let text = "# note \\\nRequire valid-user\nAuthName x # no comment";
    assert_eq!(outline(text), ["AuthName|x|#|no|comment"]);
    let tree = server(text);
    assert_eq!(tree.comments.len(), 1);
    assert_eq!(tree.comments[0].of(text.as_bytes()), b"# note \\\nRequire valid-user");
}

#[test]
fn quotes_and_escapes() {
    assert_eq!(
        outline(r#"A "x \"y\" \\ \n" 'it''s' al"ice" a\\b"#),
        [r#"A|x "y" \ \n|it|s|al"ice"|a\b"#]
    );
    assert_eq!(
        outline("A \"b c\nD e"),
        ["A|b c", "D|e"],
        "a missing quote runs to the end of the line"
    );
    assert_eq!(errors("A \"b c\n"), []);
    let text = "A \"b c\n";
    assert!(server(text).words[1].flags.has(WordFlags::UNCLOSED));
}

#[test]
fn a_section_line_ends_at_its_last_angle() {
    let text =
        "<Files \"a>b\"> # c\n</Files> c\n<RequireAll\n</RequireAll>\n<If \"%{X} > 1\">\n</If>";
    assert_eq!(outline(text), ["Files|a>b", "RequireAll", "If|%{X} > 1"]);
    assert_eq!(errors(text), []);
    let tree = server(text);
    let behind = behind_section(&tree, NodeId(0), text.as_bytes());
    assert_eq!(behind.map(|span| span.of(text.as_bytes())), Some(&b"# c"[..]));
    assert_eq!(behind_section(&tree, NodeId(2), text.as_bytes()), None);
}

#[test]
fn what_httpd_refuses_is_one_error_at_its_place() {
    use SyntaxErrorKind::{
        MismatchedSectionEnd, MissingAngle, MissingSectionEnd, TextAfterSectionEnd,
        TextAfterSectionStart, UnexpectedSectionEnd,
    };
    let one = |text: &str, kind, place: &str| {
        assert_eq!(errors(text), [(kind, place.to_owned())], "{text}");
    };
    one("<Directory /a\n</Directory>", MissingAngle, "");
    one("<RequireAll> # x\n</RequireAll>", TextAfterSectionStart, "# x");
    one("<Files x>\n</Files >\nA b", MissingAngle, " >");
    one("<Files x>\n</Files>y\nA b", TextAfterSectionEnd, "y");
    one("<IfModule x>\n</IfModule> # y\nA b", TextAfterSectionEnd, " # y");
    one("A b\n</Files>\nC d", UnexpectedSectionEnd, "</Files>");
    one("<Files x>\n</File>\nA b", MismatchedSectionEnd, "</File>");
    one("<Files x>\n</File>\n</Files>\nA b", MismatchedSectionEnd, "</File>");
    one("<Files x>\nA b", MissingSectionEnd, "");
    one("<VirtualHost x>\n<Files x>\nA b\n</VirtualHost>", MismatchedSectionEnd, "");
}

#[test]
fn a_forgotten_angle_or_slash_is_one_error_where_it_belongs() {
    use SyntaxErrorKind::{MissingEndSlash, MissingOpenAngle};
    let one = |text: &str, outlined: &[&str], kind, before: &str| {
        let tree = server(text);
        let found: Vec<_> = tree.errors.iter().map(|error| (error.kind, error.at.start)).collect();
        assert_eq!(found, [(kind, before.len() as u32)], "{text}");
        assert_eq!(outline(text), outlined, "{text}");
    };
    let all = ["Directory|/a", "  A|b", "C|d"];
    one("Directory /a>\nA b\n</Directory>\nC d", &all, MissingOpenAngle, "");
    one("<Directory /a>\nA b\n/Directory>\nC d", &all, MissingOpenAngle, "<Directory /a>\nA b\n");
    one("<Directory /a>\nA b\n<directory>\nC d", &all, MissingEndSlash, "<Directory /a>\nA b\n");
    let all = ["Files|x", "  RequireAny", "    A|b", "C|d"];
    let text = "<Files x>\nRequireAny>\nA b\n</RequireAny>\n</Files>\nC d";
    one(text, &all, MissingOpenAngle, "<Files x>\n");
    let text = "<Files x>\n<RequireAny>\nA b\n<RequireAny>\n</Files>\nC d";
    one(text, &all, MissingEndSlash, "<Files x>\n<RequireAny>\nA b\n");
    let text = "<RequireAll>\nA b\n<RequireAll>";
    one(text, &["RequireAll", "  A|b"], MissingEndSlash, "<RequireAll>\nA b\n");
    let text = "<Macro x>\nA b\n</Macro\nC d";
    assert_eq!(errors(text), [(SyntaxErrorKind::MissingAngle, String::new())]);
    assert_eq!(outline(text), ["Macro|x", "C|d"]);
    // directives that only look like it
    assert_eq!(errors("ErrorDocument 401 <b>\nLocations x>\n/Files>\nRequire all>"), []);
    let nested = "<RequireAll>\n<RequireAll>\nA b\n</RequireAll>\n</RequireAll>";
    assert_eq!(errors(nested), []);
}

#[test]
fn a_forgotten_section_end_is_looked_for_by_indentation() {
    let text = "<Directory /a>\n    Require all granted\n\n<Directory /b>\n    Require all denied\n</Directory>\nListen 80\n";
    assert_eq!(errors(text), [(SyntaxErrorKind::MissingSectionEnd, String::new())]);
    let end = text.find("granted").map(|at| at + "granted".len());
    assert_eq!(server(text).errors[0].at.start as usize, end.unwrap_or(0));
    assert_eq!(
        outline(text),
        [
            "Directory|/a",
            "  Require|all|granted",
            "Directory|/b",
            "  Require|all|denied",
            "Listen|80"
        ]
    );
}

#[test]
fn foreign_bodies_are_left_alone() {
    let text = "<Macro VHost $name>\n<VirtualHost $name>\n</Oops>\n<Macro in>\n</Macro>\n</Macro> x\n<Perl>\nmy %x = (\n</Perl>\nListen 80";
    assert_eq!(outline(text), ["Macro|VHost|$name", "Perl", "Listen|80"]);
    assert_eq!(errors(text), []);
    assert_eq!(server(text).nodes[0].kind, NodeKind::Foreign);
}

#[test]
fn odd_names() {
    assert_eq!(
        outline("\"Require\" all\nTimeout> 5\n\"\" x\n> 5"),
        ["Require|all", "Timeout|5", "|5"]
    );
    assert_eq!(outline("\"<Files\" x>\n\"</Files>\"\nA"), ["Files|x", "A"]);
}

#[test]
fn a_nul_hides_the_rest_of_its_line() {
    assert_eq!(outline("A b\0c \\\nD e"), ["A|b", "D|e"]);
}

#[test]
fn htaccess_lines_have_a_limit() {
    let lines = |length: usize| format!("#{}\nA b\n", "x".repeat(length - 2));
    let errors = |text: &str| parse(text.as_bytes(), Flavour::Htaccess, &[]).errors.len();
    assert_eq!(errors(&lines(8192)), 0);
    assert_eq!(errors(&lines(8193)), 1);
    assert_eq!(errors(&format!("A {}\\\n{}\n", "x".repeat(5000), "x".repeat(5000))), 1);
    assert_eq!(server(&lines(9000)).errors.len(), 0);
}

#[test]
fn raw_arguments_run_to_the_end_of_the_line() {
    let text = "Header  set X \"a b\"  extra  \n<Files  \"x\" > y";
    let tree = server(text);
    let raw = |id| raw_arguments(&tree, NodeId(id)).of(text.as_bytes());
    assert_eq!(raw(0), b"set X \"a b\"  extra");
    assert_eq!(raw(1), b"\"x\"");
}

#[test]
fn words_of_a_template_are_flagged() {
    let text = b"AuthName xxxxxx yes";
    let tree = parse(text, Flavour::Server, &[Span::new(9, 15)]);
    let templated: Vec<bool> =
        tree.words.iter().map(|word| word.flags.has(WordFlags::TEMPLATED)).collect();
    assert_eq!(templated, [false, true, false]);
}

#[test]
fn two_hundred_thousand_nested_sections() {
    let deep = "<A x>\n".repeat(200_000);
    assert_eq!(server(&deep).errors.len(), 200_000);
    let closed = format!("{deep}{}", "</A>\n".repeat(200_000));
    assert_eq!(server(&closed).errors.len(), 0);
    check(closed.as_bytes());
}

#[test]
fn time_grows_with_the_length_only() {
    let hostile = [
        "<A>\n x\n",
        "<A>\n",
        "</B>\n",
        "<A>\n</B>\n",
        "<A>\n</B>\n<C>\n",
        "\"\n",
        "a\\\n",
        "a\\\\\n\n",
        "# \\\n",
        "<Macro>\n",
        "\\\\\"'",
        " \\\n",
        "a ",
    ];
    for piece in hostile {
        let started = Instant::now();
        let text = piece.repeat(2_000_000 / piece.len());
        let tree = parse(text.as_bytes(), Flavour::Server, &[]);
        assert!(tree.nodes.len() <= text.len());
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{piece:?} took {:?}",
            started.elapsed()
        );
    }
}
