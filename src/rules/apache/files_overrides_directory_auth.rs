//! <Files> is merged after every folder: a Require in it lets a whole kind of files out of the login of the folders.

use super::overriding::grants_all;
use super::reading::given;
use crate::diagnostic::Findings;
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Place, Policy};
use crate::policy::files::Files;
use crate::rules::evidence::answered;

rule! {
    "apache/files-overrides-directory-auth" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a <Files> with `Require all granted` lets pages and scripts out of the login of the folders below",
    }
}

/// Files that are the site, not what its pages are made of.
const PAGES: [&[u8]; 10] =
    [b".php", b".phtml", b".html", b".htm", b".shtml", b".cgi", b".pl", b".py", b".jsp", b".aspx"];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let granting = |place: &Place<'_, '_>| place.kind() == Kind::Files && grants_all(*place);
    let all: Vec<Place<'_, '_>> = policy.places().filter(granting).collect();
    if all.is_empty() || policy.is_open() {
        return;
    }
    let asks = |place: &Place<'_, '_>| {
        place.kind() != Kind::Server && place.kind() != Kind::Files && place.own_login().is_some()
    };
    let protected: Vec<Place<'_, '_>> = policy.places().filter(asks).take(64).collect();
    for files in all {
        let (Some(head), Some(parent)) = (files.section().directive, files.parent()) else {
            continue;
        };
        let Some(name) = files.file_name() else { continue };
        let is_page = PAGES.iter().any(|ending| name.ends_with(ending));
        // a name in full is an exception
        let wide = head.arg(0).is_some_and(|word| !word.is(&name));
        if !is_page || !wide || head.is_in_template() {
            continue;
        }
        let found = protected.iter().find_map(|asks| {
            let folder = asks.folder()?;
            if let Some(outer) = parent.folder() {
                // what the protected folder itself says is an exception
                if !folder.starts_with(&outer) || folder == outer {
                    return None;
                }
            }
            let path = [&asks.path()?, &name[..]].concat();
            let request = asks.request_for(&path)?;
            let prediction = policy.predict(Files::none(policy.site.project), &request);
            let passes = |outcome: &Outcome| matches!(outcome, Outcome::Passed(_));
            let there = |outcome: &Outcome| passes(outcome) || *outcome == Outcome::Answered(404);
            let open =
                prediction.possible.iter().any(passes) && prediction.possible.iter().all(there);
            (open && asks.asks_for_login()).then_some((*asks, request))
        });
        let Some((asks, request)) = found else { continue };
        let user = asks.own_login();
        let mut finding = RULE
            .at(head.location())
            .label("is merged after all folders")
            .message("the Require in this section takes the place of the login of every folder: such files are open to everybody")
            .help("remove the Require from this section; SetHandler and the like need none");
        if let Some(user) = user {
            finding = finding.related(user.directive.location(), "does not count for them");
        }
        findings.push_with(given(finding, head), || Some(answered(&request, None)));
    }
}
