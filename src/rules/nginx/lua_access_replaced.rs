//! One `access_by_lua` in a block, and that of the block around it does not run there.

use crate::config::nginx::{Directive, Value};
use crate::diagnostic::Findings;
use crate::policy::nginx::{Kind, Place, Policy};
use memchr::memmem;

rule! {
    "nginx/lua-access-replaced" {
        reads: NginxPolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "access_by_lua in a block replaces the check of the block around it",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Server | Kind::Location) {
            continue;
        }
        let Some(inner) = place.access_code() else { continue };
        let Some(outer) = place.parent().and_then(Place::access_code) else { continue };
        let is_own = place.block_of(inner) == Some(place.block);
        if !is_own || !is_lua(outer) || !is_lua(inner) || !inner.is_certainly_here() {
            continue;
        }
        let (Some(check), Some(instead)) = (code(outer), code(inner)) else { continue };
        if !refuses(&check) || may_refuse(&instead) || is_nothing(&instead) {
            continue;
        }
        let login = place.login().is_some_and(|login| place.block_of(login) == Some(place.block));
        if login || place.own_addresses().is_some() {
            continue;
        }
        findings.push(
            RULE.at(inner.words_location())
                .message("this code takes the place of that of the block around it, which refuses requests; this one refuses none")
                .label("runs instead")
                .related(outer.words_location(), "does not run in that block")
                .help("repeat the check here, or move this code to another phase, such as rewrite_by_lua_block"),
        );
    }
}

fn is_lua(directive: Directive<'_>) -> bool {
    directive.name().starts_with("access_by_lua")
}

/// The code of a directive without its comments; `None` where it lies in a file.
fn code(directive: Directive<'_>) -> Option<Vec<u8>> {
    let text = match &*directive.name() {
        "access_by_lua_block" => directive.source().slice(directive.node().body).to_vec(),
        "access_by_lua" => directive.arg(0).and_then(Value::known)?.into_owned(),
        _ => return None,
    };
    let lines = text.split(|&byte| byte == b'\n');
    let lines =
        lines.map(|line| memmem::find(line, b"--").map_or(line, |comment| &line[..comment]));
    Some(lines.collect::<Vec<_>>().join(&b'\n'))
}

/// Whether code evidently refuses some requests.
fn refuses(code: &[u8]) -> bool {
    const STATUSES: [&[u8]; 4] = [b"401", b"403", b"HTTP_UNAUTHORIZED", b"HTTP_FORBIDDEN"];
    memmem::find_iter(code, b"ngx.exit").any(|at| {
        let rest = &code[at..code.len().min(at + 48)];
        STATUSES.iter().any(|status| memmem::find(rest, status).is_some())
    })
}

/// Whether code may refuse a request, by itself or by what it calls.
fn may_refuse(code: &[u8]) -> bool {
    const WAYS: [&[u8]; 9] = [
        b"exit",
        b"require",
        b"dofile",
        b"loadfile",
        b"error",
        b"redirect",
        b"exec",
        b"capture",
        b"assert",
    ];
    WAYS.iter().any(|way| memmem::find(code, way).is_some())
}

/// Whether code does nothing: then whoever wrote it wanted the check not to run.
fn is_nothing(code: &[u8]) -> bool {
    matches!(code.trim_ascii(), b"" | b"return" | b"return;" | b"return nil")
}
