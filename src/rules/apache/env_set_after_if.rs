//! `<If>` is decided before SetEnvIf and SetEnv of the same folder run.

use super::env_set_after_auth::{EARLY, sets};
use super::reading::{given, read, read_sections};
use crate::config::apache::{Directive, Site};
use crate::diagnostic::Findings;

rule! {
    "apache/env-set-after-if" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the variable that <If> asks for is set in the same folder, after <If> is decided",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for section in read_sections(site, "If").chain(read_sections(site, "ElseIf")) {
        let Some(text) = section.arg(0).and_then(|word| Some(word.known()?.into_owned())) else {
            continue;
        };
        for name in variables(&text) {
            look(section, name, findings);
        }
    }
}

/// The variables that an expression asks for: `reqenv('x')`, `%{ENV:x}`, `env('x')`.
fn variables(text: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    for start in [&b"env('"[..], b"env(\"", b"%{ENV:", b"%{env:", b"%{reqenv:"] {
        for at in memchr::memmem::find_iter(text, start) {
            let rest = &text[at + start.len()..];
            let end = rest.iter().position(|byte| b"'\"}".contains(byte)).unwrap_or(rest.len());
            // `osenv` is the environment of httpd itself
            if !text[..at].ends_with(b"os") && end > 0 {
                names.push(&rest[..end]);
            }
        }
    }
    names
}

fn look(section: Directive<'_>, name: &[u8], findings: &mut Findings) {
    let setting = || {
        EARLY
            .iter()
            .chain(&["SetEnv"])
            .flat_map(|setter| read(&section.site, setter))
            .filter(|one| sets(*one, name))
    };
    if setting().any(|one| !in_folder(one)) {
        return;
    }
    let late = setting().find(|late| {
        let outer = |directive: Directive<'_>| {
            directive.section().map(|section| (section.inclusion, section.id))
        };
        let file = |directive: Directive<'_>| directive.htaccess().map(|htaccess| htaccess.file);
        in_folder(*late) && outer(*late) == outer(section) && file(*late) == file(section)
    });
    let Some(late) = late else { return };
    let shown = String::from_utf8_lossy(name);
    let message = format!(
        "`<If>` is decided before `{}` of the same folder sets `{shown}`: what stands in it never counts",
        late.name()
    );
    let finding = RULE
        .at(section.location())
        .message(message)
        .related(late.location(), "runs later")
        .help(format!("ask with `Require env {shown}`, or set the variable outside of folders, in the server or the virtual host"));
    findings.push(given(finding, section));
}

/// Whether a directive runs for a folder, rather than for the server.
fn in_folder(directive: Directive<'_>) -> bool {
    directive.htaccess().is_some()
        || directive.sections().any(|section| !section.is_section("VirtualHost"))
        || directive.is("SetEnv")
}
