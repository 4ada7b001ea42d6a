//! Settings that blocks inherit: what is in effect in a place, and whether that is known.

use super::words::BlockKey;
use super::{Directive, Site};
use std::collections::{HashMap, HashSet};

/// How many blocks are looked through from the inside out. nginx's own parser does not nest deeper than its stack allows.
const LEVELS: usize = 128;

/// What a directive sets in a place.
#[derive(Clone, Copy, Debug)]
pub enum Effective<'p> {
    /// The directive that decides: its own block's, or that of the nearest block above.
    Set(Directive<'p>),
    /// No block sets it, and all of them are known.
    CertainlyUnset,
    /// A fragment's surroundings, or an include that is not here, may set it.
    Unknown,
}

impl<'p> Effective<'p> {
    /// The directive that decides, where one is known to.
    #[must_use]
    pub fn set(self) -> Option<Directive<'p>> {
        match self {
            Self::Set(directive) => Some(directive),
            Self::CertainlyUnset | Self::Unknown => None,
        }
    }
}

/// Every block that sets one directive: answers for all places at the cost of one look at each directive.
#[derive(Debug)]
pub struct Inherited<'p> {
    site: Site<'p>,
    set: HashMap<BlockKey, Directive<'p>>,
    unknown: HashSet<BlockKey>,
}

impl<'p> Inherited<'p> {
    /// Finds the blocks of `site` that set the directive `name`; of several in a block the first counts.
    #[must_use]
    pub fn new(site: Site<'p>, name: &str) -> Self {
        let mut set = HashMap::new();
        for directive in site.occurrences(name) {
            set.entry(directive.block_key()).or_insert(directive);
        }
        let unknown = site.unknown_includes().map(Directive::block_key).collect();
        Self { site, set, unknown }
    }

    /// What is in effect where `directive` stands.
    #[must_use]
    pub fn at(&self, directive: Directive<'p>) -> Effective<'p> {
        let mut block = directive.parent();
        for _ in 0..LEVELS {
            let key = block.map(|block| (block.inclusion, block.id));
            if let Some(&set) = self.set.get(&key) {
                return Effective::Set(set);
            }
            if self.unknown.contains(&key) {
                return Effective::Unknown;
            }
            match block {
                Some(inner) => block = inner.parent(),
                None if self.site.data.complete => return Effective::CertainlyUnset,
                None => return Effective::Unknown,
            }
        }
        Effective::Unknown
    }
}

impl<'p> Site<'p> {
    /// Every `include`, in every inclusion of its file, in whose place directives may stand that are not known here.
    pub fn unknown_includes(self) -> impl Iterator<Item = Directive<'p>> {
        self.data.inclusions.iter().zip(0..).flat_map(move |(inclusion, number)| {
            let unknown = inclusion.includes.iter().filter(|include| include.outcome.is_unknown());
            unknown.map(move |include| Directive {
                site: self,
                inclusion: super::InclusionId(number),
                id: include.node,
            })
        })
    }
}
