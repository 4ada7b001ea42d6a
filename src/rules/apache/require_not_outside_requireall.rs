//! A negated Require can only take away, so httpd accepts it in `<RequireAll>` alone.

use super::reading::{given, read_sections, refused};
use super::require::{Container, container};
use crate::config::apache::{Directive, Requires, Site};
use crate::diagnostic::{Finding, Findings};

rule! {
    "apache/require-not-outside-requireall" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a negated Require stands outside of <RequireAll>, and the configuration is refused",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let negated = site.requires().filter(|group| group.negated);
    for require in negated.flat_map(Requires::directives) {
        look(require, "Require not", findings);
    }
    for none in read_sections(site, "RequireNone") {
        look(none, "<RequireNone>", findings);
    }
}

fn look(directive: Directive<'_>, name: &str, findings: &mut Findings) {
    let refused = refused(directive);
    let finding: Finding = match container(directive) {
        Container::Explicit(section) if section.is_section("RequireAll") => return,
        Container::Unknown => return,
        Container::Explicit(section) => RULE
            .at(directive.location())
            .message(format!("`{name}` never lets anybody in, so httpd refuses it in `<{}>`: {refused}", section.name()))
            .related(section.location(), "one of these is enough, and this one never is"),
        Container::Implicit => RULE
            .at(directive.location())
            .message(format!("`{name}` never lets anybody in, so httpd refuses it outside of `<RequireAll>`: {refused}")),
    };
    let help = "put it into a <RequireAll>, beside a Require that lets people in, such as `Require all granted` or `Require valid-user`";
    findings.push(given(finding.help(help), directive));
}
