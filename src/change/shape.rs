//! The servers of a configuration as their directives read: words without blanks, comments, and the files that they stand
//! in. What reads alike on both sides answers alike.

use super::door::Door;
use super::words::Words;
use crate::config::apache::{
    Condition, Directive as ApacheDirective, Form, Literal, Site as ApacheSite,
};
use crate::config::nginx::{Directive as NginxDirective, Value as NginxValue};
use crate::config::{Presence, Project};
use crate::map::{Spot, spots};
use crate::policy::either::Policy;
use crate::source::FileId;
use crate::syntax::NodeKind;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How deep blocks are looked into; the evaluator goes no deeper.
const DEEPEST: usize = 128;

/// The number that stands for no server.
pub(super) const NONE: usize = usize::MAX;

/// A configuration.
#[derive(Default)]
pub(super) struct Shape {
    /// Everything that stands in no server, and the password files.
    pub(super) outside: u64,
    /// Each server.
    servers: Vec<u64>,
    /// The servers by what the evaluator calls them.
    numbers: HashMap<u32, usize>,
    /// The paths of every place, each with its server; once somebody has asked.
    paths: OnceCell<Vec<(u32, Vec<u8>)>>,
}

impl Shape {
    pub(super) fn of(policy: &Policy<'_>) -> Self {
        let mut outside = DefaultHasher::new();
        let mut servers = Vec::new();
        let mut numbers = HashMap::new();
        each(policy, &mut |server, line| match server {
            None => line.hash(&mut outside),
            Some(number) => {
                let next = servers.len();
                let at = *numbers.entry(number).or_insert(next);
                if at == next {
                    servers.push(DefaultHasher::new());
                }
                line.hash(&mut servers[at]);
            }
        });
        files(policy, &mut |presence, text| {
            std::mem::discriminant(presence).hash(&mut outside);
            text.hash(&mut outside);
        });
        let servers = servers.iter().map(DefaultHasher::finish).collect();
        Self { outside: outside.finish(), servers, numbers, paths: OnceCell::new() }
    }

    /// The number of the server that a door leads to.
    pub(super) fn server(&self, policy: &Policy<'_>, door: &Door) -> usize {
        let request = door.request(b"/");
        let number = match policy {
            Policy::Nginx(policy) => policy.server_for(&request).map(|server| server.0),
            Policy::Apache(policy) => policy.server_for(&request).map(|server| server.0),
        };
        number.and_then(|number| self.numbers.get(&number).copied()).unwrap_or(NONE)
    }

    /// How the server with this number reads.
    pub(super) fn hash(&self, server: usize) -> Option<u64> {
        self.servers.get(server).copied()
    }

    /// Whether servers that `other` does not have are ones to which this configuration itself hands requests on: then what
    /// changes in one may show in another.
    pub(super) fn hands_on_to(&self, policy: &Policy<'_>, other: &Self) -> bool {
        let known: HashSet<u64> = other.servers.iter().copied().collect();
        let is_new = |number: u32| {
            self.numbers.get(&number).is_none_or(|&at| !known.contains(&self.servers[at]))
        };
        match policy {
            Policy::Nginx(policy) => policy.inner_servers().iter().any(|server| is_new(server.0)),
            Policy::Apache(policy) => {
                let has_new = (1..policy.servers.len() as u32).any(is_new);
                let site = policy.site;
                let mut passes = ["ProxyPass", "ProxyPassMatch"].into_iter();
                let passes_on = passes.any(|name| site.directives(name).next().is_some());
                let mut rules = site.directives("RewriteRule");
                let by_rule = rules
                    .any(|rule| rule.arg(2).is_some_and(|flags| flags.decoded().contains(&b'P')));
                has_new && (passes_on || by_rule)
            }
        }
    }

    /// Notes what the directives of a server, and those outside of servers, may tell requests apart by.
    pub(super) fn read(&self, policy: &Policy<'_>, server: usize, words: &mut Words) {
        let paths = self.paths.get_or_init(|| {
            let path = |spot: &Spot| Some((spot.server_number, spot.path()?.to_vec()));
            spots(policy).iter().filter_map(path).collect()
        });
        for (number, path) in paths {
            if self.numbers.get(number).is_none_or(|at| *at == server) {
                words.path(path);
            }
        }
        each(policy, &mut |number, line| {
            let at = number.map(|number| self.numbers.get(&number).copied());
            if at.is_none() || at == Some(Some(server)) {
                words.read(&line);
            }
        });
    }
}

/// A directive, or the end of a block.
#[derive(Hash)]
pub(super) enum Line<'p> {
    /// A directive with the decoded words behind its name, and whether it opens a block.
    Directive {
        /// Its name as people know it.
        name: Cow<'p, str>,
        /// Its arguments.
        words: Vec<Cow<'p, [u8]>>,
        /// Whether it opens a block.
        opens: bool,
        /// What it depends on.
        condition: String,
        /// What stands in it, where that is no configuration.
        body: &'p [u8],
    },
    /// The end of a block.
    End,
}

/// Tells every directive, includes expanded, and the server that it stands in.
fn each<'p>(policy: &Policy<'p>, tell: &mut dyn FnMut(Option<u32>, Line<'p>)) {
    match policy {
        Policy::Nginx(policy) => {
            let blocks = policy.servers.iter().filter_map(|server| {
                let directive = policy.get(*server).directive?;
                Some(((directive.inclusion, directive.id), server.0))
            });
            let servers: HashMap<_, u32> = blocks.collect();
            walk(policy.site.top(), tell, &|one: NginxDirective<'p>| {
                let server = servers.get(&(one.inclusion, one.id)).copied();
                (server, of_nginx(one), one.node().is_block().then(|| one.children()))
            });
        }
        Policy::Apache(policy) => {
            let blocks = policy.servers.iter().zip(0u32..).filter_map(|(server, number)| {
                let directive = server.directive?;
                Some(((directive.inclusion, directive.id), number))
            });
            let servers: HashMap<_, u32> = blocks.collect();
            let look = |one: ApacheDirective<'p>| {
                let server = servers.get(&(one.inclusion, one.id)).copied();
                (server, of_apache(one), one.node().is_block().then(|| one.children()))
            };
            walk(policy.site.top(), tell, &look);
            // the lone .htaccess files of a folder are one configuration
            let project = policy.site.project;
            let is_lone = policy.site.data.form == Form::Htaccess;
            let beside =
                project.apache.iter().filter(|data| is_lone && data.form == Form::Htaccess);
            let beside = beside.map(|data| ApacheSite { project, data });
            let own = std::iter::once(policy.site).filter(|_| !is_lone);
            for site in own.chain(beside) {
                for (htaccess, children) in site.htaccess() {
                    let words = htaccess.folders.iter().map(|folder| Cow::Borrowed(&**folder));
                    let allowed = format!("{:?}", htaccess.allowed.len());
                    tell(
                        None,
                        Line::Directive {
                            name: ".htaccess".into(),
                            words: words.collect(),
                            opens: true,
                            condition: allowed,
                            body: b"",
                        },
                    );
                    walk(children, tell, &|one: ApacheDirective<'p>| {
                        (None, of_apache(one), one.node().is_block().then(|| one.children()))
                    });
                    tell(None, Line::End);
                }
            }
        }
    }
}

/// What is known of a directive: the server that it opens, how it reads, what stands in it.
type Looked<'p, C> = (Option<u32>, Line<'p>, Option<C>);

fn walk<'p, D, C: Iterator<Item = D>>(
    top: C,
    tell: &mut dyn FnMut(Option<u32>, Line<'p>),
    look: &dyn Fn(D) -> Looked<'p, C>,
) {
    let mut pending = vec![(None, top)];
    while let Some((around, rest)) = pending.last_mut() {
        let around = *around;
        let Some(directive) = rest.next() else {
            pending.pop();
            if !pending.is_empty() {
                tell(around, Line::End);
            }
            continue;
        };
        let (server, line, inner) = look(directive);
        let server = around.or(server);
        tell(server, line);
        if let Some(inner) = inner.filter(|_| pending.len() < DEEPEST) {
            pending.push((server, inner));
        }
    }
}

fn of_nginx(directive: NginxDirective<'_>) -> Line<'_> {
    let node = directive.node();
    let is_foreign = node.kind == NodeKind::Foreign;
    Line::Directive {
        name: match directive.known() {
            Some(known) => known.name.into(),
            None => String::from_utf8_lossy(&directive.name_value().decoded()).into_owned().into(),
        },
        words: directive.args().map(NginxValue::decoded).collect(),
        opens: node.is_block(),
        condition: String::new(),
        body: if is_foreign { directive.source().slice(node.body) } else { b"" },
    }
}

fn of_apache(directive: ApacheDirective<'_>) -> Line<'_> {
    let node = directive.node();
    let is_foreign = node.kind == NodeKind::Foreign;
    let condition = match directive.condition() {
        Condition::Yes => String::new(),
        Condition::No => "never".to_owned(),
        Condition::Unknown(literals) => {
            let site = directive.site;
            let one = |it: &Literal| format!("{} {}", site.atom(*it), it.holds);
            literals.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    };
    Line::Directive {
        name: directive.name(),
        words: directive
            .args()
            .map(|word| word.known().unwrap_or_else(|| word.decoded()))
            .collect(),
        opens: node.is_block(),
        condition,
        body: if is_foreign { directive.source().slice(node.body) } else { b"" },
    }
}

/// Tells what is known of every password and group file that is named.
fn files(policy: &Policy<'_>, tell: &mut dyn FnMut(&Presence, &[u8])) {
    let bytes = |project: &Project, file: Option<FileId>| {
        file.map_or(Vec::new(), |file| project.sources.get(file).bytes().to_vec())
    };
    let unknown = Presence::Elsewhere;
    match policy {
        Policy::Nginx(policy) => {
            for (_, reference) in policy.site.references() {
                let presence = reference.presence.as_ref().unwrap_or(&unknown);
                tell(presence, &bytes(policy.site.project, reference.file));
            }
        }
        Policy::Apache(policy) => {
            for (_, reference) in policy.site.references() {
                let Some(found) = &reference.found else { continue };
                tell(&found.presence, &bytes(policy.site.project, found.file));
            }
        }
    }
}
