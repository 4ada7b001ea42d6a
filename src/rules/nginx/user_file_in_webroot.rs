//! A password file below a `root`: nginx serves it as any other file, names that begin with `.ht` included.

use crate::config::nginx::{Directive, Site, Value};
use crate::config::paths;
use crate::diagnostic::Findings;
use std::collections::HashMap;
use std::path::Path;

rule! {
    "nginx/user-file-in-webroot" {
        reads: Nginx, severity: Warning, effect: Hygiene, since: "0.1.0",
        summary: "auth_basic_user_file lies below a root, and the password file can be downloaded",
    }
}

/// How many roots above one file are looked at.
const ROOTS: usize = 64;

fn check(site: &Site<'_>, findings: &mut Findings) {
    // the same file has the same roots above it
    let mut known: HashMap<&Path, _> = HashMap::new();
    for file in site.user_files() {
        let served = file.reference.path.as_deref().and_then(|path| {
            let mut roots = file.roots().take(ROOTS);
            let served = || roots.find(|(root, below)| is_served(*root, &below.uri));
            *known.entry(path).or_insert_with(served)
        });
        let (Some(argument), Some(path), Some((root, below))) =
            (file.directive.arg(0), &file.reference.path, served)
        else {
            continue;
        };
        let finding = RULE
            .at(argument.location())
            .message(format!("{} can be downloaded as {}: it lies below a root", paths::shown(path), below.uri))
            .label("below the root")
            .related(root.words_location(), "files are served from here")
            .help("move the file out of the root; or add `location ~ /\\.ht { deny all; }`, which does not come with nginx");
        findings.push(if below.relative {
            finding.depends_on(
                "whether nginx's prefix, where a relative root starts, is the folder of nginx.conf",
            )
        } else {
            finding
        });
    }
}

/// Whether nginx certainly serves `uri` as a file of `root`. Anything that may handle or deny it says no.
fn is_served(root: Directive<'_>, uri: &str) -> bool {
    let Some(block) = root.parent() else { return false };
    let serves = |block| serves_files(block, root) && passes_inside(block, root, uri);
    if block.is("http") {
        return block.children().any(|server| server.is("server") && serves(server));
    }
    if block.is("location") {
        let around = || block.ancestors().take_while(|block| !block.is("http"));
        let reached = std::iter::once(block).chain(around().filter(|outer| outer.is("location")));
        return serves(block)
            && reached.into_iter().all(|location| matches(location, uri))
            && around().all(|outer| handles_nothing(outer));
    }
    block.is("server") && serves(block)
}

/// Whether no location inside `block` that could be chosen for `uri` does anything else than serve files of `root`.
fn passes_inside(block: Directive<'_>, root: Directive<'_>, uri: &str) -> bool {
    let mut left: Vec<Directive<'_>> = locations(block).collect();
    while let Some(location) = left.pop() {
        if matches(location, uri) {
            if !serves_files(location, root) {
                return false;
            }
            left.extend(locations(location));
        }
    }
    true
}

fn locations(block: Directive<'_>) -> impl Iterator<Item = Directive<'_>> {
    block.children().filter(|child| child.is("location"))
}

/// Whether a location can be chosen for `uri`: one whose pattern is not understood can.
fn matches(location: Directive<'_>, uri: &str) -> bool {
    let words: Vec<_> = location.args().map(Value::lossy).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let finds =
        |pattern: &str| regex::Regex::new(pattern).map_or(true, |regex| regex.is_match(uri));
    match words.as_slice() {
        ["=", path] => uri == *path,
        ["~", pattern] => finds(pattern),
        ["~*", pattern] => finds(&format!("(?i){pattern}")),
        [name] if name.starts_with('@') => false,
        // a modifier written without a blank behind it
        [name] if name.starts_with(['=', '~', '^']) => true,
        ["^~", path] | [path] => uri.starts_with(path),
        _ => true,
    }
}

/// Whether a block serves files of `root`, its own or an inherited one.
fn serves_files(block: Directive<'_>, root: Directive<'_>) -> bool {
    let own =
        block.child("root").is_none_or(|own| (own.inclusion, own.id) == (root.inclusion, root.id));
    own && handles_nothing(block)
}

/// Whether nothing in a block may deny a request or answer it otherwise than by the file. An include that is not here may.
fn handles_nothing(block: Directive<'_>) -> bool {
    block.children().all(|child| match &*child.name() {
        "try_files" => child.arg(0).is_some_and(|first| first.is(b"$uri")),
        "return" | "rewrite" | "if" | "deny" | "internal" | "alias" | "include"
        | "limit_except" | "auth_request" | "empty_gif" | "stub_status" | "perl" | "js_content"
        | "mirror" => false,
        name => !name.ends_with("_pass") && !name.contains("_by_lua"),
    })
}
