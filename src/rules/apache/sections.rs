//! Sections that are matched against a path, a URL or a file's name, and how their argument is read.

use super::reading::{Access, every, read_sections};
use crate::config::apache::{Directive, Site, Value};
use std::borrow::Cow;

/// A section and what it is matched with.
#[derive(Clone, Debug)]
pub(super) struct Matched<'p> {
    /// The section.
    pub(super) section: Directive<'p>,
    /// Its argument.
    pub(super) value: Value<'p>,
    /// The argument's text.
    pub(super) text: Cow<'p, [u8]>,
    /// Whether it is a regular expression: `<LocationMatch …>` and `<Location ~ …>`.
    pub(super) is_regex: bool,
}

impl Matched<'_> {
    /// What it does to access.
    pub(super) fn access(&self) -> Access {
        Access::of(self.section)
    }
}

/// The sections `<name …>` and `<nameMatch …>` whose argument is known.
pub(super) fn matched<'p>(
    site: &Site<'p>,
    name: &str,
) -> impl Iterator<Item = Matched<'p>> + use<'p> {
    let regex = read_sections(site, &format!("{name}Match")).filter_map(with_regex);
    read_sections(site, name).filter_map(as_written).chain(regex)
}

/// Those of them of which `holds`, which may depend on the argument alone: it is asked once of lines that are alike.
pub(super) fn matched_where<'p>(
    site: &Site<'p>,
    name: &str,
    holds: impl Fn(&Matched<'p>) -> bool + Copy,
) -> impl Iterator<Item = Matched<'p>> {
    let plain = site.section_lines(name);
    let plain = every(plain, move |section| as_written(section).is_some_and(|one| holds(&one)));
    let regex = site.section_lines(&format!("{name}Match"));
    let regex = every(regex, move |section| with_regex(section).is_some_and(|one| holds(&one)));
    plain.filter_map(as_written).chain(regex.filter_map(with_regex))
}

/// The section `<name …>`, or `<name ~ …>`.
fn as_written(section: Directive<'_>) -> Option<Matched<'_>> {
    let first = section.arg(0)?;
    let is_regex = first.raw() == b"~";
    let value = if is_regex { section.arg(1)? } else { first };
    Some(Matched { section, value, text: value.known()?, is_regex })
}

/// The section `<nameMatch …>`.
fn with_regex(section: Directive<'_>) -> Option<Matched<'_>> {
    let value = section.arg(0)?;
    Some(Matched { section, value, text: value.known()?, is_regex: true })
}

/// Whether a plain argument has wildcards, as `apr_fnmatch_test` tells.
pub(super) fn has_wildcard(text: &[u8]) -> bool {
    memchr::memchr2(b'*', b'?', text).is_some()
        || memchr::memchr(b'[', text).is_some_and(|at| memchr::memchr(b']', &text[at..]).is_some())
}

/// A path without the slashes at its end.
pub(super) fn trimmed(mut path: &[u8]) -> &[u8] {
    while let Some(shorter) = path.strip_suffix(b"/") {
        path = shorter;
    }
    path
}

/// `path` and every folder above it, the longest first, without slashes at their ends; the last is empty.
pub(super) fn upwards(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(trimmed(path)), |path| {
        let slash = memchr::memrchr(b'/', path)?;
        Some(trimmed(&path[..slash]))
    })
}
