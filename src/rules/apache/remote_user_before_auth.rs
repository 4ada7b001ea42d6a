//! A rule of the server asks for REMOTE_USER, before anybody is logged in.

use super::reading::{given, read};
use super::rewrites::rewrites;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/remote-user-before-auth" {
        reads: ApachePolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "a RewriteRule of the server asks for REMOTE_USER, which is empty there: nobody is logged in yet",
    }
}

const EARLY: &str = "%{REMOTE_USER}";
const AHEAD: &str = "%{LA-U:REMOTE_USER}";

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places().filter(|place| place.kind() == Kind::Server) {
        for rule in rewrites(place) {
            let words = rule.conditions.iter().copied().chain([rule.directive]);
            let found =
                words.flat_map(|directive| directive.args().collect::<Vec<_>>()).find(|word| {
                    word.known()
                        .is_some_and(|text| memchr::memmem::find(&text, EARLY.as_bytes()).is_some())
                });
            let Some(word) = found else { continue };
            if read(&policy.site, "AuthType").next().is_none() {
                return;
            }
            let mut finding = RULE
                .at(word.location())
                .message("rules of the server run before the login: REMOTE_USER is always empty here")
                .help("write `%{LA-U:REMOTE_USER}`, which looks ahead, or put the rule in the folder or the `<Location>` with the login");
            let text = word.lossy().replace(EARLY, AHEAD);
            let is_plain = !word.has_variable() && !word.directive.is_in_template();
            if is_plain && !word.word.is_quoted() && word.raw() == &*word.decoded() {
                let mut edits = vec![Edit::replace(word.location(), text)];
                let needs_flag = rule.flag("ns", "nosubreq").is_none();
                if needs_flag
                    && let Some(flags) = rule.directive.arg(2)
                    && let Some(text) = flags.raw().strip_suffix(b"]")
                {
                    edits.push(Edit::replace(flags.location(), [text, b",NS]"].concat()));
                }
                if word.directive.id != rule.directive.id {
                    finding = finding.fix(Safety::Unsafe, "look ahead for the user", edits);
                }
            }
            findings.push(given(finding, word.directive));
        }
    }
}
