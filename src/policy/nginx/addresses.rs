//! What lists of `allow` and `deny` say: `ngx_http_access_handler`. The first rule that covers the client decides; who
//! meets no rule is not the list's business.

use super::place::Place;
use super::policy::{List, has};
use crate::config::address::network;
use crate::config::nginx::{Directive, Value};
use crate::grammar::nginx::id;
use ipnet::IpNet;

/// Whom a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// `all`.
    Everybody,
    /// An address or a network.
    Network(IpNet),
    /// Clients that come by a UNIX socket.
    Unix,
    /// A template fills it in, or nginx does not take it.
    Unknown,
}

/// One `allow` or `deny`.
#[derive(Clone, Copy, Debug)]
pub struct AddressRule<'p> {
    /// The directive.
    pub directive: Directive<'p>,
    /// Whether it lets in.
    pub allows: bool,
    /// Whom.
    pub covers: Covers,
}

impl AddressRule<'_> {
    /// Whether it is about all clients, or all of one family.
    #[must_use]
    pub fn covers_a_family(&self) -> bool {
        match self.covers {
            Covers::Everybody => true,
            Covers::Network(network) => network.prefix_len() == 0,
            Covers::Unix | Covers::Unknown => false,
        }
    }
}

impl<'p> List<'p> {
    /// The rules, in the order in which they are tried.
    pub fn rules(&self) -> impl Iterator<Item = AddressRule<'p>> + '_ {
        self.directives.iter().map(|&directive| {
            let covers = match directive.arg(0).and_then(Value::known).as_deref() {
                Some(b"all") => Covers::Everybody,
                Some(b"unix:") => Covers::Unix,
                Some(text) => network(text).map_or(Covers::Unknown, Covers::Network),
                None => Covers::Unknown,
            };
            AddressRule { directive, allows: has(directive, &[id!("allow")]), covers }
        })
    }

    /// The first rule about everybody: it decides on all whom no rule before it names.
    #[must_use]
    pub fn last_word(&self) -> Option<AddressRule<'p>> {
        self.rules().find(|rule| rule.covers == Covers::Everybody)
    }

    /// Whether it is known to its last rule: no include that is not here, no template.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.open.is_none() && self.directives.iter().all(|rule| rule.is_certainly_here())
    }
}

impl<'p> Place<'_, 'p> {
    /// The rules that stand in the block itself, where there are any and all of them are known.
    #[must_use]
    pub fn own_addresses(self) -> Option<List<'p>> {
        self.own_all(&[id!("allow"), id!("deny")]).next()?;
        let list = self.addresses();
        let is_own = list.block == Some(self.block) && !list.directives.is_empty();
        (is_own && list.is_certain()).then_some(list)
    }
}
