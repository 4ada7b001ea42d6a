//! Code of the rewrite module in `server` runs before a location is chosen: no location can take itself out.

use crate::config::nginx::Directive;
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Code, Kind, Place, Policy};

rule! {
    "nginx/server-level-401" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "a 401 from code in server is the answer of every location; none can be exempt",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places().filter(|place| place.kind() == Kind::Server) {
        let Some(answer) = refusal(place) else { continue };
        let exempt =
            place.descendants().find(|inner| inner.kind() == Kind::Location && inner.is_exempt());
        let finding = RULE
            .at(answer.words_location())
            .message("this 401 is answered before a location is chosen: no location, whatever it says, is exempt from it")
            .label("for every location")
            .help("exempt paths in the condition, by a `map` of $uri for one, or move the test into the locations");
        findings.push(match exempt.and_then(Place::directive) {
            Some(location) => finding
                .severity(Severity::Warning)
                .related(location.words_location(), "meant to be exempt from a login"),
            None => finding,
        });
    }
}

/// The `return 401` in the code of a server.
fn refusal<'p>(server: Place<'_, 'p>) -> Option<Directive<'p>> {
    let block = server.policy.get(server.block);
    block.code().iter().find_map(|code| {
        let answer = match *code {
            Code::Directive(index) => block.nth(index),
            Code::If(inner) => server.policy.place(inner).own(id!("return"))?,
        };
        let is_401 = answer.is("return") && answer.arg(0).is_some_and(|status| status.is(b"401"));
        (is_401 && answer.is_certainly_here()).then_some(answer)
    })
}
