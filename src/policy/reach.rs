//! Which of several configurations a request is for.

/// How far a request gets in a configuration before any block has a say, nearest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nothing listens where it goes.
    Nowhere,
    /// Something listens there, or may; no server is known by the name that it asks for.
    Listens,
    /// A server there has the name that it asks for.
    Names,
}
