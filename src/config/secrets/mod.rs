//! The bytes that no output shows: what the tables call secret, what looks like a credential wherever it stands, and
//! what stands behind the names in a password file.

mod arguments;
mod literals;

use super::Project;
use super::credentials::PasswordFileData;
use crate::source::{SourceFile, Span};
use crate::syntax::credentials::Kind;

/// The secret bytes of every file, by the file's number, ascending and apart.
#[must_use]
pub fn of(project: &Project) -> Vec<Vec<Span>> {
    let mut secrets: Vec<Vec<Span>> = Vec::with_capacity(project.sources.len());
    for (_, source) in project.sources.iter() {
        secrets.push(literals::find(source.bytes()));
    }
    for site in &project.nginx {
        for file in &site.files {
            let known = &mut secrets[file.file.index()];
            if let Some(tree) = project.tree(file.file) {
                let text = project.sources.get(file.file).text();
                arguments::nginx(tree, text, &file.names, known);
            }
        }
    }
    for (id, source) in project.sources.iter() {
        if let Some(tree) = project.tree(id)
            && tree.language == crate::syntax::Language::Apache
        {
            arguments::apache(tree, source.text(), &mut secrets[id.index()]);
        }
    }
    for data in &project.credentials {
        passwords(project.sources.get(data.file), data, &mut secrets[data.file.index()]);
    }
    for ((_, source), found) in project.sources.iter().zip(&mut secrets) {
        tidy(found, source.holes());
    }
    secrets
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

/// Everything behind the name in a password or digest file, in commented-out lines, too; a line without a colon whole when
/// it can be a hash that lost its name.
fn passwords(source: &SourceFile, data: &PasswordFileData, secrets: &mut Vec<Span>) {
    let credentials = &data.credentials;
    if credentials.kind == Kind::Group {
        return;
    }
    if credentials.bom.is_some_and(|bom| bom.utf16) {
        secrets.push(Span::new(0, source.bytes().len() as u32));
        return;
    }
    for entry in &credentials.entries {
        let fields = credentials.fields(entry);
        // in a digest file the realm is no secret, the digest behind it is
        let first = match credentials.kind {
            Kind::Htdigest if fields.len() > 1 => fields.get(1),
            _ => fields.first(),
        };
        if let Some(field) = first {
            secrets.push(Span::new(field.span.start, entry.line.end));
        } else if literals::is_random(entry.line.of(source.bytes()).trim_ascii()) {
            secrets.push(entry.line);
        }
    }
    for comment in &credentials.comments {
        if let Some(colon) = memchr::memchr(b':', comment.of(source.bytes())) {
            secrets.push(Span::new(comment.start + colon as u32 + 1, comment.end));
        }
    }
}

#[cfg(test)]
mod tests;
