//! FakeBasicAuth logs in under the subject of the certificate, written with slashes.

use super::reading::given;
use crate::config::credentials::PasswordFile;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;
use crate::syntax::credentials::Kind;

rule! {
    "apache/fakebasic-dn-format" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "no user of the password file is written as FakeBasicAuth writes the subject of a certificate",
    }
}

const OPTIONS: Id = id("SSLOptions");
const USER_FILE: Id = id("AuthUserFile");
const AUTH_TYPE: Id = id("AuthType");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.site.directives("SSLOptions").next().is_none() {
        return;
    }
    for place in policy.places() {
        if place.own(AUTH_TYPE).is_none_or(|own| !own.directive.says(b"basic")) {
            continue;
        }
        let Some(options) = place.effective(&[OPTIONS]).set() else { continue };
        let is_on = options.args().any(|word| {
            let text = word.decoded();
            text.strip_prefix(b"+").unwrap_or(&text).eq_ignore_ascii_case(b"FakeBasicAuth")
        });
        let Some(named) = place.effective(&[USER_FILE]).set().filter(|_| is_on) else { continue };
        let Some(file) = policy.reference(named).and_then(|found| found.file) else { continue };
        let all = &policy.site.project.credentials;
        let Some(data) =
            all.iter().find(|it| it.file == file && it.credentials.kind == Kind::Htpasswd)
        else {
            continue;
        };
        let file = PasswordFile { project: policy.site.project, data };
        // people with a password may stand beside people with a certificate
        let looks_like_one = |name: &[u8]| memchr::memmem::find(name, b"CN=").is_some();
        let mut written = false;
        let mut wrong = None;
        for user in file.users() {
            let name = file.bytes(user.name);
            written |= name.starts_with(b"/");
            if wrong.is_none() && looks_like_one(name) {
                wrong = Some(user);
            }
        }
        let Some(user) = wrong.filter(|_| !written && !file.is_template()) else { continue };
        let finding = RULE
            .at(named.location())
            .message(format!(
                "FakeBasicAuth logs in as `/C=…/O=…/CN=…`, and `{}` of the password file is not written so: every certificate is answered 401",
                file.shown(user.name)
            ))
            .label("has no line with slashes")
            .related(file.at(user.name), "is meant for a certificate")
            .related(options.location(), "logs in under the subject of the certificate")
            .help("write what `openssl x509 -noout -subject -nameopt compat` prints, from the first slash on");
        findings.push(given(finding, named));
    }
}
