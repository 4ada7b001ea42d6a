//! The directives of both servers as tables. Holds no logic beyond looking a name up.
//!
//! The facts are in `grammars/nginx.toml` and `grammars/apache.toml`; `grammars/build.rs` turns them into static tables
//! when the crate is built.

pub mod apache;
pub mod nginx;
