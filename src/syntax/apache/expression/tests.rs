use super::*;

fn error(text: &str) -> String {
    parse(text.as_bytes()).expect_err(text).to_string()
}

#[test]
fn conditions_are_read() {
    for text in [
        "true",
        "! false",
        "not not true",
        "%{REQUEST_URI} =~ m#^/a#i",
        "%{REQUEST_URI} =~ /a/ && %{REMOTE_USER} == 'x' || -z $1",
        "(true && (false or true)) and true",
        "'a' . tolower('B') == \"a%{tolower:B}\"",
        "%{REMOTE_ADDR} -ipmatch '10.0.0.0/8'",
        "-R '10.1'",
        "%{REQUEST_METHOD} in { 'GET', 'HEAD' }",
        "%{REQUEST_METHOD} -in {'GET'}",
        "%{QUERY_STRING} -eq 3",
        "1.2 == '12'",
        "-n req('X')",
        "'a' -strmatch 'b*'",
        "%{SSL_CLIENT_S_DN} == 'x'",
        r"'\101\n\x' == 'An'",
    ] {
        assert!(parse(text.as_bytes()).is_ok(), "{text}: {:?}", parse(text.as_bytes()));
    }
}

#[test]
fn httpd_refuses_what_it_cannot_read() {
    for (text, message) in [
        ("%{NO_SUCH} == 'a'", "Variable 'NO_SUCH' does not exist"),
        ("nosuch('a') == 'a'", "Function 'nosuch' does not exist"),
        ("-q 'a'", "Unary operator '-q' does not exist"),
        ("'a' -nosuch 'a'", "Binary operator '-nosuch' does not exist"),
        ("'a' in nosuch('b')", "List-returning function 'nosuch' does not exist"),
        ("-R %{REMOTE_ADDR}", "-R requires subnet/netmask as constant argument"),
        ("'1' -ipmatch 'x'", "parsing of subnet/netmask failed"),
        ("'a", "Unterminated string or variable"),
        ("%{A-B} == 'a'", "Invalid character in variable name '-'"),
        ("a = b", "syntax error"),
        ("'a'", "syntax error"),
        ("true true", "syntax error"),
        ("", "syntax error"),
        (r"'\999' == ''", "Bad escape sequence"),
        (r"'\777' == ''", "Escape sequence out of bound"),
        ("'a' == @", "Parse error near '@'"),
        (r"'a\", "flex scanner jammed"),
        ("%{req:a'b} == ''", "flex scanner jammed"),
    ] {
        assert_eq!(error(text), message, "{text}");
    }
}

#[test]
fn a_string_is_text_with_variables() {
    let word = |text: &str| parse_string(text.as_bytes());
    assert_eq!(word("it's \"x\""), Ok(Word::Text(b"it's \"x\"".to_vec())));
    assert_eq!(word(""), Ok(Word::Text(Vec::new())));
    assert_eq!(
        word("a%{http_host}"),
        Ok(Word::Concat(vec![
            Word::Text(b"a".to_vec()),
            Word::Variable(b"HTTP_HOST".to_vec()),
            Word::Text(Vec::new()),
        ]))
    );
    assert_eq!(word(r"DOMAIN\"), Err(Error::Aborts));
    assert!(word("%{nosuch:a}").is_err());
}

#[test]
fn nothing_is_nested_too_deeply() {
    let deep = "(".repeat(100_000) + "true";
    assert_eq!(parse(deep.as_bytes()), Err(Error::TooDeep));
    assert_eq!(parse_string("%{tolower:".repeat(100_000).as_bytes()), Err(Error::TooDeep));
    let long = "true".to_owned() + &" && ! true".repeat(100_000);
    assert!(parse(long.as_bytes()).is_ok());
    assert!(parse(("!".repeat(100_000) + "true").as_bytes()).is_ok());
}

#[test]
fn the_user_is_noticed() {
    let expr = parse(b"tolower(\"a%{remote_user}\") == 'x' || -f '/x'").expect("an expression");
    assert!(expr.mentions_remote_user());
    assert_eq!(expr.restricted(), None);
    assert_eq!(parse_string(b"a%{filesize:/x}").expect("a text").restricted(), Some("filesize"));
}

#[test]
fn networks_are_read_as_apr_reads_them() {
    let contains = |network: &str, address: &str| {
        Subnet::parse(network.as_bytes())
            .map(|network| network.contains(address.parse().expect("an address")))
    };
    assert_eq!(contains("10", "10.1.2.3"), Some(true));
    assert_eq!(contains("10.", "11.1.2.3"), Some(false));
    assert_eq!(contains("10.1.2.3/255.0.0.0", "10.9.9.9"), Some(true));
    assert_eq!(contains("10.0.0.0/8", "::ffff:10.1.1.1"), Some(true));
    assert_eq!(contains("::/1", "::ffff:10.1.1.1"), Some(false));
    assert_eq!(contains("fe80::/10", "fe80::1"), Some(true));
    for wrong in ["10/8", "10.0.0.0/0", "10.0.0.0/33", "localhost", "", "1.2.3.4.5", "256"] {
        assert_eq!(contains(wrong, "10.0.0.1"), None, "{wrong}");
    }
}
