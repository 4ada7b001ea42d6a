//! `lint401 lsp`: an editor at the other end of standard input and output.

use super::options;
use super::{Status, settings};
use crate::check;
use crate::config;
use std::path::Path;

/// Serves an editor until it says goodbye (`true`) or is gone (`false`). It is told how to read and judge the files of a
/// folder, or what is wrong with the settings there.
pub type LanguageServer =
    fn(&dyn Fn(&Path) -> Result<(config::Options, check::Settings), String>) -> bool;

pub(super) fn run(serve: LanguageServer) -> Status {
    let said_goodbye = serve(&|folder| {
        let file = settings::nearest(folder);
        options::for_editor(file.as_deref()).map_err(|failure| failure.to_string())
    });
    // what the protocol demands of a server that was left without a word
    if said_goodbye { Status::Clean } else { Status::Findings }
}
