//! The laws of `syntax::apache`.
