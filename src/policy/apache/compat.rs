//! Order, Allow, Deny and Satisfy: `mod_access_compat`. It has no merger: one of its directives in a section drops all
//! that outer sections say.

use super::policy::{Own, SectionId};
use super::run::{Run, Verdict};
use crate::config::apache::Directive;
use crate::grammar::apache::{Id, id};
use crate::policy::addresses::network;
use crate::policy::text::question;
use crate::policy::world::Cause;

const ORDER: Id = id("Order");
const ALLOW: Id = id("Allow");
const DENY: Id = id("Deny");
const SATISFY: Id = id("Satisfy");

/// Its directives.
pub(super) const IDS: [Id; 4] = [ORDER, ALLOW, DENY, SATISFY];

impl<'p> Run<'_, 'p> {
    /// The section whose Order, Allow, Deny and Satisfy count.
    fn compat(&mut self) -> Option<SectionId> {
        self.policy.whole_record(&self.hop.merged, &IDS, self.world)
    }

    /// The last of the directives `id` of `section` that is about the method.
    fn of_method(&mut self, section: SectionId, id: Id) -> Option<Own<'p>> {
        let number = self.hop.number;
        let policy = self.policy;
        let all: Vec<Own<'p>> = policy.get(section).all(&[id]).collect();
        all.into_iter()
            .rev()
            .find(|own| own.methods.has(number) && policy.reads(own.directive, self.world))
    }

    /// Whether `Satisfy Any` holds, and where it stands.
    pub(super) fn satisfy_any(&mut self) -> Option<Directive<'p>> {
        let section = self.compat()?;
        let own = self.of_method(section, SATISFY)?;
        own.directive.arg(0)?.is_ignoring_case(b"any").then_some(own.directive)
    }

    /// `check_dir_access`.
    pub(super) fn access_compat(&mut self) -> Verdict {
        let Some(section) = self.compat() else { return Verdict::Ok };
        let order = self.of_method(section, ORDER);
        let allow_first = order.is_some_and(|own| own.directive.says(b"allow,deny"));
        let mutual = order.is_some_and(|own| own.directive.says(b"mutual-failure"));
        let allowed = self.listed(section, ALLOW);
        let denied = self.listed(section, DENY);
        let ok = if allow_first || mutual {
            allowed.is_some() && denied.is_none()
        } else {
            allowed.is_some() || denied.is_none()
        };
        if ok {
            return Verdict::Ok;
        }
        let because = denied.or(order.map(|own| own.directive));
        let text = match (denied, order) {
            (Some(_), _) => "Deny refuses the client: 403",
            _ => "Order lets in only whom an Allow names: 403",
        };
        self.step(because.map(Directive::location), "access", text);
        Verdict::Status(403)
    }

    /// The Allow or Deny that names the client.
    fn listed(&mut self, section: SectionId, id: Id) -> Option<Directive<'p>> {
        let number = self.hop.number;
        let policy = self.policy;
        let entries: Vec<Own<'p>> = policy.get(section).all(&[id]).collect();
        for own in entries {
            if !own.methods.has(number) || !policy.reads(own.directive, self.world) {
                continue;
            }
            let words = own.directive.args().skip(1);
            for word in words {
                let Some(text) = word.known() else {
                    let cause = Cause::new(word.location(), "what a template puts here");
                    if self.world.choose(question(&cause, "names the client"), 2) == 1 {
                        return Some(own.directive);
                    }
                    continue;
                };
                if self.names_client(&text, own.directive) {
                    return Some(own.directive);
                }
            }
        }
        None
    }

    /// `find_allowdeny`: whether one word of Allow or Deny means this client.
    fn names_client(&mut self, word: &[u8], directive: Directive<'p>) -> bool {
        if word.eq_ignore_ascii_case(b"all") {
            return true;
        }
        if word.len() > 4 && word[..4].eq_ignore_ascii_case(b"env=") {
            return match word[4..].strip_prefix(b"!") {
                Some(name) => !self.has_variable(name),
                None => self.has_variable(&word[4..]),
            };
        }
        if let Some(network) = network(word) {
            return network.contains(&self.remote);
        }
        self.is_host(word, directive)
    }

    /// Whether the name of the client, looked up both ways, is `word` or ends in it.
    pub(super) fn is_host(&mut self, word: &[u8], directive: Directive<'p>) -> bool {
        // the name of an address has letters
        if word.iter().all(|&byte| byte.is_ascii_digit() || byte == b'.' || byte == b':') {
            return false;
        }
        let name = word.strip_prefix(b".").unwrap_or(word);
        if self.remote.is_loopback() {
            return name.eq_ignore_ascii_case(b"localhost");
        }
        // the range for documentation has no names
        if self.remote == crate::policy::request::Request::OUTSIDER {
            return false;
        }
        let cause = Cause::new(
            directive.location(),
            format!(
                "whether the DNS name of {} is below {}",
                self.remote,
                String::from_utf8_lossy(name)
            ),
        );
        // a client that has that name is the way that comes last
        self.world.choose(cause, 2) == 1
    }
}
