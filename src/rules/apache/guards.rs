//! Logins that stand in conditional sections: `<IfModule>`, `<IfDefine>`, `<IfVersion>`.

use super::reading::within;
use crate::config::apache::{Directive, Site, Value};
use crate::grammar::apache_modules::{Module, by_name};

/// The commonest providers that only a user can meet.
const USERS: [&str; 6] = ["valid-user", "user", "group", "ldap-group", "ldap-user", "claim"];

/// What a conditional section holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Guarded<'p> {
    /// A Require that only a user can meet.
    pub(super) login: Option<Directive<'p>>,
    /// Whether a whole virtual host is in it: without the section that is not served at all.
    pub(super) server: bool,
}

impl<'p> Guarded<'p> {
    /// What stands in `section`, however deep, whether httpd reads it or not.
    pub(super) fn of(section: Directive<'p>) -> Self {
        let mut guarded = Self::default();
        for child in within(section, |_| true) {
            guarded.server |= child.is_section("VirtualHost");
            let asks = |word: Value<'_>| USERS.iter().any(|provider| word.is(provider.as_bytes()));
            if child.is("Require") && child.arg(0).is_some_and(asks) {
                guarded.login.get_or_insert(child);
            }
        }
        guarded
    }
}

/// The login in a conditional section that httpd comes by for certain, where nothing beside it is another branch of the
/// same decision.
pub(super) fn lonely_login(section: Directive<'_>) -> Option<Directive<'_>> {
    if section.is_in_template() || !section.condition().is_certain() {
        return None;
    }
    let guarded = Guarded::of(section);
    let login = guarded.login.filter(|_| !guarded.server)?;
    (!has_other_branch(section)).then_some(login)
}

/// Whether another conditional section in the same place has a login, or a Require or Deny.
fn has_other_branch(section: Directive<'_>) -> bool {
    let parent = section.node().parent;
    let tree = section.tree();
    (0..tree.nodes.len() as u32).map(crate::syntax::NodeId).any(|id| {
        if id == section.id || tree.node(id).parent != parent || !tree.node(id).is_block() {
            return false;
        }
        let other = section.beside(id);
        other.is_conditional()
            && (Guarded::of(other).login.is_some() || super::reading::Access::of(other).any())
    })
}

/// `<IfModule name>` without the `!`, and whether there was one.
pub(super) fn if_module<'p>(
    site: &Site<'p>,
) -> impl Iterator<Item = (Directive<'p>, Vec<u8>, bool)> + use<'p> {
    super::reading::read_sections(site, "IfModule").filter_map(|section| {
        let name = section.arg(0)?.known()?.into_owned();
        match name.strip_prefix(b"!") {
            Some(rest) => Some((section, rest.trim_ascii().to_vec(), true)),
            None => Some((section, name, false)),
        }
    })
}

/// The module that somebody means who writes `name`, which is no module's.
pub(super) fn meant(name: &[u8]) -> Option<&'static Module> {
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    let stem = name.strip_suffix(".c").unwrap_or(&name);
    let stem = stem.strip_suffix("_module").unwrap_or(stem);
    let stem = stem.strip_prefix("mod_").unwrap_or(stem);
    let stem = stem.strip_suffix(".so").unwrap_or(stem);
    by_name(format!("mod_{stem}.c").as_bytes())
        .or_else(|| by_name(format!("{stem}_module").as_bytes()))
}

/// Whether the module is about logins and access.
pub(super) fn is_about_access(module: &Module) -> bool {
    module.identifier.starts_with("auth")
}
