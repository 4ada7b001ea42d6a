//! An Include of all files in a folder also reads the copies that editors and package managers put aside there.

use super::reading::given;
use crate::config::apache::{InclusionId, Site};
use crate::config::{glob::is_pattern, is_leftover};
use crate::diagnostic::Findings;
use crate::source::{Location, Span};

rule! {
    "apache/include-glob" {
        reads: Apache, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "an Include reads a file that was put aside, and what it says counts",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, include) in site.includes() {
        let Some(pattern) = directive.arg(0) else { continue };
        let aside = include.read.clone().find_map(|number| {
            let inclusion = &site.data.inclusions[InclusionId(number).index()];
            let file = site.data.files[inclusion.file as usize].file;
            let path = &site.project.sources.get(file).path;
            let name = path.file_name()?.to_string_lossy().into_owned();
            // a file that is named is meant
            let named = pattern.decoded().ends_with(name.as_bytes());
            (is_leftover(&name) && !named).then_some((file, name))
        });
        let Some((file, name)) = aside else { continue };
        let help = if is_pattern(&pattern.decoded()) {
            "write a pattern that ends in `.conf`, or move the copy to another folder".to_owned()
        } else {
            format!("write `{}/*.conf`", pattern.lossy().trim_end_matches('/'))
        };
        let finding = RULE
            .at(pattern.location())
            .message(format!(
                "{} also reads `{name}`, which an editor or a package manager has put aside",
                pattern.shown()
            ))
            .related(Location::new(file, Span::empty(0)), "is read as well")
            .help(help);
        findings.push(given(finding, directive));
    }
}
