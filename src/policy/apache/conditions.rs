//! Expressions of `<If>`, `Require expr` and their like.

use super::requirement::Leaf;
use super::run::Run;
use crate::config::apache::{Directive, Value};
use crate::policy::world::Cause;

/// Whether httpd takes the text for an expression.
pub(super) fn parses(text: &[u8]) -> bool {
    !text.ends_with(b"\\")
}

impl Leaf<'_> {
    /// The expression of `Require expr`; `None` where it is not known.
    #[must_use]
    pub fn expression(&self) -> Option<Vec<u8>> {
        let words: Option<Vec<_>> = self.words().map(Value::known).collect();
        Some(words?.join(&b' '))
    }
}

impl<'p> Run<'_, 'p> {
    /// Whether an expression holds; `None` where it cannot be evaluated.
    pub(super) fn expression(&mut self, text: &[u8], directive: Directive<'p>) -> Option<bool> {
        if !parses(text) {
            return None;
        }
        let text = format!("whether `{}` holds", String::from_utf8_lossy(text));
        Some(self.world.holds(Cause::new(directive.location(), text)))
    }
}

/// Whether the expression asks for the user.
pub(super) fn mentions_user(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"REMOTE_USER").is_some()
}
