//! What the rules say where nothing names the file, where several directives do, and on templates: questions that no
//! fixture can ask.

use super::RULES;
use crate::config::Project;
use crate::config::credentials::{NamedBy, PasswordFile};
use crate::config::target::Libc;
use crate::diagnostic::{Findings, Severity};
use crate::rules::Check;
use crate::source::{Location, SourceFile, Span, Template};
use crate::syntax::Language;
use crate::syntax::credentials::Kind;
use std::path::Path;

const HASH: &str = "$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0";

/// A password file, and the directives that name it.
struct Setup {
    text: String,
    kind: Kind,
    named_by: Vec<(Language, Kind, &'static str)>,
    libc: Option<Libc>,
    server: Option<Language>,
}

impl Setup {
    fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            kind: Kind::Htpasswd,
            named_by: Vec::new(),
            libc: None,
            server: None,
        }
    }

    fn named_by(mut self, server: Language, kind: Kind, argument: &'static str) -> Self {
        self.named_by.push((server, kind, argument));
        self
    }

    /// The findings, as `severity name: message`, without the notes on weak hashes.
    fn say(self) -> Vec<String> {
        let mut project = Project::default();
        project.target.libc = self.libc;
        let bytes = self.text.into_bytes();
        let template = Template::detect(Path::new("htpasswd"), &bytes);
        let source = SourceFile::new("htpasswd", "htpasswd", bytes).with_template(template);
        let file = project.sources.push(source);
        project.add_credentials(file, self.kind, None);
        project.credentials[0].server = self.server;
        for (server, kind, argument) in self.named_by {
            let source = SourceFile::new(argument, "conf", argument.into());
            let conf = project.sources.push(source);
            let at = Location::new(conf, Span::new(0, argument.len() as u32));
            project.add_credentials(file, kind, Some(NamedBy { server, kind, at }));
        }
        let mut findings = Findings::default();
        let data = &project.credentials[0];
        for rule in RULES {
            let Check::Credentials(check) = rule.check else { panic!("{}", rule.name) };
            check(&PasswordFile { project: &project, data }, &mut findings);
        }
        let list = findings.into_vec();
        let told = list.iter().filter(|finding| finding.rule != "credentials/weak-hash");
        told.map(|finding| {
            assert!(finding.severity != Severity::Warning || !finding.message.ends_with('.'));
            let (severity, message) = (finding.severity.name(), &finding.message);
            format!("{severity} {}: {message}", finding.rule.trim_start_matches("credentials/"))
        })
        .collect()
    }
}

#[track_caller]
fn says(setup: Setup, expected: &[&str]) {
    let said = setup.say();
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected), "{said} should start with {expected}");
    }
}

#[test]
fn where_nothing_names_the_file_what_depends_on_the_server_is_milder() {
    says(
        Setup::new(format!(" alice:{HASH}\nbob:{HASH} \n")),
        &[
            "warning htpasswd-stray-whitespace: alice cannot log in: nginx",
            "warning htpasswd-stray-whitespace: bob cannot log in",
        ],
    );
    says(Setup::new("alice:{PLAIN}x\n"), &["info htpasswd-hash-not-portable"]);
    says(
        Setup::new("alice:secret\n"),
        &["error htpasswd-unknown-hash: alice cannot log in: the server"],
    );
}

#[test]
fn the_flag_for_the_server_says_who_reads_a_file_that_nothing_names() {
    let file = |server| Setup { server: Some(server), ..Setup::new(format!(" alice:{HASH}\n")) };
    says(file(Language::Nginx), &["error htpasswd-stray-whitespace"]);
    says(file(Language::Apache), &[]);
}

#[test]
fn the_server_that_reads_the_file_decides() {
    let ssha = "alice:{SSHA}Ct2c3V6vZ/ZsZVx0eyB3WmlyAVRsaW50\n";
    let file = |server| Setup::new(ssha).named_by(server, Kind::Htpasswd, "htpasswd");
    says(file(Language::Nginx), &[]);
    says(file(Language::Apache), &["error htpasswd-unknown-hash"]);
    let both = file(Language::Nginx).named_by(Language::Apache, Kind::Htpasswd, "htpasswd");
    says(both, &["error htpasswd-unknown-hash"]);
}

#[test]
fn httpd_on_windows_compares_passwords_in_clear() {
    let file = |path| Setup::new("alice:secret\n").named_by(Language::Apache, Kind::Htpasswd, path);
    says(file("\"C:/xampp/apache/users\""), &[]);
    says(file("c:\\Apache24\\users"), &[]);
    says(file("/etc/apache2/users"), &["error htpasswd-unknown-hash"]);
}

#[test]
fn a_file_that_basic_and_digest_read_may_hold_both() {
    let text = format!("alice:{HASH}\nalice:staff:5de87b39f5ce360e4597cdea94773d6e\n");
    let file = Setup::new(text).named_by(Language::Apache, Kind::Htpasswd, "users").named_by(
        Language::Apache,
        Kind::Htdigest,
        "users",
    );
    says(file, &[]);
}

#[test]
fn nothing_in_a_template_is_double_or_missing() {
    says(
        Setup::new(format!(
            "{{% if a %}}\nalice:{HASH}\n{{% else %}}\nalice:{{PLAIN}}x\n{{% endif %}}\n"
        ))
        .named_by(Language::Nginx, Kind::Htpasswd, "htpasswd"),
        &[],
    );
    says(Setup::new("{{ user }}:{{ hash }}\n"), &[]);
    says(Setup::new("{% for user in users %}\n{% endfor %}\n"), &[]);
}

#[test]
fn the_c_library_is_asked_for() {
    let yescrypt =
        "alice:$y$j9T$LdJMENpBABJJ3hIHjB1Bi.$hLaZXcKh6m7JYeftf3YBX9tUkp4CF5Pqe06e1mb9bt8\n";
    let file = |libc| Setup {
        libc,
        ..Setup::new(yescrypt).named_by(Language::Nginx, Kind::Htpasswd, "x")
    };
    says(file(None), &["info htpasswd-hash-not-portable"]);
    says(file(Some(Libc::Glibc)), &[]);
    says(file(Some(Libc::Musl)), &["error htpasswd-hash-not-portable"]);
}

/// Every message, label, help and title, on every kind of mistake, searched for what must not be shown.
#[test]
fn no_text_holds_a_secret() {
    let secrets = ["s3cretpa55", "oLYYMK8tUx6otXKO4mJoL0", "5de87b39f5ce360e4597cdea94773d6e"];
    let lines = [
        "alice:s3cretpa55",
        "bob: s3cretpa55 s3cretpa55",
        "alice s3cretpa55",
        "s3cretpa55",
        "c:{PLAIN}s3cretpa55:s3cretpa55",
        "d:$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0 e:$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0",
        "f:{s3cretpa55}x",
        "alice:{SSHA}s3cretpa55",
        "g:staff:5de87b39f5ce360e4597cdea94773d6e",
        "h:5de87b39f5ce360e4597cdea94773d6e",
        "i:$$apr1$$lint401x$$oLYYMK8tUx6otXKO4mJoL0",
    ];
    for kind in [Kind::Htpasswd, Kind::Htdigest, Kind::Group] {
        let said = Setup { kind, ..Setup::new(lines.join("\n")) }.say().join("\n");
        for secret in secrets {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
    }
}
