//! The laws of `syntax::nginx`.
