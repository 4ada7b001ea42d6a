//! Revisions of a git repository, read into memory: `git` is asked, the work tree is left alone.

use super::Failure;
use crate::config::paths;
use crate::source::{Disk, EntryKind, FileSystem, Memory};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Files that are larger are no configuration, in bytes.
const LARGEST: u64 = 8 << 20;

/// How many links are followed to one file.
const MOST_LINKS: usize = 16;

/// What makes a folder in memory a checkout as well.
const MARK: &str = ".git/HEAD";

/// Whether `name` is a revision of the repository of the current folder.
pub(super) fn is_revision(name: &str) -> bool {
    let name = format!("{name}^{{tree}}");
    // without git, and outside of a repository, nothing is
    let mut asked = git(&["rev-parse", "--quiet", "--verify", "--end-of-options", &name]);
    asked.stderr(Stdio::null()).stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn git(args: &[&str]) -> Command {
    let mut command = Command::new("git");
    // a pager, a lock or a question is of no use here
    command.args(["--no-optional-locks", "-c", "core.quotepath=off"]).args(args);
    command.stdin(Stdio::null());
    command
}

fn output(args: &[&str]) -> Result<Vec<u8>, Failure> {
    let output = git(args).output().map_err(|error| Failure::new(format!("git: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().next().unwrap_or("git failed").to_owned();
        return Err(Failure::new(format!("git {}: {line}", args.first().unwrap_or(&""))));
    }
    Ok(output.stdout)
}

/// The files of a revision below the current folder.
pub(super) fn revision(name: &str) -> Result<Memory, Failure> {
    let tree = format!("{name}^{{tree}}");
    let tree = output(&["rev-parse", "--verify", "--end-of-options", &tree])?;
    let tree = String::from_utf8_lossy(&tree).trim().to_owned();
    let listed = output(&["ls-tree", "-r", "-z", "--long", &tree])?;
    let mut wanted: Vec<(PathBuf, String, bool)> = Vec::new();
    for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        // `100644 blob HASH    SIZE\tPATH`
        let Some(tab) = line.iter().position(|byte| *byte == b'\t') else { continue };
        let head = String::from_utf8_lossy(&line[..tab]).into_owned();
        let fields: Vec<&str> = head.split_ascii_whitespace().collect();
        let [mode, "blob", hash, size] = fields[..] else { continue };
        if size.parse::<u64>().is_ok_and(|size| size <= LARGEST) {
            let path = paths::from_bytes(&line[tab + 1..]);
            wanted.push((path, hash.to_owned(), mode == "120000"));
        }
    }
    let mut files = Files::default();
    blobs(&wanted, &mut files)?;
    Ok(files.finish())
}

/// Reads the wanted files through one `git cat-file`.
fn blobs(wanted: &[(PathBuf, String, bool)], files: &mut Files) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("git cat-file: {error}"));
    let mut command = git(&["cat-file", "--batch"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (Some(mut input), Some(out)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Failure::new("git cat-file: has no pipes"));
    };
    let mut out = BufReader::new(out);
    let result = std::thread::scope(|scope| {
        // both pipes are short: who only writes waits for ever
        scope.spawn(move || {
            for (_, hash, _) in wanted {
                if writeln!(input, "{hash}").is_err() {
                    return;
                }
            }
        });
        for (path, hash, is_link) in wanted {
            let mut head = String::new();
            out.read_line(&mut head).map_err(failed)?;
            let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok());
            let size = size.filter(|size| *size <= LARGEST);
            let size = size.ok_or_else(|| Failure::new(format!("git cat-file: {hash}: {head}")))?;
            let mut bytes = vec![0; size as usize + 1];
            out.read_exact(&mut bytes).map_err(failed)?;
            bytes.pop();
            files.add(path, bytes, *is_link);
        }
        Ok(())
    });
    drop(out);
    let _ = child.wait();
    result
}

/// The files of the work tree below the current folder, those that git knows and those that it would not ignore.
pub(super) fn work_tree() -> Result<Memory, Failure> {
    let args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
    let listed = output(&args)?;
    let mut files = Files::default();
    for name in listed.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let path = paths::from_bytes(name);
        if let Some(target) = Disk.link(&path) {
            files.add(&path, target.as_os_str().as_encoded_bytes().to_vec(), true);
        } else if Disk.meta(&path).is_ok_and(|meta| meta.len <= LARGEST)
            && let Ok(bytes) = Disk.read(&path)
        {
            files.add(&path, bytes, false);
        }
    }
    Ok(files.finish())
}

/// Files and the links among them.
#[derive(Default)]
struct Files {
    memory: Memory,
    links: BTreeMap<PathBuf, PathBuf>,
}

impl Files {
    fn add(&mut self, path: &Path, bytes: Vec<u8>, is_link: bool) {
        if is_link {
            self.links.insert(path.to_owned(), paths::from_bytes(&bytes));
        } else {
            self.memory.insert(path, bytes);
        }
    }

    /// Links become what they lead to, where that is among the files.
    fn finish(mut self) -> Memory {
        let before = self.memory.clone();
        for link in self.links.keys() {
            let Some(target) = self.follow(link) else { continue };
            copy(&before, &target, link, &mut self.memory, 0);
        }
        self.memory.insert(MARK, "");
        self.memory
    }

    /// Where a link leads in the end.
    fn follow(&self, link: &Path) -> Option<PathBuf> {
        let mut at = link.to_owned();
        for _ in 0..MOST_LINKS {
            let Some(target) = self.links.get(&at) else { return Some(at) };
            if target.is_absolute() {
                return None;
            }
            at = paths::tidy(&paths::folder(&at).join(target));
        }
        None
    }
}

/// Copies a file, or what is in a folder.
fn copy(from: &Memory, source: &Path, to: &Path, memory: &mut Memory, depth: usize) {
    if let Ok(bytes) = from.read(source) {
        memory.insert(to, bytes);
    } else if depth < MOST_LINKS
        && let Ok(entries) = from.list(source)
    {
        for entry in entries {
            if entry.kind != EntryKind::Link {
                copy(from, &source.join(&entry.name), &to.join(&entry.name), memory, depth + 1);
            }
        }
    }
}
