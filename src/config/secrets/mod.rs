//! The bytes that no output shows: what the tables call secret, what looks like a credential wherever it stands, and
//! what stands behind the names in a password file.

mod arguments;
mod expansions;
mod expressions;
mod literals;

use super::{Project, apache, nginx};
use crate::source::Span;
use crate::syntax::credentials::secret_spans;

/// The secret bytes of every file, by the file's number, ascending and apart.
#[must_use]
pub fn of(project: &Project) -> Vec<Vec<Span>> {
    let mut secrets: Vec<Vec<Span>> = Vec::with_capacity(project.sources.len());
    for (_, source) in project.sources.texts() {
        secrets.push(literals::find(source.bytes()));
    }
    for data in &project.nginx {
        let known = crate::grammar::nginx::all();
        for known in known.iter().filter(|it| it.usages.iter().any(|one| !one.secrets.is_empty())) {
            for alike in (nginx::Site { project, data }).lines(known.id) {
                for directive in alike.directives() {
                    let file = directive.at(Span::empty(0)).file;
                    let (tree, text) = (directive.tree(), project.sources.get(file).text());
                    let found = &mut secrets[file.index()];
                    let before = found.len();
                    arguments::nginx(tree, text, directive.id, known.usages, found);
                    // of lines that are alike all have a secret, or none has; what is in a block is its own
                    if found.len() == before && !directive.node().is_block() {
                        break;
                    }
                }
            }
        }
    }
    for site in &project.apache {
        let known = crate::grammar::apache::all();
        for known in known.iter().filter(|it| it.usages.iter().any(|one| !one.secrets.is_empty())) {
            for &(file, node) in site.named(known.id) {
                let file = site.files[file as usize].file;
                if let Some(tree) = project.tree(file) {
                    let text = project.sources.get(file).text();
                    let found = &mut secrets[file.index()];
                    arguments::apache(tree, text, node, known.usages, found);
                }
            }
        }
    }
    for (id, source) in project.sources.texts() {
        if let Some(tree) = project.tree(id)
            && tree.language == crate::syntax::Language::Apache
        {
            arguments::compared(tree, source.text(), &mut secrets[id.index()]);
        }
    }
    for site in &project.apache {
        expansions::written(apache::Site { project, data: site }, &mut secrets);
    }
    for data in &project.credentials {
        let text = project.sources.get(data.file).text();
        secrets[data.file.index()].extend(secret_spans(&data.credentials, text));
    }
    if let Some((file, known)) = &project.settings {
        secrets[file.index()].extend(known);
    }
    for ((_, source), found) in project.sources.texts().zip(&mut secrets) {
        tidy(found, source.holes());
    }
    secrets
}

/// Whether a word looks like a credential wherever it stands.
#[must_use]
pub fn holds_credential(word: &[u8]) -> bool {
    !literals::find(word).is_empty()
}

/// Puts spans in order, joins those that touch, and takes out what a template fills in: that is no secret yet.
fn tidy(spans: &mut Vec<Span>, holes: &[Span]) {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for &span in spans.iter().filter(|span| !span.is_empty()) {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    if holes.is_empty() {
        *spans = joined;
        return;
    }
    spans.clear();
    for mut span in joined {
        let first = holes.partition_point(|hole| hole.end <= span.start);
        for hole in holes[first..].iter().take_while(|hole| hole.start < span.end) {
            if span.start < hole.start {
                spans.push(Span::new(span.start, hole.start));
            }
            span.start = hole.end.min(span.end);
        }
        if !span.is_empty() {
            spans.push(span);
        }
    }
}

#[cfg(test)]
mod tests;
