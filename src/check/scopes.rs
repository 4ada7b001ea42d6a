//! The chains of blocks that a finding concerns where its rule does not say: those of every inclusion of its file.

use super::merge::SCOPES_NAMED;
use super::place::Places;
use crate::config::Project;
use crate::config::nginx::{Directive, InclusionId, Site};
use crate::diagnostic::Finding;
use crate::source::{FileId, Location};
use crate::syntax::NodeId;
use std::collections::HashMap;

/// How long the name of a block may be, in bytes; the rest is cut.
const LONGEST_NAME: usize = 120;

/// The first few chains, and how many there are.
type Chains = (Vec<Vec<String>>, usize);

/// Works out scopes, those of each block once.
#[derive(Default)]
pub(super) struct Scopes {
    /// Every inclusion of each file of an nginx configuration, with the number of its site; made when first asked for.
    inclusions: Option<HashMap<FileId, Vec<(usize, InclusionId)>>>,
    known: HashMap<(FileId, Option<NodeId>), Chains>,
}

impl Scopes {
    /// Fills in the scopes of a finding whose rule has set none.
    pub(super) fn fill(&mut self, finding: &mut Finding, places: &mut Places<'_>) {
        if finding.scopes.is_empty()
            && let Some((tree, id)) = places.directive(finding.primary.at)
        {
            let at = finding.primary.at;
            let project = places.project;
            let (scopes, total) = self
                .known
                .entry((at.file, tree.node(id).parent))
                .or_insert_with(|| chains(&mut self.inclusions, project, at, id, places));
            finding.scopes.clone_from(scopes);
            finding.scopes_total = *total;
        }
        finding.scopes_total = finding.scopes_total.max(finding.scopes.len());
    }
}

fn chains(
    inclusions: &mut Option<HashMap<FileId, Vec<(usize, InclusionId)>>>,
    project: &Project,
    at: Location,
    id: NodeId,
    places: &mut Places<'_>,
) -> Chains {
    let inclusions = inclusions.get_or_insert_with(|| nginx_inclusions(project));
    let Some(all) = inclusions.get(&at.file) else {
        let own: Vec<_> = places.blocks_around(at).into_iter().collect();
        let total = own.len();
        return (own, total);
    };
    let mut scopes: Vec<Vec<String>> = Vec::new();
    for &(site, inclusion) in all {
        if scopes.len() == SCOPES_NAMED {
            break;
        }
        let site = Site { project, data: &project.nginx[site] };
        let mut scope = Directive { site, inclusion, id }.scope();
        scope.iter_mut().for_each(cut);
        if !scope.is_empty() && !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let total = if scopes.is_empty() { 0 } else { all.len() };
    (scopes, total)
}

fn nginx_inclusions(project: &Project) -> HashMap<FileId, Vec<(usize, InclusionId)>> {
    let mut map: HashMap<FileId, Vec<(usize, InclusionId)>> = HashMap::new();
    for (site, data) in project.nginx.iter().enumerate() {
        for (number, inclusion) in data.inclusions.iter().enumerate() {
            let file = data.files[inclusion.file as usize].file;
            map.entry(file).or_default().push((site, InclusionId(number as u32)));
        }
    }
    map
}

fn cut(name: &mut String) {
    if name.len() > LONGEST_NAME {
        let end = (0..=LONGEST_NAME).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
        name.truncate(end);
        name.push('…');
    }
}
