//! "Did you mean": the word that somebody most likely wanted to write.

/// Longer words are no slip of the finger, and the work grows with the square of the length.
const LONGEST: usize = 64;

/// The candidate that is nearest to `word`, letter case aside; `None` when nothing is near enough to be meant.
///
/// A third of the letters may differ, a swap of neighbours counting as one; of two equally near ones the first wins.
pub fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    nearest(word.as_bytes(), (word.len() / 3).max(1), candidates, |_, _| ())
}

/// The candidate that `word` is a slip of the finger for; `None` where a stranger's word may be meant.
///
/// One edit in words of three to five bytes, two in longer ones, and letter case at no cost. Of equally near ones that with the
/// same first letter wins, then one whose other letter lies beside the right one on a keyboard, then the first.
pub fn near_miss<'c>(
    word: &[u8],
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    if word.len() < 3 {
        return None;
    }
    let limit = if word.len() <= 5 { 1 } else { 2 };
    nearest(word, limit, candidates, rank)
}

/// Which of equally near words is the likelier one, the least first.
pub(super) fn rank(word: &[u8], candidate: &[u8]) -> (bool, bool) {
    (word.first() != candidate.first(), !swaps_neighbouring_keys(word, candidate))
}

/// The candidate with the fewest edits, at most `limit`; of equally near ones the least by `rank`, then the first.
pub(super) fn nearest<'c, R: Ord>(
    word: &[u8],
    limit: usize,
    candidates: impl IntoIterator<Item = &'c str>,
    rank: fn(&[u8], &[u8]) -> R,
) -> Option<&'c str> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let mut best: Option<(usize, R, &str)> = None;
    for candidate in candidates {
        if candidate.len().abs_diff(word.len()) > limit {
            continue;
        }
        let letters = candidate.to_ascii_lowercase();
        let Some(distance) = distance(&word, letters.as_bytes(), limit) else { continue };
        // as many edits as there are letters would make any word of any other
        if distance >= letters.len() {
            continue;
        }
        let rank = rank(&word, letters.as_bytes());
        if best.as_ref().is_none_or(|best| (distance, &rank) < (best.0, &best.1)) {
            best = Some((distance, rank, candidate));
        }
    }
    best.map(|(.., candidate)| candidate)
}

/// How many letters must be added, removed, replaced or swapped with their neighbour to make `b` of `a`; `None` for more
/// than `limit`.
pub(super) fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = last.clone();
    for (i, &x) in a.iter().enumerate() {
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before[j - 1] + 1);
            }
            row[j + 1] = cost;
        }
        if row.iter().all(|&cost| cost > limit) {
            return None;
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last.last().copied().filter(|&cost| cost <= limit)
}

/// Whether the two differ in one letter only, and these letters lie side by side on a keyboard.
fn swaps_neighbouring_keys(a: &[u8], b: &[u8]) -> bool {
    const ROWS: [&[u8]; 4] = [b"1234567890-", b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let mut different = a.iter().zip(b).filter(|(x, y)| x != y);
    let (Some((x, y)), None) = (different.next(), different.next()) else { return false };
    let beside = |pair: &[u8]| pair == [*x, *y] || pair == [*y, *x];
    a.len() == b.len() && ROWS.iter().any(|row| row.windows(2).any(beside))
}

#[cfg(test)]
mod tests {
    use super::{closest, near_miss};

    const WORDS: [&str; 8] = [
        "auth_basic",
        "auth_basic_user_file",
        "satisfy",
        "deny",
        "allow",
        "if",
        "proxy_bind",
        "proxy_pass",
    ];

    #[test]
    fn slips_are_mended_and_strangers_are_not() {
        assert_eq!(closest("auth_bsaic", WORDS), Some("auth_basic"));
        assert_eq!(closest("Auth_Basic", WORDS), Some("auth_basic"));
        assert_eq!(closest("auth_basic_userfile", WORDS), Some("auth_basic_user_file"));
        assert_eq!(closest("dney", WORDS), Some("deny"));
        assert_eq!(closest("gzip", WORDS), None);
        assert_eq!(closest("", WORDS), None);
        assert_eq!(closest(&"a".repeat(100_000), WORDS), None);
    }

    #[test]
    fn near_misses_are_slips_of_the_finger() {
        for (written, meant) in [
            ("auth_baisc", "auth_basic"),
            ("auth_basci_user_fiel", "auth_basic_user_file"),
            ("authbasic", "auth_basic"),
            ("AUTH_BASIC", "auth_basic"),
            ("dney", "deny"),
            ("allwo", "allow"),
            ("statisfy", "satisfy"),
        ] {
            assert_eq!(near_miss(written.as_bytes(), WORDS), Some(meant), "{written}");
        }
        for written in
            ["geoip", "is", "", "i", "more_set_headers", "deploy", "alias", "xx", "proxy_users"]
        {
            assert_eq!(near_miss(written.as_bytes(), WORDS), None, "{written}");
        }
    }

    #[test]
    fn the_nearest_wins_whatever_the_order() {
        assert_eq!(near_miss(b"proxy_pas", ["proxy_path", "proxy_pass"]), Some("proxy_pass"));
        assert_eq!(near_miss(b"sat", ["bat", "sap"]), Some("sap"));
        for words in [["tabde", "table"], ["table", "tabde"]] {
            assert_eq!(near_miss(b"tabke", words), Some("table"));
        }
    }
}
