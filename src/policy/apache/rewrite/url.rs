//! URLs in substitutions: `is_absolute_uri`, `escape_absolute_uri`, `reduce_uri`, `fully_qualify_uri`, `splitout_queryargs`,
//! `subst_prefix_path`.

use crate::policy::apache::expr::escape_uri;
use crate::policy::text::Text;
use crate::policy::world::{Cause, World};

/// What a URL of another server begins with, and whether it can have a query.
const SCHEMES: [(&[u8], bool); 18] = [
    (b"ajp://", true),
    (b"balancer://", true),
    (b"ftp://", false),
    (b"fcgi://", true),
    (b"gopher://", false),
    (b"http://", true),
    (b"https://", true),
    (b"h2://", true),
    (b"h2c://", true),
    (b"ldap://", false),
    (b"mailto:", true),
    (b"news:", false),
    (b"nntp://", false),
    (b"scgi://", true),
    (b"ws://", true),
    (b"wss://", true),
    (b"unix://", true),
    (b"unix:", true),
];

/// The length of the scheme that `text` begins with, and whether such URLs have queries.
fn scheme(text: &[u8]) -> Option<(usize, bool)> {
    SCHEMES
        .iter()
        .find(|(start, _)| {
            text.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start))
        })
        .map(|(start, query)| (start.len(), *query))
}

/// The length of the scheme of a URL of another server; `None` for a path. Asks the world where the beginning is not known.
pub(super) fn absolute(text: &Text, world: &mut World) -> Option<(usize, bool)> {
    let prefix = text.prefix();
    if let Some(found) = scheme(prefix) {
        return Some(found);
    }
    let may_be = SCHEMES.iter().any(|(start, _)| {
        start.get(..prefix.len()).is_some_and(|own| own.eq_ignore_ascii_case(prefix))
    });
    let cause = text.cause().filter(|_| may_be)?;
    let cause = Cause { at: cause.at, text: format!("whether {} is a whole URL", text.shown()) };
    (world.choose(cause, 2) == 1).then_some((0, true))
}

/// `text` without what is known to stand at its beginning.
pub(super) fn without_prefix(text: &Text, prefix: &[u8]) -> Option<Text> {
    text.prefix().starts_with(prefix).then(|| behind(text, prefix.len()))
}

/// What of `text` stands behind its first `length` bytes, which are known.
pub(super) fn behind(text: &Text, length: usize) -> Text {
    let mut rest = Text::EMPTY;
    for (index, piece) in text.pieces().enumerate() {
        rest.push(match piece {
            Ok(bytes) if index == 0 => bytes.get(length..).unwrap_or_default().into(),
            Ok(bytes) => bytes.into(),
            Err(cause) => cause.clone().into(),
        });
    }
    rest
}

/// `a` with `b` behind it.
pub(super) fn joined(a: &[u8], b: &Text) -> Text {
    let mut text = Text::from(a);
    text.push(b.clone());
    text
}

/// `text` up to its first `?` behind `start`, or to its last, and what stands behind that. What is not known holds none.
pub(super) fn split_query(text: &Text, start: usize, at_last: bool) -> Option<(Text, Text)> {
    let pieces: Vec<_> = text.pieces().collect();
    let mut marks = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let from = if index == 0 { start } else { 0 };
        let bytes = piece.ok().and_then(|bytes| bytes.get(from..)).unwrap_or_default();
        marks.extend(memchr::memchr_iter(b'?', bytes).map(|at| (index, from + at)));
    }
    let (index, at) = *if at_last { marks.last() } else { marks.first() }?;
    let (mut path, mut query) = (Text::EMPTY, Text::EMPTY);
    for (number, piece) in pieces.into_iter().enumerate() {
        match piece {
            Ok(bytes) if number == index => {
                path.push(bytes[..at].into());
                query.push(bytes[at + 1..].into());
            }
            piece => {
                let piece = piece.map_or_else(|cause| cause.clone().into(), Text::from);
                if number < index { path.push(piece) } else { query.push(piece) }
            }
        }
    }
    Some((path, query))
}

/// `text` without its last byte, if that is `byte`.
pub(super) fn without_last(text: &Text, byte: u8) -> Text {
    let mut kept = Text::EMPTY;
    let count = text.pieces().count();
    for (index, piece) in text.pieces().enumerate() {
        kept.push(match piece {
            Ok(bytes) if index + 1 == count => bytes.strip_suffix(&[byte]).unwrap_or(bytes).into(),
            Ok(bytes) => bytes.into(),
            Err(cause) => cause.clone().into(),
        });
    }
    kept
}

/// What is known of `text` escaped as in a URL.
pub(super) fn escaped(text: &Text) -> Text {
    let mut escaped = Text::EMPTY;
    for piece in text.pieces() {
        escaped.push(
            piece.map_or_else(|cause| cause.clone().into(), |bytes| escape_uri(bytes).into()),
        );
    }
    escaped
}

/// A URL of another server with everything behind its host escaped; `scheme` is how long its scheme is.
pub(super) fn escaped_url(url: &Text, scheme: usize) -> Text {
    let start = url.prefix();
    let host_end = match start.get(..scheme) {
        Some([.., b'/']) => {
            let slash = memchr::memchr(b'/', &start[scheme..]);
            match slash {
                Some(at) => scheme + at + 1,
                // nothing behind the host, or that is not known
                None => return url.clone(),
            }
        }
        Some(_) => scheme,
        None => return url.clone(),
    };
    let ldap = start.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"ldap"));
    if ldap {
        // its question marks stay
        return url.clone();
    }
    joined(&start[..host_end], &escaped(&behind(url, host_end)))
}

/// The host and the port of an `http[s]://` URL, and the path behind them.
pub(super) fn authority(url: &[u8], scheme: usize) -> (&[u8], Option<u16>, &[u8]) {
    let rest = &url[scheme.min(url.len())..];
    let end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let path = if path.is_empty() { b"/" } else { path };
    match memchr::memchr(b':', authority) {
        Some(at) => {
            let port = std::str::from_utf8(&authority[at + 1..]).ok();
            (&authority[..at], Some(port.and_then(|port| port.parse().ok()).unwrap_or(0)), path)
        }
        None => (authority, None, path),
    }
}

/// `input` with `subst` in place of the folder `folder` that it begins with: `RewriteBase`.
pub(super) fn with_prefix(input: &Text, folder: &[u8], subst: &[u8]) -> Option<Text> {
    let folder = folder.strip_suffix(b"/").unwrap_or(folder);
    let rest = without_prefix(input, folder)?;
    let rest = without_prefix(&rest, b"/")?;
    let mut start = subst.to_vec();
    if start.last().is_some_and(|&byte| byte != b'/') {
        start.push(b'/');
    }
    Some(joined(&start, &rest))
}
