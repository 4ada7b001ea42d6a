//! Configuration and request to an answer, with the reasons: what the server would say, and which directive decided it.
//!
//! The evaluators of both servers share requests, answers and worlds. Neither guesses: what the configuration does not say
//! is an unknown with a name, and an answer is worked out in every world that its unknowns allow.

pub mod addresses;
pub mod answer;
pub mod apache;
pub mod contract;
pub mod either;
pub mod files;
pub mod mask;
pub mod nginx;
pub mod password;
pub mod reach;
pub mod regex;
pub mod request;
pub mod sample;
pub mod text;
pub mod token;
pub mod user_file;
pub mod world;
