//! The laws of `syntax::credentials`.

use lint401::source::Span;
use lint401::syntax::Language;
use lint401::syntax::credentials::{Credentials, Kind, is_blank, parse, secret_spans};
use proptest::prelude::*;

const KINDS: [Kind; 3] = [Kind::Htpasswd, Kind::Htdigest, Kind::Group];

/// The bytes outside of every mark, comment and entry: only blanks and line ends may be left.
fn trivia(file: &Credentials, text: &[u8]) -> Vec<u8> {
    let mut pieces: Vec<Span> = file.bom.iter().map(|bom| bom.span).collect();
    pieces.extend(&file.comments);
    pieces.extend(file.entries.iter().map(|entry| entry.line));
    pieces.sort_unstable();
    let mut left = Vec::new();
    let mut at = 0;
    for piece in pieces {
        assert!(piece.start >= at, "pieces overlap");
        left.extend_from_slice(Span::new(at, piece.start).of(text));
        at = piece.end;
    }
    assert!(at as usize <= text.len(), "a piece ends outside of the text");
    left.extend_from_slice(&text[at as usize..]);
    left
}

/// What every file must give, whatever it holds.
fn laws(text: &[u8], kind: Kind) {
    let file = parse(text, kind);
    if !file.bom.is_some_and(|bom| bom.utf16) {
        let left = trivia(&file, text);
        assert!(left.iter().all(|&byte| is_blank(byte) || byte == b'\n'), "lost: {left:?}");
    }
    for entry in &file.entries {
        assert!(entry.line.contains(entry.name));
        let mut at = entry.name.end;
        for word in file.fields(entry) {
            assert!(entry.line.contains(word.span), "{word:?} is outside of {entry:?}");
            assert!(word.span.start > at || kind == Kind::Group && word.span.start >= at);
            at = word.span.end;
            assert!(!word.inner().of(text).contains(&b'\n') || kind == Kind::Group);
            let _ = word.decode(Language::Apache, text);
        }
        if kind != Kind::Group {
            let pieces = entry.line.of(text).split(|&byte| byte == b':');
            assert_eq!(file.fields(entry).len() + 1, pieces.count());
        }
    }
    let secrets = secret_spans(&file, text);
    assert!(secrets.windows(2).all(|pair| pair[0].end <= pair[1].start), "{secrets:?}");
    assert!(secrets.iter().all(|span| !span.is_empty() && span.end as usize <= text.len()));
}

/// What matters in these files.
const PIECES: &[&[u8]] = &[
    b"alice",
    b":",
    b" ",
    b"\t",
    b"\n",
    b"\r\n",
    b"\r",
    b"#",
    b"\\",
    b"\\\n",
    b"\"",
    b"'",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\0",
    b"\xE9",
    b"$apr1$lint401x$",
    b"5ebe2294ecd0e0f08eab7690d2a6ee69",
];

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_is_lost(text in text()) {
        for kind in KINDS {
            laws(&text, kind);
        }
    }

    #[test]
    fn any_bytes_are_a_file(text in prop::collection::vec(any::<u8>(), 0..400)) {
        for kind in KINDS {
            laws(&text, kind);
        }
    }

    /// What no output may show is covered, whatever stands around it.
    #[test]
    fn passwords_are_secret(before in text(), colon in prop::bool::ANY, after in text()) {
        let canary = b"$apr1$canary00$CANARYCANARYCANARYCANA";
        let mut text = before;
        text.extend_from_slice(if colon { b"\nbob:" } else { b"\n#bob:" });
        let start = text.len() as u32;
        text.extend_from_slice(canary);
        let canary = Span::new(start, text.len() as u32);
        text.extend(after);
        for kind in KINDS {
            let secrets = secret_spans(&parse(&text, kind), &text);
            prop_assert!(secrets.iter().any(|secret| secret.contains(canary)), "{kind:?}");
        }
    }
}

fn entries(text: &[u8], kind: Kind) -> Vec<Vec<String>> {
    let file = parse(text, kind);
    let show = |span: Span| String::from_utf8_lossy(span.of(text)).into_owned();
    file.entries
        .iter()
        .map(|entry| {
            let mut row = vec![show(entry.name)];
            row.extend(file.fields(entry).iter().map(|word| show(word.span)));
            row
        })
        .collect()
}

#[test]
fn password_lines() {
    let text = b"\xEF\xBB\xBFalice:h1\r\n# note\n\n  bob : h2 :a comment\r\ncarol\ndora:";
    assert_eq!(
        entries(text, Kind::Htpasswd),
        [&["alice", "h1"][..], &["  bob ", " h2 ", "a comment"], &["carol"], &["dora", ""]]
    );
}

#[test]
fn digest_lines() {
    let text = b"alice:Staff only:5ebe2294ecd0e0f08eab7690d2a6ee69\n";
    let file = parse(text, Kind::Htdigest);
    let secrets = secret_spans(&file, text);
    assert_eq!(secrets.len(), 1);
    assert_eq!(secrets[0].of(text), b"5ebe2294ecd0e0f08eab7690d2a6ee69");
}

#[test]
fn group_lines_continue_and_quote() {
    let text =
        b"staff: alice \\\n  bob\nmgr :'a b' \"c\\\"d\"ed\n# old: \\\n x: y\nro\\\not: a\\\nb";
    assert_eq!(
        entries(text, Kind::Group),
        [
            &["staff", "alice", "bob"][..],
            &["mgr ", "'a b'", "\"c\\\"d\"", "ed"],
            &["ro\\\not", "a\\\nb"]
        ]
    );
}

#[test]
fn a_text_of_utf16_has_no_entries_and_is_all_secret() {
    let text = b"\xFF\xFEa\0:\0x\0\n\0";
    let file = parse(text, Kind::Htpasswd);
    assert!(file.entries.is_empty() && file.bom.is_some_and(|bom| bom.utf16));
    assert_eq!(secret_spans(&file, text), [Span::new(2, text.len() as u32)]);
}

#[test]
fn the_blanks_around_a_secret_are_not_part_of_it() {
    let text = b"alice: hash1 bob:hash2 \n";
    let secrets = secret_spans(&parse(text, Kind::Htpasswd), text);
    let shown: Vec<&[u8]> = secrets.iter().map(|span| span.of(text)).collect();
    assert_eq!(shown, [&b"hash1"[..], b"bob:hash2"]);
}

/// A quadratic step on any of these would take minutes.
#[test]
fn long_lines_and_many_lines() {
    for line in ["alice:h\n", "a: \\\n", ":", "\\\n", "\"", "a: 'b ", "#\\\n", " "] {
        let text = line.repeat(400_000 / line.len());
        for kind in KINDS {
            laws(text.as_bytes(), kind);
        }
    }
}
