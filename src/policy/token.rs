//! JSON Web Tokens: what one says, and whether a module that has the keys takes it.

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::{Sha256, Sha384, Sha512};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// What there is to know of a JSON Web Token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jwt {
    /// It is whole; when it expires, in seconds since 1970, if it says so.
    Whole(Option<i64>),
    /// It has this many parts: three belong to it, five when it is encrypted.
    Parts(usize),
    /// Its payload is no JSON object.
    Payload,
    /// Its signature has this many characters, and its algorithm makes this many.
    Signature(usize, usize),
}

/// Reads a token; `None` when it is none: its head must be a JSON object that names an algorithm. Tokens of other kinds
/// start with `eyJ`, too.
#[must_use]
pub fn jwt(token: &[u8]) -> Option<Jwt> {
    let parts: Vec<&[u8]> = token.split(|&byte| byte == b'.').take(8).collect();
    let head = object(parts.first()?)?;
    let algorithm = head.get("alg")?.as_str()?;
    if parts.len() == 5 && head.contains_key("enc") {
        return Some(Jwt::Whole(None));
    }
    let [_, payload, signature] = parts.as_slice() else { return Some(Jwt::Parts(parts.len())) };
    let Some(payload) = object(payload) else { return Some(Jwt::Payload) };
    let whole = match algorithm {
        "HS256" => Some(43),
        "HS384" => Some(64),
        "HS512" | "ES256" => Some(86),
        "ES384" => Some(128),
        "ES512" => Some(176),
        _ => None,
    };
    match whole {
        Some(whole) if signature.len() != whole => Some(Jwt::Signature(signature.len(), whole)),
        _ => Some(Jwt::Whole(
            payload.get("exp").and_then(|exp| exp.as_i64().or(exp.as_f64().map(|exp| exp as i64))),
        )),
    }
}

/// What a module that asks for a token says of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is signed with one of the keys, and in its time.
    Valid,
    /// It is refused, because of this.
    Invalid(&'static str),
    /// Not worked out, because of this.
    Unknown(&'static str),
}

/// What `auth_jwt` says of `token`: its time at `now`, in seconds since 1970, and its signature by the key set `keys`
/// (RFC 7517), each where it is known. Signatures other than those with a shared secret are not worked out.
#[must_use]
pub fn verify(token: &[u8], keys: Option<&[u8]>, now: Option<i64>) -> Verdict {
    let parts: Vec<&[u8]> = token.split(|&byte| byte == b'.').take(8).collect();
    let &[head, payload, signature] = parts.as_slice() else {
        return if parts.len() == 5 {
            Verdict::Unknown("encrypted tokens are not opened")
        } else {
            Verdict::Invalid("is no token of three parts")
        };
    };
    let (Some(head_object), Some(claims)) = (object(head), object(payload)) else {
        return Verdict::Invalid("is no JSON");
    };
    let seconds = |claim: &str| claims.get(claim).and_then(Value::as_f64).map(|time| time as i64);
    if let (Some(exp), Some(now)) = (seconds("exp"), now)
        && exp < now
    {
        return Verdict::Invalid("has expired");
    }
    if let (Some(nbf), Some(now)) = (seconds("nbf"), now)
        && nbf > now
    {
        return Verdict::Invalid("is not valid yet");
    }
    if now.is_none() && claims.contains_key("exp") {
        return Verdict::Unknown("it expires, and today is not known");
    }
    let Some(keys) = keys.and_then(|keys| serde_json::from_slice::<Value>(keys).ok()) else {
        return Verdict::Unknown("the keys are not known");
    };
    let text =
        |object: &Map<String, Value>, name: &str| object.get(name)?.as_str().map(str::to_owned);
    let algorithm = text(&head_object, "alg").unwrap_or_default();
    let wanted = text(&head_object, "kid");
    let all = keys.get("keys").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut fitting = all
        .iter()
        .filter_map(Value::as_object)
        .filter(|key| wanted.is_none() || text(key, "kid") == wanted);
    let (Some(key), None) = (fitting.next(), fitting.next()) else {
        return Verdict::Unknown("which key is meant is not known");
    };
    let secret = text(key, "k").and_then(|key| BASE64_URL.decode(key).ok());
    let (Some(secret), Ok(signature)) = (secret, BASE64_URL.decode(signature)) else {
        return Verdict::Unknown("only signatures with a shared secret are worked out");
    };
    let signed = &token[..head.len() + 1 + payload.len()];
    let is_signed = match &*algorithm {
        "HS256" => Hmac::<Sha256>::new_from_slice(&secret)
            .map(|mac| mac.chain_update(signed).verify_slice(&signature).is_ok()),
        "HS384" => Hmac::<Sha384>::new_from_slice(&secret)
            .map(|mac| mac.chain_update(signed).verify_slice(&signature).is_ok()),
        "HS512" => Hmac::<Sha512>::new_from_slice(&secret)
            .map(|mac| mac.chain_update(signed).verify_slice(&signature).is_ok()),
        _ => return Verdict::Unknown("only signatures with a shared secret are worked out"),
    };
    match is_signed {
        Ok(true) => Verdict::Valid,
        _ => Verdict::Invalid("is not signed with the key"),
    }
}

/// A part of a token as a JSON object.
fn object(part: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&BASE64_URL.decode(part).ok()?) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_whole_or_say_what_they_lack() {
        let part = |json: &str| BASE64_URL.encode(json).trim_end_matches('=').to_owned();
        let head = part(r#"{"alg":"HS256","typ":"JWT"}"#);
        let payload = part(r#"{"sub":"a","exp":1577840400}"#);
        let signature = "w7cl2U6iTbP19leUsezhEIW6nGXLLY3rJlS5WKkGEok";
        let read = |text: String| jwt(text.as_bytes());
        assert_eq!(
            read(format!("{head}.{payload}.{signature}")),
            Some(Jwt::Whole(Some(1_577_840_400)))
        );
        assert_eq!(read(format!("{head}.{payload}")), Some(Jwt::Parts(2)));
        assert_eq!(read(head.clone()), Some(Jwt::Parts(1)));
        assert_eq!(
            read(format!("{head}.{payload}.{}", &signature[..40])),
            Some(Jwt::Signature(40, 43))
        );
        assert_eq!(read(format!("{head}.{}.{signature}", &payload[..9])), Some(Jwt::Payload));
        let none = part(r#"{"alg":"none"}"#);
        assert_eq!(read(format!("{none}.{payload}.")), Some(Jwt::Whole(Some(1_577_840_400))));
        let encrypted = part(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
        assert_eq!(read(format!("{encrypted}.a.b.c.d")), Some(Jwt::Whole(None)));
        // an API key that is JSON in base64
        assert_eq!(read(part(r#"{"k":"abc","n":"x","id":1}"#)), None);
        assert_eq!(read("opaque".into()), None);
    }

    #[test]
    fn signature_and_time_decide() {
        let part = |text: &[u8]| BASE64_URL.encode(text).trim_end_matches('=').to_owned();
        let keys = format!(
            r#"{{"keys":[{{"kty":"oct","kid":"one","k":"{}"}}]}}"#,
            part(b"a shared secret")
        );
        let token = |secret: &[u8], claims: &str| {
            let signed =
                format!("{}.{}", part(br#"{"alg":"HS256","kid":"one"}"#), part(claims.as_bytes()));
            let mac =
                Hmac::<Sha256>::new_from_slice(secret).expect("any length").chain_update(&signed);
            format!("{signed}.{}", part(&mac.finalize().into_bytes()))
        };
        let verdict = |token: &str| verify(token.as_bytes(), Some(keys.as_bytes()), Some(1000));
        assert_eq!(verdict(&token(b"a shared secret", r#"{"exp":1001}"#)), Verdict::Valid);
        assert_eq!(
            verdict(&token(b"a shared secret", r#"{"exp":999}"#)),
            Verdict::Invalid("has expired")
        );
        assert_eq!(
            verdict(&token(b"another", r#"{"exp":1001}"#)),
            Verdict::Invalid("is not signed with the key")
        );
        assert_eq!(verdict("opaque"), Verdict::Invalid("is no token of three parts"));
        let signed = token(b"a shared secret", "{}");
        assert_eq!(
            verify(signed.as_bytes(), None, None),
            Verdict::Unknown("the keys are not known")
        );
    }
}
