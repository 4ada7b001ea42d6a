//! A .htaccess file that the workers may not open.

use crate::config::apache::{Directive, Site};
use crate::config::paths;
use crate::diagnostic::Findings;
use crate::source::{Location, Span};

rule! {
    "apache/htaccess-permissions" {
        reads: Apache, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "httpd's workers may not open a .htaccess file, and everything below its folder is answered 403",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (htaccess, mut directives) in site.htaccess() {
        let Some(denied) = &htaccess.denied else { continue };
        let start = || Location { file: htaccess.file, span: Span::empty(0) };
        let at = directives.next().map_or_else(start, Directive::location);
        findings.push(
            RULE.at(at)
                .message(format!(
                    "the account that httpd's workers run as may not open {}: httpd cannot tell what this file forbids, and answers 403 to everything below its folder",
                    paths::shown(denied)
                ))
                .help("let the workers read the file, and enter the folders above it: `chmod 644` for the file, `chmod 755` for a folder"),
        );
    }
}
