//! `<IfVersion 2.4>` holds for version 2.4.0 alone, which never was released.

use super::guards::lonely_login;
use super::reading::{given, read_sections, shown};
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "apache/ifversion-exact" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "an <IfVersion 2.4> around a login holds for no server: httpd skips the login",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for section in read_sections(site, "IfVersion") {
        let mut words = section.args();
        let (operator, version) = match (words.next(), words.next()) {
            (Some(version), None) => (None, version),
            (Some(operator), Some(version)) => (Some(operator), version),
            _ => continue,
        };
        if operator.is_some_and(|word| !word.is(b"=") && !word.is(b"==")) {
            continue;
        }
        let Some(text) = version.known() else { continue };
        let is_short = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
            && memchr::memchr_iter(b'.', &text).count() < 2;
        let Some(login) = lonely_login(section).filter(|_| is_short) else { continue };
        let whole = String::from_utf8_lossy(&text).into_owned();
        let at = operator.unwrap_or(version).location();
        let mut span = at;
        span.span.end = version.location().span.end;
        let finding = RULE
            .at(section.location())
            .label("holds for no server")
            .message(format!(
                "{} is compared in full, as if it ended in .0: httpd skips the login in this section",
                shown(version)
            ))
            .related(login.location(), "is never read")
            .help(format!("write `<IfVersion >= {whole}>`"))
            .fix(
                Safety::Unsafe,
                format!("write `>= {whole}`"),
                vec![Edit::replace(span, format!(">= {whole}"))],
            );
        findings.push(given(finding, section));
    }
}
