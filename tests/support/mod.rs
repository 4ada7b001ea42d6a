//! What the tests over `fixtures/` and against real servers share: the cases, copies of their trees, lint401 run on one, and
//! the servers that are installed here.
#![allow(dead_code, reason = "each test program uses its own part of this")]

pub(crate) mod binary;
pub(crate) mod case;
pub(crate) mod certificates;
pub(crate) mod compare;
pub(crate) mod directory;
pub(crate) mod lint;
pub(crate) mod php_fpm;
pub(crate) mod server;
pub(crate) mod trace;
pub(crate) mod tree;
