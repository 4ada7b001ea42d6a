//! Text to trees. Pure functions of bytes: no I/O, no contexts, and they never fail — a parser returns what it
//! understood and a list of what it could not take.

pub mod apache;
pub mod credentials;
mod eights;
pub mod logs;
pub mod nginx;
pub mod tree;

pub use tree::{
    Children, Language, Node, NodeId, NodeKind, SyntaxError, SyntaxErrorKind, Tree, Word, WordFlags,
};
