//! Request headers that carry a proof or say who the client is.

/// What a header is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It proves who the client is: a password, a token, a session.
    Credential,
    /// It says who the client is, and whoever reads it trusts the sender.
    Identity,
}

/// What the request header `name` is for, given in small letters and with dashes; `None` for any other header.
pub(super) fn meaning(name: &[u8]) -> Option<Meaning> {
    const CREDENTIALS: [&[u8]; 8] = [
        b"authorization",
        b"cookie",
        b"proxy-authorization",
        b"x-api-key",
        b"api-key",
        b"apikey",
        b"private-token",
        b"x-auth-key",
    ];
    const PERSONS: [&[u8]; 8] = [
        b"-user",
        b"-username",
        b"-userid",
        b"-email",
        b"-groups",
        b"-roles",
        b"-uid",
        b"-subject",
    ];
    const IDENTITIES: [&[u8]; 7] = [
        b"remote-user",
        b"remote-groups",
        b"remote-email",
        b"remote-name",
        b"auth-user",
        b"x-user",
        b"x-ssl-client-",
    ];
    if CREDENTIALS.contains(&name)
        || (name.starts_with(b"x-")
            && name.ends_with(b"-token")
            && !name.ends_with(b"csrf-token")
            && !name.ends_with(b"xsrf-token"))
    {
        return Some(Meaning::Credential);
    }
    let is_identity = IDENTITIES.iter().any(|identity| name.starts_with(identity))
        || (name.starts_with(b"x-") && PERSONS.iter().any(|person| name.ends_with(person)));
    is_identity.then_some(Meaning::Identity)
}

/// Whether `value` is what the client sent in the header `name`, which goes on without a word as well.
pub(super) fn is_clients(name: &[u8], value: &[u8]) -> bool {
    let variable = value
        .strip_prefix(b"$http_")
        .or_else(|| value.strip_prefix(b"${http_").and_then(|rest| rest.strip_suffix(b"}")));
    let plain = |byte: &u8| if *byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    variable.is_some_and(|variable| {
        variable.len() == name.len() && variable.iter().map(plain).eq(name.iter().map(plain))
    })
}
