//! What the head of a section is compared with: a folder, a path of a URL, the last part of a file's name.

use crate::config::apache::Directive;
use crate::config::glob;

/// What a section's head says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Matcher {
    /// This text.
    Literal(Vec<u8>),
    /// A pattern with `*`, `?` or `[…]` (`apr_fnmatch` with `APR_FNM_PATHNAME`).
    Glob(Vec<u8>),
    /// A regular expression.
    Regex(Vec<u8>),
    /// A template or an unknown variable has a part in it, or it is none that httpd takes.
    Unknown,
}

impl Matcher {
    /// Reads the head of `section`; `is_match` for `<DirectoryMatch>` and its like.
    pub(super) fn of(section: Directive<'_>, is_match: bool) -> Self {
        let mut words = section.args();
        let Some(mut first) = words.next() else { return Self::Unknown };
        let tilde = !is_match && first.is(b"~");
        if tilde {
            let Some(next) = words.next() else { return Self::Unknown };
            first = next;
        }
        let Some(text) = first.known() else { return Self::Unknown };
        let text = text.into_owned();
        if is_match || tilde {
            Self::Regex(text)
        } else if glob::is_pattern(&text) {
            Self::Glob(text)
        } else {
            Self::Literal(text)
        }
    }
}

/// The parts of a path: `/a//b/` has two.
pub(super) fn parts(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".")
}

/// Whether a `<Directory>` with this path is about `folder` itself: as many parts, and each fits. Links are not resolved.
pub(super) fn is_folder(path: &[u8], folder: &[u8]) -> bool {
    let mut wanted = parts(path);
    let mut there = parts(folder);
    loop {
        match (wanted.next(), there.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if part_fits(pattern, part) => {}
            _ => return false,
        }
    }
}

/// Whether the path of a `<Location>` without a pattern holds `uri`: it ends where a part of the URI ends.
pub(super) fn is_above(path: &[u8], uri: &[u8]) -> bool {
    uri.starts_with(path)
        && (path.ends_with(b"/") || matches!(uri.get(path.len()), None | Some(b'/')))
}

/// `apr_fnmatch(pattern, text, APR_FNM_PATHNAME)`: no wildcard matches a slash, and a leading dot is nothing special.
pub(super) fn fnmatch(pattern: &[u8], text: &[u8]) -> bool {
    let mut patterns = pattern.split(|&byte| byte == b'/');
    let mut texts = text.split(|&byte| byte == b'/');
    loop {
        match (patterns.next(), texts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(text)) if part_fits(pattern, text) => {}
            _ => return false,
        }
    }
}

fn part_fits(pattern: &[u8], part: &[u8]) -> bool {
    if !glob::is_pattern(pattern) {
        return pattern == part;
    }
    // a letter in front, so that a leading dot is not at the start
    glob::matches(&[b"x", pattern].concat(), &[b"x", part].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_fit_part_by_part() {
        assert!(is_folder(b"/srv/www/", b"/srv/www"));
        assert!(is_folder(b"/", b"/"));
        assert!(is_folder(b"/srv/*", b"/srv/.git/"));
        assert!(!is_folder(b"/srv/*", b"/srv/"));
        assert!(!is_folder(b"/srv", b"/srv/www"));
    }

    #[test]
    fn locations_end_where_parts_end() {
        for (path, uri, expected) in [
            (&b"/a"[..], &b"/a"[..], true),
            (b"/a", b"/a/b", true),
            (b"/a", b"/ab", false),
            (b"/a/", b"/a", false),
            (b"/", b"/x", true),
        ] {
            assert_eq!(is_above(path, uri), expected);
        }
        assert!(fnmatch(b"/a*", b"/ab") && !fnmatch(b"/a*", b"/a/b"));
    }
}
