//! The servers and sections of a configuration as requests meet them, each with its own directives.

use super::host::Hosts;
use super::index::Index;
use super::inventory::Inventory;
use super::matcher::Matcher;
use super::merged::Merged;
use super::methods::{Methods, Registry};
use super::requirement::Requirement;
use super::rewrite::RuleLists;
use crate::config::apache::{
    AllowOverride, Condition, Directive, Form, Found, Htaccess, InclusionId, ModuleState, Site,
    Value,
};
use crate::grammar::apache::Id;
use crate::policy::regex::Regexes;
use crate::policy::world::{Cause, World};
use crate::source::{FileId, Location, Span};
use crate::syntax::NodeId;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The index of a section in [`Policy::sections`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SectionId(pub u32);

impl SectionId {
    /// The position in [`Policy::sections`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The index of a server in [`Policy::servers`]; 0 is the main server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub u32);

impl ServerId {
    /// The main server.
    pub const MAIN: Self = Self(0);

    /// The position in [`Policy::servers`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What stands outside of sections, in the main server or a `<VirtualHost>`.
    Server,
    /// `<Directory>` with a path.
    Directory,
    /// `<DirectoryMatch>`, `<Directory ~>`.
    DirectoryMatch,
    /// A .htaccess file.
    Htaccess,
    /// `<Files>`, `<FilesMatch>`.
    Files,
    /// `<Location>`, `<LocationMatch>`.
    Location,
    /// `<Proxy>`, `<ProxyMatch>`.
    Proxy,
    /// `<If>`.
    If,
    /// `<ElseIf>`.
    ElseIf,
    /// `<Else>`.
    Else,
}

/// A directive that stands in a section, itself or in `<Limit>` sections of it.
#[derive(Clone, Copy, Debug)]
pub struct Own<'p> {
    /// The directive.
    pub directive: Directive<'p>,
    /// What it is.
    pub id: Id,
    /// The methods that `<Limit>` and `<LimitExcept>` around it leave.
    pub methods: Methods,
    /// The section that it stands in.
    pub section: SectionId,
}

/// A section with what stands directly in it, includes expanded and conditional sections opened.
#[derive(Debug)]
pub struct Section<'p> {
    /// What it is.
    pub kind: Kind,
    /// The directive that opens it; `None` for the main server and for .htaccess files.
    pub directive: Option<Directive<'p>>,
    /// The section that it stands in.
    pub parent: Option<SectionId>,
    /// The server that it belongs to.
    pub server: ServerId,
    /// What its head says.
    pub matcher: Matcher,
    /// Its own directives, Require left out, in order. Names that the tables lack are not among them.
    pub own: Vec<Own<'p>>,
    /// What it requires: the members of its implicit container.
    pub requires: Vec<Requirement<'p>>,
    /// What AllowOverride dropped of it: nothing comes of it but an empty record of its module.
    pub dropped: Vec<Id>,
    /// `<Files>` in it, in order.
    pub files: Vec<SectionId>,
    /// `<If>`, `<ElseIf>` and `<Else>` in it, in order.
    pub ifs: Vec<SectionId>,
    /// The first include in it of which not everything is known.
    pub open: Option<Directive<'p>>,
    /// The first directive in it that the tables lack: nobody here knows what it does.
    pub strange: Option<Directive<'p>>,
    /// The .htaccess file that it is, or stands in: an index into the site's list.
    pub htaccess: Option<u32>,
    /// What the server calls the folder of a .htaccess file, a slash at both ends; the first of several names.
    pub folder: Option<Vec<u8>>,
}

impl<'p> Section<'p> {
    pub(super) fn new(
        kind: Kind,
        directive: Option<Directive<'p>>,
        parent: Option<SectionId>,
        server: ServerId,
    ) -> Self {
        Self {
            kind,
            directive,
            parent,
            server,
            matcher: Matcher::Unknown,
            own: Vec::new(),
            requires: Vec::new(),
            dropped: Vec::new(),
            files: Vec::new(),
            ifs: Vec::new(),
            open: None,
            strange: None,
            htaccess: None,
            folder: None,
        }
    }

    /// Its own directives `ids`, in order.
    pub fn all<'s>(&'s self, ids: &'s [Id]) -> impl DoubleEndedIterator<Item = Own<'p>> + 's {
        self.own.iter().filter(|own| ids.contains(&own.id)).copied()
    }
}

/// The main server, or a virtual host.
#[derive(Debug)]
pub struct Server<'p> {
    /// `<VirtualHost>`; `None` for the main server.
    pub directive: Option<Directive<'p>>,
    /// What stands outside of sections in it.
    pub defaults: SectionId,
    /// `<Directory>` and `<DirectoryMatch>`, in order.
    pub directories: Vec<SectionId>,
    /// `<Location>` and `<LocationMatch>`, in order.
    pub locations: Vec<SectionId>,
    /// `<Proxy>` and `<ProxyMatch>`, in order.
    pub proxies: Vec<SectionId>,
}

/// An Apache configuration, ready to be asked what it answers.
#[derive(Debug)]
pub struct Policy<'p> {
    /// The configuration.
    pub site: Site<'p>,
    /// Every section, those around others first.
    pub sections: Vec<Section<'p>>,
    /// The main server and the virtual hosts, in order.
    pub servers: Vec<Server<'p>>,
    /// Its regular expressions.
    pub regexes: Regexes,
    pub(super) methods: Registry,
    pub(super) inventory: Inventory,
    pub(super) indices: Vec<Index>,
    pub(super) hosts: OnceLock<Hosts>,
    /// The .htaccess files by what the server calls their folder, a slash at both ends.
    pub(super) htaccess: HashMap<Vec<u8>, Vec<SectionId>>,
    /// What is left of a .htaccess file of which AllowOverride lets httpd drop what it does not allow.
    pub(super) variants: HashMap<SectionId, Vec<(AllowOverride, SectionId)>>,
    /// What is allowed in the file that is being read.
    pub(super) dropping: Option<AllowOverride>,
    /// The reading of each .htaccess file.
    pub(super) inclusions: HashMap<SectionId, (Site<'p>, InclusionId)>,
    /// Where the paths of URLs start, for lone .htaccess files: the local folder that stands for the site.
    pub(super) root: Option<PathBuf>,
    pub(super) merged: Vec<OnceLock<Option<Merged>>>,
    pub(super) is_open: OnceLock<bool>,
    /// The rules of mod_rewrite by the sections that they stand in.
    pub(super) rewrites: RuleLists,
    pub(super) references: OnceLock<HashMap<(FileId, NodeId), &'p Found>>,
}

impl<'p> Policy<'p> {
    /// A section.
    #[must_use]
    pub fn get(&self, section: SectionId) -> &Section<'p> {
        &self.sections[section.index()]
    }

    /// Whether a section is what stands outside of sections.
    pub(super) fn is_server(&self, section: SectionId) -> bool {
        self.get(section).kind == Kind::Server
    }

    /// A .htaccess file as it is read with these overrides.
    pub(super) fn allowed(&self, section: SectionId, overrides: &AllowOverride) -> SectionId {
        let mut known = self.variants.get(&section).into_iter().flatten();
        let found = known.find(|(known, _)| known == overrides);
        found.map_or(section, |(_, left)| *left)
    }

    /// A .htaccess file by the directive that begins it; `None` for other sections and for an empty file.
    pub(super) fn htaccess_inclusion(&self, section: SectionId) -> Option<Directive<'p>> {
        let (site, inclusion) = *self.inclusions.get(&section)?;
        let first = site.directive(inclusion, NodeId(0));
        (!first.tree().nodes.is_empty()).then_some(first)
    }

    /// The file of a .htaccess section.
    pub(super) fn htaccess_file_of(&self, section: SectionId) -> Option<FileId> {
        Some(self.htaccess_file_data(section)?.file)
    }

    /// What is known of the file of a .htaccess section.
    pub(super) fn htaccess_file_data(&self, section: SectionId) -> Option<&'p Htaccess> {
        let (site, _) = *self.inclusions.get(&section)?;
        site.data.htaccess.get(self.get(section).htaccess? as usize)
    }

    /// The name of a .htaccess file, without its folder.
    pub(super) fn file_name(&self, section: SectionId) -> Vec<u8> {
        let file = self.htaccess_file_of(section);
        let path = file.map(|file| &self.site.project.sources.get(file).path);
        let name = path.and_then(|path| path.file_name());
        name.map(|name| name.as_encoded_bytes().to_vec()).unwrap_or_default()
    }

    /// What the file is that `directive` names.
    #[must_use]
    pub fn reference(&self, directive: Directive<'p>) -> Option<&'p Found> {
        let key = |directive: Directive<'p>| (directive.location().file, directive.id);
        let known = self.references.get_or_init(|| {
            let all = self.site.references();
            all.filter_map(|(directive, it)| Some((key(directive), &**it.found.as_ref()?)))
                .collect()
        });
        known.get(&key(directive)).copied()
    }

    /// The beginning of the configuration: for what no directive stands for.
    pub(super) fn anywhere(&self) -> Location {
        Location::new(self.site.data.main, Span::empty(0))
    }

    /// Whether httpd reads `directive` in this world.
    pub(super) fn reads(&self, directive: Directive<'p>, world: &mut World) -> bool {
        match directive.condition() {
            Condition::Yes => true,
            Condition::No => false,
            Condition::Unknown(literals) => literals.iter().all(|literal| {
                let cause = Cause::new(None, self.site.atom(*literal).to_string());
                world.holds(cause) == literal.holds
            }),
        }
    }

    /// Whether the module `identifier` is loaded in this world.
    pub(super) fn has_module(&self, identifier: &str, world: &mut World) -> bool {
        match self.site.module(identifier) {
            ModuleState::Loaded => true,
            ModuleState::NotLoaded => false,
            // of the server that a lone .htaccess is for, the usual is assumed
            ModuleState::Unknown(_) if self.site.data.form == Form::Htaccess => true,
            ModuleState::Unknown(_) => {
                world.holds(Cause::new(None, format!("whether {identifier} is loaded")))
            }
        }
    }
}

/// The words of a directive, where all of them are known.
pub(super) fn words(directive: Directive<'_>) -> Option<Vec<Cow<'_, [u8]>>> {
    directive.args().map(Value::known).collect()
}
