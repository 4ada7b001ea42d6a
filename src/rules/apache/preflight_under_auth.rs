//! Headers let pages of other sites in, but the request that browsers send first is asked for a login.

use super::evidence::evidence;
use super::headers::{HEADER, Line, line, lines};
use super::reading::{given, is_container, is_limit, read};
use super::rewrites::rewrites;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Place, Policy};

rule! {
    "apache/preflight-under-auth" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "Access-Control headers let pages of other sites in, but their preflight needs a login, which it never has",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let is_used = read(&policy.site, "Header").filter_map(line).any(|line| line.is_for_logins());
    if !is_used {
        return;
    }
    // a rule of the server may answer preflights before any login
    let is_answered = policy.servers.iter().any(|server| {
        rewrites(policy.at(server.defaults)).iter().any(|rule| {
            rule.tests().any(|(_, pattern)| memchr::memmem::find(&pattern, b"OPTIONS").is_some())
        })
    });
    if is_answered {
        return;
    }
    for place in policy.places() {
        let is_section =
            matches!(place.kind(), Kind::Directory | Kind::Htaccess | Kind::Location | Kind::Files);
        if !is_section || place.own_requirements().next().is_none() {
            continue;
        }
        // fonts and the like need no preflight
        if place.kind() == Kind::Files && lines(place).next().is_none() {
            continue;
        }
        look(place, findings);
    }
}

fn look(place: Place<'_, '_>, findings: &mut Findings) {
    let Some(mut request) = place.request().or_else(|| place.request_for(b"/")) else { return };
    request.method = b"OPTIONS".to_vec();
    let Some(Outcome::Answered(status @ (401 | 403))) = place.decide(&request).outcome else {
        return;
    };
    // what nobody gets needs no preflight
    if place.for_strangers().is_status(403) || answers_itself(place) {
        return;
    }
    let Some(header) = header(place) else { return };
    let Some(require) =
        place.requirements().into_iter().find(|leaf| status == 403 || leaf.needs_user())
    else {
        return;
    };
    let directive = require.directive;
    let mut finding = RULE
        .at(directive.location())
        .message(format!(
            "preflights are answered {status}: browsers send OPTIONS without any login, and then do not send the request itself"
        ))
        .related(header.directive.location(), "lets pages of other sites in")
        .help("leave OPTIONS out, by `<LimitExcept OPTIONS>` around the Require lines");
    let is_alone = place.own_requirements().count() == 1
        && directive.sections().next().is_none_or(|it| !is_limit(it) && !is_container(it))
        && place.requirements().len() == 1
        && place
            .section()
            .requires
            .iter()
            .any(|one| one.directive().location() == directive.location());
    let at = directive.location();
    if is_alone && !directive.is_in_template() {
        let text = directive.source().text();
        let indent: Vec<u8> = text[..at.span.start as usize]
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .copied()
            .collect();
        let own = &text[at.span.start as usize..at.span.end as usize];
        let new = [
            b"<LimitExcept OPTIONS>\n",
            &indent[..],
            b"    ",
            own,
            b"\n",
            &indent,
            b"</LimitExcept>",
        ]
        .concat();
        finding = finding.fix(
            Safety::Unsafe,
            "let OPTIONS pass without a login",
            vec![Edit::replace(at, new)],
        );
    }
    let mut sent = request;
    sent.headers.push((b"Origin".to_vec(), b"https://app.example".to_vec()));
    findings.push_with(given(finding, directive), || {
        evidence(place.policy, &sent).filter(|it| it.answer == Some(status))
    });
}

/// Whether a rule in the place itself answers OPTIONS: that it comes too late is another rule's matter.
fn answers_itself(place: Place<'_, '_>) -> bool {
    rewrites(place).iter().any(|rule| {
        rule.tests().any(|(_, pattern)| memchr::memmem::find(&pattern, b"OPTIONS").is_some())
    })
}

/// The header that lets other sites' pages in, where one is in effect.
fn header<'p>(place: Place<'_, 'p>) -> Option<Line<'p>> {
    let merged = place.merged()?;
    let mut all: Vec<Line<'p>> = Vec::new();
    for section in merged.sections() {
        let section = place.policy.at(section);
        if section.kind() == Kind::Files && section.id != place.id {
            continue;
        }
        all.extend(section.section().all(&[HEADER]).filter_map(|own| line(own.directive)));
    }
    all.into_iter().find(Line::is_for_logins)
}
