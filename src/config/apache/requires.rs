//! The Require directives by what they ask for, so that a rule touches only those that it is about.

use super::{Directive, InclusionId, Site};
use crate::syntax::NodeId;
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
    members: &'p [(InclusionId, NodeId)],
}

impl<'p> Requires<'p> {
    /// They, each in one reading of its file in which httpd reads it, or may read it.
    pub fn directives(self) -> impl Iterator<Item = Directive<'p>> {
        self.members.iter().map(move |&(inclusion, id)| self.site.directive(inclusion, id))
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
    members: Vec<(InclusionId, NodeId)>,
}

impl<'p> Site<'p> {
    /// Every Require that names a provider and that httpd reads, or may read, by provider.
    pub fn requires(self) -> impl Iterator<Item = Requires<'p>> {
        let all = self.data.requires.get_or_init(|| self.group());
        all.0.iter().map(move |group| Requires {
            provider: group.provider.as_deref(),
            negated: group.negated,
            site: self,
            members: &group.members,
        })
    }

    fn group(self) -> AllRequires {
        let mut groups: Vec<Group> = Vec::new();
        let mut numbers: HashMap<Key<'_>, usize> = HashMap::new();
        for directive in self.directives("Require").filter_map(Directive::as_read) {
            let Some(first) = directive.arg(0) else { continue };
            let negated = first.is_ignoring_case(b"not");
            let Some(provider) = directive.arg(usize::from(negated)) else { continue };
            let provider = provider.known();
            let is_same = |group: &Group| {
                group.negated == negated && group.provider.as_deref() == provider.as_deref()
            };
            // a few providers make up nearly all of them
            let number = groups.iter().take(8).position(is_same).unwrap_or_else(|| {
                *numbers.entry((provider, negated)).or_insert_with_key(|key| {
                    let provider = key.0.as_deref().map(<[u8]>::to_vec);
                    groups.push(Group { provider, negated, members: Vec::new() });
                    groups.len() - 1
                })
            });
            groups[number].members.push((directive.inclusion, directive.id));
        }
        AllRequires(groups)
    }
}
