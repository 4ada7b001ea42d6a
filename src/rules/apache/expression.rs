//! Expressions as `util_expr_scan.l` cuts them into words, as far as an error is certain.

use crate::diagnostic::near_miss;
use std::ops::Range;

/// What httpd does not accept in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where, in the expression's bytes.
    pub(super) at: Range<usize>,
    /// What is wrong, to stand behind "httpd cannot read this expression: ".
    pub(super) what: String,
    /// What to do.
    pub(super) help: String,
}

/// The variables of httpd itself.
const VARIABLES: [&str; 50] = [
    "REQUEST_METHOD",
    "REQUEST_SCHEME",
    "REQUEST_URI",
    "REQUEST_FILENAME",
    "REMOTE_HOST",
    "REMOTE_IDENT",
    "REMOTE_USER",
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "SERVER_ADMIN",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "SERVER_PROTOCOL_VERSION",
    "SERVER_PROTOCOL_VERSION_MAJOR",
    "SERVER_PROTOCOL_VERSION_MINOR",
    "SERVER_SOFTWARE",
    "SCRIPT_FILENAME",
    "SCRIPT_USER",
    "SCRIPT_GROUP",
    "PATH_INFO",
    "QUERY_STRING",
    "IS_SUBREQ",
    "DOCUMENT_ROOT",
    "DOCUMENT_URI",
    "AUTH_TYPE",
    "THE_REQUEST",
    "CONTENT_TYPE",
    "HANDLER",
    "REQUEST_LOG_ID",
    "LAST_MODIFIED",
    "CONTEXT_PREFIX",
    "CONTEXT_DOCUMENT_ROOT",
    "REQUEST_STATUS",
    "HTTP_USER_AGENT",
    "HTTP_REFERER",
    "HTTP_COOKIE",
    "HTTP_FORWARDED",
    "HTTP_HOST",
    "HTTP_ACCEPT",
    "HTTP_PROXY_CONNECTION",
    "HTTPS",
    "IPV6",
    "CONN_LOG_ID",
    "CONN_REMOTE_ADDR",
    "TIME_YEAR",
    "TIME_MON",
    "TIME_DAY",
    "TIME_HOUR",
    "API_VERSION",
];

/// The words that are operators or values of their own.
const WORDS: [&[u8]; 12] =
    [b"lt", b"le", b"gt", b"ge", b"eq", b"ne", b"in", b"and", b"or", b"not", b"true", b"false"];

/// What may stand around a regular expression, behind an `m`.
const DELIMITERS: &[u8] = b"/#$%^|?!'\",;:._-";

/// What was read last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Value,
    Operator,
    /// `=~` or `!~`.
    Match,
    In,
}

/// The first certain error of an expression.
pub(super) fn fault(text: &[u8]) -> Option<Fault> {
    let mut open: Vec<usize> = Vec::new();
    let mut last = Last::Nothing;
    let mut last_at = 0..0;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at..];
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let (length, read) = if last == Last::Match {
            (regex(text, at), Last::Value)
        } else {
            match byte {
                b'"' | b'\'' => (string(text, at), Last::Value),
                b'%' if rest.starts_with(b"%{") => (variable(text, at), Last::Value),
                b'(' if last == Last::In => {
                    return Some(fail(
                        at..at + 1,
                        "a list stands in braces",
                        "write `in { 'a', 'b' }`",
                    ));
                }
                b'(' | b'{' => {
                    open.push(at);
                    (Ok(1), Last::Operator)
                }
                b')' | b'}' => {
                    if open.pop().is_none_or(|start| (text[start] == b'(') != (byte == b')')) {
                        return Some(fail(
                            at..at + 1,
                            "nothing is open that this closes",
                            "remove it, or write its partner",
                        ));
                    }
                    (Ok(1), Last::Value)
                }
                b'&' | b'|' if rest.get(1) == Some(&byte) => (Ok(2), Last::Operator),
                b'&' | b'|' => {
                    let help = if byte == b'&' { "write `&&`" } else { "write `||`" };
                    return Some(fail(at..at + 1, "there is no such operator", help));
                }
                b'=' if rest.starts_with(b"===") => {
                    return Some(fail(at..at + 3, "there is no such operator", "write `==`"));
                }
                b'=' | b'!' if rest.get(1) == Some(&b'~') => (Ok(2), Last::Match),
                b'=' | b'!' | b'<' | b'>' => {
                    let two = rest.get(1) == Some(&b'=');
                    (Ok(if two { 2 } else { 1 }), Last::Operator)
                }
                b',' | b'.' => (Ok(1), Last::Operator),
                b'-' | b'$' => {
                    let letters =
                        rest[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
                    (Ok(1 + letters), if byte == b'-' { Last::Operator } else { Last::Value })
                }
                b'0'..=b'9' => {
                    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    (Ok(digits), Last::Value)
                }
                b'a'..=b'z' | b'A'..=b'Z' => word(text, at),
                // what else httpd makes of it is not followed here
                _ => return None,
            }
        };
        match length {
            Ok(length) => {
                last = read;
                last_at = at..at + length;
                at += length;
            }
            Err(fault) => return Some(*fault),
        }
    }
    if let Some(&start) = open.last() {
        return Some(fail(start..start + 1, "this is not closed", "write its partner"));
    }
    match last {
        Last::Operator | Last::Match | Last::In if !matches!(text[last_at.start], b')' | b'}') => {
            Some(fail(
                last_at,
                "nothing stands behind this operator",
                "write what it is to be compared with",
            ))
        }
        _ => None,
    }
}

type Length = Result<usize, Box<Fault>>;

fn fail(at: Range<usize>, what: &str, help: &str) -> Fault {
    Fault { at, what: what.into(), help: help.into() }
}

fn error(at: Range<usize>, what: impl Into<String>, help: impl Into<String>) -> Length {
    Err(Box::new(Fault { at, what: what.into(), help: help.into() }))
}

/// A string from its quote on.
fn string(text: &[u8], start: usize) -> Length {
    let mut at = start + 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            _ if byte == text[start] => return Ok(at + 1 - start),
            _ => at += 1,
        }
    }
    error(start..text.len(), "this string is not closed", "write the quote that closes it")
}

/// A regular expression behind `=~`.
fn regex(text: &[u8], start: usize) -> Length {
    let delimiter = match (text[start], text.get(start + 1)) {
        (b'/', _) => start,
        (b'm', Some(next)) if DELIMITERS.contains(next) => start + 1,
        _ => {
            let end = text[start..]
                .iter()
                .position(u8::is_ascii_whitespace)
                .map_or(text.len(), |end| start + end);
            return error(
                start..end,
                "a regular expression stands between slashes",
                "write `=~ /…/` or `=~ m#…#`",
            );
        }
    };
    let body = &text[delimiter + 1..];
    let Some(end) = memchr::memchr(text[delimiter], body) else {
        return error(
            start..text.len(),
            "this regular expression is not closed",
            "write what closes it",
        );
    };
    let slashes = body[..end].iter().rev().take_while(|&&byte| byte == b'\\').count();
    let stop = delimiter + 1 + end;
    if slashes % 2 == 1 {
        return error(
            stop - 1..stop + 1,
            "a backslash does not keep this from closing the regular expression",
            "write `m#…#`, in which a slash needs no backslash",
        );
    }
    let flags = text[stop + 1..].iter().take_while(|byte| b"ismg".contains(byte)).count();
    Ok(stop + 1 + flags - start)
}

/// `%{NAME}` or `%{name:argument}`.
fn variable(text: &[u8], start: usize) -> Length {
    let name_at = start + 2;
    let letters = text[name_at..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let end = name_at + letters;
    match text.get(end) {
        Some(b':') => match memchr::memchr(b'}', &text[end..]) {
            Some(close) => Ok(end + close + 1 - start),
            None => error(
                start..text.len(),
                "this variable is not closed",
                "write the `}` that closes it",
            ),
        },
        Some(b'}') => {
            let name = &text[name_at..end];
            let name_text = String::from_utf8_lossy(name);
            if VARIABLES.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name)) {
                return Ok(end + 1 - start);
            }
            let upper = name_text.to_ascii_uppercase();
            if let Some(header) = upper.strip_prefix("HTTP_") {
                let header = header.replace('_', "-");
                return error(
                    start..end + 1,
                    format!("there is no variable {name_text}"),
                    format!("write `%{{HTTP:{header}}}` for the header"),
                );
            }
            // modules have variables of their own
            let strange =
                ["SSL", "H2", "TIME", "HTTP2"].iter().any(|known| upper.starts_with(known));
            match near_miss(name, VARIABLES).filter(|_| !strange) {
                Some(meant) => error(
                    start..end + 1,
                    format!("there is no variable {name_text}"),
                    format!("write `%{{{meant}}}`"),
                ),
                None => Ok(end + 1 - start),
            }
        }
        _ => error(start..end, "this variable is not closed", "write the `}` that closes it"),
    }
}

/// An operator in letters, or a function with its `(`.
fn word(text: &[u8], start: usize) -> (Length, Last) {
    let length = text[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let end = start + length;
    let word = &text[start..end];
    if WORDS.contains(&word) {
        let read = match word {
            b"true" | b"false" => Last::Value,
            b"in" => Last::In,
            _ => Last::Operator,
        };
        return (Ok(length), read);
    }
    let next = text[end..].iter().find(|byte| !byte.is_ascii_whitespace());
    if next == Some(&b'(') {
        return (Ok(length), Last::Operator);
    }
    let shown = String::from_utf8_lossy(word);
    let known = VARIABLES.iter().any(|known| known.as_bytes() == word);
    let help =
        if known { format!("write `%{{{shown}}}`") } else { "put text into quotes".to_owned() };
    (error(start..end, format!("{shown} is neither an operator nor a function"), help), Last::Value)
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn what_httpd_accepts() {
        for text in [
            "%{REQUEST_URI} =~ m#^\\/x#",
            "%{REQUEST_URI} =~ m|x|",
            "%{REMOTE_USER} = 'alice'",
            "! %{REMOTE_USER} == 'a'",
            "%{REMOTE_USER} == 'a' and not %{REMOTE_USER} == 'b'",
            "%{REMOTE_USER} in {'a', 'b'}",
            "true",
            "$1 == 'a'",
            "%{REMOTE_ADDR} -ipmatch '10.0.0.0/8' || -R '10.0.0.0/8'",
            "%{REMOTE_USER} !~ m!a!",
            "-z reqenv('x')",
            "tolower(%{REMOTE_USER}) == \"it's\"",
            "%{ENV:foo} == 'a\\'b'",
            "%{TIME_HOUR} > 5",
            "%{SSL_CLIENT_S_DN} == ''",
            "(%{REQUEST_URI} =~ /a/i) && (%{REMOTE_USER} -eq 5)",
            "%{HTTPS} != 'on'",
        ] {
            assert_eq!(fault(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_httpd_refuses() {
        for (text, marked) in [
            ("%{REQUEST_URI} =~ /^\\/x/", "\\/"),
            ("%{REMOTE_USER} == alice", "alice"),
            ("%{REMOTE_USER} == 'alice", "'alice"),
            ("%{REMOTE_USER} === 'alice'", "==="),
            ("(%{REMOTE_USER} == 'a'", "("),
            ("%{REMOTE_USER} == 'a')", ")"),
            ("%{REMOTE_USER =~ /x/", "%{REMOTE_USER"),
            ("%{REMOTE_USER} =~ 'x'", "'x'"),
            ("%{REMOTE_USER} =~ ^/x", "^/x"),
            ("%{REMOTE_USER} ==", "=="),
            ("%{REMOTE_USR} == 'a'", "%{REMOTE_USR}"),
            ("%{HTTP_X_REAL_IP} == 'a'", "%{HTTP_X_REAL_IP}"),
            ("REMOTE_USER == 'a'", "REMOTE_USER"),
            ("%{REMOTE_USER} in ('a','b')", "("),
            ("%{HTTP_HOST} == 'a' & true", "&"),
            ("%{REQUEST_URI} =~ m#^/secret/", "m#^/secret/"),
            ("%{REMOTE_USER} EQ 'a'", "EQ"),
        ] {
            let fault = fault(text.as_bytes()).map(|fault| text[fault.at].to_owned());
            assert_eq!(fault.as_deref(), Some(marked), "{text}");
        }
    }
}
