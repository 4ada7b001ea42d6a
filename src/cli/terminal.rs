//! What standard output is: whether it takes colour, and how wide it is.

use super::args::Color;
use std::io::IsTerminal;

/// Lines are no longer than this, however wide the terminal is: nobody reads longer ones.
const WIDEST: usize = 120;

/// The width where nobody says: a pipe, a file.
const USUAL: usize = 100;

/// Below this nothing can be laid out.
const NARROWEST: usize = 40;

/// Whether to colour what goes to standard output. `--color` wins, then `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR` and
/// `TERM`, then whether it is a terminal.
pub(super) fn color(asked: Color) -> bool {
    match asked {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
        }
    }
}

/// How many columns standard output has: `COLUMNS`, or what the terminal says.
pub(super) fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || {
        let terminal = std::io::stdout().is_terminal();
        terminal.then(terminal_size::terminal_size).flatten().map(|(width, _)| usize::from(width.0))
    };
    told.or_else(asked).unwrap_or(USUAL).clamp(NARROWEST, WIDEST)
}
