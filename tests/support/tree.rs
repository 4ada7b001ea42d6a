//! Copies of a case's tree with the folder and the ports that a test was given.

use super::case::{Case, Side};
use super::{certificates, directory};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::{fs, io};
use tempfile::TempDir;

/// The ports that trees write, on loopback.
pub(crate) const PORTS: [u16; 9] = [8401, 8402, 8403, 8404, 8405, 8406, 8407, 8408, 8409];

/// The folder that trees write for their own.
const FOLDER: &str = "/srv/case";

/// The copy of a tree; it vanishes when dropped.
#[derive(Debug)]
pub(crate) struct Copy {
    folder: TempDir,
    ports: [u16; 9],
    /// What is written, and what stands there in the copy.
    texts: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Copy {
    /// Copies a side of a case, with `ports` in place of [`PORTS`].
    pub(crate) fn new(case: &Case, side: Side, ports: &[u16; 9]) -> io::Result<Self> {
        let from = case.tree(side).ok_or(io::ErrorKind::NotFound)?;
        let folder = tempfile::Builder::new().prefix("lint401-").tempdir()?;
        let here = folder.path().as_os_str().as_bytes().to_vec();
        let mut texts = vec![(FOLDER.into(), here)];
        for (written, given) in PORTS.iter().zip(ports) {
            texts.push((written.to_string().into_bytes(), given.to_string().into_bytes()));
        }
        let copy = Self { folder, ports: *ports, texts };
        copy.fill(&from, copy.path())?;
        for (name, text) in &case.files {
            copy.add(name, text)?;
        }
        if case.has_certificates() {
            match certificates::add(copy.path()) {
                // where no server runs there is no use for them
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if case.has_directory() {
            for (name, text) in directory::FILES {
                copy.add(name, text)?;
            }
        }
        for (name, &mode) in &case.modes {
            chmod(&copy.path().join(name), mode)?;
        }
        Ok(copy)
    }

    /// Its folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The port that stands for `written`.
    pub(crate) fn port(&self, written: u16) -> u16 {
        let at = PORTS.iter().position(|&port| port == written);
        at.map_or(written, |at| self.ports[at])
    }

    /// A text of the case as it stands in this copy.
    pub(crate) fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&replace(text.as_bytes(), &self.texts)).into_owned()
    }

    /// Writes one more file, or makes a folder.
    fn add(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.path().join(name);
        if name.ends_with('/') {
            return fs::create_dir_all(path);
        }
        fs::create_dir_all(path.parent().unwrap_or(self.path()))?;
        fs::write(path, self.text(text))
    }

    /// Copies what lies in `from`, links as links.
    fn fill(&self, from: &Path, to: &Path) -> io::Result<()> {
        // the workers run as another user and must get in
        chmod(to, 0o755)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            let kind = entry.file_type()?;
            if kind.is_symlink() {
                let target = fs::read_link(&from)?;
                let target = replace(target.as_os_str().as_bytes(), &self.texts);
                symlink(OsStr::from_bytes(&target), &to)?;
            } else if kind.is_dir() {
                fs::create_dir(&to)?;
                self.fill(&from, &to)?;
            } else {
                fs::write(&to, replace(&fs::read(&from)?, &self.texts))?;
                let executable = entry.metadata()?.permissions().mode() & 0o100 != 0;
                chmod(&to, if executable { 0o755 } else { 0o644 })?;
            }
        }
        Ok(())
    }
}

fn chmod(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// `text` with every whole word of `texts` replaced: 8401, not the 8401 in 184012.
pub(crate) fn replace(text: &[u8], texts: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let before = at.checked_sub(1).map(|before| text[before]);
        let hit = texts.iter().find(|(written, _)| {
            rest.starts_with(written)
                && !(is_word(before) && is_word(written.first().copied()))
                && !is_word(rest.get(written.len()).copied())
        });
        if let Some((written, given)) = hit {
            out.extend(given);
            at += written.len();
        } else {
            out.push(rest[0]);
            at += 1;
        }
    }
    out
}

fn is_word(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric())
}
