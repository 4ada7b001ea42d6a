//! `lint401 logs`: who is blamed for what, what never shows, and input that is none.

use assert_cmd::Command;
use flate2::Compression;
use flate2::write::GzEncoder;
use lint401::syntax::logs::{Format, is_error_line, read_error};
use proptest::prelude::*;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

const CONF: &str = r#"events {}
http {
    log_format json escape=json '{"ip":"$remote_addr","user":"$remote_user","m":"$request_method","uri":"$request_uri","status":"$status","host":"$host"}';
    server {
        listen 8401;
        server_name shop.example;
        access_log logs/shop.log json;
        location /api/ {
            auth_basic Staff;
            auth_basic_user_file /srv/htpasswd;
            proxy_pass http://127.0.0.1:9000;
        }
        location /app/ { proxy_pass http://127.0.0.1:9000; }
        location /secret/ { deny all; }
        location /sso/ {
            auth_request /check;
            proxy_pass http://127.0.0.1:9000;
        }
        location = /check { internal; proxy_pass http://sso.example; }
    }
    server {
        listen 8401;
        server_name blog.example;
        access_log logs/blog.log;
        location / { deny all; }
    }
}
"#;

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("nginx.conf"), CONF).expect("a file");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    command.env_clear().env("COLUMNS", "200").current_dir(folder).arg("logs").args(args);
    command
}

/// Standard output, standard error and the exit status.
fn finish(mut command: Command) -> (String, String, i32) {
    let output = command.output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr), output.status.code().expect("a status"))
}

fn run(folder: &Path, args: &[&str]) -> (String, String, i32) {
    finish(command(folder, args))
}

fn report(folder: &Path, args: &[&str]) -> Value {
    let (out, err, _) = run(folder, &[args, &["--output-format", "json"]].concat());
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"))
}

/// `(status, count, the first line blamed, why)` of each group.
fn told(groups: &Value) -> Vec<(u64, u64, Option<u64>, String)> {
    let groups = groups.as_array().expect("groups");
    let one = |group: &Value| {
        (
            group["status"].as_u64().expect("a status"),
            group["count"].as_u64().expect("a count"),
            group["locations"][0]["start"]["line"].as_u64(),
            group["why"].as_str().expect("a word").to_owned(),
        )
    };
    groups.iter().map(one).collect()
}

fn combined(user: &str, request: &str, status: u16, client: u32) -> String {
    format!(
        "10.0.{client}.7 - {user} [25/Nov/2026:10:00:00 +0000] \"{request}\" {status} 179 \"https://a/?t=r3ferer\" \"curl\"\n"
    )
}

#[test]
fn refusals_are_due_to_their_directives() {
    let mut log = String::new();
    for client in 0..3 {
        log += &combined("-", "OPTIONS /api/orders HTTP/1.1", 401, client);
        log += &combined("-", "GET /api/orders?token=t0psecret HTTP/1.1", 401, client);
        log += &combined("-", "GET /app/login HTTP/1.1", 401, client);
        log += &combined("-", "GET /app/ HTTP/1.1", 200, client);
    }
    log += &combined("pa55word", "GET /api/users HTTP/1.1", 401, 9);
    log += &combined("-", "GET /secret/x HTTP/1.1", 403, 1);
    log += &combined("-", "GET /sso/ HTTP/1.1", 401, 1);
    let here = folder(&[("shop.log", log.as_bytes())]);
    let report = report(here.path(), &["shop.log"]);
    let word = |why: &str| why.to_owned();
    assert_eq!(
        told(&report["attributed"]),
        [
            (401, 3, Some(9), word("directive")),
            (401, 3, Some(9), word("directive")),
            // the password file is not here
            (401, 1, Some(10), word("elsewhere")),
            (403, 1, Some(14), word("directive")),
            (401, 1, Some(19), word("elsewhere")),
        ]
    );
    assert_eq!(told(&report["unexplained"]), [(401, 3, Some(13), word("passed"))]);
    let group = &report["attributed"][0];
    assert_eq!((&group["clients"], &group["path"]), (&3.into(), &"/api/orders".into()));
    assert_eq!(group["top_clients"][0]["name"], "10.0.x.x");
    let (text, err, status) = run(here.path(), &["shop.log", "--clients"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(
        text.contains(
            "3 × 401 on /api/orders from 3 clients: no user sent; OPTIONS preflight under"
        ),
        "{text}"
    );
    assert!(text.contains("nginx.conf:9") && text.contains("10.0.0.7 (1)"), "{text}");
    assert!(
        text.contains("it passes to its handler (proxy), which answered, nginx.conf:13"),
        "{text}"
    );
    let (masked, ..) = run(here.path(), &["shop.log"]);
    assert!(
        masked.contains("`deny all` keeps the client out") && !masked.contains("10.0.1.7"),
        "{masked}"
    );
    assert!(!masked.contains("nobody"), "{masked}");
    for secret in ["t0psecret", "r3ferer", "pa55word"] {
        assert!(!text.contains(secret) && !report.to_string().contains(secret), "{text}");
    }
}

#[test]
fn formats_hosts_and_files_of_the_configuration_are_known() {
    let json = "{\"ip\":\"::1\",\"user\":\"\",\"m\":\"GET\",\"uri\":\"/api/\",\"status\":\"401\",\"host\":\"shop.example\"}\n";
    let blog = combined("-", "GET /api/ HTTP/1.1", 403, 1);
    let vhost = format!("shop.example:8401 {}", combined("-", "GET /secret/ HTTP/1.1", 403, 1));
    let own = "403|shop.example|/secret/\n";
    let here = folder(&[
        ("any.log", json.as_bytes()),
        ("blog.log.1", blog.as_bytes()),
        ("vhost.log", vhost.as_bytes()),
        ("own.log", own.as_bytes()),
    ]);
    for (args, line) in [
        (&["any.log"][..], 9),
        // the name of the log says which server wrote it
        (&["blog.log.1"], 25),
        (&["vhost.log"], 14),
        (&["own.log", "--log-format", "$status|$host|$request_uri"], 14),
    ] {
        let report = report(here.path(), args);
        assert_eq!(
            report["attributed"][0]["locations"][0]["start"]["line"], line,
            "{args:?} {report:#}"
        );
        assert_eq!(report["attributed"].as_array().map(Vec::len), Some(1), "{report:#}");
    }
    // neither name nor host: it may have been either
    fs::rename(here.path().join("blog.log.1"), here.path().join("x")).expect("a file");
    fs::write(here.path().join("x"), combined("-", "GET /secret/ HTTP/1.1", 403, 1))
        .expect("a file");
    let report = report(here.path(), &["x"]);
    assert_eq!(report["attributed"][0]["why"], "one-of", "{report:#}");
}

#[test]
fn error_logs_say_why() {
    let access = combined("bob", "GET /api/ HTTP/1.1", 401, 1)
        + &combined("-", "GET /secret/ HTTP/1.1", 403, 1);
    let head = "2026/11/25 10:00:00 [error] 7#7: *1 ";
    let tail = |path: &str| {
        format!(
            ", client: 10.0.1.7, server: shop.example, request: \"GET {path}?token=t0psecret HTTP/1.1\", host: \"shop.example:8401\"\n"
        )
    };
    let errors = format!(
        "{head}user \"bob\" was not found in \"/srv/htpasswd\"{}{head}access forbidden by rule{}{head}access forbidden by rule{}{head}open() failed{}",
        tail("/api/"),
        tail("/secret/"),
        tail("/secret/other"),
        tail("/api/"),
    );
    let here = folder(&[("shop.log", access.as_bytes()), ("error.log", errors.as_bytes())]);
    let report = report(here.path(), &["shop.log", "error.log"]);
    let reasons: Vec<(u64, &str)> = report["attributed"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|group| {
            let reason = group["error_log"][0]["reason"].as_str().unwrap_or_default();
            (group["error_log"][0]["count"].as_u64().unwrap_or_default(), reason)
        })
        .collect();
    assert_eq!(reasons, [(2, "client denied"), (1, "user not found")], "{report:#}");
    assert!(!report.to_string().contains("t0psecret") && !report.to_string().contains("bob"));
    // an error log alone tells of what it names
    let (text, _, status) = run(here.path(), &["error.log"]);
    assert_eq!(status, 0);
    assert!(
        text.contains("401 on /api/") && text.contains("error log: user not found (1)"),
        "{text}"
    );
}

#[test]
fn packed_cut_off_and_binary_logs() {
    let line = combined("-", "GET /secret/ HTTP/1.1", 403, 1);
    let pack = |text: &str| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text.as_bytes()).expect("memory");
        packed.finish().expect("memory")
    };
    // several members, as `cat a.gz b.gz` makes them
    let packed = [pack(&line), pack(&line)].concat();
    let mut many = String::new();
    for number in 0..20_000 {
        let _ = write!(
            many,
            "{}",
            combined("-", &format!("GET /secret/{number} HTTP/1.1"), 403, number % 200)
        );
    }
    let cut = pack(&many);
    let long = [b"x".repeat(3 << 20), b"\n".to_vec(), line.into_bytes()].concat();
    let binary: Vec<u8> = (0..100_000_u32).map(|number| (number * 37 % 251) as u8).collect();
    let here = folder(&[
        ("two.gz", &packed),
        ("cut.gz", &cut[..cut.len() / 2]),
        ("long.log", &long),
        ("binary", &binary),
        ("empty.log", b""),
    ]);
    let count = |args: &[&str]| {
        let (out, err, status) = run(here.path(), &[args, &["--output-format", "json"]].concat());
        let report: Value = serde_json::from_str(&out).expect("a report");
        let counts = report["attributed"].as_array().expect("groups").iter();
        (counts.filter_map(|group| group["count"].as_u64()).sum::<u64>(), err, status)
    };
    assert_eq!(count(&["two.gz"]), (2, String::new(), 0));
    assert_eq!(count(&["empty.log"]), (0, String::new(), 0));
    let (lines, err, status) = count(&["cut.gz", "two.gz"]);
    assert!(
        lines > 1000 && status == 2 && err.contains("cut.gz: is cut off after"),
        "{lines} {err}"
    );
    let (lines, err, status) = count(&["binary", "gone.log", ".", "two.gz"]);
    assert_eq!((lines, status), (2, 2), "{err}");
    assert!(err.contains("binary: no line is one of an access or error log"), "{err}");
    assert!(err.contains("gone.log: ") && err.contains(".: is a folder"), "{err}");
    let (lines, err, status) = count(&["long.log"]);
    assert_eq!((lines, status), (1, 0), "{err}");
    let (text, ..) = run(here.path(), &["long.log"]);
    assert!(text.contains("1 line too long to be read"), "{text}");
    let mut piped = command(here.path(), &["-"]);
    piped.write_stdin(packed);
    let (text, _, status) = finish(piped);
    assert!(status == 0 && text.contains("2 × 403 on /secret/"), "{text}");
}

#[test]
fn what_is_asked_must_make_sense() {
    let here = folder(&[("a.log", b"")]);
    for (args, words) in [
        (&[][..], "<FILE>"),
        (&["-", "-"], "standard input can be read once"),
        (&["a.log", "--log-format", "$remote_addr"], "has no status or no request"),
        (&["a.log", "--config-file", "gone.conf"], "gone.conf"),
        (&["/dev/zero"], "is a device"),
    ] {
        let (_, err, status) = run(here.path(), args);
        assert_eq!(status, 2, "{args:?}");
        assert!(err.contains(words), "{args:?}: {err}");
    }
}

#[test]
fn what_is_hostile_stays_harmless() {
    let log = combined("-", "GET /api/\u{1b}[31m\u{202e}\\x1b[0m HTTP/1.1", 401, 1)
        + &combined(
            "-",
            "GET /api/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLWhlcmU HTTP/1.1",
            401,
            1,
        );
    let here = folder(&[("shop.log", log.as_bytes())]);
    for format in ["full", "json"] {
        let (text, _, status) = run(here.path(), &["shop.log", "--output-format", format]);
        assert_eq!(status, 0);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
        assert!(!text.contains("eyJhbGci"), "{text}");
    }
}

#[test]
fn the_report_keeps_to_its_schema() {
    let log =
        combined("-", "GET /api/ HTTP/1.1", 401, 1) + &combined("-", "GET /app/ HTTP/1.1", 401, 1);
    let here = folder(&[("shop.log", log.as_bytes())]);
    let report = report(here.path(), &["shop.log"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    let schema = command.args(["schema", "logs"]).output().expect("it runs").stdout;
    let schema: Value = serde_json::from_slice(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a JSON Schema");
    let errors: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// As nginx writes what a client sent: `ngx_http_log_escape`.
fn escaped(text: &[u8]) -> String {
    text.iter().fold(String::new(), |mut out, &byte| {
        match byte {
            b'"' | b'\\' | 0..=0x1f | 0x7f.. => {
                let _ = write!(out, "\\x{byte:02X}");
            }
            _ => out.push(char::from(byte)),
        }
        out
    })
}

proptest! {
    #[test]
    fn what_was_asked_is_read_as_it_was(path in prop::collection::vec(any::<u8>(), 0..60), user in "[a-z\"\\\\ -]{0,9}") {
        // a target has neither blanks nor what ends it
        let path: Vec<u8> = path.into_iter().filter(|byte| !matches!(byte, b' ' | b'#' | b'\n')).collect();
        let target = [b"/", &path[..]].concat();
        let (line, user) = (escaped(&target), escaped(user.as_bytes()));
        let line = format!("::1 - {user} [25/Nov/2026:10:00:00 +0000] \"GET {line} HTTP/1.1\" 401 1 \"-\" \"-\"");
        let entry = Format::usual()[0].read(line.as_bytes()).expect("a line");
        prop_assert_eq!((entry.status, entry.method), (401, &b"GET"[..]));
        prop_assert_eq!(&*entry.target, &target[..]);
    }

    #[test]
    fn no_line_and_no_format_is_too_odd(
        format in "([$%{}>!,\\\\\"a-zA-Z0-9 ]|status|request|%>s|%r|\\$uri){0,12}",
        line in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        for format in [Format::nginx("x", format.as_bytes()), Format::httpd("x", format.as_bytes())] {
            let _ = (format.read(&line), format.is_telling(), format.before_status());
        }
        let _ = (is_error_line(&line), read_error(&line));
        let behind = [b"2026/11/25 10:00:00 [error] 1#1: *1 access forbidden by rule, client: ", &line[..]].concat();
        let _ = read_error(&behind);
        let behind = [b"[Wed Nov 25 10:00:00 2026] [x] [client ", &line[..], b"] AH01617: \"", &line[..]].concat();
        let _ = read_error(&behind);
    }
}
