//! Bytes, spans and positions, and how files come in. Knows no server.

mod dump;
mod expansion;
mod file;
mod files;
mod links;
mod percent;
mod position;
mod remembered;
mod span;
mod template;

pub use dump::{Dump, DumpFile, DumpFormat};
pub use expansion::Expansion;
pub use file::{DumpOrigin, SourceFile, Sources};
pub use files::{
    Disk, Entry, EntryKind, FileKind, FileSystem, Memory, Meta, Overlay, Owner, ReadError,
    SIZE_LIMIT,
};
pub use links::Links;
pub use percent::percent_encoded;
pub use position::{LineIndex, Lines, Position};
pub use remembered::Remembered;
pub use span::{FileId, Location, Span};
pub use template::{Hole, HoleKind, Template};
