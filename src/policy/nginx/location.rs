//! Which location a URI is given to: `ngx_http_core_find_location`.

use super::block::{BlockId, Kind};
use super::policy::Policy;
use super::run::Run;
use crate::config::nginx::{Directive, Value};
use crate::policy::world::Cause;
use std::borrow::Cow;

/// What a location matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher<'p> {
    /// `= /path`.
    Exact(Cow<'p, [u8]>),
    /// `/path` or, with `no_regex`, `^~ /path`.
    Prefix {
        /// The path.
        path: Cow<'p, [u8]>,
        /// Whether regular expressions of its level are passed over once it is the longest prefix.
        no_regex: bool,
    },
    /// `~ pattern` or, ignoring case, `~* pattern`.
    Regex {
        /// The pattern.
        pattern: Cow<'p, [u8]>,
        /// Whether letter case does not matter.
        ignore_case: bool,
    },
    /// `@name`, with its `@`.
    Named(Cow<'p, [u8]>),
    /// A template fills it in.
    Unknown,
}

impl<'p> Matcher<'p> {
    /// Reads the arguments of a `location`: `ngx_http_core_location`. The modifier may be glued to the path.
    #[must_use]
    pub fn of(location: Directive<'p>) -> Self {
        let value = |index: usize| location.arg(index).and_then(Value::known);
        match (location.args().len(), value(0), value(1)) {
            (2, Some(modifier), Some(path)) => match &*modifier {
                b"=" => Self::Exact(path),
                b"^~" => Self::Prefix { path, no_regex: true },
                b"~" => Self::Regex { pattern: path, ignore_case: false },
                b"~*" => Self::Regex { pattern: path, ignore_case: true },
                _ => Self::Unknown,
            },
            (1, Some(path), _) => Self::glued(path),
            _ => Self::Unknown,
        }
    }

    fn glued(path: Cow<'p, [u8]>) -> Self {
        let cut = |count: usize| match &path {
            Cow::Borrowed(path) => Cow::Borrowed(&path[count..]),
            Cow::Owned(path) => Cow::Owned(path[count..].to_vec()),
        };
        match &*path {
            [b'=', ..] => Self::Exact(cut(1)),
            [b'^', b'~', ..] => Self::Prefix { path: cut(2), no_regex: true },
            [b'~', b'*', ..] => Self::Regex { pattern: cut(2), ignore_case: true },
            [b'~', ..] => Self::Regex { pattern: cut(1), ignore_case: false },
            [b'@', ..] => Self::Named(path),
            _ => Self::Prefix { path, no_regex: false },
        }
    }

    /// The path of an exact or prefix location.
    #[must_use]
    pub fn path(&self) -> Option<&[u8]> {
        match self {
            Self::Exact(path) | Self::Prefix { path, .. } => Some(path),
            Self::Regex { .. } | Self::Named(_) | Self::Unknown => None,
        }
    }
}

/// How the search for a location ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// Nothing on this level: the level's own settings hold.
    Declined,
    /// The longest prefix; a regular expression may still win.
    Prefix(BlockId),
    /// Final.
    Found(BlockId),
    /// The URI lacks the slash of a proxied location's name: a redirect to the name, without access control.
    Slash(BlockId),
}

/// The locations of one level by what they match: the search in them costs little, however many they are.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// By path.
    exact: Vec<BlockId>,
    /// By path.
    prefixes: Vec<BlockId>,
    /// By name.
    named: Vec<BlockId>,
    /// In order.
    regexes: Vec<BlockId>,
    /// The first that a template fills in.
    unknown: Option<BlockId>,
}

impl Level {
    fn new(policy: &Policy<'_>, block: BlockId) -> Self {
        let mut level = Self::default();
        for (location, matcher) in policy.locations(block) {
            match matcher {
                Matcher::Exact(_) => level.exact.push(location),
                Matcher::Prefix { .. } => level.prefixes.push(location),
                Matcher::Regex { .. } => level.regexes.push(location),
                Matcher::Named(_) => level.named.push(location),
                Matcher::Unknown => level.unknown = level.unknown.or(Some(location)),
            }
        }
        for sorted in [&mut level.exact, &mut level.prefixes, &mut level.named] {
            sorted.sort_by(|one, other| text(policy, *one).cmp(text(policy, *other)));
        }
        level
    }
}

/// The path or the name of a location.
fn text<'r>(policy: &'r Policy<'_>, location: BlockId) -> &'r [u8] {
    match &policy.get(location).matcher {
        Some(Matcher::Exact(text) | Matcher::Prefix { path: text, .. } | Matcher::Named(text)) => {
            text
        }
        _ => &[],
    }
}

/// Those of `sorted` with just this path or name.
fn same<'l>(policy: &Policy<'_>, sorted: &'l [BlockId], wanted: &[u8]) -> &'l [BlockId] {
    let start = sorted.partition_point(|&one| text(policy, one) < wanted);
    let rest = &sorted[start..];
    &rest[..rest.partition_point(|&one| text(policy, one) == wanted)]
}

/// The first of those with the longest path that `uri` begins with.
fn longest(policy: &Policy<'_>, sorted: &[BlockId], mut uri: &[u8]) -> Option<BlockId> {
    loop {
        // what `uri` begins with sorts before it, and whatever is between the two begins with it as well
        let before = sorted.partition_point(|&one| text(policy, one) <= uri);
        let nearest = text(policy, sorted[before.checked_sub(1)?]);
        let common = nearest.iter().zip(uri).take_while(|(one, other)| one == other).count();
        if common == nearest.len() {
            return same(policy, &sorted[..before], nearest).first().copied();
        }
        uri = &uri[..common];
    }
}

impl<'p> Policy<'p> {
    /// The locations directly in `block` with what they match.
    pub fn locations(&self, block: BlockId) -> impl Iterator<Item = (BlockId, &Matcher<'p>)> {
        self.get(block).blocks.iter().filter_map(|&inner| {
            let matcher = self.get(inner).matcher.as_ref()?;
            Some((inner, matcher)).filter(|_| self.kind(inner) == Kind::Location)
        })
    }

    /// The named location `name`, with its `@`, of the server `server`.
    #[must_use]
    pub fn named_location(&self, server: BlockId, name: &[u8]) -> Option<BlockId> {
        same(self, &self.level(server).named, name).first().copied()
    }

    /// The locations directly in `block`, sorted.
    pub(super) fn level(&self, block: BlockId) -> &Level {
        self.get(block).level.get_or_init(|| Box::new(Level::new(self, block)))
    }
}

impl Run<'_, '_> {
    /// Searches the locations in `level`, and in those that match, for the current URI. Sets captures on the way.
    pub(super) fn find_location(&mut self, level: BlockId, depth: usize) -> Search {
        if depth > 64 || self.uri.known().is_none() {
            self.give_up();
            return Search::Declined;
        }
        if let Some(cause) = self.unknown_location(level)
            && self.world.choose(cause, 2) == 1
        {
            self.give_up();
            return Search::Declined;
        }
        let (mut found, no_regex) = self.find_static(level);
        if let Search::Prefix(outer) = found {
            match self.find_location(outer, depth + 1) {
                Search::Declined => {}
                inner => found = inner,
            }
        }
        if matches!(found, Search::Found(_) | Search::Slash(_)) || no_regex {
            return found;
        }
        let policy = self.policy;
        for &location in &policy.level(level).regexes {
            let Some(Matcher::Regex { pattern, ignore_case }) = &policy.get(location).matcher
            else {
                continue;
            };
            let uri = self.uri.clone();
            let at = policy.get(location).directive;
            if self.matches(pattern, *ignore_case, &uri, at) {
                return match self.find_location(location, depth + 1) {
                    Search::Found(inner) | Search::Prefix(inner) | Search::Slash(inner) => {
                        Search::Found(inner)
                    }
                    Search::Declined => Search::Found(location),
                };
            }
        }
        found
    }

    /// Why a location of `level` may be there, or match, that is not known.
    fn unknown_location(&self, level: BlockId) -> Option<Cause> {
        let block = self.policy.get(level);
        if let Some(open) = block.open {
            return Some(super::policy::elsewhere(open));
        }
        let directive = self.policy.get(self.policy.level(level).unknown?).directive?;
        Some(Cause::new(directive.words_location(), "what a template makes of this location"))
    }

    /// `ngx_http_core_find_static_location`: the exact or the longest prefix location of one level, and whether regular
    /// expressions are passed over.
    fn find_static(&self, level: BlockId) -> (Search, bool) {
        let uri: &[u8] = self.uri.known().unwrap_or(self.uri.prefix());
        let policy = self.policy;
        let known = policy.level(level);
        if let Some(&exact) = same(policy, &known.exact, uri).first() {
            return (Search::Found(exact), true);
        }
        let longest = longest(policy, &known.prefixes, uri);
        let longest = longest.and_then(|location| match &policy.get(location).matcher {
            Some(Matcher::Prefix { path, no_regex }) => Some((location, path.len(), *no_regex)),
            _ => None,
        });
        // the settings of the exact location hold for the redirect, if there is one beside the prefix
        let name = [uri, b"/"].concat();
        let exact = same(policy, &known.exact, &name);
        let prefix = same(policy, &known.prefixes, &name);
        let redirects =
            exact.iter().chain(prefix).any(|location| policy.redirects_to_slash(*location));
        let slash = exact.last().or(prefix.last()).filter(|_| redirects);
        match (longest, slash) {
            // a prefix location of exactly this name ends the search in the tree
            (Some((location, length, no_regex)), _) if length == uri.len() => {
                (Search::Prefix(location), no_regex)
            }
            (_, Some(location)) => (Search::Slash(*location), true),
            (Some((location, _, no_regex)), None) => (Search::Prefix(location), no_regex),
            (None, None) => (Search::Declined, false),
        }
    }
}
