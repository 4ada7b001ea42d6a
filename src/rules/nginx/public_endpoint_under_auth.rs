//! Paths whose clients cannot log in, under a login that covers everything.

use super::evidence::evidence;
use crate::diagnostic::{Findings, Severity};
use crate::grammar::endpoints::{self, Endpoint, Purpose};
use crate::grammar::nginx::{Id, id};
use crate::policy::files::Files;
use crate::policy::nginx::{Kind, Matcher, Place, Policy};
use crate::rules::required::{Refused, is_declared};
use std::collections::HashSet;

rule! {
    "nginx/public-endpoint-under-auth" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "a path that is fetched without a login asks for one: challenges, health checks, web hooks",
    }
}

/// Directives with which a location asks for a login of its own.
const LOGINS: [Id; 4] =
    [id!("auth_basic"), id!("auth_request"), id!("auth_jwt"), id!("auth_basic_user_file")];

/// Where an authority looks for the proof that renews a certificate.
const CHALLENGE: &str = "/.well-known/acme-challenge/";

/// The paths that a finding about a whole server names: one of each kind of client.
const NAMED: [&str; 4] = [CHALLENGE, "/healthz", "/manifest.json", "/webhook"];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    declared(policy, findings);
    let mut told = HashSet::new();
    for place in policy.locations_and_servers() {
        if place.is_open() || place.satisfy_any().is_some() {
            continue;
        }
        match place.kind() {
            Kind::Server => server(place, &mut told, findings),
            _ => location(place, &mut told, findings),
        }
    }
}

/// What the settings say is public.
fn declared(policy: &Policy<'_>, findings: &mut Findings) {
    let public = &policy.site.project.public;
    let mut refused = Refused::default();
    for server in policy.servers.iter().filter(|_| !public.is_empty()) {
        let server = policy.place(*server);
        refused.ask(public, |path| {
            let request = server.request_for(path)?;
            let prediction = policy.predict(Files::none(policy.site.project), &request);
            Some((request, prediction))
        });
    }
    let help = |path: &str| {
        let location = if path.ends_with('/') { "location ^~" } else { "location =" };
        format!(
            "give it a location of its own, `{location} {path} {{ … }}`, with what answers it now, and switch off in it what asks for the login: `auth_basic off;` or `auth_request off;`; or take it out of [endpoints]"
        )
    };
    refused.tell(&RULE, help, findings);
}

/// A location of its own for such a path: it is in use.
fn location(place: Place<'_, '_>, told: &mut HashSet<u32>, findings: &mut Findings) {
    let path = place.policy.get(place.block).matcher.as_ref().and_then(Matcher::path);
    let (Some(login), Some(location)) = (place.login(), place.directive()) else { return };
    let is_status = place.handler().is_some_and(|handler| handler.is("stub_status"));
    let Some(endpoint) = path.and_then(endpoints::find).or_else(|| is_status.then(status)) else {
        return;
    };
    // a login that a person wrote here is meant; an internal location has no clients
    let is_meant = place.own_all(&LOGINS).next().is_some()
        || place.own(id!("internal")).is_some()
        || place.own_all(const { &[id!("return"), id!("deny")] }).next().is_some();
    if is_meant
        || is_declared(&place.policy.site.project.public, endpoint)
        || !told.insert(location.words_location().span.start)
    {
        return;
    }
    let is_used = !matches!(endpoint.purpose, Purpose::Browser | Purpose::Agent);
    let finding = RULE
        .at(location.words_location())
        .severity(if is_used { Severity::Warning } else { Severity::Info })
        .message(format!(
            "{} cannot log in, and this location inherits the login: they get 401",
            endpoint.who
        ))
        .related(login.words_location(), "is in effect here")
        .help(format!(
            "write `{} off;` in this location, and `allow` and `deny` where only some may ask",
            login.name()
        ));
    findings.push_with(finding, || {
        place.request().and_then(|request| evidence(place.policy, &request))
    });
}

/// A login on a whole server: one finding that names what is asked for without.
fn server(server: Place<'_, '_>, told: &mut HashSet<u32>, findings: &mut Findings) {
    let policy = server.policy;
    let Some(login) = server.login() else { return };
    // a snippet's login is told once, whichever servers include it
    if told.contains(&login.words_location().span.start) {
        return;
    }
    let covers = |path: &str| {
        // what has a location of its own is looked at there
        let endpoint = endpoints::all().iter().find(|endpoint| endpoint.path == path);
        endpoint.filter(|it| !is_declared(&policy.site.project.public, it)).is_some_and(
            |endpoint| {
                let to = policy.route(server.block, endpoint.sample().as_bytes());
                to.is_some_and(|to| to.login().is_some() && !has_own_location(to, endpoint))
            },
        )
    };
    let is_proved = server.is_challenged() && covers(CHALLENGE);
    if !is_proved && !NAMED.into_iter().any(covers) {
        return;
    }
    told.insert(login.words_location().span.start);
    let finding = RULE.at(login.words_location());
    if is_proved {
        findings.push(finding.severity(Severity::Warning).message(
            "this login covers /.well-known/acme-challenge/ as well: the authority that renews this server's certificate cannot log in",
        ).help(format!("add `location ^~ /.well-known/acme-challenge/ {{ {} off; }}`", login.name())));
        return;
    }
    findings.push_shown(finding, |finding| {
        let covered: Vec<&str> = NAMED.into_iter().filter(|path| covers(path)).collect();
        finding
            .message(format!(
                "this login covers everything, and so what is fetched by clients that cannot log in, where the server has it: {}",
                covered.join(", ")
            ))
            .help(format!("write a location with `{} off;` for each of them that is in use", login.name()))
    });
}

fn has_own_location(to: Place<'_, '_>, endpoint: &Endpoint) -> bool {
    let path = to.policy.get(to.block).matcher.as_ref().and_then(Matcher::path);
    path.and_then(endpoints::find).is_some_and(|found| found == endpoint)
}

/// What a location with `stub_status` is for, whatever its path.
fn status() -> &'static Endpoint {
    const STATUS: Endpoint =
        Endpoint { path: "/stub_status", who: "monitors", purpose: Purpose::Health };
    &STATUS
}
