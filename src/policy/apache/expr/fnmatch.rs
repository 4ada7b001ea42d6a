//! Globs over texts and paths: `apr_fnmatch`.

/// The flags of `apr_fnmatch` that httpd uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::policy::apache) struct FnMatch {
    /// A slash is matched by nothing but a slash: `APR_FNM_PATHNAME`.
    pub(in crate::policy::apache) pathname: bool,
    /// The letter case does not matter: `APR_FNM_CASE_BLIND`.
    pub(in crate::policy::apache) ignore_case: bool,
}

/// Whether `text` matches `pattern` as a whole: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before a literal character.
pub(in crate::policy::apache) fn fnmatch(pattern: &[u8], text: &[u8], flags: FnMatch) -> bool {
    let (mut p, mut t) = (0, 0);
    // where to go on when what stands behind the last `*` does not fit: it takes one more
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, t));
            continue;
        }
        if p == pattern.len() && t == text.len() {
            return true;
        }
        if let Some(&byte) = text.get(t)
            && let Some(length) = one(&pattern[p..], byte, flags)
        {
            p += length;
            t += 1;
            if flags.pathname && byte == b'/' {
                // no `*` of an earlier component takes a slash
                retry = None;
            }
            continue;
        }
        match retry {
            Some((star, taken))
                if text.get(taken).is_some_and(|&byte| !flags.pathname || byte != b'/') =>
            {
                retry = Some((star, taken + 1));
                (p, t) = (star, taken + 1);
            }
            _ => return false,
        }
    }
}

/// The length of the pattern's first element when it matches `byte`.
fn one(pattern: &[u8], byte: u8, flags: FnMatch) -> Option<usize> {
    let same =
        |literal: u8| literal == byte || flags.ignore_case && literal.eq_ignore_ascii_case(&byte);
    let is_slash = flags.pathname && byte == b'/';
    match *pattern.first()? {
        b'?' => (!is_slash).then_some(1),
        b'\\' if pattern.len() > 1 => same(pattern[1]).then_some(2),
        b'[' => match class(pattern, byte, flags) {
            Some((length, hit)) => (hit && !is_slash).then_some(length),
            // a `[` without its `]` is an ordinary character
            None => same(b'[').then_some(1),
        },
        literal => same(literal).then_some(1),
    }
}

/// The length of a `[…]` at the start of `pattern`, and whether `byte` is in it.
fn class(pattern: &[u8], byte: u8, flags: FnMatch) -> Option<(usize, bool)> {
    let fold = |byte: u8| if flags.ignore_case { byte.to_ascii_lowercase() } else { byte };
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = if negated { 2 } else { 1 };
    let (mut at, mut hit) = (start, false);
    loop {
        let mut low = *pattern.get(at)?;
        if low == b']' && at > start {
            return Some((at + 1, hit != negated));
        }
        if low == b'/' && flags.pathname {
            // no class reaches into the next component
            return None;
        }
        if low == b'\\' {
            at += 1;
            low = *pattern.get(at)?;
        }
        at += 1;
        let mut high = low;
        if pattern.get(at) == Some(&b'-') && pattern.get(at + 1).is_some_and(|&next| next != b']') {
            at += 1;
            high = *pattern.get(at)?;
            if high == b'\\' {
                at += 1;
                high = *pattern.get(at)?;
            }
            at += 1;
        }
        hit |= (low..=high).contains(&byte) || (fold(low)..=fold(high)).contains(&fold(byte));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_in_apr() {
        let path = FnMatch { pathname: true, ignore_case: false };
        let text = FnMatch::default();
        let blind = FnMatch { pathname: false, ignore_case: true };
        for (flags, pattern, subject, expected) in [
            (text, "a*c", "a/b/c", true),
            (path, "a*c", "a/b/c", false),
            (path, "/x/*", "/x/y", true),
            (path, "/x/*", "/x/y/z", false),
            (path, "/*/z", "/y/z", true),
            (path, "/x/?", "/x//", false),
            (text, "[a-c]x", "bx", true),
            (text, "[!a-c]x", "bx", false),
            (text, "[]x", "[]x", true),
            (text, r"\*", "*", true),
            (text, "*.php", ".php", true),
            (text, "ABC", "abc", false),
            (blind, "A[B-D]C", "acc", true),
            (text, "*a*b", "xaxxab", true),
            (text, "", "", true),
            (text, "*", "", true),
        ] {
            let found = fnmatch(pattern.as_bytes(), subject.as_bytes(), flags);
            assert_eq!(found, expected, "{pattern} on {subject}");
        }
    }
}
