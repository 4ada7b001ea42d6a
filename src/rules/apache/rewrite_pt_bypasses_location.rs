//! A rule with the flag PT gives the request another path, and a `<Location>` for the first one no longer holds.

use super::logins::Logins;
use super::reading::given;
use super::rewrites::rewrites;
use crate::diagnostic::Findings;
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Matcher, Place, Policy, ServerId};
use crate::policy::files::Files;

rule! {
    "apache/rewrite-pt-bypasses-location" {
        reads: ApachePolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "a RewriteRule with the flag PT leads past the <Location> that asks for a login",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut logins: Option<Logins<'_, '_>> = None;
    for host in policy.places().filter(|place| place.kind() == Kind::Server) {
        for rule in rewrites(host) {
            let is_passed = rule.flag("pt", "passthrough").is_some();
            if !is_passed || rule.pattern.starts_with(b"!") || !rule.to.starts_with(b"/") {
                continue;
            }
            let regex = policy.regexes.get(&rule.pattern, rule.flag("nc", "nocase").is_some());
            let logins = logins.get_or_insert_with(|| Logins::new(policy, findings));
            let logins = logins.of(host.server()).filter(|place| {
                place.kind() == Kind::Location
                    && (place.server() == host.server() || place.server() == ServerId::MAIN)
            });
            for login in logins {
                let Matcher::Literal(path) = &login.section().matcher else { continue };
                let inside = [super::sections::trimmed(path), b"/x"].concat();
                let led = [path, &inside].into_iter().find_map(|path| {
                    let captures = regex.captures(path)??;
                    Some((path.clone(), filled(&rule.to, &captures.groups)?))
                });
                let Some((from, to)) = led else { continue };
                if to.starts_with(path) || !is_open(host, &to) {
                    continue;
                }
                let Some(section) = login.section().directive else { continue };
                let finding = RULE
                    .at(rule.directive.location())
                    .message(format!(
                        "{} becomes {} before sections are looked for, and the login of `<Location {}>` is never asked for",
                        String::from_utf8_lossy(&from),
                        String::from_utf8_lossy(&to),
                        String::from_utf8_lossy(path)
                    ))
                    .related(section.location(), "holds for the path before the rule")
                    .help("ask for the login for the path that the rule leads to");
                findings.push(given(finding, rule.directive));
            }
        }
    }
}

/// What the rule makes of a path; `None` for more than groups of the pattern.
fn filled(to: &[u8], groups: &[Option<Vec<u8>>]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = to.split(|&byte| byte == b'?').next()?.iter();
    while let Some(&byte) = rest.next() {
        match byte {
            b'$' => {
                let digit = *rest.next()?;
                let index = usize::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
                out.extend_from_slice(groups.get(index)?.as_deref().unwrap_or_default());
            }
            b'%' | b'\\' => return None,
            byte => out.push(byte),
        }
    }
    Some(out)
}

/// Whether no section asks strangers for a login at `path`, as far as the sections tell.
fn is_open(host: Place<'_, '_>, path: &[u8]) -> bool {
    let policy = host.policy;
    let closed = policy.places().filter(|place| place.kind() == Kind::Location).any(|place| {
        place.own_requirements().next().is_some()
            && match &place.section().matcher {
                Matcher::Literal(head) => path.starts_with(head),
                Matcher::Regex(pattern) => {
                    policy.regexes.get(pattern, false).is_match(path) != Some(false)
                }
                _ => true,
            }
    });
    if closed {
        return false;
    }
    let Some(request) = host.request_for(path) else { return false };
    let prediction = policy.predict(Files::none(policy.site.project), &request);
    !prediction.possible.iter().any(|outcome| matches!(outcome, Outcome::Answered(401 | 403)))
}
