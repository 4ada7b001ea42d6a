//! What becomes of a status: ErrorDocument, and httpd's own page (`ap_die`).

use super::run::{Next, Run};
use crate::config::apache::{Directive, Value};
use crate::grammar::apache::{Id, id};
use crate::policy::answer::Outcome;

const ERROR_DOCUMENT: Id = id("ErrorDocument");

impl<'p> Run<'_, 'p> {
    /// The answer of a status.
    pub(super) fn die(&mut self, status: u16) -> Next {
        if let Some(own) = self.error {
            let first = self.first_error.unwrap_or(own);
            // the page of an error fails itself: httpd's own page tells the first one
            let text = format!(
                "the page of the error is refused ({status}): httpd sends its own for {first}"
            );
            self.step(None, "error document", text);
            return Next::Done(Outcome::Answered(first));
        }
        self.decided = self.steps.len().checked_sub(1);
        if self.is_subrequest || status == 0 {
            return Next::Done(Outcome::Answered(status));
        }
        let Some((directive, target)) = self.error_document(status) else {
            return Next::Done(Outcome::Answered(status));
        };
        let at = directive.location();
        if target.starts_with(b"/") {
            self.error = Some(status);
            self.first_error.get_or_insert(status);
            self.step(at, "error document", format_args!("ErrorDocument answers {status}"));
            // HEAD, too: only the body is left out
            self.hop.method = b"GET".to_vec();
            self.hop.number = 0;
            return Next::Internal(target);
        }
        if is_url(&target) {
            self.step(
                at,
                "error document",
                format_args!("ErrorDocument sends the client elsewhere instead of {status}: 302"),
            );
            self.decided = self.steps.len().checked_sub(1);
            return Next::Done(Outcome::Answered(302));
        }
        Next::Done(Outcome::Answered(status))
    }

    /// The ErrorDocument of a status, with what it says.
    fn error_document(&mut self, status: u16) -> Option<(Directive<'p>, Vec<u8>)> {
        let code = status.to_string();
        let policy = self.policy;
        let list = policy.every(&self.hop.merged, &[ERROR_DOCUMENT], self.world);
        let own = list.into_iter().rev().find(|own| {
            own.directive.arg(0).is_some_and(|word| word.is(code.as_bytes()))
                // a URL for 401 is refused with a note in the log, and what is around stays
                && !(status == 401
                    && own.directive.arg(1).and_then(Value::known).is_some_and(|url| is_url(&url)))
        })?;
        let words = own.directive.args().skip(1);
        let target: Option<Vec<_>> = words.map(Value::known).collect();
        let target = target?.join(&b' ');
        if target.eq_ignore_ascii_case(b"default") {
            return None;
        }
        // a text with blanks is a message
        let is_path = target.starts_with(b"/") && !target.contains(&b' ');
        (is_path || !target.starts_with(b"/")).then_some((own.directive, target))
    }
}

/// Whether what an error is answered with is a URL: `ap_is_url`, for what has no blanks.
fn is_url(target: &[u8]) -> bool {
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let end = target.iter().position(|byte| !is_scheme(byte)).unwrap_or(0);
    end > 0 && target[end] == b':' && !target.contains(&b' ')
}
