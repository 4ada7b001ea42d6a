//! `<IfModule>` asks what is loaded up to this line.

use super::guards::{Guarded, if_module};
use super::reading::{Access, given, shown};
use crate::config::apache::{ModuleState, Site, Truth};
use crate::diagnostic::Findings;
use crate::grammar::apache_modules::by_name;

rule! {
    "apache/ifmodule-before-loadmodule" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "an <IfModule> stands above the LoadModule of its module: httpd skips the login in it",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (section, name, negated) in if_module(site) {
        if negated || section.truth() != Some(Truth::No) || section.is_in_template() {
            continue;
        }
        let Some(module) = by_name(&name) else { continue };
        if site.module(module.identifier) != ModuleState::Loaded
            || !section.condition().is_certain()
        {
            continue;
        }
        let inside = Guarded::of(section).login;
        if inside.is_none() && !Access::of(section).restricts {
            continue;
        }
        let mut loads = site.directives("LoadModule");
        let load = loads
            .find(|load| load.arg(0).is_some_and(|word| word.is(module.identifier.as_bytes())));
        let Some((load, word)) = load.zip(section.arg(0)) else { continue };
        let mut finding = RULE
            .at(section.location())
            .label("comes before the module")
            .message(format!("{} is loaded further on only: httpd skips this section", shown(word)))
            .related(load.location(), "loads the module")
            .help("move this section behind the LoadModule, or the LoadModule before it");
        if let Some(login) = inside {
            finding = finding.related(login.location(), "is never read");
        }
        findings.push(given(finding, section));
    }
}
