//! Trees to one configuration: what is read, what includes what, where each directive stands, what is known and what is
//! not. Says what is, never what is wrong.

pub mod address;
mod alike;
pub mod apache;
pub mod credentials;
pub mod detect;
mod discover;
pub mod glob;
pub mod index;
mod loader;
pub mod nginx;
pub mod password;
pub mod paths;
pub mod project;
mod search;
pub mod secrets;
pub mod suppressions;
pub mod target;
mod ways;
pub mod worker;

pub use discover::load;
pub use paths::Presence;
pub use project::{Counts, NamedSite, NotRead, Options, Project, SettingsFile, Trouble};
pub use search::{files_below, is_leftover};
pub use target::Target;
