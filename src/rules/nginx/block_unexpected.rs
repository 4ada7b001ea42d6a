//! A directive that ends in `;` has a block behind it: nginx stops reading at the `{`.

use super::arguments::has_wrong_block;
use crate::config::nginx::Site;
use crate::diagnostic::Findings;

rule! {
    "nginx/block-unexpected" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive that ends in a semicolon opens a block, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let suspects = site.known_directives(|known, node| node.is_block() && known.may_end_in(false));
    for directive in suspects {
        if has_wrong_block(directive) && directive.is_as_written() && directive.is_certainly_here()
        {
            findings.push(
                RULE.at(directive.location())
                    .message(format!(
                        "`{}` takes no block, and nginx does not start",
                        directive.name()
                    ))
                    .help("end it with `;`, or quote the argument that holds the `{`"),
            );
        }
    }
}
