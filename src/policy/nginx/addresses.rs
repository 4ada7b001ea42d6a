//! What lists of `allow` and `deny` say: `ngx_http_access_handler`. The first rule that covers the client decides; who
//! meets no rule is not the list's business.

use super::block::BlockId;
use super::place::Place;
use super::policy::Policy;
use crate::config::address::network;
use crate::config::nginx::{Directive, Value};
use crate::grammar::nginx::{Id, id};
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

/// The rules that are in effect in a place: those of the innermost block that has any.
#[derive(Clone, Debug, Default)]
pub struct Addresses<'p> {
    /// The rules, in the order in which they are tried.
    pub rules: Vec<AddressRule<'p>>,
    /// The block that they stand in.
    pub block: Option<BlockId>,
    /// Whether there may be others: an include that is not here, or what is around the fragment.
    pub is_open: bool,
}

/// What the words of a rule say, wherever it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    allows: bool,
    covers: Covers,
}

impl Rule {
    /// What `directive` says, which is an `allow` or a `deny`.
    pub(super) fn of(id: Id, directive: Directive<'_>) -> Self {
        let covers = match directive.arg(0).and_then(Value::known).as_deref() {
            Some(b"all") => Covers::Everybody,
            Some(b"unix:") => Covers::Unix,
            Some(text) => network(text).map_or(Covers::Unknown, Covers::Network),
            None => Covers::Unknown,
        };
        Self { allows: id == id!("allow"), covers }
    }
}

impl<'p> Addresses<'p> {
    /// The rules of `block`, or those of nobody.
    fn of(policy: &Policy<'p>, block: Option<BlockId>) -> Self {
        let Some(id) = block else {
            return Self { is_open: !policy.site.data.complete, ..Self::default() };
        };
        let block = policy.get(id);
        let rules = block.address_rules().map(|(directive, Rule { allows, covers })| AddressRule {
            directive,
            allows,
            covers,
        });
        Self { rules: rules.collect(), block: Some(id), is_open: block.open.is_some() }
    }

    /// The first rule about everybody: it decides on all whom no rule before it names.
    #[must_use]
    pub fn last_word(&self) -> Option<AddressRule<'p>> {
        self.rules.iter().find(|rule| rule.covers == Covers::Everybody).copied()
    }

    /// Whether the list is known to its last rule: no include that is not here, no template.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        !self.is_open && self.rules.iter().all(|rule| rule.directive.is_certainly_here())
    }
}

impl<'r, 'p> Place<'r, 'p> {
    /// `allow` and `deny`, as they are in effect: read once for each block that has some.
    #[must_use]
    pub fn addresses(self) -> &'r Addresses<'p> {
        const RULES: [Id; 2] = [id!("allow"), id!("deny")];
        let policy = self.policy;
        let block = policy.list_block(self.block, &RULES);
        let known = block.map_or(&policy.outer_addresses, |block| &policy.get(block).addresses);
        known.get_or_init(|| Box::new(Addresses::of(policy, block)))
    }

    /// The rules that stand in the block itself, where there are any and all of them are known.
    #[must_use]
    pub fn own_addresses(self) -> Option<&'r Addresses<'p>> {
        let list = self.addresses();
        let is_own = list.block == Some(self.block) && !list.rules.is_empty();
        (is_own && list.is_certain()).then_some(list)
    }
}
