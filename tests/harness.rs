//! The harness itself: what it must refuse, and what it must notice. A proof that cannot fail proves nothing.

mod support;

use std::fs;
use std::path::Path;
use support::case::{self, Case, Requirement, Side};
use support::compare::compare;
use support::lint::{self, Finding};
use support::tree::{self, Copy, PORTS};

/// A case with one mistake, which the rules find in line 8.
const CONFIGURATION: &str = "events {}\n\nhttp {\n    server {\n        listen 127.0.0.1:8401;\n
        location / {\n            allow office.example.com;\n        }\n    }\n}\n";

const FINDING: &str =
    "[[finding]]\nfile = 'nginx.conf'\nline = 8\nmarks = 'office.example.com'\nsays = 'is none'\n";

const HEAD: &str = "title = 'a host name'\nconfig-test = { bad = 'fails' }\n";

/// Writes a case of `nginx/acl-not-an-address` and reads it.
fn load(folder: &Path, toml: &str, bad: &str) -> Result<Case, String> {
    fs::create_dir_all(folder.join("bad")).expect("a folder");
    fs::write(folder.join("bad/nginx.conf"), bad).expect("a file");
    fs::write(folder.join("case.toml"), toml).expect("a file");
    case::load(folder, &["nginx", "acl-not-an-address", "case"].map(str::to_owned))
}

/// What the comparison says of a case.
fn verdict(toml: &str, bad: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let case = load(folder.path(), toml, bad)?;
    let copy = Copy::new(&case, Side::Bad, &PORTS).expect("a copy");
    let found = lint::check(&case, &copy)?;
    compare(&case, &copy, &case.findings, &found)
}

#[test]
fn a_true_case_passes() {
    assert_eq!(verdict(&format!("{HEAD}{FINDING}"), CONFIGURATION), Ok(()));
}

#[test]
fn every_part_of_a_finding_counts() {
    for (right, wrong) in [
        ("line = 8", "line = 7"),
        ("marks = 'office.example.com'", "marks = 'allow office.example.com'"),
        ("says = 'is none'", "says = 'is one'"),
        ("file = 'nginx.conf'", "file = 'other.conf'"),
        ("says", "severity = 'info'\nsays"),
        ("says", "rule = 'nginx/acl-host-bits'\nsays"),
    ] {
        let toml = format!("{HEAD}{}", FINDING.replacen(right, wrong, 1));
        let said = verdict(&toml, CONFIGURATION).expect_err(wrong);
        assert!(said.contains("missing: ") && said.contains("not expected: "), "{wrong}: {said}");
    }
}

#[test]
fn a_finding_too_many_is_noticed() {
    let twice = CONFIGURATION.replace("        }\n", "            deny nobody;\n        }\n");
    let said = verdict(&format!("{HEAD}{FINDING}"), &twice).expect_err("one is not listed");
    assert!(
        said.starts_with("not expected: error nginx/acl-not-an-address at nginx.conf:9"),
        "{said}"
    );
    let said =
        verdict(&format!("{HEAD}{FINDING}{FINDING}"), CONFIGURATION).expect_err("one is missing");
    assert!(said.starts_with("missing: "), "{said}");
}

#[test]
fn a_case_that_proves_nothing_is_refused() {
    let request = "[[request]]\npath = '/'\n";
    for (toml, complaint) in [
        (format!("title = 'x'\n{FINDING}"), "no [[request]]"),
        (HEAD.to_owned(), "[[finding]] go together"),
        (format!("{HEAD}{request}bad = 401\n{FINDING}"), "goes with a bad/ that starts"),
        (format!("title = 'x'\n{request}good = 200\n{FINDING}"), "goes with a"),
        (
            format!("title = 'x'\n{request}bad = 401\nbad-body = '('\n{FINDING}"),
            "regex parse error",
        ),
        (format!("{HEAD}surprise = 1\n{FINDING}"), "unknown field"),
        (format!("{HEAD}modes = {{ htpasswd = '9' }}\n{FINDING}"), "not octal"),
        (format!("{HEAD}requires = ['nginx>1']\n{FINDING}"), "neither >= nor <"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let said = load(folder.path(), &toml, CONFIGURATION).map(|_| ()).expect_err(complaint);
        assert!(said.contains(complaint), "{said}");
    }
}

#[test]
fn requirements_are_versions_libraries_or_packages() {
    let version =
        |least| Requirement::Version { server: "nginx".into(), least, version: vec![1, 23] };
    assert_eq!(case::requirement("nginx>=1.23"), Ok(version(true)));
    assert_eq!(case::requirement("nginx<1.23"), Ok(version(false)));
    assert_eq!(case::requirement("libc=musl"), Ok(Requirement::Libc("musl".into())));
    let package = Requirement::Package("libapache2-mod-fcgid".into());
    assert_eq!(case::requirement("libapache2-mod-fcgid"), Ok(package));
}

#[test]
fn only_whole_words_are_replaced() {
    let texts = [("/srv/case", "/tmp/x"), ("8401", "20001")];
    let texts = texts.map(|(written, given)| (written.into(), given.into()));
    let replaced = tree::replace(b"listen 8401; 18401 84012 /srv/case/a /srv/cases", &texts);
    assert_eq!(replaced, b"listen 20001; 18401 84012 /tmp/x/a /srv/cases");
}

#[test]
fn fixes_are_applied_from_the_last_to_the_first_and_never_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = load(folder.path(), &format!("{HEAD}{FINDING}"), CONFIGURATION).expect("a case");
    let copy = Copy::new(&case, Side::Bad, &PORTS).expect("a copy");
    let finding = |safety: &str, edits: &[(usize, usize, &str)]| -> Finding {
        let place = |start: usize, end: usize| {
            format!(
                r#""path":"nginx.conf","start":{{"line":1,"offset":{start}}},"end":{{"line":1,"offset":{end}}}"#
            )
        };
        let edits: Vec<String> = edits
            .iter()
            .map(|(start, end, new)| {
                format!(r#"{{{},"replacement":"{new}"}}"#, place(*start, *end))
            })
            .collect();
        serde_json::from_str(&format!(
            r#"{{"rule":"a/b","severity":"error","message":"m","location":{{{}}},"fixes":[{{"safety":"{safety}","edits":[{}]}}]}}"#,
            place(0, 0),
            edits.join(",")
        ))
        .expect("a finding")
    };
    let read = || fs::read_to_string(copy.path().join("nginx.conf")).expect("a file");
    let by_hand = [finding("safe", &[(0, 0, "x")]), finding("manual", &[(0, 0, "y")])];
    assert_eq!(lint::apply_fixes(&by_hand, "a/b", &copy), Ok(false));
    assert_eq!(read(), CONFIGURATION);
    let two =
        [finding("safe", &[(0, 6, "stream"), (7, 9, "{ }")]), finding("safe", &[(7, 9, "{ }")])];
    assert_eq!(lint::apply_fixes(&two, "a/b", &copy), Ok(true));
    assert!(read().starts_with("stream { }\n"), "{}", read());
    let overlap = [finding("safe", &[(0, 6, "a")]), finding("safe", &[(3, 8, "b")])];
    assert!(lint::apply_fixes(&overlap, "a/b", &copy).is_err());
}
