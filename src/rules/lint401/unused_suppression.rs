//! A comment that outlived what it was written for would hide the next mistake.

use crate::config::suppressions::{Suppression, Suppressions};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::{Location, Span};

rule! {
    "lint401/unused-suppression" {
        reads: Suppressions, severity: Warning, effect: Hygiene, since: "0.1.0",
        summary: "a comment suppresses a finding that is not there any more",
    }
}

fn check(all: &Suppressions<'_>, findings: &mut Findings) {
    for one in &all.list {
        let source = all.project.sources.get(one.at.file);
        // what a fragment or a template alone shows is not all that there is
        if source.template().is_some() || !all.is_whole(one.at.file) {
            continue;
        }
        let unused = |name: &str| super::is_known(name) && !all.is_idle(name);
        let idle: Vec<_> =
            one.names.iter().filter(|named| !named.is_used() && unused(&named.name)).collect();
        if idle.is_empty() {
            continue;
        }
        if idle.len() == one.names.len() {
            let finding = RULE
                .at(one.at)
                .message("nothing is found here that this comment would suppress: it would hide the next mistake of the kind")
                .fix(Safety::Safe, "remove the comment", vec![removal(one, source.bytes())]);
            findings.push(finding);
            continue;
        }
        for named in idle {
            let finding = RULE.at(named.at).message(format!(
                "`{}` finds nothing here that this comment would suppress: the comment would hide the next mistake of the kind",
                named.name
            ));
            findings.push(finding.help("take the name out of the brackets"));
        }
    }
}

/// Takes a comment out: with its line where it is alone on it, else with the blanks before it.
fn removal(one: &Suppression, text: &[u8]) -> Edit {
    let (start, end) = (one.at.span.start as usize, one.at.span.end as usize);
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let blanks = text[..start].iter().rev().take_while(|byte| blank(byte)).count();
    let rest = &text[end..];
    let line_end = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
    let end = if one.is_alone { end + line_end } else { end };
    let span = Span::new((start - blanks) as u32, end as u32);
    Edit::delete(Location { span, ..one.at })
}
