//! Plain lines are read in one go, and all others by the thorough way; which of the two a line takes must not show.

use super::{Flavour, parse_lines};
use proptest::prelude::*;

/// What lines are made of, and what makes a line look plain although it is not.
fn piece() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "Require",
        "user",
        "\"a b\"",
        "'c'",
        "\"",
        "'",
        "\\",
        "\\\\",
        "\\\n",
        "\\\r\n",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        " ",
        "    ",
        "\t",
        "\u{b}",
        "\0",
        "#",
        "<",
        ">",
        "</",
        "/",
        "<Location",
        "</Location>",
        "<Location>",
        "Location",
        "<RequireAny>",
        "</RequireAny>",
        "/RequireAny>",
        "<Macro m>",
        "</Macro>",
        "<IfModule x>",
        "</IfModule>",
        "${a}",
        "ü",
        "/a/b>",
        "x>",
        "<a>b",
    ];
    proptest::sample::select(PIECES).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn plain_lines_are_read_as_all_others(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        for flavour in [Flavour::Server, Flavour::Htaccess] {
            let quick = parse_lines(text.as_bytes(), flavour, &[], true);
            let thorough = parse_lines(text.as_bytes(), flavour, &[], false);
            prop_assert_eq!(quick, thorough, "{:?}", text);
        }
    }
}

#[test]
fn lines_about_the_limit_are_read_alike() {
    for blanks in 8180..8196 {
        for (head, tail) in [("A", "b"), ("", ""), ("", "b"), ("A b", "")] {
            let text = format!("{head}{}{tail}\nNext line\n", " ".repeat(blanks));
            let read = |quickly| parse_lines(text.as_bytes(), Flavour::Htaccess, &[], quickly);
            assert_eq!(read(true), read(false), "{blanks} blanks between {head:?} and {tail:?}");
        }
    }
}
