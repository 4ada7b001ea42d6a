//! CGI, FastCGI and mod_wsgi programs get no Authorization header unless something hands it on.

use super::passing::{is_allowed_to_others, is_for_programs, is_passed, is_rewritten};
use super::reading::{given, read};
use crate::config::apache::{Directive, Form, Value};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Place, Policy};
use crate::policy::files::Files;

rule! {
    "apache/cgi-authorization-not-passed" {
        reads: ApachePolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "a CGI, FastCGI or WSGI program does not get the Authorization header, with which its clients log in",
    }
}

const SCRIPT_ALIAS: Id = id("ScriptAlias");
const SCRIPT_ALIAS_MATCH: Id = id("ScriptAliasMatch");
const WSGI: Id = id("WSGIScriptAlias");
const PASS: Id = id("ProxyPass");
const PASS_MATCH: Id = id("ProxyPassMatch");
const SET_HANDLER: Id = id("SetHandler");
const ADD_HANDLER: Id = id("AddHandler");
const RUNNING: [Id; 7] =
    [SCRIPT_ALIAS, SCRIPT_ALIAS_MATCH, WSGI, PASS, PASS_MATCH, SET_HANDLER, ADD_HANDLER];

/// What runs a program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Cgi,
    Fastcgi,
    Wsgi,
    /// PHP inside of httpd: only what it does not understand itself is lost.
    Php,
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut mild = true;
    let mut allowed = None;
    let mut is_handed = None;
    // a login of httpd that does not hold for the program may be meant for it all the same
    let has_login = read(&policy.site, "AuthType").next().is_some();
    for place in policy.places() {
        for own in place.all(&RUNNING) {
            let Some((way, path)) = way(place, own.directive, own.id) else { continue };
            let is_handed = *is_handed
                .get_or_insert_with(|| is_passed(&policy.site) || is_rewritten(&policy.site));
            if is_handed || policy.site.data.form == Form::Htaccess {
                return;
            }
            let allowed = *allowed.get_or_insert_with(|| is_allowed_to_others(policy));
            let is_used = is_for_programs(&path) || allowed.is_some();
            if !is_used && (has_login || !std::mem::take(&mut mild)) {
                continue;
            }
            // where httpd itself asks for the login, the program is not meant to see it
            if is_login(place, &path) {
                continue;
            }
            let is_loud = is_used && !policy.is_open() && !has_login;
            let mut finding = RULE
                .at(own.directive.location())
                .severity(if is_loud { Severity::Warning } else { Severity::Info })
                .message(message(way))
                .help(help(way))
                .depends_on("whether the program reads the Authorization header");
            if let Some(allowed) = allowed {
                finding =
                    finding.related(allowed.location(), "pages of other sites send the header");
            }
            if policy.is_open() {
                finding = finding.depends_on("what the rest of the configuration hands on");
            }
            findings.push(given(finding, own.directive));
        }
    }
}

/// What a directive runs, and under which path.
fn way(place: Place<'_, '_>, directive: Directive<'_>, id: Id) -> Option<(Way, Vec<u8>)> {
    let word = |index: usize| Some(directive.arg(index)?.known()?.into_owned());
    let in_place = || match place.kind() {
        Kind::Location => place.path(),
        Kind::Files => place.file_name(),
        _ => Some(b"/".to_vec()),
    };
    match id {
        SCRIPT_ALIAS | SCRIPT_ALIAS_MATCH => Some((Way::Cgi, word(0)?)),
        WSGI => Some((Way::Wsgi, word(0)?)),
        PASS | PASS_MATCH => {
            let targets = directive.args().filter_map(Value::known);
            let is_program = targets.into_iter().any(|target| {
                let target = target.rsplit(|&byte| byte == b'|').next().unwrap_or_default();
                target.starts_with(b"fcgi:") || target.starts_with(b"scgi:")
            });
            let path = if place.kind() == Kind::Server { word(0)? } else { place.path()? };
            is_program.then_some((Way::Fastcgi, path))
        }
        _ => {
            let handler = word(0)?.to_ascii_lowercase();
            let way = match &*handler {
                b"cgi-script" => Way::Cgi,
                b"fcgid-script" | b"fastcgi-script" | b"php-fcgi" => Way::Fastcgi,
                b"wsgi-script" => Way::Wsgi,
                b"application/x-httpd-php" | b"php-script" => Way::Php,
                other if other.starts_with(b"proxy:") => {
                    let has = |text: &[u8]| memchr::memmem::find(other, text).is_some();
                    (has(b"fcgi:") || has(b"scgi:")).then_some(Way::Fastcgi)?
                }
                _ => return None,
            };
            Some((way, in_place()?))
        }
    }
}

fn is_login(place: Place<'_, '_>, path: &[u8]) -> bool {
    let path = if path.starts_with(b"/") { path.to_vec() } else { [b"/", path].concat() };
    let path: Vec<u8> = path.into_iter().filter(|byte| !b"^$()\\".contains(byte)).collect();
    let Some(request) = place.request_for(&path) else { return true };
    let prediction = place.policy.predict(Files::none(place.policy.site.project), &request);
    prediction.possible.contains(&Outcome::Answered(401))
}

fn message(way: Way) -> &'static str {
    match way {
        Way::Cgi => {
            "CGI programs do not get the Authorization header: one that logs clients in by a password or a token answers 401"
        }
        Way::Fastcgi => {
            "FastCGI programs do not get the Authorization header: one that logs clients in by a password or a token answers 401"
        }
        Way::Wsgi => {
            "mod_wsgi keeps the Authorization header to itself: an application that logs clients in by a password or a token answers 401"
        }
        Way::Php => {
            "PHP scripts find no HTTP_AUTHORIZATION for tokens: one that looks there for `Bearer …` answers 401"
        }
    }
}

fn help(way: Way) -> &'static str {
    match way {
        Way::Wsgi => "write `WSGIPassAuthorization On`",
        _ => {
            "write `CGIPassAuth On` in the section of the program, or `SetEnvIf Authorization \"(.+)\" HTTP_AUTHORIZATION=$1`"
        }
    }
}
