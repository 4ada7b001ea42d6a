//! The command `lint401`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lint401::cli::main(lint401::lsp::serve)
}
