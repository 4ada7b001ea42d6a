//! Where mod_rewrite has its say: in the server before the file is looked for, and in the place behind access control.
//! Which rules count, and what becomes of the request.

use super::conditions::Asking;
use super::expr::{FileTest, Function, Lookup};
use super::merged::Merged;
use super::policy::{Kind, Own, SectionId, ServerId};
use super::rewrite::{
    Applied, Directory, Outcome, Rewriting, Rule, State, in_directory, in_server,
};
use super::run::{Next, Run};
use super::walk::folders_to;
use crate::config::apache::{Directive, Value};
use crate::grammar::apache::{Id, id};
use crate::policy::regex::Regex;
use crate::policy::text::Text;
use crate::policy::world::{Cause, World};
use crate::source::Location;
use std::net::IpAddr;
use std::sync::Arc;

const ENGINE: Id = id("RewriteEngine");
const OPTIONS: Id = id("RewriteOptions");
const BASE: Id = id("RewriteBase");
const CONDITION: Id = id("RewriteCond");
const RULE: Id = id("RewriteRule");
const DOCUMENT_ROOT: Id = id("DocumentRoot");

/// The directives that make a record of mod_rewrite in a section.
const RECORD: [Id; 5] = [ENGINE, OPTIONS, BASE, CONDITION, RULE];

impl<'p> Run<'_, 'p> {
    /// `hook_uri2file`: the rules of the virtual host, and of the main server where RewriteOptions says so.
    pub(super) fn rewrite_in_server(&mut self) -> Option<Next> {
        let policy = self.policy;
        let own = policy.servers[self.server.index()].defaults;
        let main = policy.servers[0].defaults;
        let engine = policy
            .last_of(own, &[ENGINE], self.world)
            .or_else(|| policy.last_of(main, &[ENGINE], self.world))?;
        if !engine.directive.says(b"on") {
            return None;
        }
        let mut lists = vec![own];
        if self.server != ServerId::MAIN {
            let down = self.has_rewrite_option(main, b"InheritDown");
            let down_before = self.has_rewrite_option(main, b"InheritDownBefore");
            let ignores = self.has_rewrite_option(own, b"IgnoreInherit");
            if self.has_rewrite_option(own, b"InheritBefore") || down_before && !ignores {
                lists.insert(0, main);
            } else if self.has_rewrite_option(own, b"Inherit") || down && !ignores {
                lists.push(main);
            }
        }
        let rules = self.rules(&lists)?;
        if rules.iter().all(|list| list.is_empty()) {
            return None;
        }
        let any_uri = self.has_rewrite_option(own, b"AllowAnyURI");
        let state = self.state(Text::from(&*self.hop.uri.clone()));
        let references: Vec<&Rule> = rules.iter().flat_map(|list| &**list).collect();
        let applied =
            in_server(&references, state, any_uri, &mut Rewrites(Asking { run: self, at: None }));
        let at = applied.decided();
        let (outcome, at) = self.took(applied, at);
        match outcome {
            Outcome::Mapped { path, in_document_root } => {
                let path = self.known(&path, at)?;
                if in_document_root {
                    self.document_root_of(&path);
                } else {
                    self.hop.filename = path;
                }
                None
            }
            Outcome::PassThrough(uri) => {
                let uri = self.known(&uri, at)?;
                self.hop.uri = super::uri::normalise(&uri).unwrap_or(uri);
                None
            }
            outcome => self.ended(outcome, at),
        }
    }

    /// `hook_fixup`: the rules of the innermost section that has any.
    pub(super) fn rewrite_in_place(&mut self) -> Option<Next> {
        let policy = self.policy;
        let engine = policy.last(&self.hop.merged, &[ENGINE], self.world)?;
        if !engine.directive.says(b"on") {
            return None;
        }
        let merged = self.hop.merged.clone();
        let lists = self.sections_with_rules(&merged);
        let section = *lists.last()?;
        let rules = self.rules(&lists)?;
        let prefix = self.rewrite_prefix(section)?;
        let base = self.effective_base(&merged);
        let root = self.document_root_name();
        let follows_links =
            self.has_option(b"FollowSymLinks") || self.has_option(b"SymLinksIfOwnerMatch");
        let no_context = self.has_rewrite_option(section, b"IgnoreContextInfo");
        let context = self.hop.context.clone().filter(|_| !no_context);
        let directory = Directory {
            prefix: &prefix,
            base: base.as_deref(),
            document_root: root.as_deref(),
            context: context.as_ref().map(|(root, prefix)| (&**root, &**prefix)),
            follows_links,
            allow_no_slash: self.has_rewrite_option(section, b"AllowNoSlash"),
        };
        let state = self.state(Text::from(&*self.hop.filename.clone()));
        let references: Vec<&Rule> = rules.iter().flat_map(|list| &**list).collect();
        let applied = in_directory(
            &references,
            state,
            &directory,
            &mut Rewrites(Asking { run: self, at: None }),
        );
        let at = applied.decided();
        let (outcome, at) = self.took(applied, at);
        match outcome {
            Outcome::Internal(uri) => {
                let uri = self.known(&uri, at)?;
                let target = match &self.hop.args {
                    Some(args) => [&uri[..], b"?", args].concat(),
                    None => uri,
                };
                Some(Next::Internal(target))
            }
            outcome => self.ended(outcome, at),
        }
    }

    /// What the rules left, taken over into the request.
    fn took(&mut self, applied: Applied, at: Option<Location>) -> (Outcome, Option<Location>) {
        for (place, text) in applied.steps {
            self.step(place, "rewrite", text);
        }
        let state = applied.state;
        self.has_ended |= state.has_ended;
        if applied.outcome != Outcome::Declined {
            self.hop.args = match &state.args {
                None => None,
                Some(args) => self.known(args, at),
            };
        }
        if let Some(name) = state.handler.as_ref().and_then(Text::known) {
            self.hop.handler = Some((name.to_vec(), at));
        }
        (applied.outcome, at)
    }

    /// Outcomes that both contexts share.
    fn ended(&mut self, outcome: Outcome, at: Option<Location>) -> Option<Next> {
        match outcome {
            Outcome::Refused(status) => {
                self.step(at, "rewrite", format_args!("mod_rewrite refuses the request: {status}"));
                Some(Next::Status(status))
            }
            Outcome::Status(status) => {
                self.forget_error();
                self.step(at, "rewrite", format_args!("a rule answers {status}"));
                Some(Next::Status(status))
            }
            Outcome::Redirect { status, location } => {
                self.forget_error();
                let text = format!("a rule sends the client to {}: {status}", location.shown());
                self.step(at, "rewrite", text);
                Some(Next::Status(status))
            }
            Outcome::Proxy(url) => {
                let url = self.known(&url, at)?;
                self.hop.filename = [b"proxy:", &url[..]].concat();
                self.hop.handler = Some((b"proxy-server".to_vec(), at));
                None
            }
            Outcome::Unknown => {
                self.give_up(Cause::new(at, "what the rules rewrite"));
                None
            }
            _ => None,
        }
    }

    /// A rule that answers takes `r->status` back to 200, and so forgets what error its page was asked for.
    fn forget_error(&mut self) {
        self.error = None;
    }

    /// A text that must be known to go on.
    fn known(&mut self, text: &Text, at: Option<Location>) -> Option<Vec<u8>> {
        let known = text.known().map(<[u8]>::to_vec);
        if known.is_none() {
            let cause = text.cause().cloned();
            self.give_up(cause.unwrap_or_else(|| Cause::new(at, "what the rules rewrite")));
        }
        known
    }

    fn state(&self, filename: Text) -> State {
        State {
            uri: self.hop.uri.clone().into(),
            unparsed_uri: self.hop.unparsed.clone(),
            filename,
            path_info: self.hop.path_info.clone().into(),
            args: self.hop.args.clone().map(Text::from),
            is_subrequest: self.is_subrequest,
            may_look_ahead: self.depth < 4,
            is_proxied: self.hop.filename.starts_with(b"proxy:"),
            has_ended: self.has_ended,
            handler: None,
            content_type: None,
        }
    }

    /// The rules of sections, each list read for itself; `None` where they cannot be read.
    fn rules(&mut self, sections: &[SectionId]) -> Option<Vec<Arc<Vec<Rule>>>> {
        let policy = self.policy;
        let mut all = Vec::with_capacity(sections.len());
        for &section in sections {
            let list = policy.get(section).all(&[CONDITION, RULE]).map(|own| own.directive);
            let list: Vec<Directive<'p>> = list.collect();
            let mut read = Vec::with_capacity(list.len());
            for &directive in &list {
                read.push(policy.reads(directive, self.world));
            }
            match policy.rewrites.of(section, &list, read) {
                Ok(rules) => all.push(rules),
                Err(refused) => {
                    self.give_up(Cause::new(refused.at, refused.why));
                    return None;
                }
            }
        }
        Some(all)
    }

    /// The sections whose rules run: that of the last record, and those around it where RewriteOptions says so.
    fn sections_with_rules(&mut self, merged: &Merged) -> Vec<SectionId> {
        let policy = self.policy;
        let mut lists: Vec<SectionId> = Vec::new();
        for section in merged.sections() {
            if policy.is_server(section) {
                continue;
            }
            if !self.has_record(section) {
                continue;
            }
            if self.has_rewrite_option(section, b"InheritBefore") {
                lists.push(section);
            } else if self.has_rewrite_option(section, b"Inherit") {
                // the outer rules run behind its own
                lists.insert(0, section);
            } else {
                lists = vec![section];
            }
        }
        lists
    }

    fn has_rewrite_option(&mut self, section: SectionId, option: &[u8]) -> bool {
        let policy = self.policy;
        let list: Vec<Own<'p>> = policy.get(section).all(&[OPTIONS]).collect();
        list.into_iter().any(|own| {
            own.directive.args().any(|word| word.is_ignoring_case(option))
                && policy.reads(own.directive, self.world)
        })
    }

    /// Whether mod_rewrite has a record of the section. What AllowOverride drops leaves an empty one, which counts as well.
    fn has_record(&mut self, section: SectionId) -> bool {
        self.policy.last_of(section, &RECORD, self.world).is_some()
            || self.policy.has_dropped(section, &RECORD)
    }

    /// RewriteBase (`config_perdir_merge`): that of a section around counts only where `RewriteOptions MergeBase` says so.
    fn effective_base(&mut self, merged: &Merged) -> Option<Vec<u8>> {
        let policy = self.policy;
        let (mut base, mut merges) = (None, false);
        for section in merged.sections() {
            if policy.is_server(section) || !self.has_record(section) {
                continue;
            }
            if policy.last_of(section, &[OPTIONS], self.world).is_some() {
                merges = self.has_rewrite_option(section, b"MergeBase");
            }
            let own = policy.last_of(section, &[BASE], self.world);
            base = own.or(base.filter(|_| merges));
        }
        base?.directive.arg(0)?.known().map(std::borrow::Cow::into_owned)
    }

    pub(super) fn document_root_name(&mut self) -> Option<Vec<u8>> {
        if self.policy.root.is_some() {
            return Some(Vec::new());
        }
        let policy = self.policy;
        let own = [self.server, ServerId::MAIN].into_iter().find_map(|server| {
            policy.last_of(policy.servers[server.index()].defaults, &[DOCUMENT_ROOT], self.world)
        });
        let Some(own) = own else { return Some(self.built_in_root().to_vec()) };
        let root = own.directive.arg(0).and_then(Value::known)?;
        Some(self.absolute(root.strip_suffix(b"/").unwrap_or(&root)))
    }

    /// What is taken off the file's name before rules of a section are matched.
    fn rewrite_prefix(&self, section: SectionId) -> Option<Vec<u8>> {
        let place = self.policy.at(section);
        match place.kind() {
            Kind::Directory if place.folder().is_some() => place.folder(),
            Kind::Htaccess => {
                let of = |folder: &&[u8]| {
                    self.policy.htaccess.get(*folder).is_some_and(|all| {
                        all.iter().any(|one| {
                            *one == section
                                || self.policy.htaccess_file_of(*one)
                                    == self.policy.htaccess_file_of(section)
                        })
                    })
                };
                folders_to(&self.hop.folder).find(of).map(<[u8]>::to_vec)
            }
            // the path that `ifsection` gives to what stands in it
            Kind::If | Kind::ElseIf | Kind::Else => Some(b"*If/".to_vec()),
            // a pattern is taken as it is written
            _ => {
                let word = self.policy.get(section).directive?.args().next_back()?.known()?;
                let slash = if word.ends_with(b"/") { &b""[..] } else { b"/" };
                Some([&*word, slash].concat())
            }
        }
    }
}

/// A run that is asked by rules.
struct Rewrites<'a, 'r, 'p>(Asking<'a, 'r, 'p>);

impl Lookup for Rewrites<'_, '_, '_> {
    fn variable(&mut self, name: &[u8]) -> Text {
        self.0.variable(name)
    }

    fn function(&mut self, function: Function, argument: &[u8]) -> Option<Text> {
        self.0.function(function, argument)
    }

    fn file_test(&mut self, test: FileTest, path: &Text) -> bool {
        self.0.file_test(test, path)
    }

    fn client(&mut self) -> Option<IpAddr> {
        self.0.client()
    }

    fn regex(&mut self, pattern: &[u8], ignore_case: bool) -> Regex {
        self.0.regex(pattern, ignore_case)
    }

    fn world(&mut self) -> &mut World {
        self.0.world()
    }

    fn at(&self) -> Option<Location> {
        self.0.at()
    }
}

impl Rewriting for Rewrites<'_, '_, '_> {
    fn set_env(&mut self, name: &[u8], value: Option<Text>) {
        match value {
            Some(value) => self.0.run.hop.env.insert(name.to_vec(), value),
            None => self.0.run.hop.env.remove(name),
        };
    }

    fn own_url(&mut self) -> Text {
        let run = &self.0.run;
        let scheme = run.request.scheme;
        let host = super::host::normalised(run.request.host.as_deref().unwrap_or_default());
        let port = run.request.destination.port();
        let port =
            if port == scheme.port() || port == 0 { String::new() } else { format!(":{port}") };
        [scheme.name().as_bytes(), b"://", &host, port.as_bytes()].concat().into()
    }

    fn is_own_host(&mut self, host: &[u8], port: Option<u16>) -> bool {
        let run = &mut *self.0.run;
        let port = port.unwrap_or(run.request.scheme.port());
        run.policy.is_host_of(run.server, &host.to_ascii_lowercase(), port, run.world)
    }

    fn look_ahead(&mut self, path: &Text, name: &[u8], _is_file: bool) -> Text {
        let at = self.0.at;
        let Some(target) = path.known().map(<[u8]>::to_vec) else {
            return Cause::new(at, "what a subrequest finds").into();
        };
        let run = &mut *self.0.run;
        let looked = run.look_up(&target);
        let outer = std::mem::replace(&mut run.hop, looked.hop);
        let value = self.0.variable(name);
        self.0.run.hop = outer;
        value
    }

    fn is_in_root(&mut self, name: &[u8]) -> bool {
        use crate::policy::files::Found;
        let path = [b"/", name].concat();
        match self.0.run.stands_at(&path) {
            Found::Nothing => false,
            Found::Unknown => {
                const USUAL: [&[u8]; 12] = [
                    b"bin", b"etc", b"home", b"lib", b"mnt", b"opt", b"root", b"run", b"srv",
                    b"tmp", b"usr", b"var",
                ];
                USUAL.contains(&name)
            }
            _ => true,
        }
    }
}
