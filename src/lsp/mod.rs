//! The language server: what `check` reports, while somebody types, and what a person asks about a place.
//!
//! One thread reads messages, one answers them in their order; there is nothing else to wait for. A document's text hides
//! the file on the disk, everything that belongs to it is read as `check` reads it, and whatever goes wrong with one
//! request is that request's answer.

mod actions;
mod analysis;
mod auth;
mod capabilities;
mod completion;
mod diagnostics;
mod documents;
mod hints;
mod hover;
mod links;
mod position;
mod server;
mod session;
mod uri;
mod wire;

pub use server::serve;

use crate::check;
use crate::config;
use std::path::Path;

/// How the files in a folder are read and judged: what `lint401.toml` says there.
pub type SettingsOf<'s> = dyn Fn(&Path) -> Result<(config::Options, check::Settings), String> + 's;
