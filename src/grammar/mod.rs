//! The directives of both servers and the ways to store a password, as tables. Holds no logic beyond looking a name up.
//!
//! The facts are in `grammars/*.toml`; `grammars/build.rs` turns them into static tables
//! when the crate is built.

pub mod apache;
pub mod hashes;
pub mod nginx;
