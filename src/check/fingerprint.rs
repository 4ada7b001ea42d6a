//! A name for each finding that outlives edits elsewhere in the file, reformatting, and a change of a password.

use super::place::{Places, folded};
use crate::diagnostic::Finding;
use crate::source::FileId;
use crate::syntax::{NodeId, Tree};
use std::collections::HashMap;

/// Gives out fingerprints; counts the equal ones.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    /// The hash of a directive's head and those of the blocks around it.
    chains: HashMap<(FileId, NodeId), u64>,
    seen: HashMap<u64, u32>,
}

impl Fingerprints {
    /// The fingerprint of the next finding in the order of the report: rule, path, the heads of the blocks around it, its
    /// directive, and which one it is among those that share all of that.
    pub(super) fn of(&mut self, finding: &Finding, places: &mut Places<'_>) -> u64 {
        let at = finding.primary.at;
        let place = match places.directive(at) {
            Some((tree, id)) => self.chain(places, at.file, tree, id),
            None => hash(START, &places.line(at)),
        };
        let name = &places.project.sources.get(at.file).name;
        let whole =
            hash(hash(hash(START, finding.rule.as_bytes()), name.as_bytes()), &place.to_le_bytes());
        let earlier = self.seen.entry(whole).or_default();
        let nth = *earlier;
        *earlier += 1;
        hash(whole, &nth.to_le_bytes())
    }

    /// The hash of the heads from the top of the file down to `id`.
    fn chain(&mut self, places: &Places<'_>, file: FileId, tree: &Tree, id: NodeId) -> u64 {
        let mut missing = Vec::new();
        let mut next = Some(id);
        let mut sum = START;
        while let Some(id) = next {
            if let Some(&known) = self.chains.get(&(file, id)) {
                sum = known;
                break;
            }
            missing.push(id);
            next = tree.node(id).parent;
        }
        for id in missing.into_iter().rev() {
            sum = hash(sum, &folded(places.project, file, tree.node(id).head));
            self.chains.insert((file, id), sum);
        }
        sum
    }
}

/// The offset basis of 64-bit FNV-1a.
const START: u64 = 0xcbf2_9ce4_8422_2325;

/// 64-bit FNV-1a, continued from `sum`, with a NUL behind the bytes so that neighbours do not run together.
///
/// Our own, so that no release of a library or of Rust ever changes a baseline.
fn hash(sum: u64, bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .chain(&[0])
        .fold(sum, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{START, hash};

    #[test]
    fn the_hash_never_changes() {
        // FNV-1a of "a\0", from the algorithm's definition
        assert_eq!(hash(START, b"a"), 0x089b_e207_b544_f1e4);
        assert_ne!(hash(hash(START, b"ab"), b"c"), hash(hash(START, b"a"), b"bc"));
    }
}
