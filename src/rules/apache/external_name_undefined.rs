//! AuthExternal names a program that DefineExternalAuth has to define.

use super::reading::{given, read};
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety, near_miss};

rule! {
    "apache/external-name-undefined" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "AuthExternal names a program that nothing defines, and every login is answered 500",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    if site.includes_unknown() {
        return;
    }
    let mut defined: Option<Vec<Vec<u8>>> = None;
    for directive in read(site, "AuthExternal") {
        let defined = defined.get_or_insert_with(|| {
            let all = read(site, "DefineExternalAuth").chain(read(site, "AddExternalAuth"));
            all.filter_map(|define| Some(define.arg(0)?.decoded().into_owned())).collect()
        });
        // what a template fills in may be anything
        let fuzzy = defined.iter().any(|name| name.contains(&b'$') || name.contains(&b'{'));
        for word in directive.args() {
            let Some(name) = word.known().filter(|_| !fuzzy) else { continue };
            if defined.iter().any(|known| **known == *name) {
                continue;
            }
            let finding = RULE
                .at(word.location())
                .message(format!(
                    "no DefineExternalAuth defines {}: httpd asks for a login, and answers it 500",
                    word.shown()
                ))
                .label("is not defined");
            let names = defined.iter().filter_map(|name| std::str::from_utf8(name).ok());
            let finding = match near_miss(&name, names) {
                Some(meant) => finding.fix(
                    Safety::Unsafe,
                    format!("write `{meant}`"),
                    vec![Edit::replace(word.location(), meant)],
                ),
                None => finding.help(format!(
                    "define it outside of sections: `DefineExternalAuth {} pipe /path/of/the/program`",
                    word.lossy()
                )),
            };
            findings.push(given(finding, directive));
        }
    }
}
