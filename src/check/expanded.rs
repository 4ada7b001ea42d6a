//! Findings in what a macro makes, told where a person can mend them: at the lines of its body.

use crate::config::Project;
use crate::diagnostic::{Finding, Fix, Label};
use crate::source::Location;

/// Moves every place of the findings to the file that it is written in, and says where the macro is used.
pub(super) fn move_to_body(project: &Project, findings: &mut [Finding]) {
    let sources = &project.sources;
    if !sources.texts().any(|(_, text)| text.expansion.is_some()) {
        return;
    }
    for finding in findings {
        let at = finding.primary.at;
        if let Some(expansion) = &sources.get(at.file).expansion {
            let used = sources.written(expansion.used_at);
            let text = "the macro is used here".into();
            finding.related.push(Label { at: used, text });
        }
        let related = finding.related.iter_mut().map(|label| &mut label.at);
        for at in std::iter::once(&mut finding.primary.at).chain(related) {
            *at = sources.written(*at);
        }
        finding.fixes.retain_mut(|fix| can_move(project, fix));
    }
}

/// Moves the edits of a fix; not possible where a parameter has a part in what is edited.
fn can_move(project: &Project, fix: &mut Fix) -> bool {
    fix.edits.iter_mut().all(|edit| match alone(project, edit.at) {
        Some(at) => {
            edit.at = at;
            true
        }
        None => false,
    })
}

/// The place where bytes are written that no parameter has a part in.
fn alone(project: &Project, mut at: Location) -> Option<Location> {
    while let Some(expansion) = &project.sources.get(at.file).expansion {
        if expansion.parameters(at.span).next().is_some() {
            return None;
        }
        at = Location::new(expansion.of, expansion.written(at.span));
    }
    Some(at)
}
