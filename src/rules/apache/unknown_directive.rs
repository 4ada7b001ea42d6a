//! A misspelt name: httpd stops reading at it, and a .htaccess file answers 500. Names of modules that nobody here knows are
//! left alone.

use super::reading::{given, refused};
use crate::config::apache::{AtomKind, Condition, Contexts, Directive, Site};
use crate::diagnostic::{Edit, Findings, Safety, Slip};
use crate::grammar::apache::{Directive as Known, Overrides, all};
use crate::grammar::{Origin, apache_modules};
use crate::rules::strangers::Strangers;
use crate::source::Span;
use memchr::memmem;

rule! {
    "apache/unknown-directive" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive's name is misspelt: httpd does not start, or the folder is answered 500",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    misspelt(site, findings);
    not_in_this_version(site, findings);
}

fn misspelt(site: &Site<'_>, findings: &mut Findings) {
    let mut strangers = Strangers::new();
    let mut slips = Vec::new();
    let unknown = site.placed().filter(|placed| placed.known.is_none());
    for (directive, contexts) in unknown
        .flat_map(|placed| placed.directives().map(move |directive| (directive, placed.contexts)))
    {
        let written = directive.name_value();
        if !directive.is_as_written() || written.has_variable() {
            continue;
        }
        let name = written.decoded().into_owned();
        let shape = (directive.node().is_block(), directive.args().len());
        let place = (contexts.places.0, contexts.htaccess, shape);
        let slip = strangers.meet(name, place, |name, &(_, _, (section, count))| {
            Slip::find(name, candidates(contexts, section, count))
        });
        slips.extend(slip.map(|slip| (directive, slip)));
    }
    let meant = strangers.meant();
    for (directive, slip) in slips {
        let Some(known) = meant[slip] else { continue };
        if is_guarded(directive) || is_dropped(directive) || directive.condition() == Condition::No
        {
            continue;
        }
        let written = directive.name_value();
        let finding = RULE
            .at(written.location())
            .message(format!(
                "httpd knows no directive `{}`: {}",
                written.lossy(),
                refused(directive)
            ))
            .label(format!("did you mean `{known}`?"))
            .help(format!("write `{known}`, if that is what you mean"))
            .fix(Safety::Unsafe, format!("write `{known}`"), edits(directive, known));
        findings.push(given(finding, directive));
    }
}

/// The name in its place, and in the line that ends the section.
fn edits(directive: Directive<'_>, known: &str) -> Vec<Edit> {
    let node = directive.node();
    let mut edits = vec![Edit::replace(directive.name_value().location(), known)];
    let tail = Span::new(node.body.end, node.span.end);
    let text = directive.source().slice(tail);
    let name = directive.name();
    if let Some(slash) = memmem::rfind(text, b"</").filter(|_| node.is_block())
        && text[slash + 2..]
            .get(..name.len())
            .is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes()))
    {
        let start = tail.start + slash as u32 + 2;
        let end = directive.at(Span::new(start, start + name.len() as u32));
        edits.push(Edit::replace(end, known));
    }
    edits
}

/// The names of httpd's own that could stand there with as many arguments.
fn candidates(
    contexts: Contexts,
    section: bool,
    count: usize,
) -> impl Iterator<Item = &'static str> {
    let fits = move |known: &&Known| {
        let allowed = if contexts.htaccess {
            known.overrides() != Overrides::NONE
        } else {
            known.places().meets(contexts.places)
        };
        known.section == section
            && allowed
            && known.is_core()
            && known.usages[0].args.accepts(count)
    };
    all().iter().filter(fits).map(|known| known.name)
}

/// Whether a condition around it names a module of others: then the directive may be that module's.
fn is_guarded(directive: Directive<'_>) -> bool {
    directive.ancestors().take(64).any(|section| {
        let Some(name) = section.arg(0).filter(|_| section.is_section("IfModule")) else {
            return false;
        };
        let name = name.decoded();
        let module = apache_modules::by_name(name.strip_prefix(b"!").unwrap_or(&name));
        module.is_none_or(|module| module.origin != Origin::Core)
    })
}

/// Whether AllowOverride says, or may say, that unknown directives of this .htaccess file are to be dropped.
fn is_dropped(directive: Directive<'_>) -> bool {
    directive.htaccess().is_some_and(|htaccess| {
        !htaccess.allowed.is_empty()
            && htaccess.allowed.iter().all(|allowed| {
                allowed
                    .overrides
                    .as_ref()
                    .is_some_and(|value| value.is_none() || value.nonfatal_unknown)
            })
    })
}

/// What took the place of a directive that is gone.
const INSTEAD: [(&str, &str); 24] = [
    ("AcceptMutex", "write `Mutex`"),
    ("AccessConfig", "write `Include`"),
    ("AddModule", "remove it: LoadModule is enough"),
    ("AgentLog", "write `CustomLog`"),
    ("AuthAuthoritative", "write `AuthBasicAuthoritative`"),
    ("AuthDBMAuthoritative", "write `AuthBasicAuthoritative`"),
    ("AuthDBUserFile", "write `AuthDBMUserFile`"),
    ("AuthDigestFile", "write `AuthUserFile`"),
    ("AuthDigestGroupFile", "write `AuthGroupFile`"),
    ("AuthLDAPAuthoritative", "write `AuthLDAPBindAuthoritative`"),
    ("AuthLDAPEnabled", "write `AuthBasicProvider ldap`"),
    (
        "AuthzDBMAuthoritative",
        "remove it: <RequireAny> and <RequireAll> say how Require lines combine",
    ),
    (
        "AuthzDefaultAuthoritative",
        "remove it: <RequireAny> and <RequireAll> say how Require lines combine",
    ),
    (
        "AuthzGroupFileAuthoritative",
        "remove it: <RequireAny> and <RequireAll> say how Require lines combine",
    ),
    (
        "AuthzLDAPAuthoritative",
        "remove it: <RequireAny> and <RequireAll> say how Require lines combine",
    ),
    (
        "AuthzOwnerAuthoritative",
        "remove it: <RequireAny> and <RequireAll> say how Require lines combine",
    ),
    (
        "AuthzUserAuthoritative",
        "remove it: <RequireAny> and <RequireAll> say how Require lines combine",
    ),
    ("BindAddress", "write `Listen`"),
    ("LockFile", "write `Mutex`"),
    ("ResourceConfig", "write `Include`"),
    ("RewriteLock", "write `Mutex`"),
    ("RewriteLog", "write `LogLevel rewrite:trace3`"),
    ("RewriteLogLevel", "write `LogLevel rewrite:trace3`"),
    ("SSLMutex", "write `Mutex`"),
];

/// httpd 2.4 is taken for granted: the older ones have not been maintained since 2017.
fn not_in_this_version(site: &Site<'_>, findings: &mut Findings) {
    let target = site.target();
    for placed in site.placed() {
        let Some(known) = placed.known else { continue };
        let usages = known.usages;
        let since = usages.iter().map(|usage| usage.since).min().flatten();
        let (version, why, help) = match (known.removed(), since, target.apache) {
            (Some(gone), _, version) if gone <= version.unwrap_or((2, 4, 0)) => {
                let instead = INSTEAD.iter().find(|(name, _)| *name == known.name);
                (gone, "is gone since", instead.map_or("remove it", |(_, instead)| *instead))
            }
            (None, Some(since), Some(version)) if version < since => (
                since,
                "is not in httpd before",
                "remove it, or name the version that reads this file in `[target]`",
            ),
            _ => continue,
        };
        if usages.iter().any(|usage| usage.origin != Origin::Core) {
            continue;
        }
        let (major, minor, patch) = version;
        let version = if patch == 0 {
            format!("{major}.{minor}")
        } else {
            format!("{major}.{minor}.{patch}")
        };
        let is_certain = |directive: &Directive<'_>| {
            directive.is_as_written()
                && !is_dropped(*directive)
                && !is_guarded(*directive)
                && may_be_read(*directive)
        };
        for directive in placed.directives().filter(is_certain) {
            let finding = RULE
                .at(directive.name_value().location())
                .message(format!("{} {why} {version}: {}", known.name, refused(directive)))
                .help(help);
            findings.push(given(finding, directive));
        }
    }
}

/// Whether the httpd that is meant may come by: what is read only by another version, or without a module, may be for an
/// older one.
fn may_be_read(directive: Directive<'_>) -> bool {
    match directive.condition() {
        Condition::Yes => true,
        Condition::No => false,
        Condition::Unknown(literals) => literals
            .iter()
            .all(|&literal| literal.holds && directive.site.atom(literal).kind == AtomKind::Module),
    }
}
