//! `$http_authorization` is what the client sent, scheme and all: `Bearer $http_authorization` has two of them.

use super::credential_values;
use crate::config::nginx::{Site, variables};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::rules::authorization::parts;

rule! {
    "nginx/authorization-scheme-twice" {
        reads: Nginx, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "an Authorization value has its scheme twice",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, value) in site.values_with(b"http_authorization") {
        let Some(text) = value.known() else { continue };
        let Some(header) = credential_values::header_of(directive, value) else { continue };
        if !credential_values::names_authorization(&header.name) {
            continue;
        }
        let text = &text[header.value_from..];
        let Some(parts) = parts(text) else { continue };
        let rest = &text[parts.credentials.clone()];
        let is_all = variables(rest).next().is_some_and(|variable| {
            variable.name == b"http_authorization" && variable.range == (0..rest.len())
        });
        if !is_all {
            continue;
        }
        let scheme = String::from_utf8_lossy(&text[parts.scheme.clone()]).into_owned();
        let from = header.value_from;
        let scheme_at = value.part_or_all(from + parts.scheme.start..from + parts.scheme.end);
        let mut finding = RULE
            .at(value.location())
            .label("holds a scheme already")
            .message(format!(
                "`$http_authorization` is the whole header, so the upstream gets `{scheme}` and the client's own scheme behind it and answers 401"
            ))
            .help("write `$http_authorization` alone")
            .depends_on("whether clients send a scheme, as browsers and curl do");
        if scheme_at != value.location() {
            let gap = value.part_or_all(from + parts.scheme.start..from + parts.credentials.start);
            finding =
                finding.fix(Safety::Unsafe, format!("remove `{scheme}`"), vec![Edit::delete(gap)]);
        }
        findings.push(finding);
    }
    for credential in credential_values::all(site) {
        let twice = ["Basic", "Bearer"].into_iter().find_map(|scheme| {
            let (rest, at) = credential.behind(scheme)?;
            let first = rest.split(u8::is_ascii_whitespace).next()?;
            let again = first.eq_ignore_ascii_case(scheme.as_bytes()) && first.len() < rest.len();
            again.then(|| (scheme, at.start..at.start + first.len()))
        });
        let Some((scheme, again)) = twice else { continue };
        let gap = credential.text[again.end..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let delete = Edit::delete(credential.part(again.start..again.end + gap));
        findings.push(
            RULE.at(credential.part(again))
                .label("a second time")
                .message(format!(
                    "the value says `{scheme}` twice: nobody can read the credentials behind it"
                ))
                .help("write the scheme once")
                .fix(Safety::Unsafe, format!("remove one `{scheme}`"), vec![delete]),
        );
    }
}
