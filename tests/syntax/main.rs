//! The laws of the parsers, on generated and on hostile input.

mod apache;
mod credentials;
mod nginx;
