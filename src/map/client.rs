//! The kinds of clients that a place may tell apart: addresses that it names, users of its password files, members of its
//! groups, and what other mechanisms take for a proof.

use super::gets::Gets;
use super::spot::Place;
use crate::config::apache::Value as ApacheValue;
use crate::config::nginx::{Directive, Value};
use crate::config::{Project, address};
use crate::grammar::apache::{Id as ApacheId, id as apache_id};
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::Prediction;
use crate::policy::apache::{self, Kind as Section};
use crate::policy::either::Policy;
use crate::policy::nginx::{self, Basic, Covers, Kind as Block};
use crate::policy::request::{Credential, Request};
use crate::policy::user_file;
use crate::source::FileId;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;

/// Addresses and users of one place that are asked about, at most.
const MOST: usize = 12;

/// Who logs in where the users are not known.
const NOBODY: &[u8] = b"user";

const AUTH_USER_FILE: ApacheId = apache_id("AuthUserFile");
const AUTH_GROUP_FILE: ApacheId = apache_id("AuthGroupFile");

/// A way to prove oneself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mechanism {
    /// The client's address.
    Address,
    /// A password, sent as it is.
    Basic,
    /// An answer to a challenge that is made of the password.
    Digest,
    /// A login page of the server's own.
    Form,
    /// OpenID Connect.
    Oidc,
    /// A JSON Web Token.
    Jwt,
    /// A directory.
    Ldap,
    /// Kerberos.
    Kerberos,
    /// Another service that is asked.
    AuthRequest,
    /// Code that the server runs.
    Script,
    /// A client certificate.
    Certificate,
    /// A module that nobody here knows.
    Other,
}

impl Mechanism {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Address,
        Self::Basic,
        Self::Digest,
        Self::Form,
        Self::Oidc,
        Self::Jwt,
        Self::Ldap,
        Self::Kerberos,
        Self::AuthRequest,
        Self::Script,
        Self::Certificate,
        Self::Other,
    ];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Basic => "basic",
            Self::Digest => "digest",
            Self::Form => "form",
            Self::Oidc => "oidc",
            Self::Jwt => "jwt",
            Self::Ldap => "ldap",
            Self::Kerberos => "kerberos",
            Self::AuthRequest => "auth_request",
            Self::Script => "script",
            Self::Certificate => "certificate",
            Self::Other => "other",
        }
    }
}

/// A kind of client besides strangers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// Somebody from this network.
    From {
        /// The network.
        network: IpNet,
        /// One of its addresses.
        address: IpAddr,
    },
    /// Somebody who logs in.
    User {
        /// The name that is sent; its password is taken for right.
        name: Vec<u8>,
        /// Where the password is kept, as the configuration names it.
        file: Option<String>,
        /// The group that counts.
        group: Option<String>,
        /// Whether any user of the file would do: the name stands for all of them.
        any: bool,
    },
    /// Somebody with what this mechanism takes for a proof; it is not known here what it takes.
    Proof(Mechanism),
}

impl Client {
    /// Whether it is one with a login.
    #[must_use]
    pub fn is_login(&self) -> bool {
        !matches!(self, Self::From { .. })
    }

    /// What it gets for `request`.
    pub(super) fn ask(
        &self,
        request: &mut Request,
        predict: impl Fn(&Request) -> Prediction,
    ) -> Gets {
        match self {
            Self::From { address, .. } => {
                let before = std::mem::replace(&mut request.from, *address);
                let gets = Gets::of(&predict(request));
                request.from = before;
                gets
            }
            Self::User { name, .. } => {
                request.credential = Some(Credential::Basic { user: name.clone(), password: None });
                let gets = Gets::of(&predict(request));
                request.credential = None;
                gets
            }
            Self::Proof(_) => {
                let gets = Gets::of(&predict(request));
                if gets.may_pass() || gets.statuses() != [401] { gets } else { Gets::perhaps() }
            }
        }
    }
}

/// Works out the clients of places.
pub(super) struct Clients<'r, 'p> {
    policy: &'r Policy<'p>,
    /// The password files that directives of nginx name.
    files: HashMap<(FileId, u32), FileId>,
    /// The users of password files, sorted, once somebody has asked.
    users: HashMap<FileId, Vec<Vec<u8>>>,
    /// Who is a user of the first file and by the second one in the group.
    members: HashMap<(FileId, FileId, Vec<u8>), Option<Vec<u8>>>,
    /// Whether a condition or a map looks at the method.
    has_method_conditions: bool,
}

/// A network as a kind of client.
fn network(network: IpNet) -> Option<Client> {
    // everybody is no network of its own
    (network.prefix_len() > 0).then(|| Client::From { network, address: inside(network) })
}

/// An address in a network.
fn inside(network: IpNet) -> IpAddr {
    network.hosts().next().unwrap_or(network.addr())
}

/// Adds a client, unless it is there or there are enough.
fn add(clients: &mut Vec<Client>, client: Option<Client>) {
    if let Some(client) = client.filter(|one| clients.len() < MOST && !clients.contains(one)) {
        clients.push(client);
    }
}

impl<'r, 'p> Clients<'r, 'p> {
    pub(super) fn new(policy: &'r Policy<'p>) -> Self {
        let mut files = HashMap::new();
        let has_method_conditions = match policy {
            Policy::Nginx(policy) => {
                for (directive, reference) in policy.site.references() {
                    if let Some(file) = reference.file {
                        files.insert(key(directive), file);
                    }
                }
                policy.site.values_with(b"request_method").next().is_some()
            }
            Policy::Apache(policy) => {
                let site = policy.site;
                let named = ["AllowMethods", "RewriteMap"];
                named.iter().any(|name| site.directives(name).next().is_some())
                    || ["Limit", "LimitExcept"]
                        .iter()
                        .any(|name| site.sections(name).next().is_some())
                    || site.values_with(b"REQUEST_METHOD").next().is_some()
                    || site
                        .directives("Require")
                        .any(|require| require.args().take(2).any(|word| word.is(b"method")))
            }
        };
        let (users, members) = Default::default();
        Self { policy, files, users, members, has_method_conditions }
    }

    /// Whether what is answered at `place` may depend on the method, as far as access goes.
    pub(super) fn tells_methods_apart(&self, place: Place) -> bool {
        self.has_method_conditions
            || match (self.policy, place) {
                (Policy::Nginx(policy), Place::Nginx(block)) => {
                    policy.place(block).inner().any(|inner| inner.kind() == Block::LimitExcept)
                }
                _ => false,
            }
    }

    /// The kinds of clients at `place`, and the ways to prove oneself that it has.
    pub(super) fn of(&mut self, place: Place) -> (Vec<Client>, Vec<Mechanism>) {
        let (clients, mut mechanisms) = match (self.policy, place) {
            (Policy::Nginx(policy), Place::Nginx(block)) => self.of_nginx(policy.place(block)),
            (Policy::Apache(policy), Place::Apache(section)) => self.of_apache(policy.at(section)),
            // a place of one server and the policy of the other do not come together
            _ => (Vec::new(), Vec::new()),
        };
        mechanisms.sort_unstable();
        mechanisms.dedup();
        (clients, mechanisms)
    }

    fn of_nginx(&mut self, place: nginx::Place<'r, 'p>) -> (Vec<Client>, Vec<Mechanism>) {
        // a request for the root of a server comes to the location that takes it
        let place = if place.kind() == Block::Server {
            let taken = place.path().and_then(|path| place.policy.route(place.block, &path));
            taken.unwrap_or(place)
        } else {
            place
        };
        let mut clients = Vec::new();
        let mut mechanisms = Vec::new();
        let inner = place.inner().filter(|it| matches!(it.kind(), Block::If | Block::LimitExcept));
        for place in std::iter::once(place).chain(inner) {
            let addresses = place.addresses();
            if !addresses.rules.is_empty() {
                mechanisms.push(Mechanism::Address);
            }
            for rule in &addresses.rules {
                if let Covers::Network(covered) = rule.covers {
                    add(&mut clients, network(covered));
                }
            }
            if let Basic::On(_, file) = place.basic() {
                mechanisms.push(Mechanism::Basic);
                add(&mut clients, Some(self.user_of(place.policy.site.project, file)));
            }
            let other = place.other_login().into_iter().chain(place.auth_request());
            let all = other.chain(place.access_code());
            let certificate =
                place.server().and_then(|server| server.own(id!("ssl_verify_client")));
            let certificate =
                certificate.filter(|it| it.arg(0).is_some_and(|value| !value.is(b"off")));
            for directive in all.chain(certificate) {
                let mechanism = mechanism(directive);
                mechanisms.push(mechanism);
                if mechanism != Mechanism::AuthRequest {
                    add(&mut clients, Some(Client::Proof(mechanism)));
                }
            }
        }
        (clients, mechanisms)
    }

    /// A user of the file that `directive` names.
    fn user_of(&mut self, project: &Project, directive: Directive<'p>) -> Client {
        let file = self.files.get(&key(directive)).copied();
        let first = file.and_then(|file| self.first_user(project, file));
        Client::User {
            name: first.unwrap_or_else(|| NOBODY.to_vec()),
            file: directive.arg(0).map(Value::lossy),
            group: None,
            any: true,
        }
    }

    /// The first of the users of a password file, by name.
    fn first_user(&mut self, project: &Project, file: FileId) -> Option<Vec<u8>> {
        let known = self.users.entry(file).or_insert_with(|| users_of(project, file));
        known.first().cloned()
    }

    fn of_apache(&mut self, place: apache::Place<'_, '_>) -> (Vec<Client>, Vec<Mechanism>) {
        let mut clients = Vec::new();
        let mut mechanisms = Vec::new();
        if place.kind() == Section::Proxy {
            return (clients, mechanisms);
        }
        let requirements = place.requirements();
        let login = requirements.iter().any(|leaf| leaf.needs_user());
        let kind = login.then(|| place.auth_type().set()).flatten();
        let kind =
            kind.and_then(|kind| kind.arg(0)).map(|word| word.decoded().to_ascii_lowercase());
        let by_password = match kind.as_deref() {
            Some(b"basic") => Some(Mechanism::Basic),
            Some(b"digest") => Some(Mechanism::Digest),
            Some(b"form") => Some(Mechanism::Form),
            _ => None,
        };
        let other = match kind.as_deref() {
            None | Some(b"basic" | b"digest" | b"form") => None,
            Some(b"openid-connect" | b"auth-openidc") => Some(Mechanism::Oidc),
            Some(b"gssapi" | b"negotiate" | b"kerberos") => Some(Mechanism::Kerberos),
            Some(_) => Some(Mechanism::Other),
        };
        mechanisms.extend(by_password);
        if let Some(other) = other {
            mechanisms.push(other);
            add(&mut clients, Some(Client::Proof(other)));
        }
        for leaf in requirements {
            let provider = leaf.provider.decoded();
            match &*provider {
                b"ip" => {
                    mechanisms.push(Mechanism::Address);
                    for word in leaf.words() {
                        let covered = word.known().and_then(|text| address::network(&text));
                        add(&mut clients, covered.and_then(network));
                    }
                }
                b"local" => {
                    mechanisms.push(Mechanism::Address);
                    add(&mut clients, network(IpNet::from(IpAddr::from([127, 0, 0, 1]))));
                }
                b"host" | b"forward-dns" => mechanisms.push(Mechanism::Address),
                b"ssl-verify-client" => mechanisms.push(Mechanism::Certificate),
                _ if by_password == Some(Mechanism::Form) => {
                    add(&mut clients, Some(Client::Proof(Mechanism::Form)));
                }
                _ if by_password.is_none() || leaf.negated => {}
                b"valid-user" => add(&mut clients, Some(self.any_user(place))),
                b"user" => {
                    for name in leaf.words().filter_map(ApacheValue::known) {
                        add(&mut clients, Some(user(place, name.into_owned(), None, false)));
                    }
                }
                b"group" => {
                    for group in leaf.words().filter_map(ApacheValue::known) {
                        let name = self.member(place, &group);
                        let shown = String::from_utf8_lossy(&group).into_owned();
                        let name = name.unwrap_or_else(|| NOBODY.to_vec());
                        add(&mut clients, Some(user(place, name, Some(shown), true)));
                    }
                }
                name if name.starts_with(b"ldap") => {
                    mechanisms.push(Mechanism::Ldap);
                    add(&mut clients, Some(Client::Proof(Mechanism::Ldap)));
                }
                _ => {}
            }
        }
        (clients, mechanisms)
    }

    fn any_user(&mut self, place: apache::Place<'_, '_>) -> Client {
        let first = file_of(place, AUTH_USER_FILE)
            .and_then(|file| self.first_user(place.policy.site.project, file));
        user(place, first.unwrap_or_else(|| NOBODY.to_vec()), None, true)
    }

    /// A user of the password file who is in `group`.
    fn member(&mut self, place: apache::Place<'_, '_>, group: &[u8]) -> Option<Vec<u8>> {
        let project = place.policy.site.project;
        let (users, groups) = (file_of(place, AUTH_USER_FILE)?, file_of(place, AUTH_GROUP_FILE)?);
        let key = (users, groups, group.to_vec());
        if let Some(known) = self.members.get(&key) {
            return known.clone();
        }
        let text = project.sources.get(groups).bytes();
        let users = self.users.entry(users).or_insert_with(|| users_of(project, users));
        let is_member = |user: &&Vec<u8>| user_file::apache_is_in_group(text, user, group);
        let found = users.iter().find(is_member).cloned();
        self.members.insert(key, found.clone());
        found
    }
}

/// The users of a password file, sorted.
fn users_of(project: &Project, file: FileId) -> Vec<Vec<u8>> {
    let users = user_file::apache_users(project.sources.get(file).bytes());
    let mut users: Vec<_> = users.into_iter().collect();
    users.sort_unstable();
    users
}

/// The file that the directive `id` names at a place, where it is here.
fn file_of(place: apache::Place<'_, '_>, id: ApacheId) -> Option<FileId> {
    place.policy.reference(place.effective(&[id]).set()?)?.file
}

fn user(place: apache::Place<'_, '_>, name: Vec<u8>, group: Option<String>, any: bool) -> Client {
    let file = place.effective(&[AUTH_USER_FILE]).set();
    let file = file.and_then(|file| file.arg(0)).map(ApacheValue::lossy);
    Client::User { name, file, group, any }
}

fn key(directive: Directive<'_>) -> (FileId, u32) {
    (directive.words_location().file, directive.id.0)
}

/// What a directive of nginx takes for a proof.
fn mechanism(directive: Directive<'_>) -> Mechanism {
    const AUTH_REQUEST: Id = id!("auth_request");
    match directive.known().map(|known| known.id) {
        Some(AUTH_REQUEST) => Mechanism::AuthRequest,
        _ => match &*directive.name() {
            "auth_jwt" => Mechanism::Jwt,
            "auth_oidc" => Mechanism::Oidc,
            "auth_ldap" => Mechanism::Ldap,
            "auth_digest" => Mechanism::Digest,
            "ssl_verify_client" => Mechanism::Certificate,
            name if name.starts_with("access_by_lua") || name == "js_access" => Mechanism::Script,
            _ => Mechanism::Other,
        },
    }
}
