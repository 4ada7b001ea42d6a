//! Plain directives are read in one go, and all others by the thorough way; which of the two one takes must not show.

use super::parse_words;
use proptest::prelude::*;

/// What directives are made of, and what makes one look plain although it is not.
fn piece() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "allow",
        "all",
        "a_b",
        "server",
        "location",
        "http",
        "map",
        "geo",
        "types",
        "x_by_lua_block",
        "content_by_lua_block",
        "include",
        "return",
        "{",
        "}",
        ";",
        "; ",
        ";\n",
        " ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "\u{b}",
        "\0",
        "\"",
        "'",
        "\"a b\"",
        "'c'",
        "\\",
        "\\;",
        "\\ ",
        "$",
        "$a",
        "${a}",
        "${",
        "$$",
        "#",
        "# c\n",
        "ü",
        "/a{2}",
        "{\"a\": 1}",
        "default",
        "~^x$",
        "a\"",
        "a'",
        "abcdefghijklmnopqrstuvwxyz",
    ];
    proptest::sample::select(PIECES).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn plain_directives_are_read_as_all_others(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        let quick = parse_words(text.as_bytes(), &[], true);
        let thorough = parse_words(text.as_bytes(), &[], false);
        prop_assert_eq!(quick, thorough, "{:?}", text);
    }
}

#[test]
fn a_word_longer_than_the_buffer_is_found_either_way() {
    for length in [4093, 4094, 4095, 4096, 9000] {
        let text = format!(
            "a {};\nb {} {};\n{}",
            "x".repeat(length),
            "$y".repeat(length / 2),
            "z",
            "c d;\n".repeat(2000)
        );
        let quick = parse_words(text.as_bytes(), &[], true);
        assert_eq!(quick, parse_words(text.as_bytes(), &[], false), "{length}");
    }
}
