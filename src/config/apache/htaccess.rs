//! Which .htaccess files the server looks for, and what AllowOverride lets each of them say.

use super::allow_override::AllowOverride;
use super::{Condition, Directive, InclusionId, Site, SiteData};
use crate::config::glob;
use crate::config::loader::Loader;
use crate::config::paths;
use crate::config::paths::Presence;
use crate::source::{EntryKind, FileId, Location};
use crate::syntax::NodeId;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

/// More folders than are searched for .htaccess files.
const MOST_FOLDERS: usize = 200_000;

/// More folders than are searched for files that the server does not look for.
const MOST_UNREAD: usize = 500;

/// What such files are called by default.
const USUAL: &[u8] = b".htaccess";

/// A .htaccess file.
#[derive(Debug)]
pub struct Htaccess {
    /// The file.
    pub file: FileId,
    /// The reading of it.
    pub inclusion: InclusionId,
    /// What is allowed in it, once for each different answer that the servers above it give; empty for a lone file.
    pub allowed: Vec<Allowed>,
    /// What the server calls the folder that it lies in, once for each name that leads there, with a slash at both ends;
    /// empty for a lone file.
    pub folders: Vec<Vec<u8>>,
    /// The file, or the first folder above it, that the server's workers may not open.
    pub denied: Option<PathBuf>,
}

impl Htaccess {
    /// A file of which the server's configuration says nothing.
    pub(super) fn lone(file: FileId) -> Self {
        Self {
            file,
            inclusion: InclusionId::MAIN,
            allowed: Vec::new(),
            folders: Vec::new(),
            denied: None,
        }
    }
}

/// What AllowOverride lets a .htaccess file say, in the eyes of one virtual host at least.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Allowed {
    /// The value in effect; `None` where it is not known.
    pub overrides: Option<AllowOverride>,
    /// The AllowOverride that sets it; `None` for the server's own default.
    pub set_at: Option<Location>,
    /// Whether every section that may bear on it is known.
    pub certain: bool,
}

/// A .htaccess file in a folder that is served, for which the server does not look there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file.
    pub path: PathBuf,
    /// What the server calls the folder that it lies in, a slash at both ends.
    pub folder: Vec<u8>,
    /// The AllowOverride or AccessFileName because of which it is not looked for.
    pub because: Location,
}

/// What one `<Directory>` does to AllowOverride.
#[derive(Clone, Debug)]
struct Rule {
    /// The parts of its path, `/` excluded.
    path: Vec<Vec<u8>>,
    /// The words of AllowOverride; `None` where they are not known.
    words: Option<Vec<Vec<u8>>>,
    /// Whether it is an AllowOverrideList.
    is_list: bool,
    at: Location,
}

impl Rule {
    fn says(&self) -> impl Eq + std::hash::Hash {
        (&self.path, &self.words, self.is_list)
    }
}

/// Where it is written makes no difference: of a thousand virtual hosts that say the same, one speaks for all.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.says() == other.says()
    }
}

impl Eq for Rule {}

impl std::hash::Hash for Rule {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.says().hash(state);
    }
}

/// A virtual host, or the main server.
type Scope = Option<(InclusionId, NodeId)>;

/// AccessFileName.
#[derive(Clone, Debug, Default)]
struct Names {
    list: Vec<Vec<u8>>,
    set_at: Option<Location>,
}

/// Where it is written makes no difference.
impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Names {}

impl std::hash::Hash for Names {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.list.hash(state);
    }
}

/// What one server has to say about .htaccess.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Server {
    rules: Vec<Rule>,
    names: Names,
    /// Whether a section that may bear on it is not known.
    uncertain: bool,
}

/// What holds in a folder, in the eyes of some servers: they agree on everything below, too.
#[derive(Clone, Debug)]
struct View {
    allowed: Allowed,
    rules: std::rc::Rc<Vec<Rule>>,
    names: std::rc::Rc<Names>,
}

/// The .htaccess files of a site with what is allowed in each, in the order of their paths.
pub(super) fn find(loader: &Loader<'_>, data: &SiteData) -> (Vec<(PathBuf, Seen)>, Vec<Unread>) {
    let site = Site { project: &loader.project, data };
    let mut servers = servers(site);
    let main = servers.remove(&None).unwrap_or_default();
    // virtual hosts that say the same are one
    let mut kinds: Vec<Server> = vec![Server::default()];
    let mut numbers: HashMap<Server, usize> = HashMap::from([(Server::default(), 0)]);
    let mut kind_of: HashMap<Scope, usize> = HashMap::new();
    for (scope, server) in servers {
        let next = kinds.len();
        let number = *numbers.entry(server.clone()).or_insert(next);
        if number == next {
            kinds.push(server);
        }
        kind_of.insert(scope, number);
    }
    let mut starts: BTreeMap<Cow<'_, [u8]>, BTreeSet<usize>> = BTreeMap::new();
    for (scope, folder) in folders(site) {
        let kind = kind_of.get(&scope).copied().unwrap_or(0);
        starts.entry(folder).or_default().insert(kind);
    }
    let root = data.server_root_name.clone().or_else(|| data.server_root.clone());
    let mut folders: BTreeMap<PathBuf, BTreeSet<usize>> = BTreeMap::new();
    for (folder, kinds) in starts {
        let folder = paths::from_bytes(&folder);
        let folder = if folder.is_absolute() {
            folder
        } else {
            root.clone().unwrap_or_default().join(folder)
        };
        // two spellings of one folder are one
        folders.entry(paths::tidy(&folder)).or_default().extend(kinds);
    }
    // the whole file system is no website
    folders.retain(|folder, _| folder.components().count() > 1);
    let mut search =
        Search { loader, found: BTreeMap::new(), unread: BTreeMap::new(), folders: 0, closed: 0 };
    for (folder, numbers) in folders {
        let servers = numbers.iter().map(|&number| &kinds[number]);
        search.walk(data, &folder, views(&main, servers, &folder));
    }
    // what one of several servers looks for is read
    let Search { found, mut unread, .. } = search;
    unread.retain(|path, _| !found.contains_key(path));
    (found.into_iter().collect(), unread.into_values().collect())
}

/// The scope that a directive stands in.
fn scope(directive: Directive<'_>) -> Scope {
    directive
        .sections()
        .find(|section| section.is_section("VirtualHost"))
        .map(|section| (section.inclusion, section.id))
}

/// AllowOverride and AccessFileName of every server.
fn servers(site: Site<'_>) -> BTreeMap<Scope, Server> {
    let mut servers: BTreeMap<Scope, Server> = BTreeMap::new();
    let unseen = site.includes_unknown();
    servers.entry(None).or_default().uncertain = unseen;
    let settings = ["AllowOverride", "AllowOverrideList"];
    for directive in settings.into_iter().flat_map(|name| site.occurrences(name)) {
        let condition = directive.condition();
        let Some(section) = directive.section().filter(|section| section.is_section("Directory"))
        else {
            continue;
        };
        if condition == Condition::No {
            continue;
        }
        let server = servers.entry(scope(directive)).or_default();
        let arguments: Option<Vec<Vec<u8>>> =
            section.args().map(|arg| arg.known().map(Cow::into_owned)).collect();
        let Some(arguments) = arguments else {
            server.uncertain = true;
            continue;
        };
        // `<Directory ~ "regex">` comes too late to bear on it
        let [path] = &*arguments else { continue };
        let words: Option<Vec<Vec<u8>>> =
            directive.args().map(|arg| arg.known().map(Cow::into_owned)).collect();
        server.rules.push(Rule {
            path: parts(path),
            words: words.filter(|_| condition == Condition::Yes),
            is_list: directive.is("AllowOverrideList"),
            at: directive.location(),
        });
    }
    for directive in site.occurrences("AccessFileName") {
        if directive.condition() == Condition::No {
            continue;
        }
        let server = servers.entry(scope(directive)).or_default();
        let names: Option<Vec<Vec<u8>>> =
            directive.args().map(|arg| arg.known().map(Cow::into_owned)).collect();
        match names.filter(|_| directive.condition() == Condition::Yes) {
            Some(list) => server.names = Names { list, set_at: Some(directive.location()) },
            None => server.uncertain = true,
        }
    }
    servers
}

/// The folders that are served, each as it is written, with the server that does.
fn folders(site: Site<'_>) -> Vec<(Scope, Cow<'_, [u8]>)> {
    let mut folders = Vec::new();
    let roots = site.occurrences("DocumentRoot").map(|directive| (directive, 0));
    let aliases = ["Alias", "ScriptAlias"].into_iter().flat_map(|name| site.occurrences(name));
    let sections =
        site.section_occurrences("Directory").filter(|section| section.args().len() == 1);
    let all = roots.chain(aliases.map(|alias| (alias, 1))).chain(sections.map(|one| (one, 0)));
    for (directive, argument) in all {
        if let Some(path) = directive.arg(argument).and_then(super::Value::known)
            && !glob::is_pattern(&path)
            && directive.condition() != Condition::No
        {
            folders.push((scope(directive), path));
        }
    }
    folders
}

/// What the main server and each virtual host have to say at the top of the file system.
fn views<'s>(main: &Server, servers: impl Iterator<Item = &'s Server>, folder: &Path) -> Vec<View> {
    let start = parts(folder.as_os_str().as_encoded_bytes());
    servers
        .map(|own| {
            let both = || [main, own].into_iter();
            let mut rules: Vec<Rule> = both()
                .flat_map(|server| &server.rules)
                .filter(|rule| reaches(rule, &start))
                .cloned()
                .collect();
            rules.sort_by_key(|rule| rule.path.len());
            let names = both()
                .rfind(|server| !server.names.list.is_empty())
                .map_or_else(usual_names, |server| server.names.clone());
            let certain = !both().any(|server| server.uncertain);
            let overrides = Some(AllowOverride::default());
            View {
                allowed: Allowed { overrides, set_at: None, certain },
                rules: rules.into(),
                names: names.into(),
            }
        })
        .collect()
}

/// Whether a .htaccess file asks for a user, as far as its lines tell one by one.
pub(super) fn asks_for_user(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'\n').any(|line| {
        let mut words = line.trim_ascii().split(u8::is_ascii_whitespace);
        let is_require = words.next().is_some_and(|word| word.eq_ignore_ascii_case(b"Require"));
        let provider = words.find(|word| !word.is_empty());
        is_require && matches!(provider, Some(b"valid-user" | b"user" | b"group" | b"ldap-group"))
    })
}

fn usual_names() -> Names {
    Names { list: vec![USUAL.to_vec()], set_at: None }
}

/// Whether a rule may bear on `folder` or on something below it.
fn reaches(rule: &Rule, folder: &[Vec<u8>]) -> bool {
    rule.path.iter().zip(folder).all(|(pattern, part)| part_matches(pattern, part))
}

/// The path of a folder with these parts, a slash at both ends.
fn server_name(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut name = b"/".to_vec();
    for part in parts {
        name.extend_from_slice(part);
        name.push(b'/');
    }
    name
}

/// `fnmatch` of one part of a path; a leading dot is nothing special here.
fn part_matches(pattern: &[u8], part: &[u8]) -> bool {
    if !glob::is_pattern(pattern) {
        return pattern == part;
    }
    glob::matches(&[b"x", pattern].concat(), &[b"x", part].concat())
}

/// The parts of a path.
fn parts(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|&byte| byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
        .map(<[u8]>::to_vec)
        .collect()
}

impl View {
    /// What holds in the folder `path`, given what holds in the one above it.
    fn enter(&self, path: &[Vec<u8>]) -> Self {
        let mut allowed = self.allowed.clone();
        let depth = path.len();
        let from = self.rules.partition_point(|rule| rule.path.len() < depth);
        let rules = self.rules[from..].iter().take_while(|rule| rule.path.len() == depth);
        for rule in rules.filter(|rule| reaches(rule, path)) {
            allowed.set_at = Some(rule.at);
            match (&mut allowed.overrides, &rule.words) {
                (Some(overrides), Some(words)) if rule.is_list => {
                    let none = matches!(&**words, [word] if word.eq_ignore_ascii_case(b"None"));
                    overrides.list = if none { Vec::new() } else { words.clone() };
                }
                (Some(overrides), Some(words)) => overrides.set(words),
                // the list of an unknown value stays unknown
                (None, Some(words)) if !rule.is_list => {
                    let mut overrides = AllowOverride::default();
                    overrides.set(words);
                    allowed.overrides = Some(overrides);
                }
                (_, None) => allowed.overrides = None,
                (None, Some(_)) => {}
            }
        }
        Self { allowed, ..self.clone() }
    }

    fn reads(&self) -> bool {
        self.allowed.overrides.as_ref().is_none_or(|overrides| !overrides.is_none())
    }

    /// Whether it may read anything in folders below one of this depth.
    fn may_read_below(&self, depth: usize) -> bool {
        self.reads() || self.rules.last().is_some_and(|rule| rule.path.len() > depth)
    }
}

/// What the servers see of a .htaccess file: see [`Htaccess`].
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) allowed: Vec<Allowed>,
    pub(super) folders: Vec<Vec<u8>>,
}

struct Search<'l, 'f> {
    loader: &'l Loader<'f>,
    found: BTreeMap<PathBuf, Seen>,
    unread: BTreeMap<PathBuf, Unread>,
    folders: usize,
    /// The folders among them in which the server looks for nothing.
    closed: usize,
}

impl Search<'_, '_> {
    /// Looks into `folder`, those above it, and those below it.
    fn walk(&mut self, data: &SiteData, folder: &Path, mut views: Vec<View>) {
        let base = data.server_root.clone().unwrap_or_default();
        let mut above = PathBuf::new();
        let mut path: Vec<Vec<u8>> = Vec::new();
        let enter = |views: &[View], path: &[Vec<u8>]| -> Vec<View> {
            views.iter().map(|view| view.enter(path)).collect()
        };
        views = enter(&views, &path);
        for part in folder.components() {
            above.push(part);
            if let Component::Normal(name) = part {
                path.push(name.as_encoded_bytes().to_vec());
                views = enter(&views, &path);
            }
            if views.iter().any(View::reads) {
                let (local, presence) = self.loader.locate(&above, &base);
                if matches!(presence, Presence::Here(_)) {
                    self.look(&local, &path, &views);
                }
            }
        }
        let (local, presence) = self.loader.locate(folder, &base);
        if !matches!(presence, Presence::Here(_)) {
            return;
        }
        self.pass(&local, &path, &views);
        if !views.iter().any(|view| view.may_read_below(path.len())) && self.is_tired() {
            return;
        }
        // links may lead in circles
        let mut seen = HashSet::new();
        let mut waiting = vec![(local, path, views)];
        while let Some((local, path, views)) = waiting.pop() {
            let canonical = self.loader.fs.canonical(&local);
            if canonical.is_ok_and(|canonical| !seen.insert(canonical)) {
                continue;
            }
            self.folders += 1;
            if self.folders > MOST_FOLDERS {
                return;
            }
            for entry in self.loader.fs.list(&local).unwrap_or_default().into_iter().rev() {
                if !matches!(entry.kind, EntryKind::Directory | EntryKind::Link) {
                    continue;
                }
                let inner = local.join(&entry.name);
                if entry.kind == EntryKind::Link && self.loader.fs.list(&inner).is_err() {
                    continue;
                }
                let mut path = path.clone();
                path.push(entry.name.as_encoded_bytes().to_vec());
                let views = enter(&views, &path);
                if views.iter().any(View::reads) {
                    self.look(&inner, &path, &views);
                }
                self.pass(&inner, &path, &views);
                if views.iter().any(|view| view.may_read_below(path.len())) || !self.is_tired() {
                    waiting.push((inner, path, views));
                }
            }
        }
    }

    /// Whether enough folders were looked into in which the server looks for nothing.
    fn is_tired(&mut self) -> bool {
        self.closed += 1;
        self.closed > MOST_UNREAD
    }

    /// Notes a .htaccess file for which none of the servers looks in this folder.
    fn pass(&mut self, folder: &Path, name: &[Vec<u8>], views: &[View]) {
        let passes = |view: &View| {
            view.allowed.certain
                && (view.allowed.overrides.as_ref().is_some_and(AllowOverride::is_none)
                    || !view.names.list.iter().any(|name| name == USUAL))
        };
        let Some(first) = views.first().filter(|_| views.iter().all(passes)) else { return };
        let because = if first.reads() { first.names.set_at } else { first.allowed.set_at };
        let path = folder.join(paths::from_bytes(USUAL));
        if let Some(because) = because
            && self.closed <= MOST_UNREAD
            && self.loader.fs.meta(&path).is_ok()
        {
            let unread = Unread { path: path.clone(), folder: server_name(name), because };
            self.unread.entry(path).or_insert(unread);
        }
    }

    /// Notes the .htaccess file in a folder: of several names the first that exists.
    fn look(&mut self, folder: &Path, name: &[Vec<u8>], views: &[View]) {
        for view in views.iter().filter(|view| view.reads()) {
            let file = view
                .names
                .list
                .iter()
                .map(|name| folder.join(paths::from_bytes(name)))
                .find(|file| self.loader.fs.meta(file).is_ok());
            let Some(file) = file else { continue };
            let seen = self.found.entry(file).or_default();
            let same = |known: &Allowed| known.overrides == view.allowed.overrides;
            if !seen.allowed.iter().any(same) {
                seen.allowed.push(view.allowed.clone());
            }
            let name = server_name(name);
            if !seen.folders.contains(&name) {
                seen.folders.push(name);
            }
        }
    }
}
