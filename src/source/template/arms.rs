//! The arms of a template's blocks: of those of one group, at most one is generated at a time.

use super::Span;
use super::tags::{Flow, Tag};

/// How deep blocks are told apart. Deeper ones belong to the one that they stand in.
const DEPTH_LIMIT: usize = 64;

/// A piece of text that is generated sometimes, or several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arm {
    /// The block that it belongs to.
    pub(super) group: u32,
    /// Which arm of it, counted from 0.
    pub(super) number: u32,
    /// Its text, without the statements around it.
    pub(super) span: Span,
    /// The arm that it lies in.
    parent: Option<u32>,
}

/// A block that is still open.
struct Open<'t> {
    name: &'t [u8],
    inverted: bool,
    /// Its current arm in the list; `None` beyond the depth limit.
    arm: Option<usize>,
}

/// The block that ended last, and how many were open around it: `{{^name}}` behind `{{#name}}` is its other arm.
struct Ended<'t> {
    block: Open<'t>,
    depth: usize,
}

/// The arms of all blocks, by where they start. What is never closed reaches to the end of the file.
pub(super) fn find(tags: &[Tag<'_>], len: u32) -> Vec<Arm> {
    let mut list = List { arms: Vec::new(), groups: 0, len };
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut ended: Option<Ended<'_>> = None;
    for tag in tags {
        match tag.flow {
            Flow::None => {}
            Flow::Open(name) => {
                let arm = list.start(tag, &open, None);
                open.push(Open { name, inverted: false, arm });
            }
            Flow::Section { name, inverted } => {
                let other = ended.take().filter(|last| {
                    last.block.name == name
                        && last.block.inverted != inverted
                        && last.depth == open.len()
                });
                let arm = list.start(tag, &open, other.and_then(|last| last.block.arm));
                open.push(Open { name, inverted, arm });
            }
            Flow::Divide => {
                let Some(block) = open.pop() else { continue };
                list.end(tag, block.arm);
                let arm = block.arm.and_then(|arm| list.start(tag, &open, Some(arm)));
                open.push(Open { arm, ..block });
            }
            Flow::Close(name) => {
                let mut innermost = open.iter().rev().take(DEPTH_LIMIT);
                let Some(above) =
                    innermost.position(|block| name.is_none_or(|name| name == block.name))
                else {
                    continue;
                };
                // whatever was left open inside ends here, too
                let depth = open.len() - above - 1;
                for block in open.drain(depth..).rev() {
                    list.end(tag, block.arm);
                    ended = Some(Ended { block, depth });
                }
            }
        }
    }
    list.arms
}

/// The arms found so far.
struct List {
    arms: Vec<Arm>,
    groups: u32,
    len: u32,
}

impl List {
    /// Starts an arm behind `tag`: the next one of the group of `previous`, or the first of a new group.
    fn start(
        &mut self,
        tag: &Tag<'_>,
        open: &[Open<'_>],
        previous: Option<usize>,
    ) -> Option<usize> {
        if open.len() >= DEPTH_LIMIT {
            return None;
        }
        let (group, number) = match previous {
            Some(arm) => (self.arms[arm].group, self.arms[arm].number + 1),
            None => (self.groups, 0),
        };
        self.groups = self.groups.max(group + 1);
        let parent = open.last().and_then(|block| block.arm).map(|arm| arm as u32);
        self.arms.push(Arm { group, number, span: Span::new(tag.span.end, self.len), parent });
        Some(self.arms.len() - 1)
    }

    /// Ends an arm before `tag`.
    fn end(&mut self, tag: &Tag<'_>, arm: Option<usize>) {
        if let Some(arm) = arm {
            self.arms[arm].span.end = tag.span.start;
        }
    }
}

/// The arms around `offset`, innermost first.
pub(super) fn around(arms: &[Arm], offset: u32) -> impl Iterator<Item = &Arm> {
    // arms nest, so the last one that starts before a place lies in every arm around it
    let last = arms.partition_point(|arm| arm.span.start <= offset).checked_sub(1);
    let chain = std::iter::successors(last, |&at| arms[at].parent.map(|parent| parent as usize));
    chain.map(|at| &arms[at]).filter(move |arm| offset < arm.span.end)
}
