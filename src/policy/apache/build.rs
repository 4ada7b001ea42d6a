//! How the sections of a configuration are built from its directives, once for all requests.

use super::inventory::Inventory;
use super::matcher::Matcher;
use super::methods::{Methods, Registry};
use super::policy::{Kind, Own, Policy, Section, SectionId, Server, ServerId};
use super::requirement::{Container, Operator, Requirement};
use super::rewrite::RuleLists;
use crate::config::apache::{Directive, Form, Site, Value};
use crate::config::paths;
use crate::grammar::apache::{Id, id, section_id};
use crate::policy::regex::Regexes;
use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

/// How deep sections stand in each other that are looked into.
const DEEPEST: usize = 64;

pub(super) const REQUIRE: Id = id("Require");
const INCLUDES: [Id; 3] = [id("Include"), id("IncludeOptional"), id("Use")];
const VIRTUAL_HOST: Id = section_id("VirtualHost");
const DIRECTORY: Id = section_id("Directory");
const DIRECTORY_MATCH: Id = section_id("DirectoryMatch");
const FILES: Id = section_id("Files");
const FILES_MATCH: Id = section_id("FilesMatch");
const LOCATION: Id = section_id("Location");
const LOCATION_MATCH: Id = section_id("LocationMatch");
const PROXY: Id = section_id("Proxy");
const PROXY_MATCH: Id = section_id("ProxyMatch");
const IF: Id = section_id("If");
const ELSE_IF: Id = section_id("ElseIf");
const ELSE: Id = section_id("Else");
const LIMIT: Id = section_id("Limit");
const LIMIT_EXCEPT: Id = section_id("LimitExcept");
const REQUIRE_ALL: Id = section_id("RequireAll");
const REQUIRE_ANY: Id = section_id("RequireAny");
const REQUIRE_NONE: Id = section_id("RequireNone");

impl<'p> Policy<'p> {
    /// Reads the sections of `site`.
    #[must_use]
    pub fn new(site: Site<'p>) -> Self {
        Self::with(site, None, &[])
    }

    /// Reads the sections of lone .htaccess files that lie in one tree of folders: `site` and those `beside` it. `root` is
    /// the local folder that stands for `/`.
    #[must_use]
    pub fn of_htaccess(site: Site<'p>, root: &Path, beside: &[Site<'p>]) -> Self {
        Self::with(site, Some(root), beside)
    }

    fn with(site: Site<'p>, root: Option<&Path>, beside: &[Site<'p>]) -> Self {
        let mut policy = Self {
            site,
            sections: vec![Section::new(Kind::Server, None, None, ServerId::MAIN)],
            servers: vec![Server {
                directive: None,
                defaults: SectionId(0),
                directories: Vec::new(),
                locations: Vec::new(),
                proxies: Vec::new(),
            }],
            regexes: Regexes::default(),
            methods: Registry::default(),
            inventory: Inventory::default(),
            indices: Vec::new(),
            hosts: OnceLock::new(),
            htaccess: HashMap::new(),
            variants: HashMap::new(),
            dropping: None,
            inclusions: HashMap::new(),
            root: None,
            merged: Vec::new(),
            is_open: OnceLock::new(),
            rewrites: RuleLists::default(),
            references: OnceLock::new(),
        };
        if site.data.form == Form::Htaccess {
            policy.lone(root, beside);
            policy.merged.resize_with(policy.sections.len(), OnceLock::new);
            policy.make_indices();
            return policy;
        }
        policy.fill(SectionId(0), site.top(), Methods::ALL, 0);
        for (index, (htaccess, children)) in site.htaccess().enumerate() {
            let section = policy.htaccess_file(index as u32, children);
            policy.sections[section.index()].folder = htaccess.folders.first().cloned();
            for folder in &htaccess.folders {
                policy.htaccess.entry(folder.clone()).or_default().push(section);
            }
            policy.inclusions.insert(section, (site, htaccess.inclusion));
            // what AllowOverride lets httpd drop makes another section of the same file
            for allowed in &htaccess.allowed {
                let Some(overrides) = allowed.overrides.as_ref().filter(|it| it.nonfatal_override)
                else {
                    continue;
                };
                let children = site.htaccess().nth(index).into_iter().flat_map(|(_, them)| them);
                policy.dropping = Some(overrides.clone());
                let what_is_left = policy.htaccess_file(index as u32, children);
                policy.dropping = None;
                policy.inclusions.insert(what_is_left, (site, htaccess.inclusion));
                let known = policy.variants.entry(section).or_default();
                known.push((overrides.clone(), what_is_left));
            }
        }
        policy.merged.resize_with(policy.sections.len(), OnceLock::new);
        policy.make_indices();
        policy
    }

    /// One .htaccess file as a section.
    pub(super) fn htaccess_file(
        &mut self,
        index: u32,
        children: impl Iterator<Item = Directive<'p>>,
    ) -> SectionId {
        let section = self.add(Section {
            htaccess: Some(index),
            ..Section::new(Kind::Htaccess, None, None, ServerId::MAIN)
        });
        self.fill(section, children, Methods::ALL, 0);
        section
    }

    fn add(&mut self, section: Section<'p>) -> SectionId {
        let id = SectionId(self.sections.len() as u32);
        self.sections.push(section);
        id
    }

    /// Reads what stands in a section.
    fn fill(
        &mut self,
        section: SectionId,
        children: impl Iterator<Item = Directive<'p>>,
        methods: Methods,
        depth: usize,
    ) {
        for directive in children {
            let Some(known) = directive.known() else {
                self.inventory.has_strange = true;
                self.sections[section.index()].strange.get_or_insert(directive);
                continue;
            };
            let id = known.id;
            if self.dropping.as_ref().is_some_and(|it| it.drops(known)) {
                self.sections[section.index()].dropped.push(id);
                continue;
            }
            match id {
                REQUIRE | REQUIRE_ALL | REQUIRE_ANY | REQUIRE_NONE => {
                    if let Some(one) = self.requirement(directive, methods, section, depth) {
                        one.join(Operator::Any, &mut self.sections[section.index()].requires);
                    }
                }
                LIMIT | LIMIT_EXCEPT if depth < DEEPEST => {
                    let inner = self.limited(directive, methods, section);
                    self.fill(section, directive.children(), inner, depth + 1);
                }
                VIRTUAL_HOST if depth < DEEPEST => self.virtual_host(directive),
                id if INCLUDES.contains(&id) => self.leave_open(section, directive),
                _ => match kind_of(directive, id) {
                    Some((kind, is_match)) if depth < DEEPEST => {
                        self.section(kind, is_match, directive, section, depth);
                    }
                    Some(_) => self.leave_open(section, directive),
                    None => self.note(Own { directive, id, methods, section }),
                },
            }
        }
    }

    /// Adds a directive to its section.
    fn note(&mut self, own: Own<'p>) {
        self.inventory.add(own.id);
        self.sections[own.section.index()].own.push(own);
    }

    /// Not everything that `section` holds is known, because of `directive`.
    fn leave_open(&mut self, section: SectionId, directive: Directive<'p>) {
        self.inventory.has_open = true;
        self.sections[section.index()].open.get_or_insert(directive);
    }

    fn section(
        &mut self,
        kind: Kind,
        is_match: bool,
        directive: Directive<'p>,
        parent: SectionId,
        depth: usize,
    ) {
        let server = self.sections[parent.index()].server;
        let mut section = Section::new(kind, Some(directive), Some(parent), server);
        section.htaccess = self.sections[parent.index()].htaccess;
        if !matches!(kind, Kind::If | Kind::ElseIf | Kind::Else) {
            section.matcher = Matcher::of(directive, is_match);
        }
        if kind == Kind::Directory && matches!(section.matcher, Matcher::Regex(_)) {
            section.kind = Kind::DirectoryMatch;
        }
        let in_htaccess = section.htaccess.is_some();
        let id = self.add(section);
        match kind {
            // httpd refuses the whole file
            Kind::Directory | Kind::DirectoryMatch | Kind::Location | Kind::Proxy
                if in_htaccess => {}
            Kind::Directory | Kind::DirectoryMatch => {
                self.servers[server.index()].directories.push(id);
            }
            Kind::Location => self.servers[server.index()].locations.push(id),
            Kind::Proxy => self.servers[server.index()].proxies.push(id),
            Kind::Files => self.sections[parent.index()].files.push(id),
            Kind::If | Kind::ElseIf | Kind::Else => self.sections[parent.index()].ifs.push(id),
            Kind::Server | Kind::Htaccess => {}
        }
        self.fill(id, directive.children(), Methods::ALL, depth + 1);
    }

    fn virtual_host(&mut self, directive: Directive<'p>) {
        let server = ServerId(self.servers.len() as u32);
        let defaults =
            self.add(Section::new(Kind::Server, Some(directive), Some(SectionId(0)), server));
        self.servers.push(Server {
            directive: Some(directive),
            defaults,
            directories: Vec::new(),
            locations: Vec::new(),
            proxies: Vec::new(),
        });
        self.fill(defaults, directive.children(), Methods::ALL, 1);
    }

    /// The methods that are left in a `<Limit>` or `<LimitExcept>`.
    fn limited(&mut self, limit: Directive<'p>, outer: Methods, section: SectionId) -> Methods {
        let except = limit.is_section("LimitExcept");
        let in_htaccess = self.sections[section.index()].htaccess.is_some();
        let names = limit.args().filter_map(Value::known);
        outer.and(self.methods.mask(names, except, in_htaccess))
    }

    /// A Require, or a container with what stands in it.
    fn requirement(
        &mut self,
        directive: Directive<'p>,
        methods: Methods,
        section: SectionId,
        depth: usize,
    ) -> Option<Requirement<'p>> {
        let operator = match directive.known()?.id {
            REQUIRE => return Requirement::leaf(directive, methods),
            REQUIRE_ALL => Operator::All,
            _ => Operator::Any,
        };
        let negated = directive.is_section("RequireNone");
        let mut container =
            Container { directive, operator, negated, methods: Methods::NONE, members: Vec::new() };
        if depth < DEEPEST {
            self.members(&mut container, directive, methods, section, depth + 1);
        }
        Some(Requirement::Container(container))
    }

    fn members(
        &mut self,
        container: &mut Container<'p>,
        around: Directive<'p>,
        methods: Methods,
        section: SectionId,
        depth: usize,
    ) {
        for directive in around.children() {
            let Some(id) = directive.known().map(|known| known.id) else { continue };
            if directive
                .known()
                .is_some_and(|known| self.dropping.as_ref().is_some_and(|value| value.drops(known)))
            {
                self.sections[section.index()].dropped.push(id);
                continue;
            }
            match id {
                REQUIRE | REQUIRE_ALL | REQUIRE_ANY | REQUIRE_NONE => {
                    if let Some(one) = self.requirement(directive, methods, section, depth) {
                        container.methods = container.methods.or(one.methods());
                        one.join(container.operator, &mut container.members);
                    }
                }
                LIMIT | LIMIT_EXCEPT if depth < DEEPEST => {
                    let inner = self.limited(directive, methods, section);
                    self.members(container, directive, inner, section, depth + 1);
                }
                // AuthType and its like may stand here, too
                _ => self.note(Own { directive, id, methods, section }),
            }
        }
    }

    /// The sections of lone .htaccess files.
    fn lone(&mut self, root: Option<&Path>, beside: &[Site<'p>]) {
        let folder_of = |site: &Site<'p>| {
            paths::tidy(&paths::folder(&site.project.sources.get(site.data.main).path))
        };
        let root = root.map_or_else(|| folder_of(&self.site), paths::tidy);
        for site in std::iter::once(&self.site.clone()).chain(beside) {
            let folder = folder_of(site);
            let below = if root == Path::new(".") {
                Some(&*folder)
            } else {
                folder.strip_prefix(&root).ok()
            };
            let Some(below) = below else { continue };
            let mut name = b"/".to_vec();
            for part in below.components() {
                if let std::path::Component::Normal(part) = part {
                    name.extend_from_slice(part.as_encoded_bytes());
                    name.push(b'/');
                }
            }
            for (index, (_, children)) in site.htaccess().enumerate() {
                let section = self.htaccess_file(index as u32, children);
                self.sections[section.index()].folder = Some(name.clone());
                self.htaccess.entry(name.clone()).or_default().push(section);
                self.inclusions.insert(section, (*site, site.data.htaccess[index].inclusion));
            }
        }
        self.root = Some(root);
    }
}

/// What a section is, and whether its head is a regular expression whatever it looks like.
fn kind_of(directive: Directive<'_>, id: Id) -> Option<(Kind, bool)> {
    if !directive.known()?.section {
        return None;
    }
    Some(match id {
        DIRECTORY => (Kind::Directory, false),
        DIRECTORY_MATCH => (Kind::DirectoryMatch, true),
        FILES => (Kind::Files, false),
        FILES_MATCH => (Kind::Files, true),
        LOCATION => (Kind::Location, false),
        LOCATION_MATCH => (Kind::Location, true),
        PROXY => (Kind::Proxy, false),
        PROXY_MATCH => (Kind::Proxy, true),
        IF => (Kind::If, false),
        ELSE_IF => (Kind::ElseIf, false),
        ELSE => (Kind::Else, false),
        _ => return None,
    })
}
