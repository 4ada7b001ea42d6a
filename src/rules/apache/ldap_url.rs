//! AuthLDAPURL says where users are and how they are found, as an LDAP URL (RFC 4516).

use super::reading::{given, read, refused};
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Effect, Findings, Safety, near_miss};

rule! {
    "apache/ldap-url" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "AuthLDAPURL is no LDAP URL that httpd can use",
    }
}

const SCHEMES: [&str; 3] = ["ldap", "ldaps", "ldapi"];
/// As `apr_ldap_url_parse` knows them.
const SCOPES: [&str; 8] =
    ["one", "onelevel", "base", "sub", "subtree", "subordinate", "children", "subord"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for directive in read(site, "AuthLDAPURL") {
        let Some(value) = directive.arg(0) else { continue };
        let Some(text) = value.known().filter(|text| !text.is_empty()) else { continue };
        let part = |from: &[u8], length: usize| {
            let start = from.as_ptr() as usize - text.as_ptr() as usize;
            (*text == *value.decoded()).then(|| value.part(start..start + length))
        };
        let at = value.location();
        let scheme_ends = memchr::memmem::find(&text, b"://");
        let scheme = &text[..scheme_ends.unwrap_or(0)];
        let known = SCHEMES.iter().any(|name| scheme.eq_ignore_ascii_case(name.as_bytes()));
        if !known {
            // a word in brackets stands for one that a program fills in
            if text.iter().any(|byte| b"<>@[]".contains(byte)) && scheme_ends.is_none() {
                continue;
            }
            let finding = RULE
                .at(at)
                .message(format!(
                    "this does not begin with ldap:// or ldaps://: {}",
                    refused(directive)
                ))
                .label("is no LDAP URL")
                .help("write `ldap://HOST/BASE?ATTRIBUTE?sub?(FILTER)`");
            findings.push(given(finding, directive));
            continue;
        }
        let mut fields = text.splitn(5, |byte| *byte == b'?').skip(2);
        let (scope, filter) =
            (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        if !scope.is_empty()
            && !SCOPES.iter().any(|name| scope.eq_ignore_ascii_case(name.as_bytes()))
        {
            let mut finding = RULE
                .at(part(scope, scope.len()).unwrap_or(at))
                .message(format!(
                    "`{}` is no scope of a search: {}",
                    String::from_utf8_lossy(scope),
                    refused(directive)
                ))
                .label("stands for the scope")
                .help("write `sub` or `one`; the parts of the URL are base, attribute, scope and filter");
            if let (Some(meant), Some(place)) = (near_miss(scope, SCOPES), part(scope, scope.len()))
            {
                finding = finding.fix(
                    Safety::Unsafe,
                    format!("write `{meant}`"),
                    vec![Edit::replace(place, meant)],
                );
            }
            findings.push(given(finding, directive));
        } else if !is_balanced(filter) {
            let finding = RULE
                .at(part(filter, filter.len()).unwrap_or(at))
                .effect(Effect::ServerError)
                .message("the parentheses of this filter do not match: no search succeeds, and every login is answered 500")
                .label("is the filter")
                .help("close each parenthesis: `(&(objectClass=person)(memberOf=…))`");
            findings.push(given(finding, directive));
        }
    }
}

/// Whether every parenthesis has its partner; those behind a backslash are text.
fn is_balanced(filter: &[u8]) -> bool {
    let mut depth = 0_usize;
    for byte in filter {
        match byte {
            b'(' => depth += 1,
            b')' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0
}
