//! Rewriting in a folder needs the option FollowSymLinks; without it httpd answers 403 to everything.

use super::reading::given;
use crate::config::apache::Condition;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Own, Place, Policy};
use crate::source::{Location, Span};

rule! {
    "apache/rewrite-without-followsymlinks" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted403, since: "0.1.0",
        summary: "RewriteEngine is on in a folder whose Options lack FollowSymLinks: every request is answered 403",
    }
}

const ENGINE: Id = id("RewriteEngine");
const RULES: Id = id("RewriteRule");
const OPTIONS: Id = id("Options");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Htaccess | Kind::Directory) {
            continue;
        }
        let Some(engine) = place.own(ENGINE).filter(|own| own.directive.says(b"on")) else {
            continue;
        };
        let Some(_) = place.own(RULES).filter(|_| !engine.directive.is_in_template()) else {
            continue;
        };
        let Some(last) = without_links(place) else { continue };
        let at = last.directive.location();
        let end = Location { span: Span::empty(at.span.end), ..at };
        let signed =
            last.directive.args().all(|word| matches!(word.raw().first(), Some(b'+' | b'-')));
        let option = if signed { " +SymLinksIfOwnerMatch" } else { " SymLinksIfOwnerMatch" };
        let finding = RULE
            .at(engine.directive.location())
            .message("rewriting in a folder needs FollowSymLinks or SymLinksIfOwnerMatch, and these Options have neither: every request is answered 403")
            .label("needs one of the two options")
            .related(at, "leaves them out")
            .fix(Safety::Unsafe, "add SymLinksIfOwnerMatch", vec![Edit::insert(end, option)]);
        findings.push(given(finding, engine.directive));
    }
}

/// The last Options in effect, where both options are certainly off.
fn without_links<'p>(place: Place<'_, 'p>) -> Option<Own<'p>> {
    let policy = place.policy;
    let merged = place.merged()?;
    let mut on = [true, false];
    let mut last = None;
    for section in merged.sections() {
        let section = policy.get(section);
        if section.open.is_some() {
            return None;
        }
        for own in section.all(&[OPTIONS]) {
            if own.directive.condition() != Condition::Yes {
                return None;
            }
            let mut replaced = false;
            for word in own.directive.args() {
                let word = word.known()?;
                let (sign, name) = match word.first()? {
                    b'+' => (Some(true), &word[1..]),
                    b'-' => (Some(false), &word[1..]),
                    _ => (None, &word[..]),
                };
                if sign.is_none() && !replaced {
                    replaced = true;
                    on = [false, false];
                }
                for (slot, option) in
                    on.iter_mut().zip([&b"FollowSymLinks"[..], b"SymLinksIfOwnerMatch"])
                {
                    if name.eq_ignore_ascii_case(option) || name.eq_ignore_ascii_case(b"All") {
                        *slot = sign != Some(false);
                    }
                }
            }
            last = Some(own);
        }
    }
    last.filter(|_| on == [false, false])
}
