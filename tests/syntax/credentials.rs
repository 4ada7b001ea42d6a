//! The laws of `syntax::credentials`.
