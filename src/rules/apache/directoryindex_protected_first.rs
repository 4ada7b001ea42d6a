//! DirectoryIndex names a page with a login before others: its 401 comes without the challenge.

use super::reading::given;
use crate::config::apache::Value;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Matcher, Policy};

rule! {
    "apache/directoryindex-protected-first" {
        reads: ApachePolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "DirectoryIndex names a page with a login before others: the folder is answered 401 without a challenge",
    }
}

const DIRECTORY_INDEX: Id = id("DirectoryIndex");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places().filter(|place| place.kind() == Kind::Files) {
        let leaves: Vec<_> = place.own_requirements().collect();
        let Some(login) = leaves.iter().find(|leaf| leaf.needs_user()) else { continue };
        let Some(around) = place.parent() else { continue };
        if !matches!(around.kind(), Kind::Htaccess | Kind::Directory) {
            continue;
        }
        let Some(index) = around.effective(&[DIRECTORY_INDEX]).set() else { continue };
        let names: Vec<_> = index.args().filter_map(Value::known).collect();
        let fits = |name: &[u8]| match &place.section().matcher {
            Matcher::Literal(text) => text == name,
            Matcher::Regex(pattern) => {
                policy.regexes.get(pattern, false).is_match(name) == Some(true)
            }
            _ => false,
        };
        let Some(at) = names.iter().position(|name| fits(name)) else { continue };
        // the last one's answer is handed out whole
        if at + 1 >= names.len()
            || names[at + 1..].iter().all(|name| fits(name))
            || !around.lets_strangers_in()
        {
            continue;
        }
        if !place.asks_for_login() {
            continue;
        }
        let shown = String::from_utf8_lossy(&names[at]).into_owned();
        let finding = RULE
            .at(index.location())
            .message(format!(
                "a request for the folder tries {shown} first, which needs a login, and then the others: in the end it is answered 401 without a challenge, and browsers never ask for a password"
            ))
            .related(login.directive.location(), format!("asks for a login for {shown}"))
            .help(format!("name {shown} last, or ask for the login in the whole folder"));
        findings.push(given(finding, index));
    }
}
