//! Texts that patterns match: for requests that show a finding.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A text that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The text.
    pub text: Vec<u8>,
    /// Whether it must stand at the beginning.
    pub at_start: bool,
    /// Whether it must stand at the end.
    pub at_end: bool,
}

/// The shortest text that `pattern` matches, with readable letters where it leaves a choice; `None` for a pattern that
/// looks around or back.
#[must_use]
pub fn sample(pattern: &[u8]) -> Option<Sample> {
    let hir = parse(pattern)?;
    let mut sample = Sample { text: Vec::new(), at_start: false, at_end: false };
    // the parts that are still to come, the next one last
    let mut rest: Vec<(&Hir, bool)> = vec![(&hir, true)];
    while let Some((part, is_top)) = rest.pop() {
        if sample.text.len() > 256 {
            return None;
        }
        match part.kind() {
            HirKind::Empty => {}
            HirKind::Look(look) => {
                use regex_syntax::hir::Look;
                match look {
                    Look::Start if is_top => sample.at_start = true,
                    Look::End if is_top => sample.at_end = true,
                    _ => {}
                }
            }
            HirKind::Literal(literal) => sample.text.extend_from_slice(&literal.0),
            HirKind::Class(class) => sample.text.push(letter(class)?),
            HirKind::Repetition(repetition) => {
                // at most a few: a text for people
                for _ in 0..repetition.min.min(16) {
                    rest.push((&repetition.sub, false));
                }
            }
            HirKind::Capture(capture) => rest.push((&capture.sub, false)),
            HirKind::Concat(parts) => rest.extend(parts.iter().rev().map(|part| (part, is_top))),
            HirKind::Alternation(parts) => rest.push((parts.first()?, false)),
        }
    }
    Some(sample)
}

/// A pattern taken apart, on bytes and without Unicode; `None` for one that looks around or back.
#[must_use]
pub fn parse(pattern: &[u8]) -> Option<Hir> {
    let pattern = std::str::from_utf8(pattern).ok()?;
    regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).ok()
}

/// A readable member of a class.
fn letter(class: &Class) -> Option<u8> {
    let has = |byte: u8| match class {
        Class::Bytes(class) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&byte))
        }
        Class::Unicode(class) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&char::from(byte)))
        }
    };
    (b'a'..=b'z').chain(b'0'..=b'9').chain(b'A'..=b'Z').chain(0x21..=0x7e).find(|&byte| has(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_short_and_readable() {
        let text = |pattern: &str| {
            sample(pattern.as_bytes())
                .map(|it| (String::from_utf8_lossy(&it.text).into_owned(), it.at_start, it.at_end))
        };
        assert_eq!(text(r"\.php$"), Some((".php".into(), false, true)));
        assert_eq!(text(r"^/api/(v\d+)/[^/]+$"), Some(("/api/v0/a".into(), true, true)));
        assert_eq!(text(r"\.(?:png|css)$"), Some((".png".into(), false, true)));
        assert_eq!(text(r"(?!x)y"), None);
    }
}
