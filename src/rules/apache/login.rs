//! What rules ask of the login of a place, and how they add a line to a section.

use super::htaccess::is_read;
use super::reading::{read, read_sections};
use crate::config::apache::{Directive, Form, Site, Value};
use crate::diagnostic::{Edit, Finding, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Effective, Kind, Own, Place, Policy, Requirement};
use crate::source::{Location, Span};
use std::borrow::Cow;
use std::collections::HashSet;

const AUTH_TYPE: Id = id("AuthType");
const BASIC_PROVIDER: Id = id("AuthBasicProvider");
const DIGEST_PROVIDER: Id = id("AuthDigestProvider");
const FORM_PROVIDER: Id = id("AuthFormProvider");
const AUTHORITATIVE: Id = id("AuthBasicAuthoritative");

/// The words that name providers, each with what it says: those of aliases, and of what no httpd reads, left out.
pub(super) fn provider_names<'p>(site: &Site<'p>) -> Vec<(Value<'p>, Cow<'p, [u8]>)> {
    let aliases: HashSet<Vec<u8>> = read_sections(site, "AuthnProviderAlias")
        .filter_map(|section| section.arg(1)?.known().map(Cow::into_owned))
        .collect();
    ["AuthBasicProvider", "AuthDigestProvider", "AuthFormProvider"]
        .into_iter()
        .flat_map(|name| read(site, name))
        .filter(|directive| !directive.is_in_template() && is_read(*directive))
        .flat_map(Directive::args)
        .filter_map(|word| Some((word, word.known()?)))
        .filter(|(_, name)| !aliases.contains(&**name))
        .collect()
}

/// Whether somebody has to log in for what is required here, or may do so.
pub(super) fn needs_user(place: Place<'_, '_>) -> bool {
    let required = place.required().map(|required| required.sections()).unwrap_or_default();
    required.iter().any(|section| asks_for_user(&place.policy.get(*section).requires))
}

/// Whether one of these can be met by a user alone; what nobody may meet makes nobody log in.
pub(super) fn asks_for_user(members: &[Requirement<'_>]) -> bool {
    let mut waiting: Vec<&Requirement<'_>> = members.iter().collect();
    while let Some(one) = waiting.pop() {
        match one {
            Requirement::Leaf(leaf) if leaf.needs_user() => return true,
            Requirement::Container(inner) if !inner.negated => waiting.extend(&inner.members),
            _ => {}
        }
    }
    false
}

/// Whether the configuration is a .htaccess file of which nothing else is known.
pub(super) fn is_lone(policy: &Policy<'_>) -> bool {
    policy.site.data.form == Form::Htaccess
}

/// Whether nothing certainly sets it; for a lone .htaccess, whether the file does not.
pub(super) fn is_missing(policy: &Policy<'_>, effective: Effective<'_>) -> bool {
    match effective {
        Effective::Unset => true,
        Effective::Unknown(None) => is_lone(policy),
        _ => false,
    }
}

/// The finding as it is told of a lone .htaccess: milder, for `what` the server's configuration may say.
pub(super) fn as_far_as_known(policy: &Policy<'_>, finding: Finding, what: &str) -> Finding {
    if !is_lone(policy) {
        return finding;
    }
    let severity = finding.severity.min(Severity::Warning);
    finding.severity(severity).depends_on(format!("whether the server's configuration {what}"))
}

/// The providers that a login is checked with here.
pub(super) enum Providers<'p> {
    /// `file`, because nothing names any.
    Default,
    /// These directives name them.
    Named(Vec<Own<'p>>),
}

/// The providers of the login by Basic, Digest or form that holds here; `None` where another module or what is not known
/// has a say.
pub(super) fn providers<'p>(place: Place<'_, 'p>) -> Option<Providers<'p>> {
    let auth_type = place.effective(&[AUTH_TYPE]).set()?.arg(0)?.known()?;
    let id = match auth_type.to_ascii_lowercase().as_slice() {
        b"basic" => BASIC_PROVIDER,
        b"digest" => DIGEST_PROVIDER,
        b"form" => FORM_PROVIDER,
        _ => return None,
    };
    if has_strange_login(place) {
        return None;
    }
    let effective = place.effective(&[id]);
    match effective {
        Effective::Set(own) => {
            let section = place.policy.at(own.section);
            Some(Providers::Named(section.all(&[id]).collect()))
        }
        _ if is_missing(place.policy, effective) => Some(Providers::Default),
        _ => None,
    }
}

/// Whether a module that is not known here, or a script, may check the login.
fn has_strange_login(place: Place<'_, '_>) -> bool {
    let authoritative = place.effective(&[AUTHORITATIVE]);
    if !is_missing(place.policy, authoritative)
        && !authoritative.set().is_some_and(|directive| directive.says(b"on"))
    {
        return true;
    }
    may_be_strange(place)
}

/// Whether a module that is not known here, or a script, may have a say in who gets in.
pub(super) fn may_be_strange(place: Place<'_, '_>) -> bool {
    if !place.policy.has_strange() && !place.policy.stands().any(is_script) {
        return false;
    }
    let Some(merged) = place.merged() else { return true };
    merged.sections().any(|section| {
        let section = place.policy.get(section);
        let inside = section.kind != Kind::Server;
        inside && section.strange.is_some() || section.own.iter().any(|own| is_script(own.id))
    })
}

/// Whether it makes a script, or a module's own hook, a part of access control.
fn is_script(id: Id) -> bool {
    let name = id.directive().name;
    ["Perl", "Lua", "Python", "WSGIAuth", "WSGIAccess", "AuthzSVN", "AuthnzFcgi", "Shib"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// `text` as a line of its own behind `directive`, as far to the right.
pub(super) fn line_behind(directive: Directive<'_>, text: &str) -> Edit {
    let at = directive.location();
    let before = &directive.source().bytes()[..at.span.start as usize];
    let line = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    let margin: Vec<u8> = before[line..].iter().take_while(blank).copied().collect();
    let end = Location { span: Span::empty(at.span.end), ..at };
    let mut inserted = b"\n".to_vec();
    inserted.extend_from_slice(&margin);
    inserted.extend_from_slice(text.as_bytes());
    Edit::insert(end, inserted)
}

/// The provider that the directive is for, where it is the one that the provider cannot do without.
pub(super) fn selected_by(id: Id) -> Option<&'static str> {
    SETTINGS.iter().find(|(_, setting)| *setting == id).map(|(provider, _)| *provider)
}

/// What a provider cannot do without.
pub(super) fn setting_of(provider: &[u8]) -> Option<Id> {
    SETTINGS.iter().find(|(name, _)| name.as_bytes() == provider).map(|(_, setting)| *setting)
}

/// Providers besides `file`, and the directive that each of them needs.
const SETTINGS: [(&str, Id); 5] = [
    ("ldap", id("AuthLDAPURL")),
    ("external", id("AuthExternal")),
    ("dbd", id("AuthDBDUserPWQuery")),
    ("dbm", id("AuthDBMUserFile")),
    ("anon", id("Anonymous")),
];
