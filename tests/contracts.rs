//! Contracts of lint401.toml: who hears of them, when, and what never shows; and how they are proposed.

#[path = "support/program.rs"]
mod program;

use assert_cmd::Command;
use program::{Run, folder};
use serde_json::Value;
use std::fs;
use std::path::Path;

const MAIN: &str = "events {}\nhttp {\n    server {\n        listen 8401;\n        server_name shop.example;\n        include snippets/*.conf;\n    }\n}\n";
const STAFF: &str = "location /admin/ {\n    auth_basic Staff;\n    auth_basic_user_file /srv/htpasswd;\n    proxy_pass http://127.0.0.1:9000;\n}\n";
const OPEN: &str = "location / {\n    proxy_pass http://127.0.0.1:9000;\n}\n";
const CONTRACTS: &str = "[[expect]]\nrequest = \"GET http://shop.example:8401/admin/?token=t0psecret\"\nuser = \"alice:pa55word\"\nanswer = \"not 401\"\n\n[[expect]]\nrequest = \"GET http://shop.example:8401/open/\"\nanswer = 401\n";

fn shop(contracts: &str) -> tempfile::TempDir {
    folder(&[
        ("nginx.conf", MAIN),
        ("snippets/admin.conf", STAFF),
        ("snippets/open.conf", OPEN),
        ("lint401.toml", contracts),
    ])
}

/// Standard output, standard error and the exit status.
fn run(folder: &Path, args: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    let Run { out, err, status } = program::run(command.env_clear().current_dir(folder).args(args));
    (out, err, status)
}

fn findings(folder: &Path, args: &[&str]) -> Vec<Value> {
    let (out, err, _) = run(folder, &[args, &["--output-format", "json"]].concat());
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    report["findings"].as_array().expect("findings").clone()
}

fn contracts(folder: &Path, args: &[&str]) -> Vec<Value> {
    let mut list = findings(folder, args);
    list.retain(|one| one["rule"].as_str().is_some_and(|rule| rule.ends_with("-contract")));
    list
}

#[test]
fn a_broken_contract_lies_at_the_directive_with_the_contract_beside_it() {
    let here = shop(CONTRACTS);
    let found = contracts(here.path(), &[]);
    let [open] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(open["rule"], "lint401/broken-contract");
    assert_eq!((&open["severity"], &open["effect"]), (&"error".into(), &"not-enforced".into()));
    assert_eq!(open["location"]["path"], "snippets/open.conf");
    assert_eq!(open["evidence"]["request"]["url"], "http://shop.example:8401/open/");
    assert_eq!(open["evidence"]["answer"], "passed");
    let places: Vec<(&str, u64)> = open["related"]
        .as_array()
        .expect("places")
        .iter()
        .map(|place| {
            (
                place["path"].as_str().expect("a path"),
                place["start"]["line"].as_u64().expect("a line"),
            )
        })
        .collect();
    assert!(
        places.contains(&("lint401.toml", 7)) && places.contains(&("nginx.conf", 4)),
        "{places:?}"
    );
}

#[test]
fn every_check_sees_every_contract() {
    let here = shop(CONTRACTS);
    // a hook that names one file, which the story does not even touch
    for args in [&["snippets/admin.conf"][..], &["snippets/open.conf"], &["nginx.conf"]] {
        let found = contracts(here.path(), args);
        assert_eq!(found.len(), 1, "{args:?}: {found:#?}");
    }
    let below = here.path().join("snippets");
    let found = contracts(&below, &["open.conf"]);
    let [one] = &found[..] else { panic!("{found:#?}") };
    let related = one["related"].as_array().expect("places");
    assert!(related.iter().any(|place| place["path"] == "../lint401.toml"), "{related:#?}");
    assert_eq!(contracts(here.path(), &["--ignore", "lint401/*"]).len(), 0);
    assert_eq!(contracts(here.path(), &["--select", "lint401/broken-contract"]).len(), 1);
    assert_eq!(contracts(here.path(), &["--no-config"]).len(), 0);
}

#[test]
fn comments_levels_and_baselines_hold_for_contracts() {
    let here = shop(CONTRACTS);
    let commented = format!("# lint401: ignore[lint401/broken-contract] on purpose\n{OPEN}");
    fs::write(here.path().join("snippets/open.conf"), commented).expect("a file");
    assert_eq!(contracts(here.path(), &[]).len(), 0);
    let here = shop(&format!("{CONTRACTS}[rules]\n\"lint401/broken-contract\" = \"warning\"\n"));
    assert_eq!(contracts(here.path(), &[])[0]["severity"], "warning");
    let known = ["--baseline", "known.json"];
    run(here.path(), &[&known[..], &["--write-baseline"]].concat());
    assert_eq!(contracts(here.path(), &known).len(), 0);
}

#[test]
fn no_format_shows_the_password_of_a_contract() {
    // one that is broken, so that the secrets are near
    let contracts = CONTRACTS.replacen("\"not 401\"", "401", 1);
    let here = shop(&contracts);
    for format in [
        "full",
        "concise",
        "json",
        "json-lines",
        "markdown",
        "sarif",
        "github",
        "gitlab",
        "junit",
        "checkstyle",
        "rdjson",
    ] {
        let (out, err, _) = run(here.path(), &["--severity", "info", "--output-format", format]);
        assert!(out.contains("-contract"), "{format}: {out}{err}");
        for secret in ["pa55word", "t0psecret"] {
            assert!(!out.contains(secret) && !err.contains(secret), "{format}: {out}{err}");
        }
    }
}

#[test]
fn what_is_not_known_is_undecided_and_no_error() {
    let unknown = "[[expect]]\nrequest = \"GET http://shop.example:9999/\"\nanswer = 401\n\n[[expect]]\nrequest = \"GET http://shop.example:8401/open/\"\nanswer = 200\n";
    let here = shop(unknown);
    assert_eq!(contracts(here.path(), &[]).len(), 0);
    let found = contracts(here.path(), &["--severity", "info"]);
    let said: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|one| {
            let text =
                |value: &'_ Value| -> String { value.as_str().unwrap_or_default().to_owned() };
            let message: &'static str = Box::leak(text(&one["message"]).into_boxed_str());
            (one["rule"].as_str().expect("a rule"), one["severity"].as_str().expect("one"), message)
        })
        .collect();
    let [(rule, severity, first), (_, _, second)] = said[..] else { panic!("{said:#?}") };
    assert_eq!((rule, severity), ("lint401/undecided-contract", "info"));
    assert!(first.contains("nothing that was read listens on port 9999"), "{first}");
    assert!(second.contains("passes to its handler (proxy)"), "{second}");
}

#[test]
fn a_fix_that_breaks_a_contract_is_not_applied() {
    // `Off` is a realm: the fix opens what the contract keeps closed
    let staff = STAFF.replace("auth_basic Staff", "auth_basic Off");
    let closed =
        "[[expect]]\nrequest = \"GET http://shop.example:8401/admin/\"\nanswer = [401, 403]\n";
    let here =
        folder(&[("nginx.conf", MAIN), ("snippets/admin.conf", &staff), ("lint401.toml", closed)]);
    let (_, err, _) = run(here.path(), &["check", "--fix", "--unsafe-fixes", "nginx.conf"]);
    assert!(err.contains("would break a contract of lint401.toml"), "{err}");
    assert_eq!(fs::read_to_string(here.path().join("snippets/admin.conf")).expect("a file"), staff);
}

#[test]
fn proposals_hold_and_are_made_once() {
    let here = shop("");
    let (out, err, status) = run(here.path(), &["expect"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(
        out.contains("request = \"GET http://shop.example:8401/admin/\"\nanswer = 401\n"),
        "{out}"
    );
    assert!(
        out.contains("request = \"GET http://shop.example:8401/\"\nanswer = \"passed\"\n"),
        "{out}"
    );
    assert!(out.contains("# auth_basic asks for a user"), "{out}");
    // nothing was written
    assert_eq!(fs::read_to_string(here.path().join("lint401.toml")).expect("a file"), "");

    for before in [
        "",
        "server = \"nginx\" # ours",
        "# a\r\n[rules]\r\n",
        "[[expect]]\nrequest = \"http://shop.example:8401/admin/\"\nanswer = 401\n",
    ] {
        let file = here.path().join("lint401.toml");
        fs::write(&file, before).expect("a file");
        let (out, err, status) = run(here.path(), &["expect", "--write"]);
        assert_eq!((status, out.as_str()), (0, ""), "{err}");
        let after = fs::read_to_string(&file).expect("a file");
        assert!(after.starts_with(before) && after.len() > before.len(), "{after}");
        let lines = after.matches('\n').count();
        assert!(!before.contains('\r') || after.matches("\r\n").count() == lines, "{after:?}");
        assert_eq!(contracts(here.path(), &["--severity", "info"]).len(), 0);
        let (_, err, status) = run(here.path(), &["expect", "--write"]);
        assert_eq!((status, err.as_str()), (0, "lint401.toml: nothing to add\n"));
        assert_eq!(fs::read_to_string(&file).expect("a file"), after);
    }
}

#[test]
fn a_settings_file_that_takes_no_tables_is_left_alone() {
    let inline = "expect = [{ request = \"http://shop.example:8401/x\", answer = \"passed\" }]\n";
    let here = shop(inline);
    let (_, err, status) = run(here.path(), &["expect", "--write"]);
    assert_eq!(status, 2);
    assert!(err.contains("contracts cannot be appended, nothing is written"), "{err}");
    assert_eq!(fs::read_to_string(here.path().join("lint401.toml")).expect("a file"), inline);
    let (_, err, status) = run(here.path(), &["expect", "--write", "--no-config"]);
    assert_eq!(status, 2, "{err}");
}

#[test]
fn htaccess_files_alone_answer_for_their_folder() {
    let login = "AuthType Basic\nAuthName Staff\nAuthUserFile /srv/htpasswd\nRequire valid-user\n";
    let expect = |path: &str, answer: &str| {
        format!("[[expect]]\nrequest = \"GET https://shop.example{path}\"\nanswer = {answer}\n\n")
    };
    let kept = expect("/admin/", "401") + &expect("/", "\"passed\"");
    let here = folder(&[
        ("index.html", "x"),
        ("admin/index.html", "x"),
        ("admin/.htaccess", login),
        ("lint401.toml", &kept),
    ]);
    assert_eq!(contracts(here.path(), &["--severity", "info"]).len(), 0);
    fs::write(here.path().join("lint401.toml"), expect("/admin/", "\"not 401\"")).expect("a file");
    let found = contracts(here.path(), &[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(
        (&found[0]["rule"], &found[0]["location"]["path"]),
        (&"lint401/broken-contract".into(), &"admin/.htaccess".into())
    );
    let (out, err, status) = run(here.path(), &["expect", "--no-config"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.contains("/admin/\"\nanswer = 401\n"), "{out}");
}

#[test]
fn what_the_settings_call_public_is_proposed() {
    let here = shop("[endpoints]\npublic = [\"/hooks/\"]\n");
    let (out, err, status) = run(here.path(), &["expect"]);
    assert_eq!((status, err.as_str()), (0, ""));
    let hook = out.find("shop.example:8401/hooks/").expect("a contract about the path");
    assert!(out[hook..].contains("answer = \"not 401\"\n"), "{out}");
}

#[test]
fn each_server_of_a_repository_has_its_own_files() {
    let site = |name: &str| {
        format!(
            "events {{}}\nhttp {{ server {{ listen 80; server_name {name}.example; root /srv/www;\n\
             location / {{ try_files $uri =404; }} }} }}\n"
        )
    };
    let expect = |name: &str, answer: u16| {
        format!("[[expect]]\nrequest = \"GET http://{name}.example/page\"\nanswer = {answer}\n\n")
    };
    let named = |name: &str| format!("[[site]]\npath = \"{name}/web.conf\"\nroot = \"{name}\"\n\n");
    let here = folder(&[
        ("one/web.conf", &site("one")),
        ("one/srv/www/page", "x"),
        ("two/web.conf", &site("two")),
        ("two/srv/www/other", "x"),
        (
            "lint401.toml",
            &(named("one") + &named("two") + &expect("one", 200) + &expect("two", 404)),
        ),
    ]);
    let found = contracts(here.path(), &["--severity", "info"]);
    assert_eq!(found.len(), 0, "{found:#?}");
}
