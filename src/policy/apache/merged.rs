//! The sections that apply to a request, in the order in which httpd merges them, and what they come to.

use super::policy::{Own, Policy, SectionId};
use super::requirement::Operator;
use crate::grammar::apache::{Id, id};
use crate::policy::world::World;

/// The sections whose directives hold together. Where two requests have equal ones, httpd has the identical record for
/// both, and asks for no second login on a redirect inside of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Merged {
    /// What each walk found, in order; each was merged by itself first (`ap_merge_per_dir_configs` of `now_merged`).
    groups: Vec<Vec<SectionId>>,
}

impl Merged {
    /// Adds what the next walk found.
    pub fn add(&mut self, group: Vec<SectionId>) {
        if !group.is_empty() {
            self.groups.push(group);
        }
    }

    /// The sections, the first one merged first.
    pub fn sections(&self) -> impl DoubleEndedIterator<Item = SectionId> + '_ {
        self.groups.iter().flatten().copied()
    }
}

/// What is required where several sections come together: the tree that httpd evaluates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Required {
    /// What this section requires.
    Section(SectionId),
    /// What AuthMerging makes of an outer and an inner section.
    Both(Operator, Box<[Required; 2]>),
}

impl Required {
    /// The sections that have a say, the outer ones first.
    #[must_use]
    pub fn sections(&self) -> Vec<SectionId> {
        match self {
            Self::Section(section) => vec![*section],
            Self::Both(_, both) => both.iter().flat_map(Self::sections).collect(),
        }
    }
}

/// What mod_authz_core knows of the place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorization {
    /// What is required; `None` where nothing is.
    pub required: Option<Required>,
    /// How the inner section asked to be merged.
    merging: Option<Merging>,
    /// `AuthzSendForbiddenOnFailure`.
    pub forbidden_on_failure: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Merging {
    Off,
    And,
    Or,
}

pub(super) const AUTH_MERGING: Id = id("AuthMerging");
const FORBIDDEN_ON_FAILURE: Id = id("AuthzSendForbiddenOnFailure");

impl Authorization {
    /// `merge_authz_core_dir_config`.
    fn merge(self, inner: Self) -> Self {
        let forbidden_on_failure = inner.forbidden_on_failure.or(self.forbidden_on_failure);
        if inner.merging.is_none() && inner.required.is_none() && self.required.is_some() {
            return Self { forbidden_on_failure, ..self };
        }
        let required = match (inner.merging, self.required, inner.required) {
            (None | Some(Merging::Off), _, own) => own,
            (Some(merging), Some(outer), Some(own)) => {
                let operator = if merging == Merging::And { Operator::All } else { Operator::Any };
                Some(Required::Both(operator, Box::new([outer, own])))
            }
            (Some(_), outer, own) => own.or(outer),
        };
        Self { required, merging: inner.merging, forbidden_on_failure }
    }
}

impl<'p> Policy<'p> {
    /// The last of the directives `ids` among the merged sections: the one that counts where each field is merged by itself.
    pub fn last(&self, merged: &Merged, ids: &[Id], world: &mut World) -> Option<Own<'p>> {
        if !self.inventory.has(ids) {
            return None;
        }
        merged.sections().rev().find_map(|section| self.last_of(section, ids, world))
    }

    /// The last of the directives `ids` in a section.
    pub fn last_of(&self, section: SectionId, ids: &[Id], world: &mut World) -> Option<Own<'p>> {
        if !self.inventory.has(ids) {
            return None;
        }
        let own = self.get(section).all(ids).rev();
        own.into_iter().find(|own| self.reads(own.directive, world))
    }

    /// The section whose record of a module without a merger counts: the last with any of its directives, `ids`.
    pub fn record(&self, merged: &Merged, ids: &[Id], world: &mut World) -> Option<SectionId> {
        if !self.inventory.has(ids) {
            return None;
        }
        merged.sections().rev().find(|section| self.last_of(*section, ids, world).is_some())
    }

    /// The same for a module without a merger at all: an empty record, which is what a directive that AllowOverride drops
    /// leaves behind, counts, too.
    pub fn whole_record(
        &self,
        merged: &Merged,
        ids: &[Id],
        world: &mut World,
    ) -> Option<SectionId> {
        merged.sections().rev().find(|section| {
            self.has_dropped(*section, ids) || self.last_of(*section, ids, world).is_some()
        })
    }

    /// Whether AllowOverride dropped one of the directives `ids` of a section.
    pub(super) fn has_dropped(&self, section: SectionId, ids: &[Id]) -> bool {
        self.get(section).dropped.iter().any(|id| ids.contains(id))
    }

    /// All of the directives `ids` of the merged sections, the outer sections' first.
    pub fn every(&self, merged: &Merged, ids: &[Id], world: &mut World) -> Vec<Own<'p>> {
        let mut all = Vec::new();
        if !self.inventory.has(ids) {
            return all;
        }
        for section in merged.sections() {
            for own in self.get(section).all(ids) {
                if self.reads(own.directive, world) {
                    all.push(own);
                }
            }
        }
        all
    }

    /// What is required in the end.
    pub fn authorization(&self, merged: &Merged, world: &mut World) -> Authorization {
        let mut result: Option<Authorization> = None;
        for group in &merged.groups {
            let mut now: Option<Authorization> = None;
            for &section in group {
                now = join(now, self.own_authorization(section, world));
            }
            result = join(result, now);
        }
        result.unwrap_or_default()
    }

    /// The record that mod_authz_core has of one section; `None` without any of its directives.
    fn own_authorization(&self, section: SectionId, world: &mut World) -> Option<Authorization> {
        let one = self.get(section);
        let mut any = false;
        for requirement in &one.requires {
            any = any || self.reads(requirement.directive(), world);
        }
        let merging = self.last_of(section, &[AUTH_MERGING], world);
        let forbidden = self.last_of(section, &[FORBIDDEN_ON_FAILURE], world);
        if !any && merging.is_none() && forbidden.is_none() {
            return None;
        }
        Some(Authorization {
            required: any.then_some(Required::Section(section)),
            merging: merging.and_then(|own| {
                let word = own.directive.arg(0)?;
                Some(if word.is_ignoring_case(b"and") {
                    Merging::And
                } else if word.is_ignoring_case(b"or") {
                    Merging::Or
                } else {
                    Merging::Off
                })
            }),
            forbidden_on_failure: forbidden
                .and_then(|own| Some(own.directive.arg(0)?.is_ignoring_case(b"on"))),
        })
    }
}

fn join(outer: Option<Authorization>, inner: Option<Authorization>) -> Option<Authorization> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(outer.merge(inner)),
        (outer, inner) => inner.or(outer),
    }
}
