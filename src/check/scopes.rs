//! The chains of blocks that a finding concerns where its rule does not say: those of every inclusion of its file.

use super::merge::SCOPES_NAMED;
use super::place::Places;
use crate::config::{Project, apache, nginx};
use crate::diagnostic::Finding;
use crate::source::FileId;
use crate::syntax::NodeId;
use std::collections::HashMap;

/// How long the name of a block may be, in bytes; the rest is cut.
const LONGEST_NAME: usize = 120;

/// The first few chains, and how many there are.
type Chains = (Vec<Vec<String>>, usize);

/// Works out scopes, those of each block once.
#[derive(Default)]
pub(super) struct Scopes {
    /// Every inclusion of each file; made when first asked for.
    inclusions: Option<HashMap<FileId, Vec<Inclusion>>>,
    known: HashMap<(FileId, Option<NodeId>), Chains>,
}

/// One reading of a file, with the number of its site.
#[derive(Clone, Copy, Debug)]
enum Inclusion {
    Nginx(usize, nginx::InclusionId),
    Apache(usize, apache::InclusionId),
}

impl Scopes {
    /// Fills in the scopes of a finding whose rule has set none.
    pub(super) fn fill(&mut self, finding: &mut Finding, places: &mut Places<'_>) {
        if finding.scopes.is_empty()
            && let Some((tree, id)) = places.directive(finding.primary.at)
        {
            let file = finding.primary.at.file;
            let project = places.project;
            let inclusions = self.inclusions.get_or_insert_with(|| inclusions(project));
            let all = inclusions.get(&file).map_or(&[][..], Vec::as_slice);
            let (scopes, total) = self
                .known
                .entry((file, tree.node(id).parent))
                .or_insert_with(|| chains(project, all, id));
            finding.scopes.clone_from(scopes);
            finding.scopes_total = *total;
        }
        finding.scopes_total = finding.scopes_total.max(finding.scopes.len());
    }
}

/// The chains of blocks around the node `id` of a file that is read `all` these times.
fn chains(project: &Project, all: &[Inclusion], id: NodeId) -> Chains {
    let mut scopes: Vec<Vec<String>> = Vec::new();
    for &inclusion in all {
        if scopes.len() == SCOPES_NAMED {
            break;
        }
        let mut scope = match inclusion {
            Inclusion::Nginx(site, inclusion) => {
                let site = nginx::Site { project, data: &project.nginx[site] };
                nginx::Directive { site, inclusion, id }.scope()
            }
            Inclusion::Apache(site, inclusion) => {
                let site = apache::Site { project, data: &project.apache[site] };
                site.directive(inclusion, id).scope()
            }
        };
        scope.iter_mut().for_each(cut);
        if !scope.is_empty() && !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let total = if scopes.is_empty() { 0 } else { all.len() };
    (scopes, total)
}

fn inclusions(project: &Project) -> HashMap<FileId, Vec<Inclusion>> {
    let mut map: HashMap<FileId, Vec<Inclusion>> = HashMap::new();
    for (site, data) in project.nginx.iter().enumerate() {
        for (number, inclusion) in data.inclusions.iter().enumerate() {
            let file = data.files[inclusion.file as usize].file;
            let inclusion = Inclusion::Nginx(site, nginx::InclusionId(number as u32));
            map.entry(file).or_default().push(inclusion);
        }
    }
    for (site, data) in project.apache.iter().enumerate() {
        for file in &data.files {
            let all = file.inclusions.iter().map(|&id| Inclusion::Apache(site, id));
            map.entry(file.file).or_default().extend(all);
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
