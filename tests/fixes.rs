//! `--fix`, `--unsafe-fixes` and `--diff` as a user meets them: what is written, what is left alone, and what is said.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};

/// A safe fix (a missing quote that nginx refuses), and an unsafe one (`Off` is a realm).
const TWO: &str = "events {}\r\nhttp {\r\n    server {\r\n        listen 127.0.0.1:8401;\r\n        add_header X-Note a b;\r\n    }\r\n    server {\r\n        listen 127.0.0.1:8402;\r\n        auth_basic Off;\r\n        auth_basic_user_file users;\r\n    }\r\n}\r\n";

struct Run {
    out: String,
    err: String,
    status: i32,
}

fn lint(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    let output =
        command.env_clear().current_dir(folder).arg("check").arg("--no-config").args(args).output();
    let output = output.expect("lint401 runs");
    Run {
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
        status: output.status.code().expect("an exit status, no signal"),
    }
}

fn folder(text: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("nginx.conf"), text).expect("a file");
    fs::write(folder.path().join("users"), "").expect("a file");
    folder
}

fn read(folder: &Path) -> String {
    fs::read_to_string(folder.join("nginx.conf")).expect("the file")
}

#[test]
fn safe_fixes_are_written_and_the_rest_is_reported() {
    let here = folder(TWO.as_bytes());
    let run = lint(here.path(), &["--fix", "--output-format", "concise"]);
    assert_eq!(read(here.path()), TWO.replace("a b;", "\"a b\";"));
    assert!(
        run.err.contains("nginx.conf:5: nginx/unquoted-argument: quote the value"),
        "{}",
        run.err
    );
    assert!(run.err.contains("fixed 1 finding in 1 file"), "{}", run.err);
    assert!(!run.out.contains("unquoted-argument"), "{}", run.out);
    assert!(run.out.contains("basic-off-misspelt"), "{}", run.out);
    assert_eq!(run.status, 1);
}

#[test]
fn unsafe_fixes_are_written_where_they_are_asked_for() {
    let here = folder(TWO.as_bytes());
    lint(here.path(), &["--fix", "--unsafe-fixes"]);
    let mended = TWO.replace("a b;", "\"a b\";").replace("Off", "off");
    assert_eq!(read(here.path()), mended);
    // and nothing is left to do
    let run = lint(here.path(), &["--unsafe-fixes"]);
    assert_eq!((read(here.path()), run.err.contains("fixed")), (mended, false), "{}", run.err);
}

#[test]
fn a_diff_is_shown_and_nothing_is_written() {
    let here = folder(TWO.as_bytes());
    let run = lint(here.path(), &["--diff"]);
    assert_eq!(read(here.path()), TWO);
    assert!(run.out.starts_with("--- nginx.conf\n+++ nginx.conf\n@@ "), "{}", run.out);
    assert!(
        run.out
            .contains("\n-        add_header X-Note a b;\n+        add_header X-Note \"a b\";\n"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("auth_basic off"), "{}", run.out);
    assert_eq!(run.status, 1);
    let all = lint(here.path(), &["--diff", "--unsafe-fixes"]);
    assert!(all.out.contains("+        auth_basic off;"), "{}", all.out);
}

#[test]
fn a_diff_shows_no_secret() {
    let text = TWO.replace(
        "auth_basic Off",
        "proxy_set_header Authorization \"Basic Q0FOQVJZOkNBTkFSWQ==\";\r\n        auth_basic Off",
    );
    let here = folder(text.as_bytes());
    let run = lint(here.path(), &["--diff", "--unsafe-fixes"]);
    assert!(run.out.contains("+        auth_basic off;"), "{}", run.out);
    assert!(!run.out.contains("Q0FOQVJZ"), "{}", run.out);
}

#[test]
fn what_no_fix_may_touch_is_left_as_it_is() {
    let latin = TWO.replace("X-Note", "X-N\u{f6}te").replace('\u{f6}', "\u{1}");
    let latin: Vec<u8> = latin.bytes().map(|byte| if byte == 1 { 0xf6 } else { byte }).collect();
    let template = TWO.replace("8402", "{{ port }}").into_bytes();
    for text in [latin, template] {
        let here = folder(&text);
        lint(here.path(), &["--unsafe-fixes"]);
        assert_eq!(fs::read(here.path().join("nginx.conf")).expect("the file"), text);
    }
    let here = folder(TWO.as_bytes());
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    let piped = command.current_dir(here.path()).args(["--no-config", "--fix", "-"]);
    let output = piped.write_stdin(TWO).output().expect("lint401 runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard input cannot be fixed"));
}

#[cfg(unix)]
#[test]
fn mode_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let here = folder(b"");
    let real = here.path().join("real.conf");
    fs::write(&real, TWO).expect("a file");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("a mode");
    fs::remove_file(here.path().join("nginx.conf")).expect("removed");
    symlink("real.conf", here.path().join("nginx.conf")).expect("a link");
    lint(here.path(), &["--fix", "nginx.conf"]);
    assert!(fs::symlink_metadata(here.path().join("nginx.conf")).expect("it").is_symlink());
    assert_eq!(fs::metadata(&real).expect("it").permissions().mode() & 0o7777, 0o640);
    assert_eq!(fs::read_to_string(&real).expect("the file"), TWO.replace("a b;", "\"a b\";"));
    // nothing else is left in the folder
    let names = fs::read_dir(here.path()).expect("the folder").count();
    assert_eq!(names, 3);
}

/// Fixes of every rule on its own proofs: what can be applied holds, and a second run finds nothing more to do.
#[test]
fn fixes_of_all_rules_hold_and_come_to_an_end() {
    let cases = cases(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")));
    let next = std::sync::atomic::AtomicUsize::new(0);
    let applied = std::sync::atomic::AtomicUsize::new(0);
    let wrong = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) =
                    cases.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    match twice(case) {
                        Ok(count) => {
                            applied.fetch_add(count, std::sync::atomic::Ordering::Relaxed);
                        }
                        Err(why) => wrong.lock().expect("no panic").push(why),
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(applied.into_inner() > 200, "nearly every rule that offers a fix has a proof of it");
}

/// The folders of cases with a mistake.
fn cases(fixtures: &Path) -> Vec<PathBuf> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let all = fs::read_dir(folder).expect("a folder").map(|one| one.expect("an entry").path());
        all.filter(|path| path.is_dir()).collect()
    };
    let rules = below(fixtures).into_iter().flat_map(|server| below(&server));
    let cases = rules.flat_map(|rule| below(&rule)).filter(|case| case.join("bad").is_dir());
    let mut cases: Vec<PathBuf> = cases.collect();
    cases.sort();
    cases
}

/// Fixes a copy of a case twice; how many fixes the first run applied.
fn twice(case: &Path) -> Result<usize, String> {
    let here = tempfile::tempdir().expect("a folder");
    copy(&case.join("bad"), here.path(), here.path());
    let args = ["--unsafe-fixes", "--output-format", "json", "--severity", "info"];
    let first = lint(here.path(), &args);
    if !matches!(first.status, 0 | 1) {
        return Err(format!("{}: {}", case.display(), first.err));
    }
    let done = first.err.lines().find_map(|line| line.strip_prefix("fixed "));
    let count = done.and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(0);
    let second = lint(here.path(), &args);
    if second.err.contains("fixed ") {
        return Err(format!("{}: a second run goes on: {}", case.display(), second.err));
    }
    Ok(count)
}

fn copy(from: &Path, to: &Path, root: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            copy(&path, &target, root);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let text = text.replace("/srv/case", &root.display().to_string());
            fs::write(target, text).expect("a file");
        } else {
            fs::copy(&path, target).expect("a file");
        }
    }
}

/// However early or late the run is killed, each file is the old one or the new one.
#[cfg(unix)]
#[test]
fn an_interruption_leaves_old_and_new_files() {
    const FILES: usize = 80;
    const TIMES: u32 = 10;
    let here = tempfile::tempdir().expect("a folder");
    let file = |number: usize| here.path().join(format!("sites/{number}.conf"));
    // long enough for a write that could be seen half done
    let filler = "# what nobody reads\n".repeat(500);
    let old = |number: usize| {
        format!("{filler}server {{ listen {}; add_header X-Note a b; }}\n", 20_000 + number)
    };
    let new = |number: usize| old(number).replace("a b;", "\"a b\";");
    fs::create_dir(here.path().join("sites")).expect("a folder");
    fs::write(here.path().join("nginx.conf"), "events {}\nhttp { include sites/*.conf; }\n")
        .expect("a file");
    let write_old = || {
        for number in 0..FILES {
            fs::write(file(number), old(number)).expect("a file");
        }
    };
    let start = || {
        std::process::Command::new(env!("CARGO_BIN_EXE_lint401"))
            .args(["check", "--no-config", "--fix", "--quiet", "nginx.conf"])
            .current_dir(here.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("lint401 runs")
    };
    let mended = || {
        let texts = (0..FILES).map(|number| fs::read_to_string(file(number)).expect("a file"));
        let is_new = |(number, text): (usize, String)| {
            assert!(text == old(number) || text == new(number), "{number}: {} bytes", text.len());
            usize::from(text == new(number))
        };
        texts.enumerate().map(is_new).sum::<usize>()
    };
    write_old();
    let mut begin = std::time::Instant::now();
    start().wait().expect("lint401 ends");
    let whole = begin.elapsed();
    assert_eq!(mended(), FILES);
    let mut counts = Vec::new();
    for time in 0..TIMES {
        write_old();
        begin = std::time::Instant::now();
        let mut running = start();
        // the files are written at the end
        std::thread::sleep((whole * (TIMES + time) / (2 * TIMES)).saturating_sub(begin.elapsed()));
        running.kill().expect("it runs, or has just ended");
        running.wait().expect("lint401 ends");
        counts.push(mended());
        // what a killed run leaves is read by no server: its name begins with a dot
        for entry in fs::read_dir(here.path().join("sites")).expect("the folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            let is_ours = path.extension().is_some_and(|end| end == "conf");
            assert!(is_ours || name.starts_with(".lint401-"), "{name}");
        }
    }
    assert!(counts[0] < FILES, "some runs are killed before they are done: {counts:?}");
}
