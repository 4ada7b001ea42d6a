//! What the messages about password files share: who is concerned, which server reads the file, one finding for many lines.

use crate::config::credentials::{PasswordFile, Reads, User};
use crate::diagnostic::Finding;
use crate::source::Span;
use crate::syntax::Language;

/// How many further places a finding points at.
const PLACES: usize = 4;

/// Things that share one mistake, in the order in which the mistakes first appear.
#[derive(Debug)]
pub(super) struct Groups<K, T>(Vec<(K, Vec<T>)>);

impl<K: PartialEq, T> Groups<K, T> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds `item` to those with the same `key`. There must be few keys.
    pub(super) fn add(&mut self, key: K, item: T) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, items)) => items.push(item),
            None => self.0.push((key, vec![item])),
        }
    }

    /// The groups; each has at least one item.
    pub(super) fn into_iter(self) -> impl Iterator<Item = (K, T, Vec<T>)> {
        self.0.into_iter().filter_map(|(key, mut items)| {
            (!items.is_empty()).then(|| {
                let first = items.remove(0);
                (key, first, items)
            })
        })
    }
}

/// "alice", "alice and bob", "alice and 7 more users".
pub(super) fn who(file: &PasswordFile<'_>, first: &User, more: &[User]) -> String {
    let name = file.shown(first.name);
    match more {
        [] => name,
        [second] => format!("{name} and {}", file.shown(second.name)),
        _ => format!("{name} and {} more users", more.len()),
    }
}

/// Points at the same mistake in further lines.
pub(super) fn and_here(
    mut finding: Finding,
    file: &PasswordFile<'_>,
    places: impl Iterator<Item = Span>,
) -> Finding {
    for place in places.take(PLACES) {
        finding = finding.related(file.at(place), "and here");
    }
    finding
}

/// The servers that read the file or may read it, as the subject of a sentence in the singular.
pub(super) fn server(file: &PasswordFile<'_>) -> &'static str {
    match (file.read_by(Language::Nginx), file.read_by(Language::Apache)) {
        (Reads::Yes, Reads::No) => "nginx",
        (Reads::No, Reads::Yes) => "httpd",
        _ => "the server",
    }
}
