//! Where the secrets of what a macro makes are written: in its body, or in the arguments of the Use.

use crate::config::apache::{InclusionId, Site};
use crate::source::{Location, Span};

/// Adds what is secret in the files for its part in what macros make of it.
pub(super) fn written(site: Site<'_>, secrets: &mut [Vec<Span>]) {
    let sources = &site.project.sources;
    // what a Use makes may hold a Use, and stands behind it
    for (number, inclusion) in site.data.inclusions.iter().enumerate().rev() {
        let text = site.data.files[inclusion.file as usize].file;
        let Some(expansion) = &sources.get(text).expansion else { continue };
        let Some((above, id)) = inclusion.parent else { continue };
        let used = site.directive(above, id);
        let is_first =
            site.data.files[inclusion.file as usize].inclusions[0] == InclusionId(number as u32);
        for span in secrets[text.index()].clone() {
            let mut filled_in = false;
            for parameter in expansion.parameters(span) {
                filled_in = true;
                // the name of the macro stands before them
                if let Some(argument) = used.arg(parameter as usize + 1) {
                    let at = argument.location();
                    secrets[at.file.index()].push(argument.word.inner());
                }
            }
            if is_first && !filled_in {
                let Location { file, span } = Location::new(expansion.of, expansion.written(span));
                secrets[file.index()].push(span);
            }
        }
    }
}
