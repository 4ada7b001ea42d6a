//! Which sections apply: the walks over folders, files, locations, proxied URLs and conditions of `server/request.c`.

use super::fault::Fault;
use super::index::Index;
use super::matcher::{Matcher, fnmatch, is_above, is_folder};
use super::merged::Merged;
use super::policy::{Kind, Policy, SectionId, ServerId};
use super::run::{Run, Verdict};
use crate::config::apache::{AllowOverride, Directive, Form, Value};
use crate::grammar::apache::{Id, id};
use crate::policy::files::Found;
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::source::Location;
use std::fmt;

const ALLOW_OVERRIDE: Id = id("AllowOverride");
const ALLOW_OVERRIDE_LIST: Id = id("AllowOverrideList");
const ACCESS_FILE_NAME: Id = id("AccessFileName");

/// What lets a .htaccess file be read, and what may stand in it.
#[derive(Clone, Debug, Default)]
struct Overrides {
    value: AllowOverride,
    at: Option<Location>,
}

impl<'p> Run<'_, 'p> {
    /// What stands outside of sections, in the main server and the virtual host.
    pub(super) fn server_walk(&mut self) -> Merged {
        let mut merged = Merged::default();
        let mut group = vec![self.policy.servers[0].defaults];
        if self.server != ServerId::MAIN {
            group.push(self.policy.servers[self.server.index()].defaults);
        }
        for section in &group {
            self.look_into(*section);
        }
        merged.add(group);
        merged
    }

    /// Says so where an include brings in what is not known.
    fn look_into(&mut self, section: SectionId) {
        if let Some(open) = self.policy.get(section).open {
            let text = format!(
                "what `{} {}` brings in",
                open.name(),
                open.arg(0).map(Value::lossy).unwrap_or_default()
            );
            let cause = Cause::new(open.location(), text);
            if self.world.choose(cause.clone(), 2) == 1 {
                self.give_up(cause);
            }
        }
    }

    /// The sections of one kind of the main server, then of the virtual host.
    fn both(
        &self,
        list: for<'s> fn(&'s super::policy::Server<'p>) -> &'s Vec<SectionId>,
    ) -> Vec<SectionId> {
        let mut all = list(&self.policy.servers[0]).clone();
        if self.server != ServerId::MAIN {
            all.extend(list(&self.policy.servers[self.server.index()]));
        }
        all
    }

    /// The sections that the indices of the main server, then of the virtual host, have for something.
    fn indexed(&self, about: impl Fn(&Index) -> Vec<SectionId>) -> Vec<SectionId> {
        let mut all = about(&self.policy.indices[0]);
        if self.server != ServerId::MAIN {
            all.extend(about(&self.policy.indices[self.server.index()]));
        }
        all
    }

    /// Whether the section is there and its head fits `subject`, in this world.
    fn applies(
        &mut self,
        section: SectionId,
        subject: &[u8],
        literal: impl Fn(&[u8], &[u8]) -> bool,
        glob: impl Fn(&[u8], &[u8]) -> bool,
    ) -> bool {
        let policy = self.policy;
        let one = policy.get(section);
        let Some(directive) = one.directive else { return false };
        let fits = match &one.matcher {
            Matcher::Literal(text) => literal(text, subject),
            Matcher::Glob(pattern) => glob(pattern, subject),
            Matcher::Regex(pattern) => self.matches(pattern, false, subject, directive),
            Matcher::Unknown => {
                let text =
                    format!("whether this section is about {}", String::from_utf8_lossy(subject));
                self.world.choose(Cause::new(directive.location(), text), 2) == 1
            }
        };
        fits && policy.reads(directive, self.world)
    }

    /// `ap_directory_walk` and `ap_file_walk` for the file at `hop.filename`.
    pub(super) fn directory_walk(&mut self, merged: &mut Merged) -> Verdict {
        let policy = self.policy;
        self.hop.took_over_walk = false;
        if let Some(group) = self.walked_before() {
            self.hop.took_over_walk = true;
            for section in &group {
                self.tell(*section);
            }
            let folder = self.walked_folder();
            self.hop.walked = Some((folder, group.clone()));
            merged.add(group);
            self.file_walk(merged);
            return Verdict::Ok;
        }
        let patterns = self.indexed(|index| index.patterns.clone());
        let mut group = Vec::new();
        let mut overrides = Overrides::default();
        if policy.site.data.form == Form::Htaccess {
            // a server that lets .htaccess files say everything is taken for granted
            overrides.value.set(&[b"All".to_vec()]);
        }
        let innermost = self.hop.folder.clone();
        for folder in folders_to(&innermost) {
            let about = |index: &Index| index.folders.about(std::iter::once(folder));
            for section in self.indexed(about) {
                if self.applies(section, folder, is_folder, is_folder) {
                    self.enter(section, &mut group);
                    self.set_overrides(section, &mut overrides);
                }
            }
            let found = self.htaccess_of(folder, &overrides);
            if let Some(section) = found {
                let section = policy.allowed(section, &overrides.value);
                if let Some(fault) = policy.fault(section, &overrides.value, self.world) {
                    let Fault { at, text, status } = fault;
                    let end = if status == 0 { String::new() } else { format!(": {status}") };
                    self.step(at.or(overrides.at), "sections", format_args!("{text}{end}"));
                    return Verdict::Status(status);
                }
                self.enter(section, &mut group);
            }
        }
        let file = self.hop.filename.clone();
        if self.hop.found == Some(Found::File)
            && self.hop.path_info.is_empty()
            && self.follows_links(merged, &group)
        {
            // httpd knows that the file is there and does not look at each part of its path: it takes the last one for a
            // folder, too
            let as_folder = [&file[..], b"/"].concat();
            let key = super::index::folder(&as_folder);
            let about = |index: &Index| index.folders.about(std::iter::once(&*key));
            for section in self.indexed(about) {
                if self.applies(section, &as_folder, is_folder, is_folder) {
                    self.enter(section, &mut group);
                }
            }
        }
        for section in patterns {
            if self.applies(section, &file, is_folder, is_folder) {
                self.enter(section, &mut group);
            }
        }
        let folder = self.walked_folder();
        self.hop.walked = Some((folder, group.clone()));
        merged.add(group);
        self.file_walk(merged);
        Verdict::Ok
    }

    /// What the walk over folders found for the request that this one comes from, if it ended in the same folder: httpd
    /// does not look again, not even for the patterns of `<DirectoryMatch>`.
    fn walked_before(&self) -> Option<Vec<SectionId>> {
        let (folder, group) = self.before.as_ref()?.walked.as_ref()?;
        let here = match self.hop.found? {
            _ if !self.hop.path_info.is_empty() => return None,
            Found::File => parent(&self.hop.filename).to_vec(),
            Found::Directory => {
                let name = &self.hop.filename;
                let slash = if name.ends_with(b"/") { &b""[..] } else { b"/" };
                [name, slash].concat()
            }
            _ => return None,
        };
        (*folder == here).then(|| group.clone())
    }

    /// The folder that httpd notes for the next round: that of the file, or the name of the folder itself.
    fn walked_folder(&self) -> Vec<u8> {
        match self.hop.found {
            Some(Found::Directory) => self.hop.filename.clone(),
            _ => parent(&self.hop.filename).to_vec(),
        }
    }

    /// Whether links are followed whoever owns them, as far as these sections say.
    fn follows_links(&mut self, merged: &Merged, group: &[SectionId]) -> bool {
        let mut merged = merged.clone();
        merged.add(group.to_vec());
        self.has_option_in(&merged, b"FollowSymLinks")
            && !self.has_option_in(&merged, b"SymLinksIfOwnerMatch")
    }

    fn enter(&mut self, section: SectionId, group: &mut Vec<SectionId>) {
        self.look_into(section);
        self.tell(section);
        group.push(section);
    }

    fn tell(&mut self, section: SectionId) {
        let at = self.policy.place(section);
        self.step(at, "sections", format_args!("{} applies", Titled(self.policy, section)));
    }

    fn set_overrides(&mut self, section: SectionId, overrides: &mut Overrides) {
        let policy = self.policy;
        for own in policy.get(section).all(&[ALLOW_OVERRIDE, ALLOW_OVERRIDE_LIST]) {
            if !policy.reads(own.directive, self.world) {
                continue;
            }
            let Some(words) = super::policy::words(own.directive) else {
                self.give_up(Cause::new(own.directive.location(), "what AllowOverride allows"));
                continue;
            };
            let words: Vec<Vec<u8>> = words.into_iter().map(std::borrow::Cow::into_owned).collect();
            if own.id == ALLOW_OVERRIDE {
                overrides.value.set(&words);
            } else {
                let none = matches!(&*words, [word] if word.eq_ignore_ascii_case(b"None"));
                overrides.value.list = if none { Vec::new() } else { words };
            }
            overrides.at = Some(own.directive.location());
        }
    }

    /// The .htaccess file of a folder, where the server looks for one.
    fn htaccess_of(&mut self, folder: &[u8], overrides: &Overrides) -> Option<SectionId> {
        let policy = self.policy;
        let there = policy.htaccess.get(folder)?;
        if overrides.value.is_none() {
            let at = overrides.at;
            let section = *there.first()?;
            let name = Titled(policy, section);
            self.step(at, "sections", format_args!("AllowOverride None: {name} is not read"));
            return None;
        }
        let named = self.server_walk_names();
        let names: Vec<Vec<u8>> = named.unwrap_or_else(|| vec![b".htaccess".to_vec()]);
        names.iter().find_map(|name| {
            there.iter().copied().find(|section| policy.file_name(*section) == *name)
        })
    }

    /// AccessFileName of the server, or of the main one.
    fn server_walk_names(&mut self) -> Option<Vec<Vec<u8>>> {
        let policy = self.policy;
        let servers = [self.server, ServerId::MAIN];
        servers.into_iter().find_map(|server| {
            let defaults = policy.servers[server.index()].defaults;
            let own = policy.last_of(defaults, &[ACCESS_FILE_NAME], self.world)?;
            let words = super::policy::words(own.directive)?;
            Some(words.into_iter().map(std::borrow::Cow::into_owned).collect())
        })
    }

    /// `ap_file_walk`: `<Files>` of every section so far, in their order.
    fn file_walk(&mut self, merged: &mut Merged) {
        let policy = self.policy;
        let name = self.hop.filename.clone();
        let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let outer: Vec<SectionId> = merged.sections().collect();
        let mut group = Vec::new();
        for section in outer {
            for &files in &policy.get(section).files {
                if self.applies(files, name, |text, name| text == name, fnmatch) {
                    self.enter(files, &mut group);
                }
            }
        }
        merged.add(group);
    }

    /// `ap_location_walk`.
    pub(super) fn location_walk(&mut self, merged: &mut Merged, tell: bool) {
        let uri = self.hop.uri.clone();
        let mut group = Vec::new();
        for section in self.indexed(|index| index.paths.about(super::index::above(&uri))) {
            let glob = |pattern: &[u8], uri: &[u8]| fnmatch(pattern, uri);
            if self.applies(section, &uri, is_above, glob) {
                if tell {
                    self.enter(section, &mut group);
                } else {
                    group.push(section);
                }
            }
        }
        merged.add(group);
    }

    /// `proxy_walk`: `<Proxy>` in the place of folders and files.
    pub(super) fn proxy_walk(&mut self, merged: &mut Merged, url: &[u8]) {
        let mut group = Vec::new();
        for section in self.both(|server| &server.proxies) {
            let literal = |text: &[u8], url: &[u8]| text == b"*" || url.starts_with(text);
            let glob = |pattern: &[u8], url: &[u8]| pattern == b"*" || any_fnmatch(pattern, url);
            if self.applies(section, url, literal, glob) {
                self.enter(section, &mut group);
            }
        }
        merged.add(group);
        // `<Files>` of the server's own are not asked, nor is any folder
    }

    /// `ap_if_walk`: the conditions of every section so far, then those inside of the sections that hold.
    pub(super) fn if_walk(&mut self, merged: &mut Merged, tell: bool) {
        let policy = self.policy;
        let mut outer: Vec<SectionId> = merged.sections().collect();
        // as deep as sections are read
        for _ in 0..64 {
            let mut group = Vec::new();
            for &section in &outer {
                let mut taken = false;
                for &one in &policy.get(section).ifs {
                    let Some(directive) = policy.get(one).directive else { continue };
                    if !policy.reads(directive, self.world) {
                        continue;
                    }
                    let holds = match policy.get(one).kind {
                        Kind::If => {
                            taken = self.condition(directive);
                            taken
                        }
                        Kind::ElseIf => {
                            let holds = !taken && self.condition(directive);
                            taken = taken || holds;
                            holds
                        }
                        _ => !std::mem::replace(&mut taken, true),
                    };
                    if holds {
                        if tell {
                            self.enter(one, &mut group);
                        } else {
                            group.push(one);
                        }
                    }
                }
            }
            if group.is_empty() {
                return;
            }
            outer.clone_from(&group);
            merged.add(group);
        }
    }

    /// Whether the expression of an `<If>` holds.
    fn condition(&mut self, directive: Directive<'p>) -> bool {
        let words: Option<Vec<_>> = directive.args().map(Value::known).collect();
        if let Some(words) = words {
            let text = words.join(&b' ');
            self.expression(&text, directive).unwrap_or(false)
        } else {
            let cause =
                Cause::new(directive.location(), "whether the expression of this section holds");
            self.world.holds(cause)
        }
    }

    /// Whether the pattern matches, in this world.
    pub(super) fn matches(
        &mut self,
        pattern: &[u8],
        ignore_case: bool,
        subject: &[u8],
        directive: Directive<'p>,
    ) -> bool {
        let regex = self.policy.regexes.get(pattern, ignore_case);
        if let Some(found) = regex.is_match(subject) {
            found
        } else {
            let text = format!(
                "whether `{}` matches `{}`",
                String::from_utf8_lossy(pattern),
                Text::from(subject).shown()
            );
            self.world.choose(Cause::new(directive.location(), text), 2) == 1
        }
    }
}

/// The folders on the way to `folder`, itself the last; all with a slash at both ends.
pub(super) fn folders_to(folder: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memchr_iter(b'/', folder).map(|slash| &folder[..=slash])
}

/// A path up to its last slash.
fn parent(path: &[u8]) -> &[u8] {
    let end = memchr::memrchr(b'/', path).map_or(0, |at| at + 1);
    &path[..end]
}

/// `apr_fnmatch` without `APR_FNM_PATHNAME`: `*` takes slashes, too.
fn any_fnmatch(pattern: &[u8], text: &[u8]) -> bool {
    crate::config::glob::matches(&[b"x", pattern].concat(), &[b"x", text].concat())
}

impl Policy<'_> {
    /// Where a section begins.
    pub(super) fn place(&self, section: SectionId) -> Option<Location> {
        let one = self.get(section);
        one.directive.map(Directive::location).or_else(|| {
            let first = one.own.first().map(|own| own.directive);
            let first = first.or_else(|| Some(one.requires.first()?.directive()));
            first.map(Directive::location)
        })
    }

    /// A section as people name it.
    pub(super) fn title(&self, section: SectionId) -> String {
        Titled(self, section).to_string()
    }
}

/// A section as people name it, written when it is read.
struct Titled<'a, 'p>(&'a Policy<'p>, SectionId);

impl fmt::Display for Titled<'_, '_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(policy, section) = *self;
        let one = policy.get(section);
        match one.directive {
            Some(directive) => {
                write!(out, "<{}", directive.name())?;
                directive.args().try_for_each(|word| write!(out, " {}", word.lossy()))?;
                out.write_str(">")
            }
            None if one.kind == Kind::Htaccess => {
                let file = policy.htaccess_file_of(section);
                let name = file.map(|file| &*policy.site.project.sources.get(file).name);
                out.write_str(name.unwrap_or(".htaccess"))
            }
            None => out.write_str("the server's own configuration"),
        }
    }
}
