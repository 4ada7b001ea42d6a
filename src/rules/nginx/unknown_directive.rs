//! A misspelt name: nginx stops reading at it. Names of modules that nobody here knows are left alone.

use super::arguments::is_foreign_comment;
use crate::config::nginx::{Directive, Site};
use crate::diagnostic::{Edit, Findings, Safety, Slip};
use crate::grammar::Origin;
use crate::grammar::nginx::{Contexts, all};
use crate::rules::strangers::Strangers;

rule! {
    "nginx/unknown-directive" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive's name is misspelt, or the target version lacks it, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    misspelt(*site, findings);
    comments_of_others(*site, findings);
    not_in_this_version(*site, findings);
}

fn misspelt(site: Site<'_>, findings: &mut Findings) {
    let mut strangers = Strangers::new();
    let mut slips = Vec::new();
    for directive in site.unknown_directives() {
        if !directive.is_as_written() || !holds_directives(directive.parent()) {
            continue;
        }
        let place = (directive.contexts(), directive.node().is_block(), directive.args().len());
        let name = directive.name_value().decoded().into_owned();
        let slip = strangers.meet(name, place, |name, &(contexts, block, count)| {
            Slip::find(name, candidates(contexts, block, count))
        });
        slips.extend(slip.map(|slip| (directive, slip)));
    }
    let meant = strangers.meant();
    for (directive, slip) in slips {
        let Some(known) = meant[slip] else { continue };
        let written = directive.name_value();
        let only_case = known.as_bytes().eq_ignore_ascii_case(&written.decoded());
        let (safety, help) = if only_case {
            (Safety::Safe, format!("write `{known}`: letter case counts"))
        } else {
            (Safety::Unsafe, format!("write `{known}`, if that is what you mean"))
        };
        findings.push(
            RULE.at(written.location())
                .message(format!(
                    "nginx knows no directive `{}` and does not start",
                    written.lossy()
                ))
                .label(format!("did you mean `{known}`?"))
                .help(help)
                .fix(
                    safety,
                    format!("write `{known}`"),
                    vec![Edit::replace(written.location(), known)],
                ),
        );
    }
}

/// `//` and `/*`, which begin a comment elsewhere.
fn comments_of_others(site: Site<'_>, findings: &mut Findings) {
    for directive in site.unknown_directives() {
        if is_foreign_comment(directive)
            && holds_directives(directive.parent())
            && !directive.is_in_template()
        {
            findings.push(
                RULE.at(directive.name_value().location())
                    .message("nginx takes this for a directive, and does not start: a comment begins with `#`")
                    .label("no comment")
                    .help("begin each line of the comment with `#`"),
            );
        }
    }
}

/// Whether directives of nginx's own may stand in `block`: what is in an unknown block or in one of a module's is that
/// module's.
fn holds_directives(block: Option<Directive<'_>>) -> bool {
    let Some(block) = block else { return true };
    let inside = block.known().map_or(Contexts::NONE, |known| known.opens(block.contexts()));
    !inside.is_none() && inside != Contexts::OTHER
}

/// The names of nginx's own that could stand there with as many arguments.
fn candidates(contexts: Contexts, block: bool, count: usize) -> impl Iterator<Item = &'static str> {
    let fits = move |directive: &crate::grammar::nginx::Directive| {
        directive.usages_in(contexts).any(|usage| {
            usage.origin == Origin::Core
                && usage.args.accepts(count)
                && usage.body.is_block() == block
        })
    };
    all().iter().filter(move |directive| fits(directive)).map(|directive| directive.name)
}

fn not_in_this_version(site: Site<'_>, findings: &mut Findings) {
    let Some(version) = site.target().nginx.filter(|_| !site.target().nginx_plus) else { return };
    for (directive, contexts) in site.placed(|_, _, _| true) {
        let Some(known) = directive.known() else { continue };
        let mut usages = known.usages_in(contexts).peekable();
        if usages.peek().is_none_or(|usage| usage.since.is_none() && usage.removed.is_none()) {
            continue;
        }
        let mut why = None;
        let lacks_all = usages.all(|usage| {
            let (major, minor, patch) = match (usage.since, usage.removed) {
                (Some(since), _) if version < since => since,
                (_, Some(removed)) if version >= removed => removed,
                _ => return false,
            };
            let what = if usage.since.is_some() {
                "is not in nginx before"
            } else {
                "is no longer in nginx since"
            };
            why = Some(format!("{what} {major}.{minor}.{patch}"));
            usage.origin == Origin::Core
        });
        let Some(why) = why.filter(|_| lacks_all && directive.is_as_written()) else { continue };
        let (major, minor, patch) = version;
        findings.push(
            RULE.at(directive.name_value().location())
                .message(format!(
                    "nginx {major}.{minor}.{patch} does not start: `{}` {why}",
                    known.name
                ))
                .label("not in the target version")
                .help("remove it, or name the version that reads this file in `[target]`"),
        );
    }
}
