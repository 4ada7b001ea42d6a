//! A directive that ends in `;` has a block behind it: nginx stops reading at the `{`.

use crate::config::nginx::Site;
use crate::diagnostic::Findings;
use crate::grammar::Origin;

rule! {
    "nginx/block-unexpected" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive that ends in a semicolon opens a block, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for directive in site.all() {
        if !directive.node().is_block() {
            continue;
        }
        let Some(known) = directive.known() else { continue };
        let mut usages = known.usages_in(directive.contexts()).peekable();
        let is_certain = usages.peek().is_some()
            && usages.all(|usage| !usage.body.is_block() && usage.origin == Origin::Core);
        if is_certain && directive.is_as_written() && directive.is_certainly_here() {
            findings.push(
                RULE.at(directive.location())
                    .message(format!("`{}` takes no block, and nginx does not start", known.name))
                    .help("end it with `;`, or quote the argument that holds the `{`"),
            );
        }
    }
}
