//! The language server, talked to as editors do: by a script, and by a real editor.

mod client;
mod everywhere;
mod neovim;
mod nonsense;
mod session;
mod understanding;
