//! What the tables say of words that may be two directives in a row, the `;` between them missing.

use crate::grammar::nginx::{Body, lookup};
use crate::source::Span;
use crate::syntax::Word;
use crate::syntax::nginx::Verdict;

/// Directives that refuse a directive's name behind their first argument, because it is none of their values, levels,
/// formats, addresses or parameters; with those of their parameters that are spelt like one.
const CHOOSY: &[(&[u8], &[&[u8]])] = &[
    (b"access_log", &[b"gzip"]),
    (b"error_log", &[b"debug"]),
    (b"fastcgi_cache_use_stale", CONDITIONS),
    (b"fastcgi_cache_valid", &[b"any"]),
    (b"fastcgi_next_upstream", CONDITIONS),
    (b"grpc_next_upstream", CONDITIONS),
    (b"gzip_proxied", &[b"expired", b"private", b"auth", b"any"]),
    (b"limit_req", &[b"nodelay"]),
    (
        b"listen",
        &[b"ssl", b"http2", b"http3", b"quic", b"proxy_protocol", b"spdy", b"udp", b"bind"],
    ),
    (b"proxy_cache_path", &[]),
    (b"proxy_cache_use_stale", CONDITIONS),
    (b"proxy_cache_valid", &[b"any"]),
    (b"proxy_next_upstream", CONDITIONS),
    (b"resolver", &[]),
    (b"server", &[b"backup", b"down", b"drain", b"resolve"]),
    (b"ssl_protocols", &[]),
    (b"uwsgi_cache_valid", &[b"any"]),
    (b"uwsgi_next_upstream", CONDITIONS),
];

/// When a request is passed on to the next server, or answered from the cache.
const CONDITIONS: &[&[u8]] =
    &[b"error", b"timeout", b"invalid_header", b"updating", b"non_idempotent", b"off"];

/// Whether nginx takes these words, the name first, for a directive that ends in `{` if `block` and in `;` if not,
/// wherever it stands. `None` for a name that the tables lack.
pub(in crate::config) fn takes(text: &[u8], words: &[Word], block: bool) -> Option<Verdict> {
    let (name, args) = words.split_first()?;
    let name = name.inner().of(text);
    let known = lookup(name)?;
    let fits = known
        .usages
        .iter()
        .any(|usage| usage.args.accepts(args.len()) && (usage.body != Body::None) == block);
    let odd = CHOOSY.iter().find(|(choosy, _)| *choosy == name).is_some_and(|(_, parameters)| {
        args.iter().enumerate().skip(1).any(|(index, word)| {
            let word_text = word.span.of(text);
            let is_format = index == 1 && name == b"access_log" && may_be_format(text, args);
            let is_own = word.is_quoted() || parameters.contains(&word_text) || is_format;
            !is_own && lookup(word_text).is_some()
        })
    });
    Some(match (odd, fits) {
        (true, _) => Verdict::HoldsDirective,
        (false, true) => Verdict::Taken,
        (false, false) => Verdict::WrongCount,
    })
}

/// Whether the second of these arguments of access_log may be a log format, of which people choose the name: it stands on
/// the line of the first, and no more than parameters follow.
fn may_be_format(text: &[u8], args: &[Word]) -> bool {
    let [path, format, rest @ ..] = args else { return false };
    let gap = Span::new(path.span.end, format.span.start).of(text);
    let is_parameter = |word: &Word| {
        let word = word.span.of(text);
        word == b"gzip" || word.contains(&b'=')
    };
    !gap.contains(&b'\n') && rest.iter().all(is_parameter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{SyntaxErrorKind, nginx};

    /// The lines that lack their `;`.
    fn missing(text: &str) -> Vec<usize> {
        let mut tree = nginx::parse(text.as_bytes(), &[]);
        nginx::split_run_ons(&mut tree, text.as_bytes(), |words, block| {
            takes(text.as_bytes(), words, block)
        });
        assert!(tree.errors.iter().all(|error| error.kind == SyntaxErrorKind::MissingSemicolon));
        let line = |offset: u32| text[..offset as usize].lines().count();
        tree.errors.iter().map(|error| line(error.at.start)).collect()
    }

    #[test]
    fn two_directives_on_two_lines() {
        assert_eq!(missing("auth_basic off\nproxy_pass http://x;\n"), [1]);
        assert_eq!(missing("root /a\nindex b\nsatisfy any;"), [1, 2]);
        assert_eq!(missing("listen 80\nlisten [::]:80 # v6\nserver_name a;"), [1, 2]);
        assert_eq!(missing("listen 80 server_name a; root /b;"), [1]);
        assert_eq!(missing("access_log /a main error_log /b;"), [1]);
        assert_eq!(missing("server a:1 server b:1 backup;"), [1]);
        assert_eq!(missing("internal\nif ($a) { return 403; }"), [1]);
    }

    #[test]
    fn what_nginx_takes_is_left_alone() {
        assert!(missing("listen 443\n  ssl\n  http2;").is_empty());
        assert!(missing("access_log /a main\n  gzip\n  flush=5m;").is_empty());
        assert!(missing("proxy_next_upstream error\n  timeout;").is_empty());
        assert!(missing("server_name a\n  root;").is_empty());
        assert!(missing("unknown a\n  root /b;").is_empty());
        assert!(missing("listen 443 ssl http2; server a backup;").is_empty());
        assert!(missing("access_log /a status gzip flush=5m;").is_empty());
        assert!(missing("server_name a listen 80;").is_empty());
        assert!(missing("auth_basic Please allow cookies;").is_empty());
        assert!(missing("log_format main $status\n  root;").is_empty());
    }
}
