//! `syntax::nginx`: what the server reads is read, and each mistake costs one error where a person would mend it.

mod check;
mod laws;
mod mistakes;
mod server;

use lint401::syntax::nginx::parse;
use lint401::syntax::{Language, NodeId, NodeKind, SyntaxErrorKind, Tree, WordFlags};

/// The tree of a text without mistakes.
fn tree(text: &str) -> Tree {
    let tree = parse(text.as_bytes(), &[]);
    assert_eq!(tree.errors, [], "{text}");
    tree
}

/// Each node of a text without mistakes: how deep it stands, its kind, and its words as nginx takes them.
fn outline(text: &str) -> Vec<String> {
    let tree = tree(text);
    let line = |index| {
        let id = NodeId(index);
        let words = tree.words(id).iter();
        let words: Vec<_> = words
            .map(|word| {
                String::from_utf8_lossy(&word.decode(Language::Nginx, text.as_bytes())).into_owned()
            })
            .collect();
        let kind = match tree.node(id).kind {
            NodeKind::Simple => ";",
            NodeKind::Block => "{}",
            NodeKind::Entry => ":",
            NodeKind::Foreign => "lua",
        };
        format!("{}{}{kind}", "  ".repeat(tree.ancestors(id).count()), words.join("|"))
    };
    (0..tree.nodes.len() as u32).map(line).collect()
}

#[test]
fn words_blocks_and_comments() {
    let text = "# c\nuser a; http {\n\tserver { listen 80 # d\n default_server; }\n}";
    assert_eq!(outline(text), ["user|a;", "http{}", "  server{}", "    listen|80|default_server;"]);
    let tree = tree(text);
    let comments: Vec<_> = tree.comments.iter().map(|span| span.of(text.as_bytes())).collect();
    assert_eq!(comments, [b"# c", b"# d"]);
    let server = tree.node(NodeId(2));
    assert_eq!(server.head.of(text.as_bytes()), b"server {");
    assert_eq!(server.body.of(text.as_bytes()), b" listen 80 # d\n default_server; ");
    assert!(server.span.of(text.as_bytes()).ends_with(b"; }"));
}

#[test]
fn a_word_ends_where_nginx_ends_it() {
    assert_eq!(outline("a#b c#;"), ["a#b|c#;"]);
    assert_eq!(outline("location /b} {}"), ["location|/b}{}"]);
    assert_eq!(outline("a o\"ff it's;"), ["a|o\"ff|it's;"]);
    assert_eq!(outline("a ${b}c $d{}"), ["a|${b}c|$d{}"]);
    assert_eq!(outline("a ${{b};"), ["a|${{b};"]);
    assert_eq!(outline(r"a b\ c\;d \{;"), [r"a|b\ c\;d|\{;"]);
    assert_eq!(outline("if ($a = \"b\") {}"), ["if|($a|=|b|){}"]);
    assert_eq!(outline("a \"b;{}#\nc\" '\"';"), ["a|b;{}#\nc|\";"]);
    assert_eq!(outline("\u{feff}a b;"), ["\u{feff}a|b;"]);
    assert_eq!(outline("a\rb\tc;"), ["a|b|c;"]);
}

#[test]
fn escapes_are_resolved_in_bare_and_quoted_words() {
    assert_eq!(outline(r#"a \"b\' "c\"" 'd\\';"#), [r#"a|"b'|c"|d\;"#]);
    assert_eq!(outline(r"a b\tc\rd\ne;"), ["a|b\tc\rd\ne;"]);
    assert_eq!(outline(r"a \.php\d\$ '\x';"), [r"a|\.php\d\$|\x;"]);
}

#[test]
fn lines_of_free_form_blocks_are_data() {
    let text = "map $a $b { default 0; \"~^/x{2}\" 1; include m; }";
    assert_eq!(outline(text), ["map|$a|$b{}", "  default|0:", "  ~^/x{2}|1:", "  include|m;"]);
    assert_eq!(outline("types { text/html html htm; }"), ["types{}", "  text/html|html|htm:"]);
    // split_clients has no include of its own
    assert_eq!(
        outline("split_clients a $b { include m; }"),
        ["split_clients|a|$b{}", "  include|m:"]
    );
    assert_eq!(
        outline("geo $a { 10.0.0.0/8 1; }\nallow all;"),
        ["geo|$a{}", "  10.0.0.0/8|1:", "allow|all;"]
    );
    // odd, and what nginx reads
    assert_eq!(outline("map $a $b{2} 1;}"), ["map|$a|$b{}", "  2}|1:"]);
}

#[test]
fn lua_without_its_brace_takes_nothing_behind_the_block() {
    let text = b"if ($a) {\n    set_by_lua_block $b\n}\nroot /x;\n";
    let tree = parse(text, &[]);
    let errors: Vec<_> = tree.errors.iter().map(|error| error.kind).collect();
    assert_eq!(errors, [SyntaxErrorKind::MissingOpenBrace]);
    let outermost: Vec<&[u8]> = tree.children(None).map(|id| tree.name(id).span.of(text)).collect();
    assert_eq!(outermost, [&b"if"[..], b"root"]);
}

#[test]
fn lua_is_left_alone() {
    let lua = "content_by_lua_block {\n -- it's }\n local a = { \"}\", '}', [[}]], [==[ ]] } ]==] }\n\
               --[[ } ]] b[c[1]] = \"\\\"}\"\n}\ndeny all;";
    assert_eq!(outline(lua), ["content_by_lua_block|lua".replace('|', ""), "deny|all;".into()]);
    let tree = tree(lua);
    let body = tree.node(NodeId(0)).body.of(lua.as_bytes());
    assert!(body.starts_with(b"\n -- it's }") && body.ends_with(b"\\\"}\"\n"));
    assert_eq!(outline("set_by_lua_block $a { return { 1 } }"), ["set_by_lua_block|$alua"]);
    // a quote that is not closed on its line is no string for the module
    assert_eq!(outline("content_by_lua_block { '\n '{' }"), ["content_by_lua_blocklua"]);
}

#[test]
fn words_over_holes_are_flagged() {
    let text = b"listen xxxx; server_name a.xxxx.b xxxx;";
    let holes = [(7, 11), (27, 31)].map(|(start, end)| lint401::source::Span::new(start, end));
    let flags: Vec<_> =
        parse(text, &holes).words.iter().map(|word| word.flags.has(WordFlags::TEMPLATED)).collect();
    assert_eq!(flags, [false, true, false, true, false]);
}
