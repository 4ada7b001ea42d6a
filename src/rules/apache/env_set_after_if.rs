//! `<If>` is decided before SetEnvIf and SetEnv of the same folder run.

use super::reading::{Place, given, place, read, read_sections};
use super::variables::{EARLY, in_folder, names};
use crate::config::apache::{Directive, Site};
use crate::diagnostic::Findings;
use std::collections::{HashMap, HashSet};

rule! {
    "apache/env-set-after-if" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the variable that <If> asks for is set in the same folder, after <If> is decided",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut set: Option<Set<'_>> = None;
    for section in read_sections(site, "If").chain(read_sections(site, "ElseIf")) {
        let Some(text) = section.arg(0).and_then(|word| Some(word.known()?.into_owned())) else {
            continue;
        };
        for name in variables(&text) {
            look(set.get_or_insert_with(|| collect(site)), section, name, findings);
        }
    }
}

/// What sets variables, by their names in small letters.
#[derive(Default)]
struct Set<'p> {
    /// In a folder: too late for `<If>`.
    late: HashMap<(Place, Vec<u8>), Directive<'p>>,
    /// In the server or a virtual host.
    early: HashSet<Vec<u8>>,
    /// Whether a directive may set any.
    unknown: bool,
}

fn collect<'p>(site: &Site<'p>) -> Set<'p> {
    let mut set = Set::default();
    for directive in
        EARLY.iter().chain(&["SetEnv", "RewriteRule"]).flat_map(|name| read(site, name))
    {
        let Some(names) = names(directive) else {
            set.unknown |= !directive.is("RewriteRule");
            continue;
        };
        for name in names {
            if in_folder(directive) || directive.is("SetEnv") {
                set.late.entry((place(directive), name)).or_insert(directive);
            } else {
                set.early.insert(name);
            }
        }
    }
    set
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

fn look(set: &Set<'_>, section: Directive<'_>, name: &[u8], findings: &mut Findings) {
    let lower = name.to_ascii_lowercase();
    if set.unknown || set.early.contains(&lower) || !in_folder(section) {
        return;
    }
    let Some(&late) = set.late.get(&(place(section), lower)) else { return };
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
