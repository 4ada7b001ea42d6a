//! What a configuration says to browsers about other origins, and the request that they send ahead.

use crate::config::nginx::{Directive, Value};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Kind, Place};
use crate::policy::request::Request;

const ADD_HEADER: [Id; 1] = [id!("add_header")];

/// The headers of a place's answers that are for browsers of other origins.
pub(super) struct Cors<'p> {
    /// `Access-Control-Allow-Origin`.
    pub(super) origin: Option<Directive<'p>>,
    /// `Access-Control-Allow-Headers`.
    pub(super) headers: Option<Directive<'p>>,
    /// `Access-Control-Allow-Methods` or `Access-Control-Max-Age`, which only answers to preflights need.
    pub(super) preflight: Option<Directive<'p>>,
    /// `Access-Control-Allow-Credentials`.
    pub(super) credentials: Option<Directive<'p>>,
    /// Whether there may be others.
    pub(super) is_open: bool,
}

impl<'p> Cors<'p> {
    /// Those of `place`.
    pub(super) fn of(place: Place<'_, 'p>) -> Self {
        let policy = place.policy;
        let list = policy.list_block(place.block, &ADD_HEADER).map(|block| policy.get(block));
        let find = |name: &[u8]| {
            list?.all(&ADD_HEADER).find(|line| {
                line.arg(0).is_some_and(|value| value.is_ignoring_case(name))
                    && line.is_certainly_here()
            })
        };
        Self {
            origin: find(b"access-control-allow-origin"),
            headers: find(b"access-control-allow-headers"),
            preflight: find(b"access-control-allow-methods")
                .or_else(|| find(b"access-control-max-age")),
            credentials: find(b"access-control-allow-credentials"),
            is_open: list.map_or(!policy.site.data.complete, |block| block.open.is_some()),
        }
    }

    /// The line that shows that browsers send a preflight here: fonts and other files are fetched without.
    pub(super) fn expects_preflights(&self, place: Place<'_, '_>) -> Option<Directive<'p>> {
        let origin = self.origin?;
        let names_one = || {
            let value = origin.arg(1).and_then(Value::known);
            value.is_some_and(|value| *value != *b"*") && !place.is_for_static_files()
        };
        let token = || place.other_login().is_some() || place.access_code().is_some();
        self.headers.or(self.preflight).or_else(|| (names_one() || token()).then_some(origin))
    }
}

/// The preflight of a browser for the path of `place`, from an origin that the configuration lets in.
pub(super) fn preflight(place: Place<'_, '_>, origin: Directive<'_>) -> Option<Request> {
    let mut request = place.request()?;
    request.method = b"OPTIONS".to_vec();
    let named = origin.arg(1).and_then(Value::known);
    let named = named.filter(|name| name.starts_with(b"http") && !name.contains(&b'$'));
    let origin =
        named.map_or_else(|| b"https://app.example".to_vec(), std::borrow::Cow::into_owned);
    request.headers.push((b"origin".to_vec(), origin));
    request.headers.push((b"access-control-request-method".to_vec(), b"GET".to_vec()));
    request.headers.push((b"access-control-request-headers".to_vec(), b"authorization".to_vec()));
    Some(request)
}

/// Whether an `if` asks for the method OPTIONS.
pub(super) fn is_about_options(place: Place<'_, '_>) -> bool {
    place.kind() == Kind::If
        && place.directive().is_some_and(|head| {
            let words: Vec<Vec<u8>> =
                head.args().map(|word| word.decoded().to_ascii_lowercase()).collect();
            let text = words.concat();
            let has = |part: &[u8]| text.windows(part.len()).any(|at| at == part);
            has(b"$request_method") && has(b"options") && !has(b"!=") && !has(b"!~")
        })
}
