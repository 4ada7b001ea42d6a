//! One order, and each finding once: a snippet that three hundred servers include is wrong in one place.

use crate::config::Project;
use crate::diagnostic::Finding;
use std::cmp::Reverse;

/// How many of its scopes a finding names; the rest is counted.
pub(super) const SCOPES_NAMED: usize = 5;

/// Sorts by path, line, column and rule; of those that say the same, the surest and gravest comes first.
pub(super) fn sort(project: &Project, findings: &mut [Finding]) {
    let mut by_name: Vec<_> = project.sources.texts().map(|(id, file)| (&file.name, id)).collect();
    by_name.sort();
    let mut rank = vec![0; by_name.len()];
    for (place, (_, id)) in by_name.iter().enumerate() {
        rank[id.index()] = place;
    }
    // a stable sort: what is left equal stays in the order in which it was found
    findings.sort_by(|a, b| {
        let key = |one: &Finding| {
            let at = one.primary.at;
            (rank[at.file.index()], at.span.start, one.rule, at.span.end)
        };
        let surer = |one: &Finding| (Reverse(one.severity), one.depends_on.len());
        key(a)
            .cmp(&key(b))
            .then_with(|| a.message.cmp(&b.message))
            .then_with(|| surer(a).cmp(&surer(b)))
    });
}

/// Makes one of neighbours with the same rule, place and message. Expects them sorted.
pub(super) fn fold(findings: &mut Vec<Finding>) {
    findings.dedup_by(|next, kept| {
        let same = next.rule == kept.rule
            && next.primary.at == kept.primary.at
            && next.message == kept.message;
        if same {
            let mut new = next.scopes_total.max(next.scopes.len());
            kept.scopes_total = kept.scopes_total.max(kept.scopes.len());
            for scope in next.scopes.drain(..) {
                if kept.scopes.contains(&scope) {
                    new -= 1;
                } else if kept.scopes.len() < SCOPES_NAMED {
                    kept.scopes.push(scope);
                }
            }
            kept.scopes_total += new;
        }
        same
    });
}
