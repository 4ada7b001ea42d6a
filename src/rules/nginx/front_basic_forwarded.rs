//! The password that nginx has checked goes on to what is behind, which has a login of its own.

use crate::config::nginx::Value;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::policy::nginx::{Basic, Policy, Proof};
use foldhash::{HashSet, HashSetExt};

rule! {
    "nginx/front-basic-forwarded" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "the credentials that nginx has checked are handed on to what is behind",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for passing in policy.passings() {
        let Basic::On(realm, file) = passing.place.basic() else { continue };
        if passing.is_open()
            || passing.sets(b"authorization").is_some()
            || passing.place.satisfy_any().is_some()
        {
            continue;
        }
        // that a line of a block around is lost is another mistake
        let set = [passing.module.set];
        let mut around = std::iter::successors(passing.place.parent(), |place| place.parent());
        let is_lost = around.any(|place| {
            let mut lines = policy.get(place.block).all(&set);
            lines.any(|line| passing.module.sets_header(line, b"authorization"))
        });
        if is_lost {
            continue;
        }
        if !told.insert(passing.pass.words_location()) {
            continue;
        }
        let asked = passing.behind().find_map(|server| {
            let asked = server.asks(Proof::Authorization)?;
            // one login for both is a way to ask once
            let same = match server.basic() {
                Basic::On(_, other) => {
                    other.arg(0).and_then(Value::known) == file.arg(0).and_then(Value::known)
                }
                _ => false,
            };
            (!same).then_some(asked)
        });
        let finding = RULE
            .at(passing.pass.words_location())
            .severity(if asked.is_some() { Severity::Warning } else { Severity::Info })
            .message("the name and password that nginx has checked are handed on: what is behind takes them for its own login, and may answer 401 to a user that it does not know")
            .related(realm.words_location(), "checked here");
        findings.push_shown(finding, |finding| {
            let header = if passing.module.is_application() {
                "HTTP_AUTHORIZATION"
            } else {
                "Authorization"
            };
            let finding = finding
                .label("hands the login on as well")
                .help(format!("keep them: `{} {header} \"\";`", passing.module.setter));
            let Some(asked) = asked else { return finding };
            let finding = finding.related(asked.words_location(), "looks at them again");
            let list = passing.place.list(&set);
            let own = list.block == Some(passing.place.block) || list.directives.is_empty();
            if !own || passing.pass.inclusions().count() != 1 {
                return finding;
            }
            let text = format!("{} Authorization \"\";", passing.module.setter);
            let edit: Edit = super::not_inherited::insertion_before(passing.pass, &text);
            finding.fix(Safety::Unsafe, "keep the login", vec![edit])
        });
    }
}
