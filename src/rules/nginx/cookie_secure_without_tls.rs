//! Cookies that browsers send over TLS only, on a server that does not speak it.

use crate::config::nginx::{Directive, Value};
use crate::diagnostic::Findings;
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Kind, Policy};

rule! {
    "nginx/cookie-secure-without-tls" {
        reads: NginxPolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "cookies are marked Secure on a server without TLS, and browsers never send them back",
    }
}

/// The directives that can mark a cookie.
const MARKS: [Id; 3] = [id!("proxy_cookie_flags"), id!("proxy_cookie_path"), id!("add_header")];

const LISTEN: [Id; 1] = [id!("listen")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in
        policy.places().filter(|place| matches!(place.kind(), Kind::Server | Kind::Location))
    {
        let Some(mark) = place.own_all(&MARKS).find(|mark| is_secure(*mark)) else { continue };
        let Some(server) = place.server().filter(|_| !place.is_open()) else { continue };
        // a `listen` that is not known may speak TLS
        let written = server.own_all(&LISTEN).count();
        let mut own =
            policy.listens().iter().filter(|listen| listen.server == server.block).peekable();
        let listen = own.peek().and_then(|listen| listen.directive);
        if own.peek().is_none() && written > 0 || own.any(|listen| listen.ssl) {
            continue;
        }
        let mut finding = RULE
            .at(mark.words_location())
            .message("browsers keep no Secure cookie that comes without TLS, and this server speaks none: every request comes without the session, and the login is asked for again")
            .label("marks cookies as Secure")
            .help("serve the site over TLS; where a balancer in front does that, suppress this finding")
            .depends_on("whether TLS ends in front of this server");
        if let Some(listen) = listen {
            finding = finding.related(listen.words_location(), "speaks no TLS");
        }
        findings.push(finding);
    }
}

/// Whether the directive makes cookies Secure.
fn is_secure(mark: Directive<'_>) -> bool {
    let holds = |value: Value<'_>| {
        let text = value.decoded().to_ascii_lowercase();
        text.split(|&byte| byte == b';').skip(1).any(|part| part.trim_ascii() == b"secure")
    };
    if mark.is_in_template() {
        return false;
    }
    if mark.is("proxy_cookie_flags") {
        return mark.args().skip(1).any(|flag| flag.is_ignoring_case(b"secure"));
    }
    let is_cookie = mark.is("proxy_cookie_path")
        || mark.arg(0).is_some_and(|name| name.is_ignoring_case(b"set-cookie"));
    is_cookie && mark.arg(1).is_some_and(holds)
}
