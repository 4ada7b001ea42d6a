//! How a file comes to be read: the includes that lead to it from a main configuration.

use super::Project;
use crate::source::{FileId, Location};
use crate::syntax::NodeId;

/// More includes in a row than this are cut: httpd stops at 16 nested files, and nobody reads further.
const LONGEST: usize = 32;

impl Project {
    /// The includes on the way to the first reading of `file`, the outermost one first; none for a file that a run
    /// starts with.
    #[must_use]
    pub fn way_to(&self, file: FileId) -> Vec<Location> {
        let nginx = self.nginx.iter().find_map(|site| {
            let known = site.files.iter().find(|known| known.file == file)?;
            Some(self.way(Some(known.inclusion.0), |at| {
                let inclusion = &site.inclusions[at as usize];
                let (parent, node) = inclusion.parent?;
                let above = &site.inclusions[parent.index()];
                Some((parent.0, site.files[above.file as usize].file, node))
            }))
        });
        let apache = || {
            self.apache.iter().find_map(|site| {
                let known = site.files.iter().find(|known| known.file == file)?;
                Some(self.way(known.inclusions.first().map(|id| id.0), |at| {
                    let inclusion = &site.inclusions[at as usize];
                    let (parent, node) = inclusion.parent?;
                    let above = &site.inclusions[parent.index()];
                    Some((parent.0, site.files[above.file as usize].file, node))
                }))
            })
        };
        nginx.or_else(apache).unwrap_or_default()
    }

    /// Climbs from `inclusion` by `parent`, which gives the inclusion above, its file and the include in it.
    fn way(
        &self,
        inclusion: Option<u32>,
        parent: impl Fn(u32) -> Option<(u32, FileId, NodeId)>,
    ) -> Vec<Location> {
        let steps =
            std::iter::successors(inclusion.and_then(&parent), |&(above, _, _)| parent(above));
        let place = |(_, file, node): (u32, FileId, NodeId)| {
            Some(Location::new(file, self.tree(file)?.node(node).span))
        };
        let mut way: Vec<Location> = steps.take(LONGEST).filter_map(place).collect();
        way.reverse();
        way
    }
}
