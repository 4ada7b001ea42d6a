//! What a server answers: its decisions, worked out from the configuration in the order in which it takes them.

pub mod password;
pub mod user_file;
