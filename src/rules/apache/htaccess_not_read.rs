//! A .htaccess file that asks for a login, where the server does not look for it.

use crate::diagnostic::{Evidence, Findings};
use crate::policy::answer::Outcome;
use crate::policy::apache::Policy;
use crate::policy::files::Files;
use std::collections::BTreeMap;

rule! {
    "apache/htaccess-not-read" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a .htaccess file asks for a login, and the server does not read it: nobody has to log in",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() {
        return;
    }
    let main = policy.at(policy.servers[0].defaults);
    // one AllowOverride may be about many folders
    let mut told: BTreeMap<_, (String, usize, Option<Evidence>)> = BTreeMap::new();
    for unread in &policy.site.data.unread {
        // words before a `None` are a mistake of their own
        let line = policy.site.project.sources.get(unread.because.file).slice(unread.because.span);
        let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        if words.clone().count() > 2 && words.clone().any(|word| word.eq_ignore_ascii_case(b"none"))
        {
            continue;
        }
        let known = told.get_mut(&unread.because);
        if let Some((_, more, _)) = known {
            *more += 1;
            continue;
        }
        let Some(path) = main.path_to(&[&unread.folder[..], b"index.html"].concat()) else {
            continue;
        };
        let Some(request) = main.request_for(&path) else { continue };
        let prediction = policy.predict(Files::none(policy.site.project), &request);
        let passes = |outcome: &Outcome| matches!(outcome, Outcome::Passed(_));
        let there = |outcome: &Outcome| passes(outcome) || *outcome == Outcome::Answered(404);
        // where another section asks for the login, the file is a leftover
        if !prediction.possible.iter().any(passes) || !prediction.possible.iter().all(there) {
            continue;
        }
        let evidence = Evidence {
            method: "GET".to_owned(),
            url: request.url(),
            answer: None,
            after_fix: None,
        };
        let file = format!("{}.htaccess", String::from_utf8_lossy(&unread.folder));
        told.insert(unread.because, (file, 0, Some(evidence)));
    }
    for (because, (file, more, evidence)) in told {
        let others = match more {
            0 => String::new(),
            count => format!(" (and {count} more)"),
        };
        let finding = RULE
            .at(because)
            .label("keeps the server from looking for it")
            .message(format!(
                "{file}{others} asks for a login, and the server does not read it: nobody has to log in"
            ))
            .help("let the server read it: `AllowOverride AuthConfig` for its folder, and its name in AccessFileName; or write the login into a <Directory> here");
        findings.push_with(finding, || evidence);
    }
}
