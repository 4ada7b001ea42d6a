//! Where files come from: the disk, with standard input over it where `-` is named.

use super::Failure;
use crate::source::{Disk, FileSystem, Memory, Overlay, SIZE_LIMIT};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The way to the files, and the paths as they are called there. Standard input is called `stdin_name`.
pub(super) fn way_to_files(
    paths: &[PathBuf],
    stdin_name: Option<&Path>,
) -> Result<(Box<dyn FileSystem>, Vec<PathBuf>), Failure> {
    let dash = Path::new("-");
    if paths.is_empty() {
        return Ok((Box::new(Disk), vec![PathBuf::from(".")]));
    }
    if !paths.iter().any(|path| path == dash) {
        return Ok((Box::new(Disk), paths.to_vec()));
    }
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(SIZE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(Failure::new("standard input is larger than 256 MiB"));
    }
    let name = stdin_name.unwrap_or(dash);
    let mut memory = Memory::default();
    memory.insert(name, bytes);
    let paths = paths.iter().map(|path| if path == dash { name } else { path });
    Ok((Box::new(Overlay::new(Disk, memory)), paths.map(Path::to_owned).collect()))
}
