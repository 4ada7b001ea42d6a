//! A directive that holds others ends in `;`: nginx stops reading at it.

use crate::config::nginx::Site;
use crate::diagnostic::Findings;
use crate::grammar::Origin;

rule! {
    "nginx/block-missing" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive that opens a block ends in a semicolon, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let suspects = site.known_directives(|known, node| !node.is_block() && known.may_end_in(true));
    for directive in suspects {
        let Some(known) = directive.known() else { continue };
        let mut usages = known.usages_in(directive.contexts()).peekable();
        let is_certain = usages.peek().is_some()
            && usages.all(|usage| usage.body.is_block() && usage.origin == Origin::Core);
        if is_certain && directive.is_as_written() && directive.is_certainly_here() {
            findings.push(
                RULE.at(directive.words_location())
                    .message(format!(
                        "`{}` opens a block and has none, and nginx does not start",
                        known.name
                    ))
                    .help("write `{` and `}` in the place of `;`"),
            );
        }
    }
}
