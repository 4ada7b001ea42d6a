//! The little that most questions about a block need, apart from all the rest: rules ask it of every block again and
//! again, and few of the blocks have what is asked for.

use super::block::{Block, BlockId, Kind};
use super::policy::Policy;
use crate::config::nginx::Directive;
use crate::grammar::nginx::{COUNT, Id};

/// A block in short.
// every answer stands for itself
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Outline {
    /// A bit for each of its own directives, by [`bits`].
    own: u64,
    /// The same with those of the blocks around it.
    all: u64,
    parent: Option<BlockId>,
    kind: Kind,
    /// Whether an include in it is not known.
    is_open: bool,
    /// Whether one in it or in a block around it is not known.
    is_open_around: bool,
    /// Whether that is so, or one of these blocks may not be there.
    may_lack: bool,
    has_handler: bool,
}

/// A bit for each directive that stands in some block: one of its own for most of them, and one that those share which
/// come up last.
#[derive(Debug, Default)]
pub(super) struct Bits {
    /// By directive; 0 for what stands nowhere.
    of: Vec<u64>,
}

/// The bit that stands for several directives.
const SHARED: u64 = 1 << 63;

impl Bits {
    /// The bit of a directive that stands somewhere.
    fn insert(&mut self, id: Id, given: &mut u64) -> u64 {
        let bit = &mut self.of[id.index()];
        if *bit == 0 {
            *bit = 1 << given.trailing_ones().min(SHARED.trailing_zeros());
            *given |= *bit;
        }
        *bit
    }

    /// The bits of `ids`.
    pub(super) fn of(&self, ids: &[Id]) -> u64 {
        ids.iter().fold(0, |bits, id| bits | self.of[id.index()])
    }
}

impl Outline {
    /// The outlines of `blocks`, parents before children.
    pub(super) fn of(blocks: &[Block<'_>]) -> (Vec<Self>, Bits) {
        let mut outlines = Vec::<Self>::with_capacity(blocks.len());
        let (mut bits, mut given) = (Bits { of: vec![0; COUNT] }, 0);
        for block in blocks {
            let around = block.parent.map(|parent| outlines[parent.index()]);
            let own = block.bits(|id| bits.insert(id, &mut given));
            let is_open = block.open.is_some();
            let is_here = block.directive.is_none_or(Directive::is_certainly_here);
            outlines.push(Self {
                own,
                all: own | around.map_or(0, |around| around.all),
                parent: block.parent,
                kind: block.kind,
                is_open,
                is_open_around: is_open || around.is_some_and(|around| around.is_open_around),
                may_lack: is_open || !is_here || around.is_some_and(|around| around.may_lack),
                has_handler: block.handler().is_some(),
            });
        }
        (outlines, bits)
    }
}

impl Policy<'_> {
    fn outline(&self, block: BlockId) -> &Outline {
        &self.outlines[block.index()]
    }

    /// What a block is.
    pub(super) fn kind(&self, block: BlockId) -> Kind {
        self.outline(block).kind
    }

    /// The block around it.
    pub(super) fn parent(&self, block: BlockId) -> Option<BlockId> {
        self.outline(block).parent
    }

    /// Whether one of `ids` may stand in it.
    pub(super) fn may_have(&self, block: BlockId, ids: &[Id]) -> bool {
        self.outline(block).own & self.bits.of(ids) != 0
    }

    /// Whether one of `ids` may stand in it or in a block around it, or an include there may bring it.
    pub(super) fn may_be_set(&self, block: BlockId, ids: &[Id]) -> bool {
        self.may_set(block, self.bits.of(ids))
    }

    fn may_set(&self, block: BlockId, bits: u64) -> bool {
        let outline = self.outline(block);
        outline.is_open_around || outline.all & bits != 0
    }

    /// The innermost of the block and those around it in which one of `ids` stands or may stand: an include may bring it.
    pub(super) fn nearest(&self, block: BlockId, ids: &[Id]) -> Option<BlockId> {
        let bits = self.bits.of(ids);
        if !self.may_set(block, bits) {
            return None;
        }
        self.around(block).find(|&at| {
            let outline = self.outline(at);
            let found = outline.own & bits;
            let stands = || self.get(at).ids().iter().any(|id| ids.contains(id));
            outline.is_open || found & !SHARED != 0 || found != 0 && stands()
        })
    }

    /// Whether an include in it or in a block around it is not known, or one of these blocks may not be there.
    pub(super) fn may_lack(&self, block: BlockId) -> bool {
        self.outline(block).may_lack
    }

    /// Whether a directive of its own answers requests.
    pub(super) fn has_handler(&self, block: BlockId) -> bool {
        self.outline(block).has_handler
    }
}
