//! A baseline or settings that are not what they claim to be: one line that names the file, exit status 2, nothing else.

#[path = "support/program.rs"]
mod program;

use assert_cmd::Command;
use program::{Run, folder};
use std::fs;
use std::path::Path;

const CONF: &str = "events {}\nhttp { server { listen 127.0.0.1:8401; location / { auth_basic Off; auth_basic_user_file users; } } }\n";

fn run(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    program::run(command.env_clear().current_dir(folder).args(args))
}

#[track_caller]
fn is_refused(run: &Run, file: &str, what: &str) {
    assert_eq!(run.status, 2, "{what}: {}{}", run.out, run.err);
    assert_eq!(run.out, "", "{what}");
    assert!(run.err.contains(file), "{what}: {}", run.err);
    assert!(!run.err.contains("panicked"), "{what}: {}", run.err);
}

#[test]
fn a_baseline_may_be_anything() {
    let deep = "[".repeat(100_000);
    let long = format!(
        r#"{{"schema":1,"findings":[{{"fingerprint":"{0}","rule":"{0}","path":7}}]}}"#,
        "x".repeat(1 << 20)
    );
    let texts: [&[u8]; 12] = [
        b"",
        b"\n",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe\x00binary",
        b"{\"schema\":2,\"findings\":[]}",
        b"{\"schema\":1}",
        b"{\"schema\":1,\"findings\":{}}",
        b"{\"schema\":1,\"findings\":[],\"more\":1}",
        deep.as_bytes(),
        long.as_bytes(),
    ];
    let here = folder(&[("nginx.conf", CONF), ("users", "")]);
    for text in texts {
        fs::write(here.path().join("known.json"), text).expect("a file");
        let what = String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned();
        let run = run(here.path(), &["check", "--no-config", "--baseline", "known.json"]);
        is_refused(&run, "known.json", &what);
    }
    for path in ["nowhere.json", "."] {
        let run = run(here.path(), &["check", "--no-config", "--baseline", path]);
        is_refused(&run, path, path);
    }
    // what is well formed and names nothing that is here only says so
    let known = r#"{"schema":1,"findings":[{"fingerprint":"\u001b[31m","rule":"no/rule","path":"../\u202e"}]}"#;
    fs::write(here.path().join("known.json"), known).expect("a file");
    let run = run(here.path(), &["check", "--no-config", "--baseline", "known.json"]);
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(
        run.err.contains("no/rule") && !run.err.contains(['\u{1b}', '\u{202e}']),
        "{:?}",
        run.err
    );
}

#[test]
fn settings_may_be_anything() {
    let deep = format!("a = {}", "[".repeat(100_000));
    let texts: [&[u8]; 9] = [
        b"\xff\xfe",
        b"{}",
        b"[",
        b"exclude = 3\n",
        b"[rules]\n\"nginx/basic-off-misspelt\" = \"loud\"\n",
        b"[rules]\n\"nginx/basic-off-mispelt\" = \"off\"\n",
        b"[[site]]\npath = []\n",
        b"server = \"iis\"\n",
        deep.as_bytes(),
    ];
    let here = folder(&[("nginx.conf", CONF), ("users", "")]);
    for text in texts {
        fs::write(here.path().join("lint401.toml"), text).expect("a file");
        let what = String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned();
        is_refused(&run(here.path(), &["check"]), "lint401.toml", &what);
    }
    fs::remove_file(here.path().join("lint401.toml")).expect("removed");
    is_refused(&run(here.path(), &["check", "--config", "nowhere.toml"]), "nowhere.toml", "none");
    is_refused(&run(here.path(), &["check", "--config", "."]), ".", "a folder");
}
