//! `proxy_pass http://user:password@host` is no way to log in at an upstream: nginx takes all of it for host and port.

use crate::config::nginx::{Directive, Site, Value};
use crate::diagnostic::Findings;
use memchr::memmem;
use std::ops::Range;

rule! {
    "nginx/proxy-pass-userinfo" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "proxy_pass names a user and a password, which nginx takes for a part of the host",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (name, header) in [("proxy_pass", "proxy_set_header"), ("grpc_pass", "grpc_set_header")] {
        for directive in site.directives_where(name, |it| address(it).is_some()) {
            let Some((value, userinfo, has_variable)) = address(directive) else { continue };
            // with a variable in it, the address is looked at for each request
            let then = if has_variable { "answers 500" } else { "does not start" };
            findings.push(
                RULE.at(value.part_or_all(userinfo))
                    .message(format!("`{name}` takes no user and password: nginx takes them for host and port and {then}"))
                    .label("taken for the host")
                    .help(format!("send them in a header: `{header} Authorization \"Basic …\";` with the base64 of user:password")),
            );
        }
    }
}

/// The address, where the user and password stand in it, and whether it has a variable.
fn address(directive: Directive<'_>) -> Option<(Value<'_>, Range<usize>, bool)> {
    let value = directive.arg(0)?;
    let text = value.known()?;
    Some((value, userinfo(&text)?, text.contains(&b'$')))
}

/// Where the user and password stand, the `@` included.
fn userinfo(address: &[u8]) -> Option<Range<usize>> {
    let start = memmem::find(address, b"://")? + 3;
    let rest = &address[start..];
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let at = rest[..end].iter().rposition(|&byte| byte == b'@')?;
    Some(start..start + at + 1)
}
