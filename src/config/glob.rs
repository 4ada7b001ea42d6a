//! File name patterns as glob(3) and apr_fnmatch match them, over any file system.

use crate::source::{EntryKind, FileSystem};
use std::path::{Component, Path, PathBuf};

/// Whether `text` holds a character that makes it a pattern.
#[must_use]
pub fn is_pattern(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// Whether the file name `name` matches `pattern`: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a literal character.
/// A leading dot is matched only by a dot, as with `FNM_PERIOD`.
#[must_use]
pub fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') && !pattern.starts_with(b"\\.")
    {
        return false;
    }
    let (mut p, mut n) = (0, 0);
    // where to go on when the characters behind the last `*` do not fit: it takes one more
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, n));
            continue;
        }
        let step = if n < name.len() { one(&pattern[p..], name[n]) } else { None };
        match step {
            Some(length) => {
                p += length;
                n += 1;
            }
            None if n == name.len() && p == pattern.len() => return true,
            None => match retry {
                Some((star, taken)) if taken < name.len() => {
                    retry = Some((star, taken + 1));
                    p = star;
                    n = taken + 1;
                }
                _ => return false,
            },
        }
    }
}

/// The length of the pattern's first element when it matches `byte`.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern.first()? {
        b'?' => Some(1),
        b'\\' if pattern.len() > 1 => (pattern[1] == byte).then_some(2),
        b'[' => match class(pattern, byte) {
            Some((length, hit)) => hit.then_some(length),
            // a `[` without its `]` is an ordinary character
            None => (byte == b'[').then_some(1),
        },
        literal => (literal == byte).then_some(1),
    }
}

/// The length of a `[…]` at the start of `pattern`, and whether `byte` is in it.
fn class(pattern: &[u8], byte: u8) -> Option<(usize, bool)> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = if negated { 2 } else { 1 };
    let mut at = start;
    let mut hit = false;
    loop {
        let mut low = *pattern.get(at)?;
        if low == b']' && at > start {
            return Some((at + 1, hit != negated));
        }
        if low == b'\\' && pattern.get(at + 1).is_some() {
            at += 1;
            low = pattern[at];
        }
        if pattern.get(at + 1) == Some(&b'-')
            && pattern.get(at + 2).is_some_and(|&high| high != b']')
        {
            hit |= (low..=pattern[at + 2]).contains(&byte);
            at += 3;
        } else {
            hit |= low == byte;
            at += 1;
        }
    }
}

/// The paths that match `pattern`, sorted by bytes as a whole: what glob(3) returns in the C locale.
#[must_use]
pub fn expand(fs: &dyn FileSystem, pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    let mut parts = pattern.components().peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            Component::Normal(text) if is_pattern(text.as_encoded_bytes()) => {
                found = found
                    .iter()
                    .flat_map(|folder| children(fs, folder, text.as_encoded_bytes(), last))
                    .collect();
            }
            other => {
                for path in &mut found {
                    path.push(other);
                }
                if last {
                    found.retain(|path| fs.meta(path).is_ok());
                }
            }
        }
    }
    found.sort_unstable_by(|a, b| {
        a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes())
    });
    found
}

fn children(fs: &dyn FileSystem, folder: &Path, pattern: &[u8], last: bool) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs.list(here).unwrap_or_default();
    entries
        .into_iter()
        .filter(|entry| last || matches!(entry.kind, EntryKind::Directory | EntryKind::Link))
        .filter(|entry| matches(pattern, entry.name.as_encoded_bytes()))
        .map(|entry| folder.join(entry.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;

    #[test]
    fn names_match_as_glob_matches_them() {
        for (pattern, name, expected) in [
            ("*.conf", "a.conf", true),
            ("*.conf", ".conf", false),
            ("*.conf", "a.conf~", false),
            ("*", ".hidden", false),
            (".*", ".hidden", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("server_proxy[.]conf", "server_proxy.conf", true),
            ("[a-c]?", "bz", true),
            ("[!a-c]", "b", false),
            ("[]]", "]", true),
            ("[", "[", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn paths_are_sorted_by_bytes() {
        let mut fs = Memory::default();
        for path in ["c/b.conf", "c/B.conf", "c/a-x.conf", "c/a.conf", "c/sub/a.conf", "c/.h.conf"]
        {
            fs.insert(path, "");
        }
        let names = |pattern: &str| -> Vec<String> {
            expand(&fs, Path::new(pattern)).iter().map(|path| path.display().to_string()).collect()
        };
        assert_eq!(names("c/*.conf"), ["c/B.conf", "c/a-x.conf", "c/a.conf", "c/b.conf"]);
        assert_eq!(names("c/*/a.conf"), ["c/sub/a.conf"]);
        assert_eq!(names("c/[b]"), [""; 0]);
        assert_eq!(names("none/*.conf"), [""; 0]);
    }
}
