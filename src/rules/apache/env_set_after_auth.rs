//! SetEnv, and RewriteRule in a folder, set variables after httpd has decided who gets in.

use super::reading::{given, is_limit, read};
use super::require::requirements;
use crate::config::apache::{Directive, Site, Value};
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "apache/env-set-after-auth" {
        reads: Apache, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "the variable that Require env asks for is set after access is decided",
    }
}

/// The directives that set variables early enough.
pub(super) const EARLY: [&str; 8] = [
    "SetEnvIf",
    "SetEnvIfNoCase",
    "SetEnvIfExpr",
    "BrowserMatch",
    "BrowserMatchNoCase",
    "PassEnv",
    "RewriteRule",
    "SetEnvIfPlus",
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for require in requirements(site).filter(|require| require.asks("env") && !require.negated) {
        for word in &require.words {
            let Some(name) = word.known() else { continue };
            look(require.directive, &name, "Require env", findings);
        }
    }
    for allow in read(site, "Allow") {
        for word in allow.args().skip(1) {
            let Some(text) = word.known() else { continue };
            let Some(name) = text.strip_prefix(b"env=") else { continue };
            look(allow, name, "Allow from env", findings);
        }
    }
}

fn look(asking: Directive<'_>, name: &[u8], what: &str, findings: &mut Findings) {
    let place = asking
        .sections()
        .find(|section| !is_limit(*section) && !super::reading::is_container(*section));
    let mut siblings = match place {
        Some(section) => section.children(),
        None if asking.htaccess().is_some() => outermost(asking),
        None => return,
    };
    let late = siblings.find(|other| sets_late(*other, name));
    let Some(late) = late else { return };
    if EARLY.iter().flat_map(|early| read(&asking.site, early)).any(|early| sets_early(early, name))
    {
        return;
    }
    let shown = String::from_utf8_lossy(name).into_owned();
    let setter = late.name().into_owned();
    let message =
        format!("`{setter}` sets `{shown}` after access is decided, so `{what}` never finds it");
    let finding =
        RULE.at(late.location()).message(message).related(asking.location(), "decided before");
    let value = late.arg(1).map_or_else(|| "1".into(), Value::lossy);
    let plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let finding = if setter == "SetEnv" && plain(&shown) && plain(&value) && !late.is_in_template()
    {
        let text = if value == "1" {
            format!("SetEnvIf Request_URI ^ {shown}")
        } else {
            format!("SetEnvIf Request_URI ^ {shown}={value}")
        };
        finding.fix(
            Safety::Unsafe,
            "set it with SetEnvIf",
            vec![Edit::replace(late.location(), text)],
        )
    } else {
        finding.help("set it with SetEnvIf, which is read before access is decided")
    };
    findings.push(given(finding, late));
}

/// The outermost directives around a directive in a container or `<Limit>`.
fn outermost(directive: Directive<'_>) -> crate::config::apache::Children<'_> {
    directive.sections().last().unwrap_or(directive).siblings()
}

/// Whether it sets the variable when access is decided already.
fn sets_late(directive: Directive<'_>, name: &[u8]) -> bool {
    if directive.is("SetEnv") {
        return directive.arg(0).is_some_and(|word| word.is_ignoring_case(name));
    }
    directive.is("RewriteRule") && sets_by_flag(directive, name)
}

/// Whether it sets the variable early enough, or may.
fn sets_early(directive: Directive<'_>, name: &[u8]) -> bool {
    if directive.is("RewriteRule") {
        // in a folder it runs after access is decided
        let in_folder = directive.htaccess().is_some()
            || directive.sections().any(|section| !section.is_section("VirtualHost"));
        return !in_folder && sets_by_flag(directive, name);
    }
    sets(directive, name)
}

/// Whether it names the variable, or may.
pub(super) fn sets(directive: Directive<'_>, name: &[u8]) -> bool {
    if directive.is("RewriteRule") {
        return sets_by_flag(directive, name);
    }
    directive.args().any(|word| {
        word.known().is_none_or(|text| {
            let text = text.split(|&byte| byte == b'=').next().unwrap_or_default();
            text.eq_ignore_ascii_case(name)
        })
    })
}

/// Whether a RewriteRule has the flag `E=name`.
fn sets_by_flag(directive: Directive<'_>, name: &[u8]) -> bool {
    let Some(flags) =
        directive.arg(2).and_then(|word| word.known().map(std::borrow::Cow::into_owned))
    else {
        return false;
    };
    flags.split(|&byte| matches!(byte, b',' | b'[' | b']')).any(|flag| {
        let flag = flag.trim_ascii();
        let value = flag.strip_prefix(b"E=").or_else(|| flag.strip_prefix(b"env="));
        value.is_some_and(|value| {
            value
                .split(|&byte| byte == b':')
                .next()
                .is_some_and(|set| set.eq_ignore_ascii_case(name))
        })
    })
}
