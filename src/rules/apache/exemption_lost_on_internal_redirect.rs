//! An exemption by the path of the URL, which is another one once the request is rewritten to the front controller.

use super::allowance::Allowance;
use super::passing::is_for_programs;
use super::reading::given;
use super::rewrites::{RULE as RULE_ID, rewrites};
use super::sections::trimmed;
use crate::config::apache::{Directive, Value};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Leaf, Matcher, Place, Policy};
use std::collections::HashSet;

rule! {
    "apache/exemption-lost-on-internal-redirect" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a path is exempt from the login, but is rewritten to a program that is not",
    }
}

const FALLBACK: Id = id("FallbackResource");
const SET_ENV_IF: Id = id("SetEnvIf");
const SET_ENV_IF_NO_CASE: Id = id("SetEnvIfNoCase");
const MAPPING: [Id; 4] = [id("Alias"), id("ScriptAlias"), id("ProxyPass"), id("WSGIScriptAlias")];

/// The sections that may bear on a program.
struct Others<'a, 'p> {
    files: Vec<Place<'a, 'p>>,
    /// Those that let everybody in.
    locations: Vec<Place<'a, 'p>>,
    allowance: Allowance,
}

impl<'a, 'p> Others<'a, 'p> {
    fn new(policy: &'a Policy<'p>, findings: &Findings) -> Self {
        let of = |kind: Kind| policy.places().filter(move |place| place.kind() == kind);
        let granting = of(Kind::Location)
            .filter(|place| grants(&place.own_requirements().collect::<Vec<_>>()));
        Self {
            files: of(Kind::Files).collect(),
            locations: granting.collect(),
            allowance: Allowance::new(policy, findings),
        }
    }
}

/// How many sections of each kind are looked at for each program, whatever was looked at before.
const FEW: usize = 64;

/// A program under a login, and what leads there.
struct Front<'p> {
    directive: Directive<'p>,
    name: Vec<u8>,
    path: Vec<u8>,
    /// Whether it takes a login to get there, as a request of the program itself shows.
    folder: Vec<u8>,
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let mut others: Option<Others<'_, '_>> = None;
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Htaccess | Kind::Directory) {
            continue;
        }
        let is_login = place.own_login().is_some();
        let has_rules = place.section().all(&[RULE_ID, FALLBACK]).next().is_some();
        if !is_login && !has_rules {
            continue;
        }
        let Some(front) = front(place) else { continue };
        if !place.asks_for_login() {
            continue;
        }
        let others = others.get_or_insert_with(|| Others::new(policy, findings));
        conditions(place, &front, findings);
        variables(place, &front, others, findings);
        if told.insert(front.path.clone()) {
            locations(place, &front, others, findings);
        }
    }
}

fn front<'p>(place: Place<'_, 'p>) -> Option<Front<'p>> {
    let folder = place.path()?;
    // the rules of the innermost folder that has any
    let merged = place.merged()?;
    let folders = merged.sections().rev().map(|section| place.policy.at(section));
    let mut folders = folders.filter(|it| matches!(it.kind(), Kind::Htaccess | Kind::Directory));
    let rules = folders.find_map(|it| Some(rewrites(it)).filter(|rules| !rules.is_empty()));
    let rule = rules.unwrap_or_default().into_iter().find(|rule| rule.program().is_some());
    let (directive, to) = if let Some(rule) = rule {
        (rule.directive, rule.to.into_owned())
    } else {
        let fallback = place.effective(&[FALLBACK]).set()?;
        (fallback, fallback.arg(0)?.known()?.into_owned())
    };
    let to = to.split(|&byte| byte == b'?').next()?.to_vec();
    let path = if to.starts_with(b"/") { to } else { [&folder[..], b"/", &to].concat() };
    // the program lies in the folder itself
    let (above, name) = path.split_at(memchr::memrchr(b'/', &path)? + 1);
    if trimmed(above) != trimmed(&folder) || !name.contains(&b'.') {
        return None;
    }
    Some(Front { directive, name: name.to_vec(), folder, path: path.clone() })
}

/// Whether a section lets everybody in.
fn grants(leaves: &[&Leaf<'_>]) -> bool {
    !leaves.is_empty()
        && leaves.iter().all(|leaf| {
            let granted = leaf.words().next().is_some_and(|word| word.is_ignoring_case(b"granted"));
            !leaf.negated && leaf.asks("all") && granted
        })
}

/// `<If "%{REQUEST_URI} =~ …">` around `Require all granted`.
fn conditions(place: Place<'_, '_>, front: &Front<'_>, findings: &mut Findings) {
    for &id in &place.section().ifs {
        let inner = place.policy.at(id);
        let Some(section) = inner.section().directive else { continue };
        if !grants(&inner.own_requirements().collect::<Vec<_>>()) {
            continue;
        }
        let text: String = section.args().map(Value::lossy).collect::<Vec<_>>().join(" ");
        let is_by_path = text.contains("REQUEST_URI")
            && !text.contains("THE_REQUEST")
            && !text.contains("REDIRECT")
            && !text.contains(&*String::from_utf8_lossy(&front.name));
        if is_by_path {
            tell(section, front, "this condition", is_for_programs(text.as_bytes()), findings);
        }
    }
}

/// `SetEnvIf Request_URI … open` with `Require env open`, and other sections for the program.
fn variables(
    place: Place<'_, '_>,
    front: &Front<'_>,
    others: &Others<'_, '_>,
    findings: &mut Findings,
) {
    let leaves: Vec<_> = place.own_requirements().collect();
    let asked: Vec<Vec<u8>> = leaves
        .iter()
        .filter(|leaf| leaf.asks("env") && !leaf.negated)
        .flat_map(|leaf| leaf.words().filter_map(Value::known).map(std::borrow::Cow::into_owned))
        .collect();
    if asked.is_empty() || asked.iter().any(|name| name.starts_with(b"REDIRECT_")) {
        return;
    }
    // with the same sections as before access is not looked at again
    let policy = place.policy;
    let differs =
        others.allowance.of(FEW, others.files.iter()).any(|other| match &other.section().matcher {
            Matcher::Literal(name) => *name == front.name,
            Matcher::Regex(pattern) => {
                policy.regexes.get(pattern, false).is_match(&front.name) == Some(true)
            }
            _ => false,
        });
    if !differs {
        return;
    }
    let Some(merged) = place.merged() else { return };
    let sections = merged.sections().map(|section| policy.at(section));
    let mut setters = sections.flat_map(|it| it.all(const { &[SET_ENV_IF, SET_ENV_IF_NO_CASE] }));
    let setters = setters.find(|own| {
        let directive = own.directive;
        let sets = directive.args().skip(2).any(|word| {
            let name = word.known().unwrap_or_default();
            let name = name.split(|&byte| byte == b'=').next().unwrap_or_default();
            asked.iter().any(|asked| asked == name)
        });
        sets && directive.says(b"Request_URI")
    });
    let Some(own) = setters else { return };
    let Some(pattern) = own.directive.arg(1).and_then(Value::known) else { return };
    let regex = policy.regexes.get(&pattern, own.id == SET_ENV_IF_NO_CASE);
    if regex.is_match(&front.path) == Some(false) {
        tell(own.directive, front, "this variable", is_for_programs(&pattern), findings);
    }
}

/// `<Location /api>` with `Require all granted`, whose paths are rewritten.
fn locations(
    place: Place<'_, '_>,
    front: &Front<'_>,
    others: &Others<'_, '_>,
    findings: &mut Findings,
) {
    let policy = place.policy;
    for &other in others.allowance.of(FEW, others.locations.iter()) {
        let Matcher::Literal(path) = &other.section().matcher else { continue };
        let Some(section) = other.section().directive else { continue };
        let is_around = front.path.starts_with(path);
        let is_below = path.starts_with(&front.folder) && trimmed(path) != trimmed(&front.folder);
        if is_around || !is_below || path.starts_with(b"/.well-known") {
            continue;
        }
        // what is mapped elsewhere never comes to the folder
        let host = policy.at(policy.servers[other.server().index()].defaults);
        let main = policy.at(policy.servers[0].defaults);
        let is_mapped = other.all(&MAPPING).next().is_some()
            || [host, main].iter().flat_map(|server| server.all(&MAPPING)).any(|own| {
                let from = own.directive.arg(0).and_then(Value::known);
                from.is_some_and(|from| trimmed(path).starts_with(trimmed(&from)))
            });
        if !is_mapped {
            tell(section, front, "this section", is_for_programs(path), findings);
        }
    }
}

fn tell(
    at: Directive<'_>,
    front: &Front<'_>,
    what: &str,
    is_virtual: bool,
    findings: &mut Findings,
) {
    let shown = String::from_utf8_lossy(&front.path).into_owned();
    let mut finding = RULE
        .at(at.location())
        .message(format!(
            "{what} no longer holds once the request is rewritten to {shown}, which asks for the login: what is exempt here is answered 401"
        ))
        .related(front.directive.location(), format!("leads to {shown}"))
        .help("ask for what the client sent: `Require expr %{THE_REQUEST} =~ m#^\\S+ /path/#`");
    if !is_virtual {
        // files that are there are not rewritten
        finding = finding
            .severity(Severity::Info)
            .depends_on("whether the exempt paths are files, which are not rewritten");
    }
    findings.push(given(finding, at));
}
