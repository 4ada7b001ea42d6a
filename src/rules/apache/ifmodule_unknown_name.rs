//! `<IfModule>` takes the name of a source file, with its `.c`, or an identifier; any other word never holds.

use super::guards::{if_module, lonely_login, meant};
use super::reading::{given, shown};
use crate::config::apache::{Site, Truth};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::apache_modules::by_name;

rule! {
    "apache/ifmodule-unknown-name" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "an <IfModule> around a login names no module and never holds: httpd skips the login",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (section, name, negated) in if_module(site) {
        if negated || by_name(&name).is_some() || section.truth() == Some(Truth::Yes) {
            continue;
        }
        let Some(meant) = meant(&name) else { continue };
        let Some(login) = lonely_login(section) else { continue };
        let Some(word) = section.arg(0) else { continue };
        let finding = RULE
            .at(section.location())
            .message(format!(
                "{} is no module's name, so this never holds: httpd skips the login in it",
                shown(word)
            ))
            .label("never holds")
            .related(login.location(), "is never read")
            .help(format!(
                "write {}, or leave the section away: without the module httpd then says so",
                meant.source
            ))
            .fix(
                Safety::Unsafe,
                format!("write `{}`", meant.source),
                vec![Edit::replace(word.location(), meant.source)],
            );
        findings.push(given(finding, section));
    }
}
