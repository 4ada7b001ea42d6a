//! Typographic quotes are letters for nginx: they become a part of the realm, the file name or the header.

use crate::config::nginx::{Directive, Site, Value};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::rules::typography::{quote_at_end, quote_at_start};

rule! {
    "nginx/typographic-quotes" {
        reads: Nginx, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "a value of a login stands between typographic quotes, which are ordinary letters for nginx",
    }
}

/// Directives of logins, and those that set headers, with what the value is for nginx.
const DIRECTIVES: [(&str, usize, &str); 6] = [
    ("auth_basic", 0, "the realm"),
    ("auth_basic_user_file", 0, "the file's name"),
    ("auth_request", 0, "the path"),
    ("auth_jwt", 0, "the realm"),
    ("proxy_set_header", 1, "the header"),
    ("fastcgi_param", 1, "the parameter"),
];

/// The headers and parameters that say who somebody is.
const NAMES: [&[u8]; 5] =
    [b"authorization", b"cookie", b"http_authorization", b"http_cookie", b"remote_user"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (name, index, what) in DIRECTIVES {
        let quoted = |directive| unquoted(directive, directive.arg(index)?);
        for directive in site.directives_where(name, |it| quoted(it).is_some()) {
            let (Some(value), Some(text)) = (directive.arg(index), quoted(directive)) else {
                continue;
            };
            let is_other = index == 1 && !directive.arg(0).is_some_and(is_about_somebody);
            if is_other || directive.is_in_template() {
                continue;
            }
            let shown = String::from_utf8_lossy(text);
            let finding =
                RULE.at(value.location())
                    .message(format!(
                        "typographic quotes quote nothing: they are a part of {what}, which is {} and not `{shown}`",
                        value.shown()
                    ))
                    .label("begins and ends with letters")
                    .help("write the quotes as `\"`")
                    .fix(
                        Safety::Unsafe,
                        "write plain quotes",
                        vec![Edit::replace(value.location(), format!("\"{shown}\""))],
                    );
            // a realm with quotes around it is odd to read, and no more
            let is_odd_only = what == "the realm" && text != b"off";
            findings.push(if is_odd_only { finding.severity(Severity::Info) } else { finding });
        }
    }
}

fn is_about_somebody(name: Value<'_>) -> bool {
    NAMES.iter().any(|known| name.is_ignoring_case(known))
}

/// The text between the quotes, where the value is one word between two of them.
fn unquoted<'p>(directive: Directive<'p>, value: Value<'p>) -> Option<&'p [u8]> {
    let raw = value.raw();
    let (start, end) = (quote_at_start(raw)?, quote_at_end(raw)?);
    let text = raw.get(start..raw.len().checked_sub(end)?)?;
    let is_last =
        directive.args().next_back().is_some_and(|last| last.location() == value.location());
    (is_last && !value.word.is_quoted()).then_some(text)
}
