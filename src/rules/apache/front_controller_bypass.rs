//! A `<Location>` protects a path that a rule hands to a program as PATH_INFO: the program's own path leads there as well.

use super::allowance::Allowance;
use super::reading::given;
use super::rewrites::rewrites;
use super::sections::trimmed;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Matcher, Place, Policy};

rule! {
    "apache/front-controller-bypass" {
        reads: ApachePolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "a <Location> asks for a login for a path that leads to a program, which is reached by its own path without one",
    }
}

/// How many sections are compared with each rule, whatever was compared before.
const FEW: usize = 64;

const ACCEPT_PATH_INFO: Id = id("AcceptPathInfo");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut locations: Option<Vec<Place<'_, '_>>> = None;
    let allowance = Allowance::new(policy, findings);
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Htaccess | Kind::Directory | Kind::Server) {
            continue;
        }
        for rule in rewrites(place) {
            let Some(program) = rule.program() else { continue };
            // what stands behind the program's name is handed on to it
            let name = [program, b"/"].concat();
            let Some(at) = memchr::memmem::find(&rule.to, &name) else { continue };
            let behind = &rule.to[at + name.len()..];
            if !behind.starts_with(b"$") || rule.pattern.starts_with(b"!") {
                continue;
            }
            let locations = locations.get_or_insert_with(|| {
                policy
                    .places()
                    .filter(|place| place.kind() == Kind::Location)
                    .filter(|place| place.own_requirements().next().is_some())
                    .collect()
            });
            if place.own(ACCEPT_PATH_INFO).is_some_and(|own| own.directive.says(b"off")) {
                continue;
            }
            let folder = if place.kind() == Kind::Server {
                b"/".to_vec()
            } else {
                let Some(folder) = place.path() else { continue };
                folder
            };
            for login in allowance.of(FEW, locations.iter()) {
                let Matcher::Literal(path) = &login.section().matcher else { continue };
                let Some(rest) = path.strip_prefix(&*folder).or_else(|| path.strip_prefix(b"/"))
                else {
                    continue;
                };
                let subject: &[u8] = if place.kind() == Kind::Server { path } else { rest };
                let is_led =
                    policy.regexes.get(&rule.pattern, false).is_match(subject) == Some(true);
                if rest.is_empty() || !is_led || login.own_login().is_none() {
                    continue;
                }
                let straight = [trimmed(&folder), b"/", program, b"/", rest].concat();
                if covers(policy, &allowance, locations, &straight)
                    || place.kind() != Kind::Server && !place.lets_strangers_in()
                {
                    continue;
                }
                let Some(section) = login.section().directive else { continue };
                let straight = String::from_utf8_lossy(&straight).into_owned();
                let finding = RULE
                    .at(section.location())
                    .message(format!(
                        "{straight} leads to the same program as {} and is no part of this section: nobody is asked for the login there",
                        String::from_utf8_lossy(path)
                    ))
                    .related(rule.directive.location(), "hands the path on to the program")
                    .help(format!(
                        "hold for both, by `<LocationMatch \"^(/{})?{}(/|$)\">`",
                        String::from_utf8_lossy(program).replace('.', "\\."),
                        String::from_utf8_lossy(trimmed(path))
                    ));
                findings.push(given(finding, section));
            }
        }
    }
}

/// Whether a section that keeps somebody out holds for `path`, or may: not all of them could be looked at.
fn covers(
    policy: &Policy<'_>,
    allowance: &Allowance,
    locations: &[Place<'_, '_>],
    path: &[u8],
) -> bool {
    let mut looked = 0;
    let mut all = allowance.of(FEW, locations.iter()).inspect(|_| looked += 1);
    let covers = all.any(|place| match &place.section().matcher {
        Matcher::Literal(head) => {
            path.starts_with(head)
                && (head.ends_with(b"/") || matches!(path.get(head.len()), None | Some(b'/')))
        }
        Matcher::Regex(pattern) => policy.regexes.get(pattern, false).is_match(path) != Some(false),
        Matcher::Glob(_) | Matcher::Unknown => true,
    });
    drop(all);
    covers || looked < locations.len()
}
