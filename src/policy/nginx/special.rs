//! Answers of nginx's own, and where `error_page` leads from them. `ngx_http_special_response_handler`,
//! `ngx_http_internal_redirect`, `ngx_http_named_location`.

use super::run::{Headers, Next, Run};
use super::uri::split_args;
use crate::config::nginx::{Directive, Value};
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::source::Location;

const ERROR_PAGE: [Id; 1] = [id!("error_page")];
const ADD_HEADER: [Id; 1] = [id!("add_header")];

/// Statuses with which headers are added without `always`.
const ADDED_TO: [u16; 10] = [200, 201, 204, 206, 301, 302, 303, 304, 307, 308];

/// What one `error_page` says of a status.
struct Page<'p> {
    directive: Directive<'p>,
    target: Value<'p>,
    /// `=N`; 0 for `=` alone.
    overwrite: Option<u16>,
}

impl<'p> Run<'_, 'p> {
    /// An answer of nginx's own with `status`.
    pub(super) fn special_response(&mut self, status: u16) -> Next {
        self.err_status = Some(status);
        self.decided = self.because.take().or_else(|| self.last_step());
        let page = if self.in_error_page || self.uri_changes == 0 {
            None
        } else {
            self.error_page(status)
        };
        if let Some(page) = page {
            return self.send_error_page(status, &page);
        }
        let status = match status {
            // these have no number of their own on the wire
            494..=497 => 400,
            status => status,
        };
        self.err_status = None;
        Next::Done(Outcome::Answered(status))
    }

    /// The `error_page` for `status`, if one is in effect. That any is in effect counts, too: without
    /// `recursive_error_pages` there is only one such redirect a request.
    fn error_page(&mut self, status: u16) -> Option<Page<'p>> {
        let list = self.policy.list(self.conf, &ERROR_PAGE);
        if list.directives.is_empty() {
            return None;
        }
        if !self.flag(self.conf, id!("recursive_error_pages"), false) {
            self.in_error_page = true;
        }
        list.directives.into_iter().find_map(|directive| page(directive, status))
    }

    fn send_error_page(&mut self, status: u16, page: &Page<'p>) -> Next {
        let at = page.directive.words_location();
        match page.overwrite {
            Some(0) => self.err_status = None,
            Some(other) => self.err_status = Some(other),
            None if (494..=497).contains(&status) => self.err_status = Some(400),
            None => {}
        }
        let target = self.value(page.target);
        self.step(at, "error page", format!("error_page for {status} leads to {}", target.shown()));
        if page.overwrite.is_some() {
            self.decided = self.last_step();
        }
        match target.prefix().first() {
            Some(b'/') => {
                if self.method != b"HEAD" {
                    self.method = b"GET".to_vec();
                }
                self.redirect_to(&target, at)
            }
            Some(b'@') => match target.known() {
                Some(name) => self.jump_to(name, at),
                None => self.unknown_target(at),
            },
            None if target.known().is_none() => self.unknown_target(at),
            // a URL: the client is sent there
            _ => {
                let is_redirect = |status: &u16| matches!(status, 301 | 302 | 303 | 307 | 308);
                let sent = page.overwrite.filter(is_redirect).unwrap_or(302);
                self.err_status = None;
                self.decided = None;
                Next::Done(Outcome::Answered(sent))
            }
        }
    }

    fn unknown_target(&mut self, at: Location) -> Next {
        self.world.choose(Cause::new(at, "where this leads"), 1);
        self.give_up();
        Next::Done(Outcome::Anything)
    }

    /// An internal redirect to a URI with its query: the request begins again with the code of the server.
    pub(super) fn redirect_to(&mut self, target: &Text, at: Location) -> Next {
        let Some(target) = target.known() else { return self.unknown_target(at) };
        let (uri, args) = split_args(target);
        let (uri, args) = (Text::from(uri), Text::from(args));
        self.redirect_with(uri, args)
    }

    /// An internal redirect to a URI with this query.
    pub(super) fn redirect_with(&mut self, uri: Text, args: Text) -> Next {
        self.uri_changes = self.uri_changes.saturating_sub(1);
        if self.uri_changes == 0 {
            self.step(None, "redirect", "more than ten redirects inside of the server");
            return Next::Status(500);
        }
        self.uri = uri;
        self.args = args;
        self.is_internal = true;
        self.is_unparsed = false;
        self.is_location_valid = true;
        self.adds_uri_to_alias = false;
        self.has_slash_before = false;
        self.conf = self.server;
        Next::ServerRewrite
    }

    /// A jump to a named location of the server.
    pub(super) fn jump_to(&mut self, name: &[u8], at: Location) -> Next {
        self.uri_changes = self.uri_changes.saturating_sub(1);
        if self.uri_changes == 0 {
            self.step(None, "redirect", "more than ten redirects inside of the server");
            return Next::Status(500);
        }
        // `try_files /` may have taken all of it
        if self.uri.known() == Some(b"") {
            let text = "a location with a name takes no request without a URI: 500";
            self.step(at, "redirect", text);
            return Next::Status(500);
        }
        let Some(location) = self.policy.named_location(self.server, name) else {
            if let Some(open) = self.policy.get(self.server).open {
                self.world.choose(super::policy::elsewhere(open), 1);
                self.give_up();
            }
            self.step(
                at,
                "redirect",
                format!("there is no location {}", String::from_utf8_lossy(name)),
            );
            return Next::Status(500);
        };
        self.is_internal = true;
        self.uri_changed = false;
        self.enter(location);
        let directive = self.policy.get(location).directive;
        let text = format!("goes on in {}", String::from_utf8_lossy(name));
        self.step(directive.map(Directive::words_location), "location", text);
        self.limit_except();
        self.content_handler = None;
        self.take_handler();
        Next::Rewrite
    }

    /// The headers that `add_header` adds to an answer with `status`.
    pub(super) fn added_headers(&mut self, status: u16) -> Headers {
        let list = self.policy.list(self.conf, &ADD_HEADER);
        let mut headers = Vec::new();
        for directive in list.directives {
            let (Some(name), Some(value)) = (directive.arg(0), directive.arg(1)) else { continue };
            let always = directive.arg(2).is_some_and(|word| word.is(b"always"));
            if !always && !ADDED_TO.contains(&status) {
                continue;
            }
            let value = self.value(value);
            if let Some(name) = name.known()
                && !value.is_empty(self.world)
            {
                headers.push((name.to_ascii_lowercase(), value));
            }
        }
        headers
    }
}

/// What `directive` says of `status`: `ngx_http_core_error_page`.
fn page(directive: Directive<'_>, status: u16) -> Option<Page<'_>> {
    let words: Vec<Value<'_>> = directive.args().collect();
    let (target, rest) = words.split_last()?;
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u16>().ok();
    let (overwrite, statuses) = match rest.split_last() {
        Some((last, before)) => match last.known()?.strip_prefix(b"=") {
            Some(b"") => (Some(0), before),
            Some(digits) => (Some(number(digits)?), before),
            None => (None, rest),
        },
        None => (None, rest),
    };
    let names =
        statuses.iter().any(|word| word.known().and_then(|text| number(&text)) == Some(status));
    names.then_some(Page { directive, target: *target, overwrite })
}
