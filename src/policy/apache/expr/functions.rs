//! The functions of expressions that need nothing but their argument.

use super::Function;
use crate::policy::text::Text;
use crate::policy::world::Cause;
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

/// Takes any number of letters, as `apr_base64_decode` does.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What `function` makes of `argument`; `None` for one that needs more than it.
pub(super) fn pure(function: Function, argument: &Text) -> Option<Text> {
    let known = argument.known();
    let computed = match function {
        Function::ToLower => {
            return Some(by_letter(argument, "in small letters", |bytes| {
                bytes.to_ascii_lowercase()
            }));
        }
        Function::ToUpper => {
            return Some(by_letter(argument, "in capital letters", |bytes| {
                bytes.to_ascii_uppercase()
            }));
        }
        Function::Escape => return Some(by_letter(argument, "escaped", escape_uri)),
        Function::Unescape => known.map(|bytes| unescape(bytes, true).unwrap_or_default()),
        Function::Base64 => known.map(|bytes| STANDARD.encode(bytes).into_bytes()),
        Function::Unbase64 => known.map(unbase64),
        Function::Ldap => {
            known.filter(|bytes| bytes.iter().all(u8::is_ascii_alphanumeric)).map(<[u8]>::to_vec)
        }
        Function::Sha1 | Function::Md5 => None,
        _ => return None,
    };
    Some(computed.map_or_else(
        || {
            let text = format!("what {}({}) is", function.name(), argument.shown());
            Cause { at: argument.cause().and_then(|cause| cause.at), text }.into()
        },
        Text::from,
    ))
}

/// The text with a function applied to all that is known of it; `how` says what became of the rest.
fn by_letter(text: &Text, how: &str, convert: impl Fn(&[u8]) -> Vec<u8>) -> Text {
    let mut converted = Text::EMPTY;
    for piece in text.pieces() {
        converted.push(match piece {
            Ok(bytes) => convert(bytes).into(),
            Err(cause) => Cause { at: cause.at, text: format!("{} {how}", cause.text) }.into(),
        });
    }
    converted
}

/// `ap_escape_uri`: what cannot stand in the path of a URL is written `%xx`.
pub(in crate::policy::apache) fn escape_uri(text: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut escaped = Vec::with_capacity(text.len());
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"$-_.+!*'(),:;@&=/~".contains(&byte) {
            escaped.push(byte);
        } else {
            let digit = |half: u8| DIGITS[usize::from(half)];
            escaped.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    escaped
}

/// `%xx` as the bytes that it stands for; `None` where one is none or stands for a NUL. With `keep_slashes`, `%2f` stays.
pub(in crate::policy::apache) fn unescape(text: &[u8], keep_slashes: bool) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if byte != b'%' {
            plain.push(byte);
            at += 1;
            continue;
        }
        let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
        let decoded = (digit(at + 1)? * 16 + digit(at + 2)?) as u8;
        match decoded {
            0 => return None,
            b'/' if keep_slashes => plain.extend_from_slice(&text[at..at + 3]),
            decoded => plain.push(decoded),
        }
        at += 3;
    }
    Some(plain)
}

/// As far as there are letters of the alphabet, and no farther than the first NUL.
fn unbase64(text: &[u8]) -> Vec<u8> {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut letters = text.iter().take_while(|byte| is_letter(byte)).count();
    if letters % 4 == 1 {
        letters -= 1;
    }
    let mut bytes = LENIENT.decode(&text[..letters]).unwrap_or_default();
    bytes.truncate(bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()));
    bytes
}
