//! mod_cache: an answer that is kept is given before any access control (`cache_quick_handler`).

use super::matcher::is_above;
use super::policy::words;
use super::run::Run;
use crate::config::apache::Value;
use crate::grammar::apache::{Id, id};
use crate::policy::world::Cause;

const CACHE_ENABLE: Id = id("CacheEnable");
const CACHE_DISABLE: Id = id("CacheDisable");
const QUICK_HANDLER: Id = id("CacheQuickHandler");

impl Run<'_, '_> {
    /// Whether the cache answers, in this world. Requests with Authorization, and other methods than GET, it leaves alone.
    pub(super) fn is_cached(&mut self) -> bool {
        if self.is_subrequest || self.hop.number != 0 || self.sends_authorization() {
            return false;
        }
        let uri = self.hop.uri.clone();
        let policy = self.policy;
        let merged = self.hop.merged.clone();
        let mut meant = None;
        for own in policy.every(&merged, &[CACHE_ENABLE], self.world) {
            let Some(words) = words(own.directive) else { continue };
            let path = words.get(1);
            if path.is_none_or(|path| path.starts_with(b"/") && is_above(path, &uri)) {
                meant = Some(own.directive);
            }
        }
        let Some(directive) = meant else { return false };
        for own in policy.every(&merged, &[CACHE_DISABLE], self.world) {
            if own.directive.arg(0).and_then(Value::known).is_some_and(|it| is_above(&it, &uri)) {
                return false;
            }
        }
        let quick = policy.last(&merged, &[QUICK_HANDLER], self.world);
        if quick.is_some_and(|own| own.directive.says(b"off")) {
            return false;
        }
        let cause = Cause::new(directive.location(), "whether the cache holds an answer");
        let is_cached = self.world.choose(cause, 2) == 1;
        if is_cached {
            self.step(
                directive.location(),
                "cache",
                "an answer that is kept goes out before any login",
            );
        }
        is_cached
    }
}
