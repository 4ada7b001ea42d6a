//! HTTP_AUTHORIZATION is set behind the rule that ends the second round, in which the program is already reached.

use super::passing::is_passed;
use super::reading::{follows, given};
use super::rewrites::{Rewrite, rewrites};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Place, Policy};
use crate::source::{Location, Span};

rule! {
    "apache/authorization-rule-after-front-controller" {
        reads: ApachePolicy, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "the rule that sets HTTP_AUTHORIZATION stands behind the rules of the front controller, which never lets it run",
    }
}

/// What runs programs under a path of its own.
const PROGRAMS: [Id; 2] = [id("ScriptAlias"), id("WSGIScriptAlias")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let rules = rewrites(place);
        if place.kind() == Kind::Server {
            of_server(policy, place, &rules, findings);
            continue;
        }
        let Some(at) = rules.iter().position(|rule| rule.sets_authorization() && rule.keeps_path())
        else {
            continue;
        };
        let rule = &rules[at];
        // what leads to the program, and what ends the round that it brings about
        let front = rules.iter().position(|front| {
            front.program().is_some() && follows(rule.directive, front.directive)
        });
        let Some(front) = front else { continue };
        let Some(program) = rules[front].program() else { continue };
        // without a second round nothing sets the variable later
        if front < at && rules[front].flag("end", "end").is_some() {
            skipped(policy, rule, &rules[front], findings);
            continue;
        }
        let Some(stop) = rules[..at].iter().find(|stop| {
            stop.keeps_path()
                && stop.stops()
                && stop.conditions.is_empty()
                && fits(policy, stop, program)
                && follows(rule.directive, stop.directive)
        }) else {
            continue;
        };
        if is_passed(&policy.site) {
            continue;
        }
        let name = String::from_utf8_lossy(program).into_owned();
        let finding = RULE
            .at(rule.directive.location())
            .related(stop.directive.location(), format!("ends the rules for {name}"))
            .help("put the rule first, right behind `RewriteEngine On`");
        let never = front < at && rules[front].fits_all() && rules[front].stops();
        let mut finding = if never {
            finding.message(format!(
                "{name} never gets the Authorization header: the rules end before this one, on the way to {name} and in {name} itself"
            ))
        } else {
            finding
                .severity(Severity::Warning)
                .message(format!(
                    "{name} gets no HTTP_AUTHORIZATION: this rule runs before the request goes on to {name}, where the variable is called REDIRECT_HTTP_AUTHORIZATION, and not again there"
                ))
                .depends_on(format!("whether {name} reads REDIRECT_HTTP_AUTHORIZATION, too"))
        };
        if let Some(edits) = moved(rule, stop) {
            finding = finding.fix(Safety::Unsafe, "put the rule in front", edits);
        }
        findings.push(given(finding, rule.directive));
    }
}

/// The rules of a server have one round only: what ends them leaves the variable unset.
fn of_server<'p>(
    policy: &Policy<'p>,
    place: Place<'_, 'p>,
    rules: &[Rewrite<'p>],
    findings: &mut Findings,
) {
    let Some(at) = rules.iter().position(|rule| rule.sets_authorization() && rule.keeps_path())
    else {
        return;
    };
    let programs: Vec<Vec<u8>> = place
        .all(&PROGRAMS)
        .filter_map(|own| Some(own.directive.arg(0)?.known()?.into_owned()))
        .collect();
    let stop = rules[..at].iter().find(|stop| {
        let ends = stop.stops() || stop.flag("pt", "passthrough").is_some();
        let is_program = || programs.iter().any(|path| fits(policy, stop, path));
        ends && stop.conditions.is_empty()
            && follows(rules[at].directive, stop.directive)
            && (stop.program().is_some() || stop.keeps_path() && is_program())
    });
    if let Some(stop) = stop {
        skipped(policy, &rules[at], stop, findings);
    }
}

/// A rule behind one that ends the only round.
fn skipped(policy: &Policy<'_>, rule: &Rewrite<'_>, stop: &Rewrite<'_>, findings: &mut Findings) {
    if is_passed(&policy.site) {
        return;
    }
    let mut finding = RULE
        .at(rule.directive.location())
        .message("the rules end before this one for the paths of a program, which never gets the Authorization header")
        .related(stop.directive.location(), "ends the rules")
        .help("put the rule first, right behind `RewriteEngine On`");
    let edits = moved(rule, stop).filter(|_| stop.conditions.is_empty());
    if let Some(edits) = edits {
        finding = finding.fix(Safety::Unsafe, "put the rule in front", edits);
    }
    findings.push(given(finding, rule.directive));
}

/// Whether a rule of a folder is about the program there.
fn fits(policy: &Policy<'_>, rule: &Rewrite<'_>, program: &[u8]) -> bool {
    !rule.pattern.starts_with(b"!")
        && policy.regexes.get(&rule.pattern, rule.flag("nc", "nocase").is_some()).is_match(program)
            == Some(true)
}

/// The line of `rule` in front of the line of `stop`, where it has no conditions that would have to move along.
fn moved(rule: &Rewrite<'_>, stop: &Rewrite<'_>) -> Option<Vec<Edit>> {
    let (from, to) = (rule.directive.location(), stop.directive.location());
    if !rule.conditions.is_empty() || from.file != to.file || rule.directive.is_in_template() {
        return None;
    }
    let text = rule.directive.source().text();
    let line = text.get(from.span.start as usize..from.span.end as usize)?.to_vec();
    let before = text.get(to.span.start as usize..from.span.start as usize)?;
    let blank = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count() as u32;
    let ends = text.get(from.span.end as usize) == Some(&b'\n');
    let gone = Span::new(from.span.start - blank, from.span.end + u32::from(ends));
    let indent: Vec<u8> = text[..to.span.start as usize]
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .copied()
        .collect();
    Some(vec![
        Edit::insert(
            Location { span: Span::empty(to.span.start), ..to },
            [&line[..], b"\n", &indent].concat(),
        ),
        Edit::delete(Location { span: gone, ..from }),
    ])
}
