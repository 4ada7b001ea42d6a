//! lint401 works out what an nginx or Apache httpd configuration answers to requests, the way the server does, and says
//! which of them get a `401 Unauthorized` that nobody meant.
//!
//! Data goes one way, left to right; a module may use what stands to its left (`tests/layers.rs` holds this):
//!
//! ```text
//!  source ─► syntax ─► config ─► policy ─► rules ─► check ─► report ─► cli, lsp
//!              grammar ─► (config)      diagnostic ─► (rules and all to the right of it)
//!                            map ─► change ─► (report)      logs ─► (report)
//! ```
//!
//! * [`source`]: bytes, spans, positions, templates, and the one way to the files
//! * [`syntax`]: text to trees; never fails, never does I/O
//! * [`grammar`]: the directives of both servers as tables
//! * [`config`]: trees to one configuration: includes, contexts, `.htaccess`, what is known and what is not
//! * [`policy`]: what the server answers
//! * [`map`]: what every place answers to every kind of client
//! * [`change`]: what a change of the configuration does to that
//! * [`logs`]: which directive gave the refusals that logs tell of
//! * [`diagnostic`]: findings as plain data
//! * [`rules`]: one file a mistake
//! * [`check`]: runs the rules; levels, selection, order, fingerprints
//! * [`report`]: one file an output format
//! * [`lsp`]: the language server
//! * [`cli`]: the command line

pub mod change;
pub mod check;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod grammar;
pub mod logs;
pub mod lsp;
pub mod map;
pub mod policy;
pub mod report;
pub mod rules;
pub mod source;
pub mod syntax;
