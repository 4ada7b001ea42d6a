//! A folder with rules of its own does not take over the rule of the folder above that hands Authorization on.

use super::passing::{is_passed, is_rewritten};
use super::reading::given;
use super::rewrites::{COND, ENGINE, OPTIONS, RULE as REWRITE_RULE, Rewrite, has_option, rewrites};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/rewrite-not-inherited-by-subfolder" {
        reads: ApachePolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "a folder has rules of its own, and so not the rule from above that hands the Authorization header on",
    }
}

/// Each of them makes the folder's rules the only ones.
const ANY: [Id; 5] = [ENGINE, OPTIONS, COND, REWRITE_RULE, id("RewriteBase")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if !is_rewritten(&policy.site) || is_passed(&policy.site) {
        return;
    }
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Htaccess | Kind::Directory) {
            continue;
        }
        let Some(first) = place.all(&ANY).next() else { continue };
        let own = rewrites(place);
        let is_kept = own.iter().any(Rewrite::sets_authorization)
            || has_option(place, &[b"Inherit", b"InheritBefore"])
            || place.section().open.is_some();
        if is_kept {
            continue;
        }
        let Some(merged) = place.merged() else { continue };
        let mut outer = merged.sections().filter(|section| *section != place.id);
        let above = outer.find_map(|section| {
            let above = policy.at(section);
            let is_folder = matches!(above.kind(), Kind::Htaccess | Kind::Directory);
            let is_handed = has_option(above, &[b"InheritDown", b"InheritDownBefore"]);
            let rules = if is_folder && !is_handed { rewrites(above) } else { Vec::new() };
            rules.into_iter().find(Rewrite::sets_authorization)
        });
        let Some(above) = above else { continue };
        let program = own.iter().find_map(|rule| Some(lossy(rule.program()?)));
        let whom = program.clone().unwrap_or_else(|| "programs in this folder".into());
        let finding = RULE
            .at(first.directive.location())
            .severity(if program.is_some() { Severity::Warning } else { Severity::Info })
            .message(format!(
                "the rules of this folder take the place of those above it: {whom} does not get the Authorization header"
            ).replace("programs in this folder does", "programs in this folder do"))
            .related(above.directive.location(), "does not hold in this folder")
            .help("repeat the rule here, or write `RewriteOptions InheritBefore`");
        findings.push(given(finding, first.directive));
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
