//! The client's side of Digest authentication (RFC 7616 with MD5 and `qop=auth`), as httpd's mod_auth_digest asks for it.

use md5::{Digest as _, Md5};
use std::fmt::Write as _;

/// The Authorization field that answers `challenge` for `user`, `name:password`; `None` when it is no Digest challenge.
pub(crate) fn answer(challenge: &str, user: &str, method: &str, uri: &str) -> Option<String> {
    let challenge = challenge.strip_prefix("Digest ")?;
    let (realm, nonce) = (parameter(challenge, "realm")?, parameter(challenge, "nonce")?);
    let (name, password) = user.split_once(':')?;
    let (count, client_nonce) = ("00000001", "lint401");
    let secret = md5(&format!("{name}:{realm}:{password}"));
    let request = md5(&format!("{method}:{uri}"));
    let response = md5(&format!("{secret}:{nonce}:{count}:{client_nonce}:auth:{request}"));
    Some(format!(
        "Digest username=\"{name}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         algorithm=MD5, qop=auth, nc={count}, cnonce=\"{client_nonce}\", response=\"{response}\""
    ))
}

/// The value of `name="value"`.
fn parameter<'t>(challenge: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn md5(text: &str) -> String {
    Md5::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
