//! Paths whose clients cannot log in, under a login that covers everything.

use super::evidence::{evidence, outcome};
use super::proxied::proxied;
use super::reading::{given, read};
use crate::config::apache::{Directive, Form, Value};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::apache::{Id, id};
use crate::grammar::endpoints::{self, Endpoint, Purpose};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Leaf, Place, Policy, ServerId};
use crate::policy::files::Files;
use crate::rules::required::{Refused, is_declared};
use std::collections::HashSet;

rule! {
    "apache/public-path-under-auth" {
        reads: ApachePolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "a path that is fetched without a login asks for one: challenges, health checks, web hooks",
    }
}

const ALIAS: Id = id("Alias");
const AUTH_TYPE: Id = id("AuthType");
const SET_HANDLER: Id = id("SetHandler");

/// Where an authority looks for the proof that renews a certificate.
const CHALLENGE: &str = "/.well-known/acme-challenge/";

/// The paths that a finding about a whole site names: one of each kind of client.
const NAMED: [&str; 4] = [CHALLENGE, "/healthz", "/manifest.json", "/webhook"];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    declared(policy, findings);
    let is_login = |place: &Place<'_, '_>| place.own_login().is_some();
    let logins: Vec<Place<'_, '_>> = policy.places().filter(is_login).collect();
    if logins.is_empty() {
        return;
    }
    let mut told = HashSet::new();
    for place in policy.places().filter(|place| place.kind() == Kind::Location) {
        if place.own_requirements().next().is_none() && place.own(AUTH_TYPE).is_none() {
            location(place, &mut told, findings);
        }
    }
    for one in proxied(policy).iter().filter(|one| !one.is_pattern) {
        let host = policy.at(policy.servers[one.server.index()].defaults);
        own_path(host, one.directive, &one.path, &mut told, findings);
    }
    for server in &policy.servers {
        let host = policy.at(server.defaults);
        for own in host.all(const { &[ALIAS] }) {
            let Some(path) = own.directive.arg(0).and_then(Value::known) else { continue };
            own_path(host, own.directive, &path, &mut told, findings);
        }
    }
    let mut servers = HashSet::new();
    for login in logins {
        whole(login, &told, &mut servers, findings);
    }
}

/// What the settings say is public.
fn declared(policy: &Policy<'_>, findings: &mut Findings) {
    let public = &policy.site.project.public;
    let mut refused = Refused::default();
    for server in policy.servers.iter().filter(|_| !public.is_empty()) {
        let server = policy.at(server.defaults);
        refused.ask(public, |path| {
            let request = server.request_for(path)?;
            let prediction = policy.predict(Files::none(policy.site.project), &request);
            Some((request, prediction))
        });
    }
    let help = |path: &str| {
        let path = match path.trim_end_matches('/') {
            "" => "/",
            path => path,
        };
        format!(
            "write `Require all granted` in a `<Location \"{path}\">`, or take it out of [endpoints]"
        )
    };
    refused.tell(&RULE, help, findings);
}

/// A `<Location>` of its own for such a path.
fn location(place: Place<'_, '_>, told: &mut HashSet<&'static str>, findings: &mut Findings) {
    let (Some(path), Some(section)) = (place.path(), place.section().directive) else { return };
    let handler = place.own(SET_HANDLER);
    // a page of the server's own for people is meant to be closed
    if handler.is_some_and(|own| own.directive.says(b"server-info")) {
        return;
    }
    own_path(place, section, &path, told, findings);
}

/// A path that the configuration itself names: it is in use.
fn own_path(
    place: Place<'_, '_>,
    directive: Directive<'_>,
    path: &[u8],
    told: &mut HashSet<&'static str>,
    findings: &mut Findings,
) {
    let is_declared = |it: &&Endpoint| is_declared(&place.policy.site.project.public, it);
    let Some(endpoint) = endpoints::find(path).filter(|it| !is_declared(it)) else { return };
    let inside = if path.ends_with(b"/") || endpoint.path.ends_with('/') {
        [super::sections::trimmed(path), b"/x"].concat()
    } else {
        path.to_vec()
    };
    let Some(request) = place.request_for(&inside) else { return };
    if outcome(place.policy, &request) != Some(Outcome::Answered(401)) {
        return;
    }
    let is_used = !matches!(endpoint.purpose, Purpose::Browser | Purpose::Agent);
    if !told.insert(endpoint.path) {
        return;
    }
    let shown = String::from_utf8_lossy(path).into_owned();
    let finding = RULE
        .at(directive.location())
        .severity(if is_used { Severity::Warning } else { Severity::Info })
        .message(format!("{} cannot log in, and {shown} is under a login: they get 401", endpoint.who))
        .help(format!(
            "write `Require all granted` in `<Location {}>`, behind the sections that ask for the login",
            String::from_utf8_lossy(super::sections::trimmed(path))
        ));
    findings.push_with(given(finding, directive), || evidence(place.policy, &request));
}

/// A login on a whole site: one finding that names what is asked for without.
fn whole(
    login: Place<'_, '_>,
    told: &HashSet<&'static str>,
    servers: &mut HashSet<ServerId>,
    findings: &mut Findings,
) {
    let policy = login.policy;
    // of a lone file, and of files beside more that is not here, too little is known
    if policy.site.data.form == Form::Fragment || !matches!(login.path().as_deref(), Some(b"/")) {
        return;
    }
    // whoever has an exception for one of them has thought of it
    let is_said = !policy.site.project.public.is_empty();
    if is_said || servers.contains(&login.server()) || !told.is_empty() {
        return;
    }
    let covered: Vec<(&'static Endpoint, &'static str)> = NAMED
        .into_iter()
        .filter_map(|path| Some((endpoints::all().iter().find(|one| one.path == path)?, path)))
        .filter(|(endpoint, _)| {
            let request = login.request_for(endpoint.sample().as_bytes());
            request.is_some_and(|it| outcome(policy, &it) == Some(Outcome::Answered(401)))
        })
        .collect();
    let requirement: Option<&Leaf<'_>> = login.own_login();
    let Some(requirement) = requirement.filter(|_| covered.len() == NAMED.len()) else { return };
    servers.insert(login.server());
    let at = requirement.directive.location();
    let finding = if let Some(certificate) = certificate(policy) {
        RULE.at(at)
            .severity(Severity::Warning)
            .message("this login covers /.well-known/acme-challenge/ as well: the authority that renews this server's certificate cannot log in")
            .related(certificate.location(), "is renewed that way")
            .help("add `<Location /.well-known/acme-challenge>` with `Require all granted`")
            .depends_on("whether the certificate is renewed by a file on this server, and not by DNS")
    } else {
        let names: Vec<&str> = covered.iter().map(|(_, path)| *path).collect();
        RULE.at(at)
            .message(format!(
                "this login covers everything, and so what is fetched by clients that cannot log in, where the site has it: {}",
                names.join(", ")
            ))
            .help("write a `<Location>` with `Require all granted` for each of them that is in use")
    };
    let finding = if policy.site.data.form == Form::Htaccess {
        finding.depends_on("whether this folder is the root of the site")
    } else {
        finding
    };
    findings.push(given(finding, requirement.directive));
}

/// A certificate that is renewed by a challenge, unless certbot answers it by sections of its own.
fn certificate<'p>(policy: &Policy<'p>) -> Option<Directive<'p>> {
    let is_plugin = ["Include", "IncludeOptional"].iter().any(|name| {
        read(&policy.site, name)
            .any(|it| it.arg(0).is_some_and(|word| word.lossy().contains("options-ssl-apache")))
    });
    if is_plugin {
        return None;
    }
    read(&policy.site, "SSLCertificateFile").find(|directive| {
        directive.arg(0).is_some_and(|word| word.lossy().contains("/letsencrypt/live/"))
    })
}
