//! The Require directives by what they ask for, so that a rule touches only those that it is about.

use super::{Alike, Directive, Number, Site, Value};
use crate::grammar::apache::lookup;
use std::borrow::Cow;
use std::collections::HashMap;

/// The Require directives that ask one provider, as mod_authz_core takes them apart: `[not] provider argument …`.
#[derive(Clone, Copy, Debug)]
pub struct Requires<'p> {
    /// The provider, in the letter case that it is written in; `None` where it is not known.
    pub provider: Option<&'p [u8]>,
    /// Whether `not` stands before it.
    pub negated: bool,
    site: Site<'p>,
    lines: &'p [Number],
}

impl<'p> Requires<'p> {
    /// They, by their lines.
    pub fn lines(self) -> impl Iterator<Item = Alike<'p>> {
        self.lines.iter().map(move |&line| self.site.line(line))
    }

    /// They, each in one reading of its file in which httpd reads it, or may read it.
    pub fn directives(self) -> impl Iterator<Item = Directive<'p>> {
        self.lines().flat_map(Alike::directives)
    }
}

/// A provider, and whether `not` stands before it.
type Key<'p> = (Option<Cow<'p, [u8]>>, bool);

/// The Require directives of a site.
#[derive(Debug, Default)]
pub(super) struct AllRequires(Vec<Group>);

#[derive(Debug)]
struct Group {
    provider: Option<Vec<u8>>,
    negated: bool,
    lines: Vec<Number>,
}

impl<'p> Site<'p> {
    /// Every Require that names a provider and that httpd reads, or may read, by provider.
    pub fn requires(self) -> impl Iterator<Item = Requires<'p>> {
        let all = self.data.requires.get_or_init(|| self.group());
        all.0.iter().map(move |group| Requires {
            provider: group.provider.as_deref(),
            negated: group.negated,
            site: self,
            lines: &group.lines,
        })
    }

    fn group(self) -> AllRequires {
        let mut groups: Vec<Group> = Vec::new();
        let mut numbers: HashMap<Key<'_>, usize> = HashMap::new();
        for &line in self.numbers(lookup(b"Require")) {
            let Some(first) = self.line(line).one().and_then(|one| one.arg(0)) else { continue };
            let negated = first.is_ignoring_case(b"not");
            let provider = first.directive.arg(usize::from(negated));
            let Some(provider) = provider.map(Value::known) else { continue };
            let number = *numbers.entry((provider, negated)).or_insert_with_key(|key| {
                let provider = key.0.as_deref().map(<[u8]>::to_vec);
                groups.push(Group { provider, negated, lines: Vec::new() });
                groups.len() - 1
            });
            groups[number].lines.push(line);
        }
        AllRequires(groups)
    }
}
