//! Searching a folder for configurations, the way a person would: hidden leftovers and other people's code aside.

use super::Options;
use crate::source::{EntryKind, FileSystem};
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::{Path, PathBuf};

/// Folders that hold other people's code or a tool's own files.
const SKIPPED_FOLDERS: [&str; 8] = [
    ".git",
    ".hg",
    ".svn",
    "node_modules",
    "vendor",
    "bower_components",
    "__pycache__",
    ".terraform",
];

/// Endings that editors and package managers give to a file they put aside.
const LEFTOVERS: [&str; 19] = [
    "~",
    ".bak",
    ".old",
    ".orig",
    ".rej",
    ".save",
    ".swp",
    ".dpkg-old",
    ".dpkg-dist",
    ".dpkg-new",
    ".dpkg-bak",
    ".ucf-dist",
    ".ucf-new",
    ".ucf-old",
    ".rpmnew",
    ".rpmsave",
    ".pacnew",
    ".pacsave",
    ".default",
];

/// Endings of templates: what stands before them tells the kind of file.
const TEMPLATE_ENDINGS: [&str; 14] = [
    ".j2",
    ".jinja",
    ".jinja2",
    ".erb",
    ".epp",
    ".tmpl",
    ".tpl",
    ".template",
    ".in",
    ".mustache",
    ".gotmpl",
    ".dist",
    ".example",
    ".sample",
];

/// Folders in which files of any name are configuration.
const CONFIGURATION_FOLDERS: [&str; 10] = [
    "sites-available",
    "sites-enabled",
    "conf.d",
    "vhosts.d",
    "vhosts",
    "snippets",
    "conf-available",
    "conf-enabled",
    "mods-available",
    "mods-enabled",
];

/// The files below `folder` that may be configurations, sorted by path. What they are their words tell later.
#[must_use]
pub(super) fn candidates(fs: &dyn FileSystem, folder: &Path, options: &Options) -> Vec<PathBuf> {
    files_below(fs, folder, options, &may_be_configuration)
}

/// The files below `folder` that are `wanted`, told by their folder and name, sorted by path: what .gitignore and the
/// settings leave out, and other people's code, aside.
#[must_use]
pub fn files_below(
    fs: &dyn FileSystem,
    folder: &Path,
    options: &Options,
    wanted: &dyn Fn(&Path, &str) -> bool,
) -> Vec<PathBuf> {
    let excluded = excludes(options);
    let mut found = Vec::new();
    // each folder with the ignore files that hold in it, outermost first; those above the named folder do not count
    let mut folders = vec![(folder.to_owned(), Ignores::new())];
    while let Some((folder, mut ignores)) = folders.pop() {
        if let Some(own) = ignore_file(fs, &folder) {
            ignores.push(std::rc::Rc::new(own));
        }
        // what cannot be listed holds nothing that could be read; a folder that was named is reported by the caller
        for entry in fs.list(&folder).unwrap_or_default() {
            let path = if folder == Path::new(".") {
                PathBuf::from(&entry.name)
            } else {
                folder.join(&entry.name)
            };
            let name = entry.name.to_string_lossy();
            let is_folder = entry.kind == EntryKind::Directory;
            if is_ignored(&ignores, &path, is_folder)
                || excluded.matched(&path, is_folder).is_ignore()
            {
                continue;
            }
            match entry.kind {
                EntryKind::Directory if !SKIPPED_FOLDERS.contains(&&*name) => {
                    folders.push((path, ignores.clone()));
                }
                // a link is read where it leads; links to folders are not followed, so there are no circles
                EntryKind::File | EntryKind::Link if wanted(&folder, &name) => {
                    found.push(path);
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Whether `--exclude` or the settings' `exclude` hold `path`.
#[must_use]
pub(super) fn is_excluded(options: &Options, path: &Path) -> bool {
    if options.exclude.is_empty() {
        return false;
    }
    let patterns = excludes(options);
    let mut innermost = path.ancestors().map(|one| patterns.matched(one, one != path));
    innermost.find(|it| !it.is_none()).is_some_and(|it| it.is_ignore())
}

fn excludes(options: &Options) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for pattern in &options.exclude {
        // a pattern that does not parse was refused when the settings were read
        let _ = builder.add_line(None, pattern);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// Whether a file of this name was put aside by an editor or a package manager.
#[must_use]
pub fn is_leftover(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    LEFTOVERS.iter().any(|ending| lower.ends_with(ending))
}

fn may_be_configuration(folder: &Path, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if is_leftover(&lower) {
        return false;
    }
    let base =
        TEMPLATE_ENDINGS.iter().find_map(|ending| lower.strip_suffix(ending)).unwrap_or(&lower);
    let known_ending = [".conf", ".vhost", ".nginx", ".htaccess", ".load", ".inc"]
        .iter()
        .any(|ending| base.ends_with(ending));
    let parent = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let anything = CONFIGURATION_FOLDERS.contains(&parent) && !lower.starts_with('.');
    known_ending || base == "htaccess" || lower.starts_with("nginx.conf") || anything
}

type Ignores = Vec<std::rc::Rc<Gitignore>>;

/// Deeper ignore files win, and in one file the last pattern that matches.
fn is_ignored(ignores: &Ignores, path: &Path, is_folder: bool) -> bool {
    for ignore in ignores.iter().rev() {
        match ignore.matched(path, is_folder) {
            Match::Ignore(_) => return true,
            Match::Whitelist(_) => return false,
            Match::None => {}
        }
    }
    false
}

fn ignore_file(fs: &dyn FileSystem, folder: &Path) -> Option<Gitignore> {
    let bytes = fs.read(&folder.join(".gitignore")).ok()?;
    let root = if folder == Path::new(".") { Path::new("") } else { folder };
    let mut builder = GitignoreBuilder::new(root);
    for line in String::from_utf8_lossy(&bytes).lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;

    #[test]
    fn folders_are_searched_as_a_person_would() {
        let mut fs = Memory::default();
        for path in [
            "nginx.conf",
            "conf.d/a.conf",
            "conf.d/a.conf~",
            "conf.d/old.conf.bak",
            "sites-available/shop",
            "web/.htaccess",
            "node_modules/x/nginx.conf",
            "README.md",
            "templates/site.conf.j2",
            "secret/b.conf",
            "keep/c.conf",
        ] {
            fs.insert(path, "");
        }
        fs.insert(".gitignore", "secret/\nkeep/*\n");
        fs.insert("keep/.gitignore", "!c.conf\n");
        let options = Options { exclude: vec!["templates".into()], ..Options::default() };
        let found: Vec<String> = candidates(&fs, Path::new("."), &options)
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        assert_eq!(
            found,
            ["conf.d/a.conf", "keep/c.conf", "nginx.conf", "sites-available/shop", "web/.htaccess"]
        );
    }
}
