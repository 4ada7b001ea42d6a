//! A rule of the server that looks ahead for the user and refuses: it refuses its own look-ahead.

use super::reading::given;
use super::rewrites::rewrites;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/la-u-without-ns" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted403, since: "0.1.0",
        summary: "a rule refuses by %{LA-U:REMOTE_USER} without the flag NS: it refuses the look-ahead, too, and so everybody",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places().filter(|place| place.kind() == Kind::Server) {
        for rule in rewrites(place) {
            let refuses = rule.refuses() || rule.status().is_some_and(|status| status >= 400);
            if !refuses || rule.flag("ns", "nosubreq").is_some() {
                continue;
            }
            // in the look-ahead itself there is no user yet
            let Some(condition) = rule.tests().position(|(test, pattern)| {
                let test = test.to_ascii_uppercase();
                test.starts_with(b"%{LA-U:REMOTE_USER")
                    && (pattern.starts_with(b"!") || pattern == b"^$")
            }) else {
                continue;
            };
            let condition = rule.conditions[condition];
            let mut finding = RULE
                .at(rule.directive.location())
                .message("this rule refuses the request that looks ahead for the user, where there is none yet: then nobody is found, and every user is refused")
                .related(condition.location(), "looks ahead by a request of its own")
                .help("add the flag `NS`, which leaves such requests alone");
            if let Some(word) = rule.directive.arg(2)
                && !word.has_variable()
                && !rule.directive.is_in_template()
                && let Some(text) = word.raw().strip_suffix(b"]")
            {
                let edit = Edit::replace(word.location(), [text, b",NS]"].concat());
                finding = finding.fix(Safety::Unsafe, "add the flag NS", vec![edit]);
            }
            findings.push(given(finding, rule.directive));
        }
    }
}
