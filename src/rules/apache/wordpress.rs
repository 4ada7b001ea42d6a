//! What shows that a site is WordPress, and what it asks of its own paths.

use crate::config::apache::Directive;
use crate::policy::apache::{Kind, Place, Policy};
use crate::policy::files::Files;
use crate::policy::request::Request;

/// The line that WordPress puts above its own.
pub(super) const BEGIN: &[u8] = b"# BEGIN WordPress";

/// Whether the .htaccess file that the section is has the lines of WordPress.
pub(super) fn is_root(place: Place<'_, '_>) -> bool {
    let first = place.location();
    place.kind() == Kind::Htaccess
        && first.is_some_and(|at| {
            let source = place.policy.site.project.sources.get(at.file);
            memchr::memmem::find(source.text(), BEGIN).is_some()
        })
}

/// Whether `request` is certainly asked for a login.
pub(super) fn asks(policy: &Policy<'_>, request: &Request) -> bool {
    let prediction = policy.predict(Files::none(policy.site.project), request);
    let answer = &prediction.answer;
    prediction.is_status(401) && answer.steps.iter().any(|step| step.phase == "authentication")
}

/// The Require that lets in users only here.
pub(super) fn user_requirement<'p>(place: Place<'_, 'p>) -> Option<Directive<'p>> {
    place.own_login().map(|leaf| leaf.directive)
}
