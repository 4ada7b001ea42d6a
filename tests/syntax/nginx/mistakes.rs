//! Each mistake costs one error, at the place where a person would mend it, and what follows is still understood.

use super::parse;
use lint401::syntax::SyntaxErrorKind::{self, *};
use lint401::syntax::{NodeId, Tree};

/// Reads a text without its one `¦`, where the one error is expected.
fn mistake(kind: SyntaxErrorKind, marked: &str) -> Tree {
    let (before, after) = marked.split_once('¦').expect("a text with a mark");
    let text = format!("{before}{after}");
    let tree = parse(text.as_bytes(), &[]);
    let found: Vec<_> = tree.errors.iter().map(|error| (error.kind, error.at.start)).collect();
    assert_eq!(found, [(kind, before.len() as u32)], "{marked}");
    tree
}

/// How often a directive of this name stands right in a block of that name.
fn count(tree: &Tree, text: &str, name: &str, parent: Option<&str>) -> usize {
    let text = text.replace('¦', "");
    let named = |id: NodeId, name: &str| tree.name(id).span.of(text.as_bytes()) == name.as_bytes();
    (0..tree.nodes.len() as u32)
        .map(NodeId)
        .filter(|&id| named(id, name))
        .filter(|&id| match (tree.node(id).parent, parent) {
            (None, None) => true,
            (Some(id), Some(parent)) => named(id, parent),
            _ => false,
        })
        .count()
}

#[test]
fn missing_semicolon() {
    mistake(MissingSemicolon, "server {\n  listen 80¦\n}\n");
    mistake(MissingSemicolon, "server { return 404¦ }");
    mistake(MissingSemicolon, "location / { return 404¦}\nlocation /a { deny all; }\n");
    mistake(MissingSemicolon, "root /a;\nindex b¦ # comment\n");
    mistake(
        MissingSemicolon,
        "add_header A \"b\"¦}\n".trim_end_matches('\n').replace('}', "\n").as_str(),
    );
    let text = "server {\n  root /a¦ # why\n  location / {\n  }\n  deny all;\n}";
    let tree = mistake(MissingSemicolon, text);
    assert_eq!(count(&tree, text, "location", Some("server")), 1);
    assert_eq!(count(&tree, text, "deny", Some("server")), 1);
    let tree = mistake(MissingSemicolon, "map $a $b {\n  default 0¦\n  x 1;\n  y 2;\n}");
    assert_eq!(tree.children(Some(NodeId(0))).count(), 3);
}

#[test]
fn missing_open_brace() {
    let text =
        "http {\n  server¦\n    listen 80;\n    location / {\n    }\n  }\n  server {\n  }\n}\n";
    let tree = mistake(MissingOpenBrace, text);
    assert_eq!(count(&tree, text, "server", Some("http")), 2);
    assert_eq!(count(&tree, text, "location", Some("server")), 1);
    mistake(MissingOpenBrace, "events¦\n  worker_connections 9;\n}\n");
    mistake(MissingOpenBrace, "server {\n  location = /a¦ return 204; }\n}");
    mistake(MissingOpenBrace, "server {\n  if ($a ~ \"b)\")¦ return 204; }\n}");
    mistake(MissingOpenBrace, "location /¦ }\n");
    mistake(MissingOpenBrace, "map $a $b¦\n  default 0;\n  x 1;\n}\n");
    mistake(MissingOpenBrace, "content_by_lua_block¦\n  ngx.say(\"it's\")\n}\nroot /a;");
    mistake(MissingOpenBrace, "server¦\n  location / {\n    root /a;\n  }\n}");
    mistake(MissingOpenBrace, "rtmp {\n application live¦\n  live on;\n }\n}\n");
}

#[test]
fn missing_close_brace() {
    let text = "server {\n  location /a {\n    root /b;¦\n  # next\n  location /c {\n  }\n}\nserver {\n}\n";
    let tree = mistake(MissingCloseBrace, text);
    assert_eq!(count(&tree, text, "location", Some("server")), 2);
    assert_eq!(count(&tree, text, "server", None), 2);
    mistake(MissingCloseBrace, "http {\n  server {\n    root /b;\n  }¦\n");
    // without indentation the names still tell
    let text = "http {\nserver {\nlisten 80;¦\nserver {\nlisten 81;\n}\n}\n";
    assert_eq!(count(&mistake(MissingCloseBrace, text), text, "server", Some("http")), 2);
    mistake(MissingCloseBrace, "map $a $b {\n  x 1;¦\nserver {\n  listen 80;\n}\n");
    mistake(MissingCloseBrace, "content_by_lua_block {\n  a = {¦\n}\nroot /a;");
    mistake(MissingCloseBrace, "server {\n  location / {\n    root /a;¦");
}

#[test]
fn too_many_braces() {
    let text = "server {\n  location / {\n  }\n  ¦}\n  location /b {\n  }\n}\n";
    assert_eq!(count(&mistake(UnexpectedCloseBrace, text), text, "location", Some("server")), 2);
    mistake(UnexpectedCloseBrace, "root /a;\n¦}\n");
    mistake(UnexpectedTerminator, "server {\n  location / {\n  }¦;\n}\n");
    mistake(UnexpectedTerminator, "root /a;¦;\n");
    mistake(UnexpectedTerminator, "location / {¦{\n  root /a;\n}");
    mistake(UnexpectedTerminator, "location /;¦ {\n  root /a;\n}".replace("¦ ", " ¦").as_str());
    mistake(UnexpectedTerminator, "server {\n  ¦{\n  root /a;\n}");
}

#[test]
fn missing_quote() {
    let text = "auth_basic \"Staff¦;\nauth_basic_user_file /a;\nadd_header A \"b\";\nroot /c;\n";
    assert_eq!(count(&mistake(MissingQuote, text), text, "auth_basic_user_file", None), 1);
    mistake(MissingQuote, "auth_basic 'Staff¦; # now\nroot /a;");
    mistake(MissingQuote, "location \"/a¦ {\n  root \"/b\";\n}\n");
    mistake(MissingQuote, "if ($a = \"b¦) {\n  return 403;\n}\nset $c \"d\";");
    mistake(MissingQuote, "if ($a) { set $b 'c¦; }\nset $d 'e';");
    mistake(MissingQuote, "set $a \"b¦");
    mistake(MissingQuote, "server {\n  add_header A max-age=1; includeSubDomains¦\" always;\n}\n");
    assert_eq!(parse(b"includeSubDomains\" always;", &[]).errors, []);
    // a format over several lines
    let text =
        "log_format main '$a \"$b\" ¦\n                '$c' '$d';\nroot /e;".replace(" ¦", "¦ ");
    assert_eq!(count(&mistake(MissingQuote, &text), &text, "root", None), 1);
    mistake(
        MissingQuote,
        "log_format main $a¦'\n                '$c' '$d';\nroot /e;"
            .replace("$a¦'", "$a ¦'")
            .as_str(),
    );
    mistake(MissingQuote, "log_format main '$a'\n  \"$b\" \"$c\"¦';\nroot /e;\nset $f '';");
}

#[test]
fn text_glued_to_a_quote() {
    mistake(TextAfterQuote, "set $a \"b\"¦c;\nroot /d;");
    mistake(TextAfterQuote, "set $a \"b\"¦'c';\nroot /d;");
    mistake(TextAfterQuote, "set $a \"b\nc\"¦d;\nroot /d;");
}

#[test]
fn a_regex_with_braces_needs_quotes() {
    let text = "location ~ ¦^/[a-z]{2}/{1,3}$ {\n  root /a;\n}\ndeny all;";
    assert_eq!(count(&mistake(UnquotedBrace, text), text, "deny", None), 1);
    mistake(UnquotedBrace, "rewrite ¦^/(\\d{4})/ /a last;");
    mistake(UnquotedBrace, "map $a $b { ¦~^.{3}$ 1; }");
}

#[test]
fn free_form_blocks_hold_no_blocks() {
    mistake(NestedFreeForm, "map $a $b {\n  x ¦{\n    y 1;\n  }\n}\nroot /a;");
}

#[test]
fn words_and_comments_fill_a_buffer_of_4096_bytes() {
    let ok = |text: String| assert_eq!(parse(text.as_bytes(), &[]).errors, []);
    let long = |text: String| {
        let kinds: Vec<_> = parse(text.as_bytes(), &[]).errors.iter().map(|e| e.kind).collect();
        assert_eq!(kinds, [TooLongWord]);
    };
    let x = |count| "x".repeat(count);
    ok(format!("a {}; b c;", x(4095)));
    long(format!("a {}; b c;", x(4096)));
    ok(format!("a {} ; b c;", x(4094)));
    long(format!("a {} ; b c;", x(4095)));
    ok(format!("a \"{}\"; b c;", x(4094)));
    long(format!("a \"{}\"; b c;", x(4095)));
    ok(format!("a \"{}\" ; b c;", x(4093)));
    long(format!("a \"{}\" ; b c;", x(4094)));
    ok(format!("#{}\nb c;", x(4094)));
    long(format!("#{}\nb c;", x(4095)));
    ok(format!("b c;\n#{}", x(4095)));
}

#[test]
fn several_mistakes_cost_as_many_errors() {
    let text = "http {\n  server {\n    listen 80\n  }\n  server\n    root /a;\n    location / {\n    }\n  }\n  server\n    \
                location /b {\n      allow all\n    }\n  }\n}\n";
    let kinds: Vec<_> = parse(text.as_bytes(), &[]).errors.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [MissingSemicolon, MissingOpenBrace, MissingOpenBrace, MissingSemicolon]);
}

#[test]
fn a_block_in_which_nothing_is_indented() {
    let flat = |body: &str| {
        format!(
            "events {{\n}}\nhttp {{\ninclude a;\ngzip on;\nmap $a $b {{\n  x 1;\n}}\nserver {{\n  listen 80;\n  location / {{\n    deny all;\n{body}"
        )
    };
    let tree = mistake(MissingCloseBrace, &flat("  }\n}\nserver {\n  listen 81;\n}¦\n"));
    assert_eq!(tree.children(None).count(), 2);
    mistake(MissingCloseBrace, &flat("  }¦\nserver {\n  listen 81;\n}\n}\n"));
    mistake(
        MissingCloseBrace,
        &flat("¦\n}\nserver {\n  listen 81;\n}\n}\n").replace("all;\n¦", "all;¦"),
    );
    let text =
        "events {\n}\nhttp¦\ninclude a;\nserver {\n  listen 80;\n}\nserver {\n  listen 81;\n}\n}\n";
    let tree = mistake(MissingOpenBrace, text);
    assert_eq!(count(&tree, text, "server", Some("http")), 2);
    mistake(MissingOpenBrace, "http {\nmap $a $b¦ x 1; }\nserver {\n  listen 80;\n}\n}\n");
}

#[test]
fn a_quote_before_a_block_on_one_line() {
    for text in [
        "if ($a ~ \"^/a{2,}$¦) { set $x 1; }\nset $y \"b\";\n",
        "if ($a) { set $y \"${a}&z¦; }\nset $y \"b\";\n",
    ] {
        let tree = mistake(MissingQuote, text);
        assert_eq!(count(&tree, text, "set", Some("if")), 1, "{text}");
        assert_eq!(count(&tree, text, "set", None), 1, "{text}");
    }
}

#[test]
fn lua_that_lacks_its_last_brace() {
    let rest = "\n  location / {\n    deny all;\n  }\n}\n";
    let block = format!("server {{\n  access_by_lua_block {{\n    if a then b({{}}) end¦{rest}");
    let table = format!("server {{\n  access_by_lua_block {{\n    a = {{ 1¦\n  }}{rest}");
    for text in [block, table] {
        let tree = mistake(MissingCloseBrace, &text);
        assert_eq!(count(&tree, &text, "location", Some("server")), 1, "{text}");
    }
    // what balances is right, wherever its braces stand
    let odd =
        "server {\n    access_by_lua_block {\n      a()\n    b()\n}\n  location / {\n  }\n}\n";
    assert_eq!(parse(odd.as_bytes(), &[]).errors, []);
}

#[test]
fn comments_behind_the_last_block_are_no_part_of_it() {
    mistake(
        MissingCloseBrace,
        "server {\n  listen 80;\n  # more\n  #\n¦\n# another\n#server {\n#}\n"
            .replace("#\n¦", "#¦")
            .as_str(),
    );
    mistake(MissingCloseBrace, "http {\n  server {\n    listen 80;\n    # more\n  }¦\n# the end\n");
    // a comment that is not indented says nothing where a block ends behind it
    mistake(MissingCloseBrace, "http {\n  server {\n    listen 80;\n# more\n  }¦\n");
}
