//! A realm is put between two quotes as it is: a quote inside ends it early in the challenge that clients read.

use crate::config::nginx::{Site, Value};
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "nginx/realm-quote" {
        reads: Nginx, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "a quote in the realm breaks the challenge that asks for the login",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for directive in site.directives("auth_basic") {
        let Some(value) = directive.arg(0) else { continue };
        if !value.known().is_some_and(|realm| realm.contains(&b'"')) {
            continue;
        }
        let finding = RULE
            .at(value.location())
            .message("nginx sends the realm between quotes as it is, and the quote inside makes a challenge that strict clients do not understand")
            .help("write the realm without `\"`");
        findings.push(match mended(value) {
            Some(realm) => finding.fix(
                Safety::Safe,
                "leave the quotes out",
                vec![Edit::replace(value.location(), realm)],
            ),
            None => finding,
        });
    }
}

/// The argument without its inner quotes.
fn mended(value: Value<'_>) -> Option<Vec<u8>> {
    let realm = value.decoded();
    if realm.contains(&b'\\') {
        return None;
    }
    let inner = realm.iter().copied().filter(|&byte| byte != b'"');
    Some([b'"'].into_iter().chain(inner).chain([b'"']).collect())
}
