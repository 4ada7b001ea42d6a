//! The page of the 401 asks for the login itself: httpd sends its stock page.

use super::logins::Logins;
use super::reading::given;
use crate::config::apache::Value;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Policy};
use crate::policy::files::Files;

rule! {
    "apache/errordocument-under-auth" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "the page of the 401 needs a login itself: clients get httpd's own page",
    }
}

const ERROR_DOCUMENT: Id = id("ErrorDocument");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut logins: Option<Logins<'_, '_>> = None;
    for place in policy.places() {
        for own in place.all(const { &[ERROR_DOCUMENT] }) {
            let directive = own.directive;
            let Some(target) = directive.arg(1).and_then(Value::known) else { continue };
            if !directive.says(b"401") || !target.starts_with(b"/") || target.contains(&b' ') {
                continue;
            }
            // a page that everybody gets is no matter
            let refused = |outcome: &Outcome| {
                matches!(outcome, Outcome::Anything | Outcome::Answered(401 | 403 | 500))
            };
            let page = place.request_for(&target);
            let page = page.map(|page| policy.predict(Files::none(policy.site.project), &page));
            if page.is_some_and(|page| !page.possible.iter().any(refused)) {
                continue;
            }
            // one place with a login that the page is for
            let logins = logins.get_or_insert_with(|| Logins::new(policy, findings));
            let is_login = place.own_login().is_some();
            let below = (place.kind() == Kind::Server).then(|| logins.of(place.server()));
            for other in is_login.then_some(place).into_iter().chain(below.into_iter().flatten()) {
                let Some(request) = other.request() else { continue };
                let prediction = policy.predict(Files::none(policy.site.project), &request);
                logins.allowance.charge(&prediction);
                let steps = &prediction.answer.steps;
                let asked = steps.iter().position(|step| {
                    step.phase == "error document" && step.at == Some(directive.location())
                });
                let Some(asked) = asked.filter(|_| prediction.is_status(401)) else { continue };
                let refused = steps[asked + 1..]
                    .iter()
                    .any(|step| step.phase == "error document" && step.at.is_none());
                let by = steps[asked + 1..]
                    .iter()
                    .rev()
                    .find(|step| step.phase == "authentication" || step.phase == "authorization");
                let Some(by) = by.filter(|_| refused) else { continue };
                let shown = String::from_utf8_lossy(&target).into_owned();
                let mut finding = RULE
                    .at(directive.location())
                    .message(format!(
                        "{shown} needs a login itself: clients without one get httpd's own page, with a note that the page of the error failed"
                    ))
                    .help(format!("let everybody get {shown}, by `Require all granted` in a section of its own"));
                if let Some(at) = by.at {
                    finding = finding.related(at, "is asked for the page as well");
                }
                findings.push(given(finding, directive));
                break;
            }
        }
    }
}
