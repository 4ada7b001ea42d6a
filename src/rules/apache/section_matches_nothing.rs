//! A login for a folder that no URL leads to: the path of the `<Directory>` is not one that is served.

use super::allowance::Allowance;
use super::evidence::outcome;
use super::reading::given;
use super::sections::{trimmed, upwards};
use crate::config::apache::Value;
use crate::diagnostic::{Edit, Findings, Safety, Severity, near_miss};
use crate::grammar::apache::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Matcher, Policy};
use std::collections::{BTreeSet, HashSet};

rule! {
    "apache/section-matches-nothing" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a <Directory> asks for a login in a folder that no URL leads to: what was meant is open",
    }
}

/// What makes folders reachable: its last argument is one.
const SERVING: [Id; 4] =
    [id("DocumentRoot"), id("Alias"), id("ScriptAlias"), id("WSGIScriptAlias")];

/// What makes folders reachable that only a request tells.
const OPEN: [Id; 12] = [
    id("AliasMatch"),
    id("ScriptAliasMatch"),
    id("WSGIScriptAliasMatch"),
    id("VirtualDocumentRoot"),
    id("VirtualDocumentRootIP"),
    id("VirtualScriptAlias"),
    id("VirtualScriptAliasIP"),
    id("UserDir"),
    id("RewriteRule"),
    id("RewriteMap"),
    id("Action"),
    id("FallbackResource"),
];

/// The folders that URLs lead to.
struct Served {
    roots: BTreeSet<Vec<u8>>,
    /// The folders above them.
    above: HashSet<Vec<u8>>,
}

/// How many folders a name is compared with, whatever was compared before.
const FEW: usize = 256;

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut served: Option<Served> = None;
    let allowance = Allowance::new(policy, findings);
    for place in policy.places().filter(|place| place.kind() == Kind::Directory) {
        let Matcher::Literal(path) = &place.section().matcher else { continue };
        if !path.starts_with(b"/") || place.own_login().is_none() {
            continue;
        }
        if served.is_none() {
            let Some(roots) = roots(policy) else { return };
            let above = roots.iter().flat_map(|root| upwards(root)).map(<[u8]>::to_vec).collect();
            served = Some(Served { roots: roots.into_iter().collect(), above });
        }
        let Some(served) = &served else { return };
        let path = trimmed(path);
        // meant as a pattern: another rule tells that it is none
        if path.iter().any(|byte| b"()|^$\\+".contains(byte)) {
            continue;
        }
        let is_served =
            upwards(path).any(|it| served.roots.contains(it)) || served.above.contains(path);
        if is_served || served.roots.is_empty() {
            continue;
        }
        let Some(section) = place.section().directive else { continue };
        let shown = String::from_utf8_lossy(path).into_owned();
        let mut finding = RULE.at(section.location());
        if let Some(meant) = meant(path, &served.roots, &allowance) {
            finding = finding.message(format!(
                "nothing serves {shown}: this section holds for no request, and {meant} is open to everybody"
            ));
            let value = section.arg(0).filter(|_| !section.is_in_template());
            if let Some(value) = value.filter(|value| !value.has_variable()) {
                let quote = if value.word.is_quoted() { "\"" } else { "" };
                let edit = Edit::replace(value.location(), format!("{quote}{meant}{quote}"));
                finding = finding.fix(Safety::Unsafe, format!("write {meant}"), vec![edit]);
            }
            // where that folder is closed by another section, nothing is lost
            let request = policy.places().find_map(|other| {
                let text = other.section().directive?.arg(0)?.known()?;
                (trimmed(&text) == meant.as_bytes() && other.id != place.id)
                    .then(|| other.request())
            });
            let closed = request.flatten().and_then(|request| outcome(policy, &request));
            if matches!(closed, Some(Outcome::Answered(401 | 403))) {
                continue;
            }
        } else {
            finding = finding
                .severity(Severity::Warning)
                .message(format!(
                    "no DocumentRoot and no Alias leads to {shown}: this section holds for no request"
                ))
                .help("name the folder that is served");
        }
        findings.push(given(finding, section));
    }
}

/// The folders that URLs lead to, without slashes at their ends; `None` where more may be.
fn roots(policy: &Policy<'_>) -> Option<Vec<Vec<u8>>> {
    if policy.is_open() {
        return None;
    }
    let mut served = Vec::new();
    for place in policy.places() {
        let section = place.section();
        // the rules of folders and of proxied paths lead to other URLs, not to other folders
        let is_server = place.kind() == Kind::Server;
        if section
            .all(&OPEN)
            .any(|own| is_server || own.id != id("RewriteRule") && own.id != id("FallbackResource"))
            || section.open.is_some()
        {
            return None;
        }
        for own in section.all(&SERVING) {
            let word = own.directive.args().next_back()?.known()?;
            let word = if word.starts_with(b"/") {
                word.into_owned()
            } else {
                let root = policy.site.data.server_root_name.as_ref()?;
                [root.as_os_str().as_encoded_bytes(), b"/", &word].concat()
            };
            if own.id == id("WSGIScriptAlias") {
                // the folder of the program
                let args: Vec<Value<'_>> = own.directive.args().collect();
                let file = args.get(1)?.known()?;
                let at = memchr::memrchr(b'/', &file).unwrap_or(0);
                served.push(file[..at].to_vec());
                continue;
            }
            served.push(trimmed(&word).to_vec());
        }
    }
    Some(served)
}

/// The path that was meant: one part of it is misspelt.
fn meant(path: &[u8], served: &BTreeSet<Vec<u8>>, allowance: &Allowance) -> Option<String> {
    let parts: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
    for root in allowance.of(FEW, served.iter()) {
        let known: Vec<&[u8]> = root.split(|&byte| byte == b'/').collect();
        if known.len() > parts.len() {
            continue;
        }
        let mut wrong = (0..known.len()).filter(|&index| known[index] != parts[index]);
        let (Some(index), None) = (wrong.next(), wrong.next()) else { continue };
        let right = std::str::from_utf8(known[index]).ok()?;
        if near_miss(parts[index], [right]).is_none() {
            continue;
        }
        let mut fixed = parts.clone();
        fixed[index] = known[index];
        return String::from_utf8(fixed.join(&b'/')).ok();
    }
    None
}
