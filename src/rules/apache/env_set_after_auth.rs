//! SetEnv, and RewriteRule in a folder, set variables after httpd has decided who gets in.

use super::reading::{Place, given, place, read};
use super::require::asking;
use super::variables::{EARLY, in_folder, names};
use crate::config::apache::{Directive, Site, Value};
use crate::diagnostic::{Edit, Findings, Safety};
use std::collections::{HashMap, HashSet};

rule! {
    "apache/env-set-after-auth" {
        reads: Apache, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "the variable that Require env asks for is set after access is decided",
    }
}

/// The variables of a site, in small letters.
struct Variables<'p> {
    /// What sets each too late, by the place where it counts.
    late: HashMap<(Place, Vec<u8>), Directive<'p>>,
    /// Those that are set early enough somewhere.
    early: HashSet<Vec<u8>>,
    /// Whether a directive may set any.
    unknown: bool,
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut variables: Option<Variables<'_>> = None;
    for require in asking(site, &["env"]).filter(|require| !require.negated) {
        let variables = variables.get_or_insert_with(|| collect(site));
        for word in require.words() {
            let Some(name) = word.known() else { continue };
            look(variables, require.directive, &name, "Require env", findings);
        }
    }
    for allow in read(site, "Allow") {
        for word in allow.args().skip(1) {
            let Some(text) = word.known() else { continue };
            let Some(name) = text.strip_prefix(b"env=") else { continue };
            let variables = variables.get_or_insert_with(|| collect(site));
            look(variables, allow, name, "Allow from env", findings);
        }
    }
}

fn collect<'p>(site: &Site<'p>) -> Variables<'p> {
    let mut variables = Variables { late: HashMap::new(), early: HashSet::new(), unknown: false };
    for directive in read(site, "SetEnv").chain(read(site, "RewriteRule")) {
        let Some(names) = names(directive) else { continue };
        for name in names {
            if directive.is("RewriteRule") && !in_folder(directive) {
                variables.early.insert(name);
            } else {
                variables.late.entry((place(directive), name)).or_insert(directive);
            }
        }
    }
    for directive in EARLY.iter().flat_map(|name| read(site, name)) {
        match names(directive) {
            Some(names) => variables.early.extend(names),
            None => variables.unknown = true,
        }
    }
    variables
}

fn look(
    variables: &Variables<'_>,
    asking: Directive<'_>,
    name: &[u8],
    what: &str,
    findings: &mut Findings,
) {
    let lower = name.to_ascii_lowercase();
    if variables.unknown || variables.early.contains(&lower) {
        return;
    }
    let place = place(asking);
    if place == (None, None) {
        return;
    }
    let Some(&late) = variables.late.get(&(place, lower)) else { return };
    let shown = String::from_utf8_lossy(name).into_owned();
    let setter = late.name().into_owned();
    let message =
        format!("`{setter}` sets `{shown}` after access is decided, so `{what}` never finds it");
    let finding =
        RULE.at(late.location()).message(message).related(asking.location(), "decided before");
    let value = late.arg(1).map_or_else(|| "1".into(), Value::lossy);
    let plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let finding = if setter == "SetEnv" && plain(&shown) && plain(&value) && !late.is_in_template()
    {
        let text = if value == "1" {
            format!("SetEnvIf Request_URI ^ {shown}")
        } else {
            format!("SetEnvIf Request_URI ^ {shown}={value}")
        };
        finding.fix(
            Safety::Unsafe,
            "set it with SetEnvIf",
            vec![Edit::replace(late.location(), text)],
        )
    } else {
        finding.help("set it with SetEnvIf, which is read before access is decided")
    };
    findings.push(given(finding, late));
}
