//! Where mod_rewrite has its say: in the server before the file is looked for, and in the place behind access control.

use super::run::{Next, Run};
use crate::config::apache::Directive;
use crate::grammar::apache::{Id, id};
use crate::policy::world::Cause;

const ENGINE: Id = id("RewriteEngine");
const RULE: Id = id("RewriteRule");

impl Run<'_, '_> {
    /// `hook_uri2file`: the rules of the virtual host.
    pub(super) fn rewrite_in_server(&mut self) -> Option<Next> {
        let policy = self.policy;
        let defaults = policy.servers[self.server.index()].defaults;
        let engine = policy.last_of(defaults, &[ENGINE], self.world)?;
        if !is_on(engine.directive) {
            return None;
        }
        let rule = policy.last_of(defaults, &[RULE], self.world)?;
        self.give_up(Cause::new(rule.directive.location(), "what the rules rewrite"));
        None
    }

    /// `hook_fixup`: the rules of the innermost section that has any.
    pub(super) fn rewrite_in_place(&mut self) -> Option<Next> {
        let policy = self.policy;
        let engine = policy.last(&self.hop.merged, &[ENGINE], self.world)?;
        if !is_on(engine.directive) || policy.is_server(engine.section) {
            return None;
        }
        let section = policy.record(&self.hop.merged, &[ENGINE, RULE], self.world)?;
        let rule = policy.last_of(section, &[RULE], self.world)?;
        self.give_up(Cause::new(rule.directive.location(), "what the rules rewrite"));
        None
    }
}

fn is_on(directive: Directive<'_>) -> bool {
    directive.says(b"on")
}
