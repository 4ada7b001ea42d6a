//! The rule that hands Authorization on stands in the main server, whose rules virtual hosts do not take over.

use super::passing::is_passed;
use super::reading::given;
use super::rewrites::{ENGINE, OPTIONS, Rewrite, has_option, rewrites};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Place, Policy};

rule! {
    "apache/rewrite-not-inherited-by-vhost" {
        reads: ApachePolicy, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "the RewriteRule that hands the Authorization header on is not inherited by the virtual hosts",
    }
}

/// What a virtual host has that serves more than redirects.
const SERVING: [Id; 6] = [
    id("DocumentRoot"),
    id("ScriptAlias"),
    id("WSGIScriptAlias"),
    id("ProxyPass"),
    id("ProxyPassMatch"),
    id("SetHandler"),
];
const REDIRECTS: [Id; 3] = [id("Redirect"), id("RedirectPermanent"), id("RedirectMatch")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.servers.len() < 2 {
        return;
    }
    let main = policy.at(policy.servers[0].defaults);
    let rules = rewrites(main);
    let Some(rule) = rules.iter().find(|rule| rule.sets_authorization()) else { return };
    if is_passed(&policy.site) {
        return;
    }
    let handed_down = has_option(main, &[b"InheritDown", b"InheritDownBefore"]);
    // a rule of a folder holds in every virtual host
    let in_folder = |place: Place<'_, '_>| {
        place.kind() != Kind::Server && rewrites(place).iter().any(Rewrite::sets_authorization)
    };
    if policy.places().any(in_folder) {
        return;
    }
    let hosts: Vec<Place<'_, '_>> = policy.servers[1..]
        .iter()
        .map(|server| policy.at(server.defaults))
        .filter(|host| host.all(&SERVING).next().is_some() && !is_redirect(*host))
        .collect();
    let lacking: Vec<&Place<'_, '_>> = hosts
        .iter()
        .filter(|host| {
            // a virtual host without any directive of mod_rewrite has no part in it, whatever is handed down
            let takes = handed_down || has_option(**host, &[b"Inherit", b"InheritBefore"]);
            let is_on = host.section().all(const { &[ENGINE, OPTIONS] }).next().is_some();
            !(takes && is_on)
                && host.section().open.is_none()
                && !rewrites(**host).iter().any(Rewrite::sets_authorization)
        })
        .collect();
    if lacking.is_empty() {
        return;
    }
    let message = if let [only] = &*lacking {
        format!(
            "`{}` does not take over the rules of the main server: programs in it do not get the Authorization header",
            only.title()
        )
    } else {
        format!(
            "{} virtual hosts do not take over the rules of the main server: programs in them do not get the Authorization header",
            lacking.len()
        )
    };
    let mut finding = RULE
        .at(rule.directive.location())
        .message(message)
        .help("write the rule and `RewriteEngine On` in the virtual host, or `SetEnvIf Authorization \"(.+)\" HTTP_AUTHORIZATION=$1` here, which holds in all of them");
    if lacking.len() < hosts.len() {
        finding = finding.severity(Severity::Warning);
    }
    for host in lacking.into_iter().take(3) {
        if let Some(at) = host.location() {
            finding = finding.related(at, "has no rule of its own");
        }
    }
    findings.push(given(finding, rule.directive));
}

/// Whether a host sends everything elsewhere.
fn is_redirect(host: Place<'_, '_>) -> bool {
    let is_all = |word: &[u8]| matches!(word, b"/" | b"^" | b".*" | b"^/" | b"^/(.*)$" | b"^(.*)$");
    let redirected = host
        .all(&REDIRECTS)
        .any(|own| own.directive.args().any(|word| word.known().is_some_and(|word| is_all(&word))));
    redirected || rewrites(host).iter().any(|rule| rule.status().is_some() && rule.fits_all())
}
