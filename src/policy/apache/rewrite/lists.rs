//! The rules of sections, read when they are first asked for: many requests meet the same ones.

use super::rule::{Refused, Rule, read};
use crate::config::apache::Directive;
use crate::policy::apache::policy::SectionId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What was read, or why it cannot be.
type Read = Result<Arc<Vec<Rule>>, Refused>;

/// The rules by the sections that they stand in, and by which of their lines httpd reads.
#[derive(Debug, Default)]
pub(in crate::policy::apache) struct RuleLists {
    known: Mutex<HashMap<(SectionId, Vec<bool>), Read>>,
}

impl RuleLists {
    /// The rules among `all`, the RewriteCond and RewriteRule of a section, as far as `read` says that httpd reads them.
    pub(in crate::policy::apache) fn of(
        &self,
        section: SectionId,
        all: &[Directive<'_>],
        reads: Vec<bool>,
    ) -> Read {
        // a thread that panicked left nothing half done
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let list = known.entry((section, reads)).or_insert_with_key(|(_, reads)| {
            let counted = all.iter().zip(reads).filter(|(_, reads)| **reads);
            read(counted.map(|(&directive, _)| directive)).map(Arc::new)
        });
        list.clone()
    }
}
