//! What a run reads: from the paths that the user named to sites, each with everything that it brings in.

use super::detect::{FileType, detect};
use super::loader::{Loader, ParseAs};
use super::paths::Paths;
use super::{Counts, NamedSite, Options, Project, apache, nginx, paths, search};
use crate::source::{Dump, DumpOrigin, FileId, FileKind, FileSystem, Memory, Overlay};
use crate::syntax::Language;
use crate::syntax::apache::Flavour;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Reads everything that `named` stands for: main configurations with their includes, password and .htaccess files,
/// fragments, folders. Paths that cannot be read are listed in [`Project::errors`].
#[must_use]
pub fn load(fs: &dyn FileSystem, named: &[PathBuf], options: &Options) -> Project {
    let fs: &dyn FileSystem = &options.links(fs);
    let run = read(fs, named, options, &[]);
    if run.dumps.is_empty() {
        return run.finish();
    }
    // the files of a dump lie below its own path, as if it were a folder
    let mut memory = Memory::default();
    let dumps = run.dumps;
    for (path, dump) in &dumps {
        for file in &dump.files {
            memory.insert(mounted(path, &file.path), file.text.as_slice());
        }
    }
    let overlay = Overlay::new(fs, memory);
    read(&overlay, named, options, &dumps).finish()
}

/// The path below the dump `dump` that one of its files is given.
fn mounted(dump: &Path, file: &Path) -> PathBuf {
    dump.join(file.strip_prefix("/").unwrap_or(file))
}

/// Reads what `named` stands for. `dumps` are those whose files can be read; others are only collected.
fn read<'f>(
    fs: &'f dyn FileSystem,
    named: &[PathBuf],
    options: &'f Options,
    dumps: &'f [(PathBuf, Dump)],
) -> Run<'f> {
    let loader = Loader::new(fs, options);
    let mut run = Run { loader, shown: Some(BTreeSet::new()), mounted: dumps, dumps: Vec::new() };
    let start = named.first().map_or_else(
        || PathBuf::from("."),
        |first| match fs.meta(first) {
            Ok(meta) if meta.kind == FileKind::Directory => first.clone(),
            _ => paths::folder(first),
        },
    );
    let top = paths::checkout(fs, &start);
    run.loader.paths.set_checkout(top.is_some());
    run.loader.paths.set_top(top);
    if named.iter().all(|path| path.is_relative()) {
        run.loader.here = fs.canonical(Path::new(".")).ok().filter(|here| here.is_absolute());
    }
    for path in named {
        run.named(path);
    }
    run
}

struct Run<'f> {
    loader: Loader<'f>,
    /// The files that the named paths stand for; `None` once a folder or a main configuration was named.
    shown: Option<BTreeSet<FileId>>,
    /// The dumps whose files can be read, by their paths.
    mounted: &'f [(PathBuf, Dump)],
    /// The dumps whose files cannot be read yet.
    dumps: Vec<(PathBuf, Dump)>,
}

impl Run<'_> {
    fn named(&mut self, path: &Path) {
        if self.loader.options.force_exclude && search::is_excluded(self.loader.options, path) {
            return;
        }
        match self.loader.fs.meta(path) {
            Err(error) => self.loader.trouble(path, error.to_string()),
            Ok(meta) => match meta.kind {
                FileKind::Directory => self.folder(path),
                FileKind::File => self.file(path),
                FileKind::Other => self.loader.trouble(path, "is not a regular file"),
            },
        }
    }

    /// A file that the user named.
    fn file(&mut self, path: &Path) {
        let file = match self.loader.read(path) {
            Ok(file) => file,
            Err(error) => return self.loader.trouble(path, error.to_string()),
        };
        match self.detect(file) {
            Some(FileType::Nginx) => {
                if self.is_main(file, ParseAs::Nginx) {
                    self.shown = None;
                    self.nginx_site(file, true);
                } else if self.find_main(file, Language::Nginx) {
                    self.show(file);
                } else {
                    self.nginx_site(file, false);
                    self.show_site_files();
                }
            }
            Some(FileType::Apache(flavour)) => {
                if self.is_main(file, ParseAs::Apache(flavour)) {
                    self.shown = None;
                    self.apache_site(file, apache::Form::Main);
                } else if self.find_main(file, Language::Apache) {
                    self.show(file);
                } else {
                    self.apache_site(file, form(flavour));
                    self.show_site_files();
                }
            }
            Some(FileType::Credentials(kind)) => {
                self.loader.project.add_credentials(file, kind, None);
                let mut all = self.loader.project.credentials.iter_mut();
                if let Some(data) = all.find(|data| data.file == file) {
                    data.server = self.loader.options.server;
                }
                self.show(file);
            }
            Some(FileType::Dump(language)) => self.dump(file, language),
            None => self.loader.not_read(path, "is no configuration of nginx or Apache"),
        }
    }

    /// A folder that the user named: every main configuration in it, and every fragment that none of them includes.
    fn folder(&mut self, folder: &Path) {
        self.shown = None;
        let mut fragments: Vec<(FileId, FileType)> = Vec::new();
        let mut mains: Vec<(FileId, FileType)> = Vec::new();
        let mut candidates = search::candidates(self.loader.fs, folder, self.loader.options);
        candidates.extend(self.sites_in(folder));
        candidates.sort();
        candidates.dedup();
        for path in candidates {
            let file = match self.loader.read(&path) {
                Ok(file) => file,
                Err(error) => {
                    self.loader.not_read(&path, error.to_string());
                    continue;
                }
            };
            let Some(found) = self.detect(file) else { continue };
            let parse_as = match found {
                FileType::Nginx => ParseAs::Nginx,
                FileType::Apache(flavour) => ParseAs::Apache(flavour),
                FileType::Credentials(_) | FileType::Dump(_) => continue,
            };
            let list = if self.is_main(file, parse_as) { &mut mains } else { &mut fragments };
            list.push((file, found));
        }
        for (file, found) in mains {
            match found {
                FileType::Nginx => self.nginx_site(file, true),
                _ => self.apache_site(file, apache::Form::Main),
            }
        }
        let mut taken = self.files_of_sites();
        for (file, found) in fragments {
            if taken.contains(&file) {
                continue;
            }
            match found {
                FileType::Nginx => self.nginx_site(file, false),
                FileType::Apache(flavour) => self.apache_site(file, form(flavour)),
                FileType::Credentials(_) | FileType::Dump(_) => {}
            }
            taken.insert(file);
        }
        self.drop_included_fragments();
    }

    /// The main configurations below `folder` that the settings name, whatever they are called.
    fn sites_in(&self, folder: &Path) -> Vec<PathBuf> {
        let fs = self.loader.fs;
        let Ok(top) = fs.canonical(folder) else { return Vec::new() };
        let here = |site: &NamedSite| {
            let path = fs.canonical(&site.main).ok()?;
            let path = paths::join(folder, path.strip_prefix(&top).ok()?);
            (!search::is_excluded(self.loader.options, &path)).then_some(path)
        };
        self.loader.options.sites.iter().filter_map(here).collect()
    }

    fn detect(&self, file: FileId) -> Option<FileType> {
        let source = self.loader.project.sources.get(file);
        detect(&source.path, source.bytes(), source.template(), self.loader.options.server)
    }

    /// Whether a file is a main configuration, not a fragment of one.
    fn is_main(&mut self, file: FileId, parse_as: ParseAs) -> bool {
        self.loader.parse(file, parse_as);
        let source = self.loader.project.sources.get(file);
        if self.loader.is_site(&source.path) && parse_as != ParseAs::Apache(Flavour::Htaccess) {
            return true;
        }
        let Some(tree) = &self.loader.project.trees[file.index()] else { return false };
        match parse_as {
            ParseAs::Nginx => nginx::is_main(tree, source.text()),
            ParseAs::Apache(Flavour::Server) => apache::is_main(&source.path, tree, source.text()),
            ParseAs::Apache(Flavour::Htaccess) => false,
        }
    }

    fn set_main(&mut self, file: FileId, complete: bool) {
        let path = complete.then(|| self.loader.project.sources.get(file).path.clone());
        self.loader.set_main(path.as_deref());
    }

    fn nginx_site(&mut self, file: FileId, complete: bool) {
        self.set_main(file, complete);
        let site = nginx::load(&mut self.loader, file, complete);
        self.loader.project.nginx.push(site);
    }

    fn apache_site(&mut self, file: FileId, form: apache::Form) {
        self.set_main(file, form == apache::Form::Main);
        let site = apache::load(&mut self.loader, file, form);
        self.loader.project.apache.push(site);
    }

    /// A dump that the user named stands for the configuration that it was printed from. What it does not hold lies on
    /// another machine.
    fn dump(&mut self, file: FileId, language: Language) {
        let source = self.loader.project.sources.get(file);
        let path = source.path.clone();
        let Some((_, dump)) = self.mounted.iter().find(|(known, _)| *known == path) else {
            self.dumps.extend(Dump::split(source.bytes()).map(|dump| (path, dump)));
            return;
        };
        for part in &dump.files {
            let origin = DumpOrigin { dump: file, runs: part.runs.clone() };
            let place = mounted(&path, &part.path);
            self.loader.dumped.insert(place, (part.name.clone(), origin));
        }
        let mut paths = Paths::default();
        paths.infer("/", &path);
        paths.set_checkout(true);
        let outside = std::mem::replace(&mut self.loader.paths, paths);
        let main = dump.files.first().map(|main| self.loader.read(&mounted(&path, &main.path)));
        if let Some(Ok(main)) = main {
            self.shown = None;
            match language {
                Language::Nginx => self.nginx_site(main, true),
                Language::Apache => self.apache_site(main, apache::Form::Main),
            }
        }
        self.loader.paths = outside;
    }

    /// Looks for the main configuration that includes the fragment `file`: in the folders above it, up to the root of
    /// the repository.
    fn find_main(&mut self, file: FileId, language: Language) -> bool {
        if self.is_in_named_sites(file, language) {
            return true;
        }
        let path = self.loader.project.sources.get(file).path.clone();
        let top = paths::checkout(self.loader.fs, &paths::folder(&path));
        let mut folder = paths::folder(&path);
        for _ in 0..8 {
            for name in main_names(language) {
                let candidate = paths::tidy(&folder.join(name));
                if self.loader.fs.meta(&candidate).is_ok_and(|meta| meta.kind == FileKind::File)
                    && self.includes(&candidate, file, language)
                {
                    return true;
                }
            }
            let canonical = self.loader.fs.canonical(&folder).unwrap_or_else(|_| folder.clone());
            if top.as_deref() == Some(&canonical) || canonical.parent().is_none() {
                return false;
            }
            folder = paths::up(&folder);
        }
        false
    }

    /// Whether servers that the settings name include the fragment `file`; if so, each of them is part of the run.
    fn is_in_named_sites(&mut self, file: FileId, language: Language) -> bool {
        let mut is_found = false;
        for site in &self.loader.options.sites {
            let Ok(main) = self.loader.read(&site.main) else { continue };
            let is_of_it = match self.detect(main) {
                Some(FileType::Nginx) => language == Language::Nginx,
                Some(FileType::Apache(_)) => language == Language::Apache,
                _ => false,
            };
            is_found |= is_of_it && self.includes(&site.main, file, language);
        }
        is_found
    }

    /// Whether the main configuration `candidate` includes `file`; if so, its site is part of the run.
    fn includes(&mut self, candidate: &Path, file: FileId, language: Language) -> bool {
        let Ok(main) = self.loader.read(candidate) else { return false };
        match language {
            Language::Nginx => {
                if self.loader.project.nginx.iter().any(|site| {
                    site.main == main && site.files.iter().any(|known| known.file == file)
                }) {
                    return true;
                }
                if !self.is_main(main, ParseAs::Nginx) {
                    return false;
                }
                self.set_main(main, true);
                let site = nginx::load(&mut self.loader, main, true);
                let found = site.files.iter().any(|known| known.file == file);
                if found {
                    self.loader.project.nginx.push(site);
                }
                found
            }
            Language::Apache => {
                if self
                    .loader
                    .project
                    .apache
                    .iter()
                    .any(|site| site.main == main && site.files().any(|known| known == file))
                {
                    return true;
                }
                self.set_main(main, true);
                let site = apache::load(&mut self.loader, main, apache::Form::Main);
                let found = site.files().any(|known| known == file);
                if found {
                    self.loader.project.apache.push(site);
                }
                found
            }
        }
    }

    fn show(&mut self, file: FileId) {
        if let Some(shown) = &mut self.shown {
            shown.insert(file);
        }
    }

    /// The site that was loaded last, with all that it brought in, is what the user named.
    fn show_site_files(&mut self) {
        let files = self.files_of_sites();
        if let Some(shown) = &mut self.shown {
            shown.extend(files);
            shown.extend(self.loader.project.credentials.iter().map(|known| known.file));
        }
    }

    fn files_of_sites(&self) -> BTreeSet<FileId> {
        let project = &self.loader.project;
        let nginx = project.nginx.iter().flat_map(|site| site.files.iter().map(|known| known.file));
        let apache = project.apache.iter().flat_map(apache::SiteData::files);
        nginx.chain(apache).collect()
    }

    /// A fragment that another fragment includes is no site of its own.
    fn drop_included_fragments(&mut self) {
        let project = &mut self.loader.project;
        let nginx: Vec<(FileId, Vec<FileId>)> = project
            .nginx
            .iter()
            .map(|site| (site.main, site.files.iter().map(|known| known.file).collect()))
            .collect();
        let taken = included(&nginx);
        project.nginx.retain(|site| site.complete || !taken.contains(&site.main));
        let sites: Vec<(FileId, Vec<FileId>)> =
            project.apache.iter().map(|site| (site.main, site.files().collect())).collect();
        let taken = included(&sites);
        let is_taken = |site: &apache::SiteData| {
            site.form == apache::Form::Fragment && taken.contains(&site.main)
        };
        project.apache.retain(|site| !is_taken(site));
    }

    fn finish(mut self) -> Project {
        let project = &self.loader.project;
        let mut mains: BTreeSet<FileId> = BTreeSet::new();
        let mut fragments: BTreeSet<FileId> = BTreeSet::new();
        let mut htaccess: BTreeSet<FileId> = BTreeSet::new();
        for site in &project.nginx {
            if site.complete {
                mains.insert(site.main)
            } else {
                fragments.insert(site.main)
            };
        }
        for site in &project.apache {
            match site.form {
                apache::Form::Main => mains.insert(site.main),
                apache::Form::Fragment => fragments.insert(site.main),
                apache::Form::Htaccess => htaccess.insert(site.main),
            };
            htaccess.extend(site.htaccess_files());
        }
        let all = self.files_of_sites();
        let others = all
            .iter()
            .filter(|file| {
                !mains.contains(file) && !fragments.contains(file) && !htaccess.contains(file)
            })
            // what a macro makes is no file
            .filter(|file| project.sources.get(**file).expansion.is_none())
            .count();
        let read = self.loader.project.credentials.iter().map(|known| known.file);
        let credentials: BTreeSet<FileId> = read.collect();
        *self.loader.counts() = Counts {
            mains: mains.len(),
            includes: others,
            fragments: fragments.len(),
            htaccess: htaccess.len(),
            credentials: credentials.len(),
        };
        // what a dump names lies on another machine
        if !self.mounted.is_empty() {
            self.loader.paths.set_checkout(true);
        }
        for &main in &mains {
            self.set_main(main, true);
            self.loader.project.paths_of.insert(main, self.loader.paths.clone());
        }
        self.loader.set_main(None);
        let mut project = self.loader.project;
        project.paths = self.loader.paths;
        project.shown =
            self.shown.filter(|shown| !shown.is_empty()).map(|shown| shown.into_iter().collect());
        if let Some(settings) = &self.loader.options.settings {
            project.add_settings(settings);
        }
        project
    }
}

fn form(flavour: Flavour) -> apache::Form {
    match flavour {
        Flavour::Server => apache::Form::Fragment,
        Flavour::Htaccess => apache::Form::Htaccess,
    }
}

/// The files that a site other than their own takes in. `sites`: each main file with all files of its site.
fn included(sites: &[(FileId, Vec<FileId>)]) -> BTreeSet<FileId> {
    let mut roots: BTreeSet<FileId> = BTreeSet::new();
    let mut included = BTreeSet::new();
    for (main, files) in sites {
        roots.insert(*main);
        // two fragments that include each other: the first one stands
        included.extend(files.iter().filter(|file| *file != main && !roots.contains(file)));
    }
    included
}

/// Where main configurations are kept, seen from a folder above their fragments.
fn main_names(language: Language) -> &'static [&'static str] {
    match language {
        Language::Nginx => &["nginx.conf", "conf/nginx.conf", "nginx/nginx.conf"],
        Language::Apache => &["apache2.conf", "httpd.conf", "conf/httpd.conf"],
    }
}
