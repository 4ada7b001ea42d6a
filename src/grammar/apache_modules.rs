//! httpd's modules under all their names, and the AuthType names and providers that they bring.

use super::{Origin, Version};

/// A module and its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module {
    /// The identifier, as in `LoadModule auth_basic_module …`.
    pub identifier: &'static str,
    /// The source file, as `<IfModule mod_auth_basic.c>` names it. Not always `mod_` and the identifier.
    pub source: &'static str,
    /// The shared object, as packages name it.
    pub file: Option<&'static str>,
    /// Whether every usual build has it compiled in, so that no LoadModule is needed.
    pub is_static: bool,
    /// Who ships it.
    pub origin: Origin,
}

/// An AuthType name or a provider, and the module that brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The name.
    pub name: &'static str,
    /// The identifier of the module.
    pub module: &'static str,
    /// No httpd before this one has it; `None` when 2.4.0 has it or it is not httpd's own.
    pub since: Option<Version>,
}

impl Provider {
    /// Whether a provider of passwords can tell the stored digest of a user, which `AuthType Digest` needs: those that
    /// have a `get_realm_hash`.
    #[must_use]
    pub fn knows_digests(&self) -> bool {
        matches!(self.name, "file" | "dbm" | "dbd" | "socache")
    }
}

include!(concat!(env!("OUT_DIR"), "/apache_modules.rs"));

/// Every module, sorted by identifier.
#[must_use]
pub fn modules() -> &'static [Module] {
    &MODULES
}

/// The module of this identifier, which LoadModule and `<IfModule>` take; letter case counts.
#[must_use]
pub fn by_identifier(identifier: &[u8]) -> Option<&'static Module> {
    let found = MODULES.binary_search_by(|module| module.identifier.as_bytes().cmp(identifier));
    found.ok().map(|at| &MODULES[at])
}

/// The module of this source file, which `<IfModule>` takes; letter case counts.
#[must_use]
pub fn by_source(source: &[u8]) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.source.as_bytes() == source)
}

/// The module that `<IfModule name>` asks for, by either name.
#[must_use]
pub fn by_name(name: &[u8]) -> Option<&'static Module> {
    by_identifier(name).or_else(|| by_source(name))
}

/// The names that AuthType takes; letter case does not count.
#[must_use]
pub fn auth_types() -> &'static [Provider] {
    &AUTH_TYPES
}

/// What AuthBasicProvider and AuthDigestProvider take; letter case counts.
#[must_use]
pub fn authn_providers() -> &'static [Provider] {
    &AUTHN
}

/// What Require takes; letter case counts.
#[must_use]
pub fn authz_providers() -> &'static [Provider] {
    &AUTHZ
}

/// The AuthType of this name.
#[must_use]
pub fn auth_type(name: &[u8]) -> Option<&'static Provider> {
    AUTH_TYPES.iter().find(|provider| provider.name.as_bytes().eq_ignore_ascii_case(name))
}

/// The authentication provider of this name.
#[must_use]
pub fn authn_provider(name: &[u8]) -> Option<&'static Provider> {
    AUTHN.iter().find(|provider| provider.name.as_bytes() == name)
}

/// The authorization provider of this name.
#[must_use]
pub fn authz_provider(name: &[u8]) -> Option<&'static Provider> {
    AUTHZ.iter().find(|provider| provider.name.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_find_a_module() {
        assert_eq!(by_name(b"mod_auth_basic.c"), by_name(b"auth_basic_module"));
        assert_eq!(by_name(b"util_ldap.c").map(|module| module.identifier), Some("ldap_module"));
        assert_eq!(by_name(b"mod_ldap.c"), None);
        assert_eq!(by_name(b"mod_shib").map(|module| module.source), Some("mod_shib.cpp"));
        assert_eq!(by_name(b"AUTH_BASIC_MODULE"), None);
    }

    #[test]
    fn providers_and_their_modules() {
        assert_eq!(auth_type(b"basic").map(|provider| provider.module), Some("auth_basic_module"));
        assert_eq!(
            authn_provider(b"file").map(|provider| provider.module),
            Some("authn_file_module")
        );
        assert_eq!(
            authz_provider(b"valid-user").map(|provider| provider.module),
            Some("authz_user_module")
        );
        assert_eq!(authz_provider(b"Valid-User"), None);
    }
}
