//! A directive that sets one value is there twice in a block: nginx stops reading at the second.

use crate::config::nginx::{Directive, Site, inside};
use crate::diagnostic::{Edit, Finding, Findings, Safety};
use crate::grammar::nginx::{COUNT, Contexts};
use crate::policy::nginx::Matcher;
use crate::syntax::NodeKind;
use foldhash::{HashSet, HashSetExt};
use std::borrow::Cow;

rule! {
    "nginx/duplicate-directive" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive is set twice in one block, or two of its blocks have one name, and nginx does not start",
    }
}

/// How many lines a block has at most that others are compared with.
const MOST_LINES: usize = 64;

fn check(site: &Site<'_>, findings: &mut Findings) {
    // by directive: the block, counted from 1, that it was last seen in, and where
    let mut seen: Vec<(usize, Option<Directive<'_>>)> = vec![(0, None); COUNT];
    let mut told = HashSet::new();
    let around = site.data.inclusions.first().map_or(Contexts::ANY, |main| main.contexts);
    let mut blocks: Vec<(Option<Directive<'_>>, Contexts)> = vec![(None, around)];
    let mut next = 0;
    // blocks in which nothing is twice: those that are written like one of them are the same
    let mut clean: HashSet<(&[u32], Contexts)> = HashSet::new();
    while let Some(&(block, contexts)) = blocks.get(next) {
        next += 1;
        let written = block.map(|block| (block.inner_lines(), contexts));
        let written = written.filter(|(lines, _)| lines.len() <= MOST_LINES);
        if written.is_some_and(|written| clean.contains(&written)) {
            continue;
        }
        let before = (blocks.len(), told.len());
        let mut is_expanded = false;
        let mut names = Vec::new();
        for directive in block.map_or_else(|| site.top(), Directive::children) {
            is_expanded |= block.is_some_and(|block| block.inclusion != directive.inclusion);
            let Some(known) = directive.known() else { continue };
            if directive.node().kind == NodeKind::Block {
                blocks.push((Some(directive), inside(Some(known), contexts)));
                names.extend(block_name(directive).map(|name| (name, directive)));
            }
            if !known.may_be_once() {
                continue;
            }
            match seen[known.id.index()] {
                // most stand once; only of the others the rest is asked
                (block, Some(first)) if block == next && first.is_certainly_here() => {
                    if !known.is_once_in(contexts) || !directive.is_certainly_here() {
                        continue;
                    }
                    let (first, again) = apart(first, directive);
                    let at = again.location();
                    if told.insert((at.file, at.span.start)) {
                        findings.push(finding(known.name, first, again));
                    }
                }
                _ => seen[known.id.index()] = (next, Some(directive)),
            }
        }
        if let Some(map) = block.filter(|block| block.is("map")) {
            names.extend(map_keys(map));
        }
        for (first, again) in of_one_name(names) {
            let (first, again) = apart(first, again);
            let at = again.location();
            if told.insert((at.file, at.span.start)) {
                findings.push(same_name(first, again));
            }
        }
        if !is_expanded && before == (blocks.len(), told.len()) {
            clean.extend(written);
        }
    }
}

/// Under which name nginx keeps a block or a line beside its like, and of which kind it is: kinds do not conflict.
type Name<'p> = (Kind, Cow<'p, [u8]>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Exact,
    Prefix,
    Upstream,
    /// A line of a `map`: its `default`, and what a key stands for.
    Default,
    Key,
    Ending,
    Beginning,
}

/// The name of a block that must be the only one of its name: a location by path, an upstream whatever its letter case.
fn block_name(directive: Directive<'_>) -> Option<Name<'_>> {
    if directive.is("location") {
        match Matcher::of(directive) {
            Matcher::Exact(path) => Some((Kind::Exact, path)),
            Matcher::Prefix { path, .. } => Some((Kind::Prefix, path)),
            // nginx takes the first of equal patterns, and does not look at named ones
            Matcher::Regex { .. } | Matcher::Named(_) | Matcher::Unknown => None,
        }
    } else if directive.is("upstream") {
        let name = directive.arg(0)?.known()?;
        Some((Kind::Upstream, name.to_ascii_lowercase().into()))
    } else {
        None
    }
}

/// The keys of a `map`, whatever their letter case; of patterns the first one counts (`ngx_http_map`).
fn map_keys(map: Directive<'_>) -> Vec<(Name<'_>, Directive<'_>)> {
    let mut keys = Vec::new();
    let mut hostnames = false;
    for line in map.children().filter(|line| line.node().kind == NodeKind::Entry) {
        let Some(key) = line.name_value().known() else { continue };
        match (&*key, line.args().len()) {
            // what stands before it is no wildcard
            (b"hostnames", 0) => hostnames = true,
            (b"default", 1) => keys.push(((Kind::Default, key), line)),
            (b"include" | [b'~', ..], _) => {}
            (_, 1) => {
                let key = key.strip_prefix(b"\\").unwrap_or(&key).to_ascii_lowercase();
                keys.extend(stands_for(key, hostnames).map(|name| (name, line)));
            }
            _ => {}
        }
    }
    keys
}

/// What nginx keeps a key as: `.a.test` is both `a.test` and `*.a.test` (`ngx_hash_add_key`).
fn stands_for(key: Vec<u8>, hostnames: bool) -> impl Iterator<Item = Name<'static>> {
    let (exact, wild) = match &*key {
        [b'.', name @ ..] if hostnames && !name.is_empty() => {
            (Some(name.to_vec()), Some((Kind::Ending, name.to_vec())))
        }
        [b'*', b'.', name @ ..] if hostnames && !name.is_empty() => {
            (None, Some((Kind::Ending, name.to_vec())))
        }
        [name @ .., b'.', b'*'] if hostnames && !name.is_empty() => {
            (None, Some((Kind::Beginning, name.to_vec())))
        }
        _ => (Some(key), None),
    };
    let exact = exact.map(|name| (Kind::Key, name));
    exact.into_iter().chain(wild).map(|(kind, name)| (kind, name.into()))
}

/// Those of one name, each with the first one.
fn of_one_name<'p>(
    mut names: Vec<(Name<'p>, Directive<'p>)>,
) -> impl Iterator<Item = (Directive<'p>, Directive<'p>)> {
    // equal ones stay in the order of the file
    names.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut first: Option<(Name<'p>, Directive<'p>)> = None;
    names.into_iter().filter_map(move |(name, directive)| match &first {
        Some((known, first)) if *known == name => (first.is_certainly_here()
            && directive.is_certainly_here())
        .then_some((*first, directive)),
        _ => {
            first = Some((name, directive));
            None
        }
    })
}

fn same_name(first: Directive<'_>, again: Directive<'_>) -> Finding {
    let (message, help) = match again.name().as_ref() {
        "location" => ("this block has a location of this path already", "join the two locations"),
        "upstream" => ("there is an upstream of this name already", "give it another name"),
        "default" => ("this `map` has a `default` already", "keep one of the two lines"),
        _ if again.node().kind == NodeKind::Entry => {
            let is_same = first.name().eq_ignore_ascii_case(&again.name());
            let message = if is_same {
                "this `map` has this key already"
            } else {
                "`.name` stands for `name` and `*.name`, and this `map` has one of them already"
            };
            (message, "keep one of the two lines")
        }
        // the include that brings it in again
        _ => ("what this brings in is there already", "leave one of the two out"),
    };
    RULE.at(again.words_location())
        .message(format!("{message}, and nginx does not start"))
        .label("again")
        .related(first.words_location(), "first")
        .help(help)
}

/// The two places that differ: of one line that is included twice, the two includes.
fn apart<'p>(mut first: Directive<'p>, mut again: Directive<'p>) -> (Directive<'p>, Directive<'p>) {
    while first.location() == again.location() {
        let (Some(one), Some(other)) = (first.included_by(), again.included_by()) else { break };
        (first, again) = (one, other);
    }
    (first, again)
}

fn finding(name: &str, first: Directive<'_>, again: Directive<'_>) -> Finding {
    let is_block = first.node().kind == NodeKind::Block;
    let message = if is_block {
        format!("there is a block `{name}` already, and nginx does not start")
    } else {
        format!("`{name}` is set twice in this block, and nginx does not start")
    };
    let finding = RULE
        .at(again.words_location())
        .message(message)
        .label(if again.is(name) { "set again" } else { "brings it in again" })
        .related(
            first.words_location(),
            if first.is(name) { "set first" } else { "brings it in first" },
        )
        .help(if is_block {
            format!("put both into one `{name}`")
        } else {
            format!("keep one `{name}` in the block")
        });
    let is_alone = again.inclusions().nth(1).is_none();
    if !again.is(name) || !is_alone || is_block {
        return finding;
    }
    let words = |directive: Directive<'_>| -> Vec<_> {
        directive.args().map(|value| value.decoded().into_owned()).collect()
    };
    let safety = if words(first) == words(again) { Safety::Safe } else { Safety::Unsafe };
    finding.fix(safety, "remove the second", vec![Edit::delete(again.lines_location())])
}
