//! What whoever wrote a block seems to have meant: that everybody may enter here.

use super::addresses::Covers;
use super::place::Place;
use crate::grammar::nginx::{Id, id};

/// Parts of paths that people give to what everybody may fetch.
const PUBLIC: [&[u8]; 24] = [
    b".well-known",
    b"assets",
    b"auth",
    b"callback",
    b"css",
    b"docs",
    b"favicon.ico",
    b"health",
    b"healthz",
    b"hook",
    b"hooks",
    b"img",
    b"js",
    b"login",
    b"logout",
    b"metrics",
    b"oauth",
    b"oauth2",
    b"ping",
    b"public",
    b"robots.txt",
    b"static",
    b"status",
    b"webhook",
];

impl Place<'_, '_> {
    /// Whether the block itself says that nobody is asked here: a login that is off, or `allow all`.
    #[must_use]
    pub fn is_exempt(self) -> bool {
        const LOGINS: [Id; 4] =
            [id!("auth_basic"), id!("auth_request"), id!("auth_jwt"), id!("auth_oidc")];
        let is_off =
            self.own_all(&LOGINS).any(|own| own.arg(0).is_some_and(|value| value.is(b"off")));
        is_off
            || self.own_addresses().is_some_and(|list| {
                list.rules
                    .first()
                    .is_some_and(|rule| rule.allows && rule.covers == Covers::Everybody)
            })
    }

    /// Whether its path is one that people give to what everybody may fetch: `/public/`, `/health`.
    #[must_use]
    pub fn has_public_name(self) -> bool {
        let path = self.path().unwrap_or_default();
        path.split(|&byte| byte == b'/').any(|part| PUBLIC.contains(&&*part.to_ascii_lowercase()))
    }
}
