//! Lines of access logs, in the formats that configurations define, and of the error logs of both servers.

mod access;
mod error;
mod format;

pub use access::{Entry, Scheme, split_query};
pub use error::{Reason, Trouble, is_error_line, phrases, read as read_error};
pub use format::{Field, Format};
