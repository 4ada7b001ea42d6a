//! A variable that only another location sets is empty here, and an empty realm asks for a login like any other.

use super::evidence::evidence;
use crate::config::nginx::{Directive, Value, variables};
use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{BlockId, Effective, Policy};
use std::collections::{HashMap, HashSet};

rule! {
    "nginx/basic-realm-unset-variable" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "auth_basic takes a variable that is set in another location only; empty, it asks for a login",
    }
}

/// Code of other languages may set any variable.
const CODE: [&str; 12] = [
    "set_by_lua_block",
    "set_by_lua_file",
    "set_by_lua",
    "rewrite_by_lua_block",
    "rewrite_by_lua_file",
    "access_by_lua_block",
    "access_by_lua_file",
    "js_set",
    "js_access",
    "js_content",
    "perl_set",
    "perl",
];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let realms: Vec<_> = policy
        .places()
        .filter_map(|place| {
            let realm = place.own(id!("auth_basic"))?;
            let text = realm.arg(0)?.known()?;
            let name = text.strip_prefix(b"$")?.to_ascii_lowercase();
            let is_one = variables(&text).next()?.range.len() == text.len();
            (is_one && realm.is_certainly_here()).then_some((place, realm, name))
        })
        .collect();
    if realms.is_empty() || CODE.iter().any(|name| policy.site.directives(name).next().is_some()) {
        return;
    }
    let sets = sets(policy);
    for (place, realm, name) in realms {
        let Some(places) = sets.get(&name) else { continue };
        let has_file = matches!(place.effective(id!("auth_basic_user_file")), Effective::Set(..));
        let inside: HashSet<BlockId> =
            std::iter::once(place).chain(place.descendants()).map(|place| place.block).collect();
        let around: HashSet<BlockId> = policy.around(place.block).collect();
        // an `if` of a block around it is code of that block
        let reaches = |block: BlockId| {
            let parent = policy.get(block).parent;
            inside.contains(&block)
                || around.contains(&block)
                || parent.is_some_and(|parent| around.contains(&parent) && is_if(policy, block))
        };
        let is_set_elsewhere = policy.maps.contains_key(&name) || is_captured(policy, &name);
        // what leads here from another location may bring the value along
        let leads_here = place.path().is_none() || place.effective(id!("internal")).set().is_some();
        let unknown = place.is_open() || place.has_stranger() || leads_here || is_set_elsewhere;
        if !has_file || unknown || places.iter().any(|(block, _)| reaches(*block)) {
            continue;
        }
        let Some((_, set)) = places.first() else { continue };
        let shown = realm.arg(0).map(Value::shown).unwrap_or_default();
        let finding = RULE
            .at(realm.words_location())
            .message(format!(
                "{shown} is set in another location only and is empty here, which is a realm like any other: everybody is asked for a login"
            ))
            .label("empty here")
            .related(set.words_location(), "set for requests to this location")
            .help("set it in `server`, or by a `map` that knows the path, with `off` where nobody is asked");
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}

/// Every `set` by its variable, in small letters, with the block that it stands in.
fn sets<'p>(policy: &Policy<'p>) -> HashMap<Vec<u8>, Vec<(BlockId, Directive<'p>)>> {
    const SETS: [crate::grammar::nginx::Id; 2] = [id!("set"), id!("auth_request_set")];
    let mut sets: HashMap<Vec<u8>, Vec<(BlockId, Directive<'p>)>> = HashMap::new();
    for place in policy.places() {
        for set in place.own_all(&SETS) {
            let Some(name) = set.arg(0).and_then(Value::known) else { continue };
            let Some(name) = name.strip_prefix(b"$") else { continue };
            sets.entry(name.to_ascii_lowercase()).or_default().push((place.block, set));
        }
    }
    sets
}

fn is_if(policy: &Policy<'_>, block: BlockId) -> bool {
    policy.get(block).kind == crate::policy::nginx::Kind::If
}

/// Whether a named group of a regular expression sets the variable.
fn is_captured(policy: &Policy<'_>, name: &[u8]) -> bool {
    let group = [b"<", name, b">"].concat();
    policy.site.values_with(b"(?").any(|(_, value)| {
        memchr::memmem::find(&value.decoded().to_ascii_lowercase(), &group).is_some()
    })
}
