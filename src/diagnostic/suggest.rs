//! "Did you mean": the word that somebody most likely wanted to write.

/// The candidate that is nearest to `word`, letter case aside; `None` when nothing is near enough to be meant.
///
/// A third of the letters may differ, a swap of neighbours counting as one; of two equally near ones the first wins.
pub fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // longer words are no slip of the finger, and the work grows with the square of the length
    const LONGEST: usize = 64;
    let word: Vec<char> = word.chars().take(LONGEST + 1).flat_map(char::to_lowercase).collect();
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let allowed = (word.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        if letters.len().abs_diff(word.len()) > allowed || letters.is_empty() {
            continue;
        }
        let distance = distance(&word, &letters);
        // as many edits as there are letters would make any word of any other
        if distance <= allowed
            && distance < letters.len()
            && best.is_none_or(|(least, _)| distance < least)
        {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many letters must be added, removed, replaced or swapped with their neighbour to make `b` of `a`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, &y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn slips_are_mended_and_strangers_are_not() {
        let words = ["auth_basic", "auth_basic_user_file", "satisfy", "deny"];
        assert_eq!(closest("auth_bsaic", words), Some("auth_basic"));
        assert_eq!(closest("Auth_Basic", words), Some("auth_basic"));
        assert_eq!(closest("auth_basic_userfile", words), Some("auth_basic_user_file"));
        assert_eq!(closest("dney", words), Some("deny"));
        assert_eq!(closest("gzip", words), None);
        assert_eq!(closest("", words), None);
        assert_eq!(closest(&"a".repeat(100_000), words), None);
    }
}
