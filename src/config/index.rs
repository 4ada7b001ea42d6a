//! Every directive by the number of its name, so that a rule touches only the directives that it asks for.

use crate::syntax::NodeId;

/// The number of a name that the tables lack.
pub const UNKNOWN: u16 = u16::MAX;

/// The nodes of several files, sorted by the number of their names.
#[derive(Debug, Default)]
pub struct Index {
    starts: Vec<u32>,
    entries: Vec<(u32, NodeId)>,
    unknown: Vec<(u32, NodeId)>,
}

impl Index {
    /// Sorts nodes by name; files and nodes stay in order. `files`: the number of each node's name, by node.
    /// `numbers`: how many names there are.
    #[must_use]
    pub fn new<'n>(files: impl Iterator<Item = &'n [u16]> + Clone, numbers: usize) -> Self {
        let mut starts = vec![0u32; numbers + 1];
        let known = || files.clone().flatten().filter(|&&name| name != UNKNOWN);
        for &name in known() {
            starts[name as usize + 1] += 1;
        }
        for number in 0..numbers {
            starts[number + 1] += starts[number];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, NodeId(0)); known().count()];
        let mut unknown = Vec::new();
        for (file, names) in files.enumerate() {
            for (node, &name) in names.iter().enumerate() {
                let entry = (file as u32, NodeId(node as u32));
                if name == UNKNOWN {
                    unknown.push(entry);
                } else {
                    entries[next[name as usize] as usize] = entry;
                    next[name as usize] += 1;
                }
            }
        }
        Self { starts, entries, unknown }
    }

    /// The nodes of this name, each as (number of the file, node).
    #[must_use]
    pub fn get(&self, name: u16) -> &[(u32, NodeId)] {
        match (self.starts.get(name as usize), self.starts.get(name as usize + 1)) {
            (Some(&start), Some(&end)) => &self.entries[start as usize..end as usize],
            _ => &[],
        }
    }

    /// The nodes whose names the tables lack.
    #[must_use]
    pub fn unknown(&self) -> &[(u32, NodeId)] {
        &self.unknown
    }
}
