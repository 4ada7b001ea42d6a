//! A variable's name ends at the first dash: `$http_x-api-key` is `$http_x` and the text `-api-key`.

use crate::config::nginx::{Directive, Site, Value, variables};
use crate::diagnostic::{Edit, Finding, Findings, Safety, Severity};
use std::ops::Range;

rule! {
    "nginx/variable-dash" {
        reads: Nginx, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "a variable is named after a header with dashes, and its name ends at the first one",
    }
}

/// Variables that are named after something of the request or the answer, and whether that is a header.
const PREFIXES: [(&str, bool); 5] = [
    ("arg_", false),
    ("cookie_", false),
    ("http_", true),
    ("sent_http_", true),
    ("upstream_http_", true),
];

/// How the names of headers begin that have a dash.
const DASHED: [&[u8]; 14] = [
    b"accept-",
    b"access-control-",
    b"api-key",
    b"auth-",
    b"cf-",
    b"content-",
    b"if-",
    b"proxy-",
    b"remote-",
    b"sec-",
    b"set-cookie",
    b"user-agent",
    b"www-authenticate",
    b"x-",
];

/// Headers without a dash: what follows one of them may be meant as it is written.
const PLAIN: [&[u8]; 8] =
    [b"accept", b"authorization", b"cookie", b"forwarded", b"host", b"origin", b"referer", b"via"];

/// Where a value is compared or handed on as a whole.
const HANDS_ON: [&str; 10] = [
    "auth_request_set",
    "fastcgi_param",
    "grpc_set_header",
    "if",
    "js_set",
    "map",
    "proxy_set_header",
    "scgi_param",
    "set",
    "uwsgi_param",
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, value) in site.values_with_variable(has_dash) {
        if directive.is("log_format") {
            continue;
        }
        for dashed in dashed(directive, value) {
            findings.push(finding(directive, value, &dashed));
        }
    }
}

/// Whether the text behind a `$` is a name after which a dash and more of a name follows.
fn has_dash(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"{").unwrap_or(rest);
    let named = PREFIXES.iter().any(|(prefix, _)| rest.starts_with(prefix.as_bytes()));
    let end = || rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    named
        && end().is_some_and(
            |end| matches!(rest[end..], [b'-', next, ..] if next.is_ascii_alphanumeric()),
        )
}

/// A variable and the dash that ends its name.
struct Dashed {
    /// The name with everything that was meant to be a part of it.
    name: Range<usize>,
    /// Where the name ends for nginx.
    ends: usize,
    /// Whether the brace is not closed where the name ends.
    unclosed: bool,
    /// Whether the dash can only have been meant as a part of the name.
    certain: bool,
    /// Whether the variable is named after a header.
    header: bool,
}

/// The variables of a value that are followed by a dash that belongs to their name.
fn dashed(directive: Directive<'_>, value: Value<'_>) -> Vec<Dashed> {
    let text = value.known().unwrap_or_default();
    let found = variables(&text).filter_map(|variable| {
        let Range { start, end } = variable.range;
        let name = start + 1 + usize::from(variable.braced);
        if variable.name.len() != end - name || !has_dash(&text[start + 1..]) {
            return None; // another variable, or one whose brace closes in time
        }
        let (prefix, header) = PREFIXES
            .into_iter()
            .find(|(prefix, _)| variable.name.starts_with(prefix.as_bytes()))?;
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let length = text[end..].iter().take_while(|byte| word(byte)).count();
        let meant = text[name + prefix.len()..end + length].to_ascii_lowercase();
        let plain = PLAIN.contains(&&meant[..end - name - prefix.len()]);
        let condition = text.strip_prefix(b"(").unwrap_or(&text);
        let condition = condition.strip_suffix(b")").unwrap_or(condition);
        let whole = condition.len() == end + length - start;
        let hands_on = directive.known().is_some_and(|known| HANDS_ON.contains(&known.name));
        let known = header && DASHED.iter().any(|dashed| meant.starts_with(dashed));
        let certain = known || variable.braced;
        let likely = whole && hands_on && !plain;
        (certain || likely).then_some(Dashed {
            name: name..end + length,
            ends: end,
            unclosed: variable.braced,
            certain,
            header,
        })
    });
    found.collect()
}

fn finding(directive: Directive<'_>, value: Value<'_>, dashed: &Dashed) -> Finding {
    let text = value.decoded();
    let part = |range: Range<usize>| String::from_utf8_lossy(&text[range]).into_owned();
    let (written, name) = (part(dashed.name.clone()), part(dashed.name.start..dashed.ends));
    let rest = part(dashed.ends..dashed.name.end);
    let condition =
        directive.is("if") && directive.arg(0).map(|first| first.word) == Some(value.word);
    let message = if dashed.unclosed {
        format!(
            "the name in `${{{written}}}` ends at the dash, nginx misses the brace and does not start"
        )
    } else if condition {
        format!("`${written}` is always empty: the name of a variable has no dash")
    } else {
        format!(
            "`${written}` is the variable `${name}` and the text `{rest}`: the name ends at the dash"
        )
    };
    let finding = RULE.at(value.part_or_all(dashed.name.clone())).message(message);
    let finding = if dashed.certain { finding } else { finding.severity(Severity::Warning) };
    let underscored = written.replace('-', "_");
    if dashed.header {
        finding
            .help(format!(
                "write `${underscored}`: dashes of a header are underscores in its variable"
            ))
            .fix(
                Safety::Unsafe,
                "write underscores",
                vec![Edit::replace(value.part_or_all(dashed.name.clone()), underscored)],
            )
    } else {
        finding.help("no variable has a dash in its name: take the value with a `map` and a regular expression from `$http_cookie` or `$args`")
    }
}
