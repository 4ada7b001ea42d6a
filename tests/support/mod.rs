//! What the tests over `fixtures/` share: the cases, copies of their trees, and lint401 run on one.
#![allow(dead_code, reason = "each test program uses its own part of this")]

pub(crate) mod case;
pub(crate) mod compare;
pub(crate) mod lint;
pub(crate) mod trace;
pub(crate) mod tree;
