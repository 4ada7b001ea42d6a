//! Too few or too many arguments, or a flag that is neither On nor Off: httpd stops reading at the directive.

use super::reading::{every, given, refused, shown};
use crate::config::apache::{Condition, Directive, Site, Value};
use crate::diagnostic::{Edit, Finding, Findings, Safety};
use crate::grammar::Origin;
use crate::grammar::apache::{self, Args};
use crate::source::{Location, Span};
use std::collections::HashSet;

rule! {
    "apache/directive-arguments" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive has too few or too many arguments, an empty one, or ones that do not go together, and httpd refuses it",
    }
}

/// Directives with one argument that is a text, a path or a name which may hold blanks.
const TEXTS: [&str; 20] = [
    "AuthDBMGroupFile",
    "AuthDBMUserFile",
    "AuthGroupFile",
    "AuthLDAPBindDN",
    "AuthLDAPBindPassword",
    "AuthName",
    "AuthUserFile",
    "DocumentRoot",
    "ErrorLog",
    "ForceType",
    "HeaderName",
    "Include",
    "IncludeOptional",
    "ReadmeName",
    "ServerRoot",
    "SSLCACertificateFile",
    "SSLCertificateFile",
    "SSLCertificateKeyFile",
    "SSLCipherSuite",
    "TypesConfig",
];

/// The sections that do not stand without arguments; `<Proxy>` does.
const SECTIONS: [&str; 17] = [
    "Directory",
    "DirectoryMatch",
    "ElseIf",
    "Files",
    "FilesMatch",
    "If",
    "IfDefine",
    "IfDirective",
    "IfFile",
    "IfModule",
    "IfSection",
    "IfVersion",
    "Limit",
    "LimitExcept",
    "Location",
    "LocationMatch",
    "VirtualHost",
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let mut is_told = |directive: Directive<'_>| {
        let at = directive.location();
        directive.condition() == Condition::No || !told.insert((at.file, at.span.start))
    };
    for known in apache::all().iter().filter(|known| known.is_core()) {
        if known.section {
            if !SECTIONS.contains(&known.name) {
                continue;
            }
            let lines = site.alike(Some(known));
            for directive in every(lines, |section| section.args().len() == 0) {
                if directive.is_as_written() && !is_told(directive) {
                    let message =
                        format!("<{}> needs an argument: {}", known.name, refused(directive));
                    let finding = RULE
                        .at(directive.location())
                        .message(message)
                        .help("write what the section is for, or remove it");
                    findings.push(given(finding, directive));
                }
            }
            continue;
        }
        let args = known.usages[0].args;
        let is_options = known.name == "Options";
        // a directive that takes the line as it is looks at it itself
        if (args == Args::Raw && !is_options)
            || known.usages.iter().any(|usage| usage.origin != Origin::Core || usage.args != args)
        {
            continue;
        }
        let wrong =
            |directive| if is_options { mixed_options(directive) } else { wrong(directive, args) };
        for directive in every(site.alike(Some(known)), |directive| wrong(directive).is_some()) {
            let Some(wrong) = wrong(directive) else { continue };
            if directive.is_as_written() && directive.has_known_arguments() && !is_told(directive) {
                let message = format!("{} {wrong}: {}", known.name, refused(directive));
                let finding = RULE.at(directive.location()).message(message);
                findings.push(given(mended(finding, directive), directive));
            }
        }
    }
}

/// What is wrong with the arguments, as `invoke_cmd` sees it.
fn wrong(directive: Directive<'_>, args: Args) -> Option<String> {
    let words = directive.args();
    let count = words.len();
    if args == Args::Flag {
        let is_flag =
            |word: Value<'_>| word.is_ignoring_case(b"on") || word.is_ignoring_case(b"off");
        return match directive.arg(0) {
            None => Some("must be On or Off".to_owned()),
            Some(word) if word.known().is_some() && !is_flag(word) => {
                Some(format!("must be On or Off, not {}", shown(word)))
            }
            Some(_) => None,
        };
    }
    // the words that must be there must not be empty
    let needed = args.least();
    let empty = words.take(needed).any(|word| word.known().is_some_and(|word| word.is_empty()));
    if !args.accepts(count) {
        // a `#` behind the last argument was meant for a comment, which is another rule's matter, as are quotes that are none
        let comment = directive.args().position(|word| word.raw().first() == Some(&b'#'));
        let is_comment = comment.is_some_and(|at| at > 0 && args.accepts(at));
        let gets = if count == 0 { "none".to_owned() } else { count.to_string() };
        (!is_comment && !directive.args().any(opens_typographic_quote))
            .then(|| format!("takes {args} and gets {gets}"))
    } else if empty && !directive.is("ServerRoot") {
        // `ServerRoot ""` is what packages ship for somebody to fill in
        Some(format!("takes {args}, and an empty one counts as none"))
    } else {
        None
    }
}

/// What `set_options` finds wrong with the words of Options: some with a sign and some without, or None and All behind others.
fn mixed_options(directive: Directive<'_>) -> Option<String> {
    let (mut signed, mut whole) = (false, false);
    for (index, word) in directive.args().enumerate() {
        let text = word.known()?;
        let has_sign = matches!(text.first(), Some(b'+' | b'-'));
        let name = if has_sign { &text[1..] } else { &text[..] };
        // None and All may have words with a sign behind them
        if if has_sign { index > 0 && !signed && !whole } else { signed } {
            let with = if has_sign { "with" } else { "without" };
            return Some(format!(
                "has {} {with} a `+` or `-`, and others are not: all of them have one, or none",
                shown(word)
            ));
        }
        signed |= has_sign;
        if name.eq_ignore_ascii_case(b"none") || name.eq_ignore_ascii_case(b"all") {
            if index > 0 || has_sign {
                return Some(format!(
                    "takes {} only as the first word, without a sign",
                    shown(word)
                ));
            }
            whole = true;
        }
    }
    None
}

/// Whether a word starts with a typographic quote, U+2018 to U+201F, or a guillemet.
fn opens_typographic_quote(word: Value<'_>) -> bool {
    matches!(word.raw(), [0xE2, 0x80, 0x98..=0x9F, ..] | [0xC2, 0xAB | 0xBB, ..])
}

/// The finding with the fix that is certain, where there is one.
fn mended<'p>(finding: Finding, directive: Directive<'p>) -> Finding {
    let words: Vec<Value<'p>> = directive.args().collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return finding };
    let span = first.word.span.cover(last.word.span);
    let text = directive.source().slice(span);
    let name = directive.name();
    if directive.is("Order") && words.len() == 2 {
        let joined: Vec<u8> = [first.decoded(), last.decoded()].concat().to_ascii_lowercase();
        if joined == b"allow,deny" || joined == b"deny,allow" {
            let gap = Span::new(first.word.span.end, last.word.span.start);
            return finding.help("leave out the blank").fix(
                Safety::Unsafe,
                "leave out the blank",
                vec![Edit::delete(directive.at(gap))],
            );
        }
    }
    let bare = words.len() > 1 && words.iter().all(|word| !word.word.is_quoted());
    let plain = !text.iter().any(|byte| matches!(byte, b'"' | b'\\' | b'#' | b'\n'));
    if TEXTS.contains(&&*name) && bare && plain {
        let end = Location { span: Span::empty(span.end), ..directive.at(span) };
        // in .htaccess the folder is closed to everybody until then
        let safety = if directive.htaccess().is_some() { Safety::Unsafe } else { Safety::Safe };
        return finding.help("quote the value").fix(
            safety,
            "quote the value",
            vec![Edit::insert(directive.at(span), "\""), Edit::insert(end, "\"")],
        );
    }
    finding.help(format!("see the syntax of {name}; a value with a blank needs quotes"))
}
