//! `deny 0.0.0.0/0` ends a list for IPv4 only: a client that comes by IPv6 meets no rule and is let in.

use crate::config::nginx::{BlockKey, Directive, Effective, Inherited, Site, Value};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use std::collections::{HashMap, HashSet};

rule! {
    "nginx/acl-deny-v4-only" {
        reads: Nginx, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "deny 0.0.0.0/0 leaves IPv6 clients in",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut denials =
        site.occurrences("deny").filter(|deny| argument_is(*deny, b"0.0.0.0/0")).peekable();
    if denials.peek().is_none() {
        return;
    }
    let satisfy = Inherited::new(*site, "satisfy");
    let mut blocks = HashSet::new();
    let mut servers = HashMap::new();
    for deny in denials {
        // what follows the first one in a block is never reached by IPv4, and means nothing to IPv6
        if !blocks.insert(deny.block_key()) || covers_ipv6(deny) || deny.is_in_template() {
            continue;
        }
        let any = matches!(satisfy.at(deny), Effective::Set(satisfy) if satisfy.arg(0).is_some_and(|value| {
            value.known().is_none_or(|text| text.eq_ignore_ascii_case(b"any"))
        }));
        // under `satisfy any` who meets no rule is asked for a login instead
        if any {
            continue;
        }
        let Some(value) = deny.arg(0) else { continue };
        let finding = RULE
            .at(value.location())
            .message(
                "`deny 0.0.0.0/0` says nothing of IPv6: every client that comes by IPv6 is let in",
            )
            .help("write `deny all;`, which is both")
            .fix(
                Safety::Unsafe,
                "deny every address",
                vec![Edit::replace(value.location(), "all")],
            );
        findings.push(match listens_by_ipv6(deny, &mut servers) {
            Some(true) => finding,
            Some(false) => finding.severity(Severity::Info),
            None => {
                finding.severity(Severity::Warning).depends_on("whether the server listens on IPv6")
            }
        });
    }
}

fn argument_is(directive: Directive<'_>, text: &[u8]) -> bool {
    directive.arg(0).is_some_and(|value| value.is(text))
}

/// Whether the list that `deny` belongs to says, or may say, what becomes of the rest of IPv6.
fn covers_ipv6(deny: Directive<'_>) -> bool {
    deny.siblings().any(|rule| {
        let all = || [&b"all"[..], b"::/0"].into_iter().any(|all| argument_is(rule, all));
        let unknown = rule.is("include") || rule.arg(0).is_some_and(Value::is_templated);
        unknown || ((rule.is("deny") || rule.is("allow")) && all())
    })
}

/// Whether the server around `deny`, or any server where it stands outside of one, listens on IPv6; `None` when that is
/// not known.
fn listens_by_ipv6(
    deny: Directive<'_>,
    servers: &mut HashMap<BlockKey, Option<bool>>,
) -> Option<bool> {
    let server = deny.ancestors().take(64).find(|block| block.is("server"));
    let key = server.map(|server| (server.inclusion, server.id));
    *servers.entry(key).or_insert_with(|| match server {
        Some(server) => {
            let listens =
                server.children().filter(|child| child.is("listen") || child.is("include"));
            any_ipv6(listens)
        }
        None if deny.is_in_fragment() => None,
        None => any_ipv6(deny.site.occurrences("listen").chain(deny.site.unknown_includes())),
    })
}

fn any_ipv6<'p>(listens: impl Iterator<Item = Directive<'p>>) -> Option<bool> {
    let mut answer = Some(false);
    for listen in listens {
        let address = listen.arg(0).filter(|_| listen.is("listen"));
        match address.and_then(Value::known) {
            Some(text) if text.starts_with(b"[") => return Some(true),
            Some(text) if is_ipv4(&text) => {}
            _ => answer = None,
        }
    }
    answer
}

/// Whether a `listen` address is of no use to IPv6: a port, an IPv4 address, `*`, a UNIX socket.
fn is_ipv4(text: &[u8]) -> bool {
    text.starts_with(b"unix:")
        || text.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b':' | b'*'))
}
