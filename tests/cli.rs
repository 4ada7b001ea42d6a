//! The command line as a user meets it: exit statuses, streams, settings, formats, and input that means harm.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

/// One mistake: `Off` is a realm.
const WRONG: &str = "events {}\nhttp {\n    server {\n        listen 127.0.0.1:8401;\n        auth_basic Off;\n        auth_basic_user_file /srv/case/htpasswd;\n    }\n}\n";
const RIGHT: &str = "events {}\nhttp {\n    server {\n        listen 127.0.0.1:8401;\n    }\n}\n";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        write(folder.path(), name, text.as_bytes());
    }
    folder
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}

/// What a run said and how it ended.
struct Run {
    out: String,
    err: String,
    status: i32,
}

/// Runs lint401 in `folder`, nothing of this machine's environment about it.
fn run(folder: &Path, args: &[&str]) -> Run {
    finish(command(folder).args(args))
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    command.env_clear().current_dir(folder);
    command
}

fn finish(command: &mut Command) -> Run {
    let output = command.output().expect("lint401 runs");
    Run {
        out: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        status: output.status.code().expect("an exit status, no signal"),
    }
}

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.out).expect("standard output is JSON")
}

#[test]
fn findings_end_with_1_and_none_with_0() {
    let here = folder(&[("wrong/nginx.conf", WRONG), ("right/nginx.conf", RIGHT)]);
    for (args, status) in [
        (&["wrong"][..], 1),
        (&["wrong/nginx.conf"], 1),
        (&["check", "wrong"], 1),
        (&["right"], 0),
        (&["check", "right/nginx.conf"], 0),
        (&[], 1),
        (&["wrong", "--fail-on", "never"], 0),
        (&["wrong", "--ignore", "nginx/*"], 0),
        (&["wrong", "--select", "credentials/*"], 0),
        (&["wrong", "--quiet"], 1),
    ] {
        let run = run(here.path(), args);
        assert_eq!(run.status, status, "{args:?}\n{}{}", run.out, run.err);
        assert_eq!(run.err, "", "{args:?}");
    }
}

#[test]
fn a_path_that_cannot_be_read_ends_with_2_after_the_others_are_reported() {
    let here = folder(&[("nginx.conf", WRONG)]);
    let run = run(here.path(), &["gone.conf", "nginx.conf", "--output-format", "json"]);
    assert_eq!(run.status, 2);
    assert_eq!(run.err, "lint401: gone.conf: no such file or directory\n");
    let json = json(&run);
    assert_eq!(json["errors"][0]["path"], "gone.conf");
    assert_eq!(json["findings"][0]["location"]["path"], "nginx.conf");
}

#[test]
fn nothing_to_lint_is_said_in_one_line() {
    let here = folder(&[("README.md", "# nothing\n")]);
    for args in [&[][..], &["."], &["README.md"]] {
        let run = run(here.path(), args);
        assert_eq!(run.status, 2, "{args:?}");
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
        assert!(run.err.starts_with("lint401: nothing to lint"), "{}", run.err);
        assert!(run.out.starts_with("read 0 files"), "{}", run.out);
    }
    assert_eq!(run(here.path(), &["--allow-empty"]).status, 0);
    write(here.path(), "nginx.conf", RIGHT.as_bytes());
    let excluded = run(here.path(), &["--force-exclude", "--exclude", "*.conf", "nginx.conf"]);
    assert_eq!(excluded.err, "lint401: nothing to lint: nginx.conf is excluded\n");
    fs::remove_file(here.path().join("nginx.conf")).expect("it was there");
    let run = run(here.path(), &["--output-format", "json"]);
    assert_eq!(json(&run)["findings"], serde_json::json!([]));
}

#[test]
fn flags_that_are_wrong_end_with_2() {
    let here = folder(&[("nginx.conf", RIGHT)]);
    for (args, says) in [
        (&["--no-such-flag"][..], "unexpected argument"),
        (&["--select", "nginx/no-such-rule"], "no rule is named `nginx/no-such-rule`"),
        (&["--select", "effect:unwanted-402"], "did you mean `effect:unwanted-401`?"),
        (&["--ignore", "nginz/*"], "did you mean `nginx/*`?"),
        (&["--output-format", "jsn"], "did you mean `json`?"),
        (&["--output", "json"], "write FORMAT=FILE"),
        (&["--output", "json=no/such/folder/x"], "no/such/folder/x: No such file or directory"),
        (&["--target", "libc"], "write KEY=VALUE"),
        (&["--target", "nginx=new"], "`new` is no version"),
        (&["--now", "tomorrow"], "`tomorrow` is no day"),
        (&["--exclude", "[z-a]"], "invalid range"),
        (&["--root", "gone"], "--root: `gone` is no folder"),
        (&["--context", "http,sever"], "no block is named `sever`, did you mean `server`?"),
        (&["--context", "location,http"], "`http` cannot stand in `location`"),
        (&["--config", "/dev/zero"], "/dev/zero: is not a regular file"),
        (&["--output-format", "xml"], "no output format is named `xml`; there are full,"),
        (&["--config", "gone.toml"], "gone.toml: No such file or directory"),
        (&["explain", "nginx/no-such-rule"], "no rule is named"),
        (&["schema", "input"], "invalid value"),
    ] {
        let run = run(here.path(), args);
        assert_eq!(run.status, 2, "{args:?}");
        assert!(run.err.contains(says), "{args:?}: {}", run.err);
    }
}

#[test]
fn standard_input_is_linted_under_its_name() {
    let here = folder(&[("conf/nginx.conf", RIGHT), ("conf/users", "")]);
    let piped = |args: &[&str]| finish(command(here.path()).args(args).write_stdin(WRONG));
    let plain = piped(&["-", "--output-format", "concise"]);
    assert_eq!(plain.status, 1, "{}", plain.err);
    assert!(plain.out.starts_with("-:5:"), "{}", plain.out);
    // what is piped hides the file of that name
    let named = piped(&["-", "--stdin-filename", "conf/nginx.conf", "--output-format", "concise"]);
    assert_eq!(named.status, 1, "{}", named.err);
    assert!(named.out.starts_with("conf/nginx.conf:5:"), "{}", named.out);
    assert_eq!(finish(command(here.path()).arg("-").write_stdin("")).status, 2);
}

#[test]
fn several_reports_come_from_one_run() {
    let here = folder(&[("nginx.conf", WRONG)]);
    let args = ["--output", "json=a.json", "--output", "concise=b.txt", "--color", "always"];
    let run = run(here.path(), &args);
    assert_eq!(run.status, 1);
    assert!(run.out.contains("╭─["), "{}", run.out);
    let read = |name: &str| fs::read_to_string(here.path().join(name)).expect("the report");
    let report: serde_json::Value = serde_json::from_str(&read("a.json")).expect("JSON");
    assert_eq!(report["summary"]["files"], 1);
    assert!(read("b.txt").starts_with("nginx.conf:5:"), "no colour in files: {}", read("b.txt"));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let here = tempfile::tempdir().expect("a folder");
    // more findings than a pipe holds
    let servers = "server { auth_basic Off; auth_basic_user_file users; }\n".repeat(2000);
    write(here.path(), "nginx.conf", format!("events {{}} http {{ {servers} }}").as_bytes());
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_lint401"))
        .arg("nginx.conf")
        .current_dir(here.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("lint401 runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let here = folder(&[("nginx.conf", RIGHT)]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lint401"))
        .current_dir(here.path())
        .stdout(full)
        .output()
        .expect("lint401 runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the report"));
}

#[test]
fn colour_is_for_those_who_want_it() {
    let here = folder(&[("nginx.conf", WRONG)]);
    let coloured = |args: &[&str], vars: &[(&str, &str)]| {
        let mut command = command(here.path());
        command.args(args).envs(vars.iter().copied());
        finish(&mut command).out.contains('\x1b')
    };
    assert!(!coloured(&[], &[]), "a pipe is no terminal");
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn lines_keep_to_the_width_of_the_terminal() {
    let here = folder(&[("nginx.conf", WRONG)]);
    for width in ["40", "72"] {
        let run = finish(command(here.path()).env("COLUMNS", width));
        // what a person wrote is not broken, the words around it are
        let ours = run.out.lines().filter(|line| !line.contains(['│', '·']));
        for line in ours {
            let long = line.chars().count() > width.parse().expect("a number");
            assert!(!long || !line.trim().contains(' '), "{line:?} is wider than {width}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let here = folder(&[("a/nginx.conf", WRONG), ("b/nginx.conf", WRONG), ("c/.htaccess", "x\n")]);
    for format in ["full", "concise", "json", "json-lines"] {
        let args = ["--output-format", format, "--severity", "info"];
        let first = run(here.path(), &args).out;
        assert!((0..3).all(|_| run(here.path(), &args).out == first), "{format}");
    }
}

#[test]
fn the_report_keeps_to_its_schema() {
    let here = folder(&[("nginx.conf", WRONG), ("users", "alice:$apr1$x\n")]);
    let schema = json(&run(here.path(), &["schema", "output"]));
    let validator = jsonschema::validator_for(&schema).expect("a JSON Schema");
    for args in [&["nginx.conf", "gone"][..], &["--exclude", "*"]] {
        let report = json(&run(here.path(), &[args, &["--output-format", "json"]].concat()));
        let errors: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn settings_are_found_above_and_obeyed() {
    let here = folder(&[
        ("lint401.toml", "[rules]\n\"nginx/basic-off-misspelt\" = \"off\"\n"),
        ("deploy/web/nginx.conf", WRONG),
    ]);
    let web = here.path().join("deploy/web");
    assert_eq!(run(&web, &[]).status, 0);
    assert_eq!(run(&web, &["--no-config"]).status, 1);
    assert_eq!(run(&web, &["--select", "nginx/basic-off-misspelt"]).status, 1);

    write(here.path(), "lint401.toml", b"fail-on = \"never\"\n");
    assert_eq!(run(&web, &[]).status, 0);
    assert_eq!(run(&web, &["--fail-on", "warning"]).status, 1);

    write(here.path(), "lint401.toml", b"exclude = [\"/deploy/web/*.conf\"]\n");
    assert_eq!(run(&web, &[]).status, 2, "nothing is left");

    let overrides = "[[overrides]]\npaths = [\"deploy/**\"]\nrules = { \"nginx/basic-off-misspelt\" = \"info\" }\n";
    write(here.path(), "lint401.toml", overrides.as_bytes());
    let run = run(&web, &["--select", "nginx/basic-off-misspelt", "--output-format", "json"]);
    assert_eq!(json(&run)["summary"]["hidden"], 1);
    assert_eq!(run.status, 0);
}

#[test]
fn settings_say_where_the_servers_folders_are_kept() {
    let main = "events {}\nhttp { include /etc/nginx/conf.d/*.conf; include /srv/a.conf; }\n";
    let here = folder(&[
        ("lint401.toml", "root = \"rootfs\"\n[paths]\n\"/etc/nginx\" = \"deploy\"\n"),
        ("deploy/nginx.conf", main),
        ("deploy/conf.d/b.conf", ""),
        ("rootfs/srv/a.conf", ""),
    ]);
    let files = |folder: &str, path: &str| run(&here.path().join(folder), &["--files", path]).out;
    assert_eq!(
        files(".", "deploy/nginx.conf"),
        "deploy/conf.d/b.conf\ndeploy/nginx.conf\nrootfs/srv/a.conf\n"
    );
    assert_eq!(files("deploy", "nginx.conf").lines().count(), 3);
}

#[test]
fn a_dump_is_read_as_its_files() {
    let here = folder(&[]);
    let dump = "# configuration file /etc/nginx/nginx.conf:\nevents {}\nhttp { include a.conf; }\n\n\
                # configuration file /etc/nginx/a.conf:\nserver {\n auth_basic Off; auth_basic_user_file x;\n}\n\n";
    let run =
        finish(command(here.path()).args(["-", "--output-format", "concise"]).write_stdin(dump));
    assert!(run.out.starts_with("/etc/nginx/a.conf:2:13: "), "{}{}", run.out, run.err);
    assert!(run.out.contains("(line 7 of standard input)"), "{}", run.out);
}

#[test]
fn a_mistake_in_the_settings_is_shown_where_it_stands() {
    let here = folder(&[("nginx.conf", RIGHT)]);
    for (text, shown) in [
        (
            "fail-om = \"error\"\n",
            "lint401.toml:1:1: unknown key `fail-om`, did you mean `fail-on`?\n  |\n1 | fail-om = \"error\"\n  | ^^^^^^^\n",
        ),
        (
            "\n[target]\nlibc = \"msul\"\n",
            "lint401.toml:3:8: `msul` is no C library; there are glibc and musl\n  |\n3 | libc = \"msul\"\n  |        ^^^^^^\n",
        ),
        (
            "[rules]\n\"nginx/basic-of-misspelt\" = \"off\"\n",
            "lint401.toml:2:1: no rule is named `nginx/basic-of-misspelt`, did you mean `nginx/basic-off-misspelt`?\n",
        ),
        (
            "server = \"nginx\"\nroot = \"gone\"\n",
            "lint401.toml:2:8: `gone` is no folder\n  |\n2 | root = \"gone\"\n  |        ^^^^^^\n",
        ),
        ("server = \"auto\n", "lint401.toml:1:15: "),
        (
            "[[expect]]\nrequest = \"GET /\"\nanswer = 401\n",
            "lint401.toml:2:11: the URL is written http://HOST/PATH\n",
        ),
        (
            "[endpoints]\npublic = [\"healthz\"]\n",
            "lint401.toml:2:11: `healthz` is no path: a path begins with a slash\n",
        ),
        ("[endpoints]\npublic = [\"/a*b\"]\n", "lint401.toml:2:11: `/a*b` has a `*` inside"),
        (
            "[endpoints]\npubic = []\n",
            "lint401.toml:2:1: unknown key `pubic`, did you mean `public`?\n",
        ),
        (
            "[[site]]\npath = \"gone.conf\"\n",
            "lint401.toml:2:8: `gone.conf` is no file\n  |\n2 | path = \"gone.conf\"\n  |        ^^^^^^^^^^^\n",
        ),
        (
            "[[site]]\npath = \"nginx.conf\"\nroot = \"gone\"\n",
            "lint401.toml:3:8: `gone` is no folder\n",
        ),
    ] {
        write(here.path(), "lint401.toml", text.as_bytes());
        let run = run(here.path(), &[]);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{text}");
        assert!(run.err.starts_with(&format!("lint401: {shown}")), "{}", run.err);
    }
}

#[test]
fn settings_keep_to_their_schema() {
    let here = folder(&[]);
    let schema = json(&run(here.path(), &["schema", "config"]));
    let validator = jsonschema::validator_for(&schema).expect("a JSON Schema");
    let settings = serde_json::json!({
        "server": "auto", "root": "x", "exclude": ["**/vendor/**"], "fail-on": "never",
        "paths": { "/etc/nginx": "deploy/nginx" },
        "target": { "nginx": "1.22", "apache": "litespeed", "libc": "musl", "modules": ["a"], "user": "www-data" },
        "rules": { "nginx/basic-off-misspelt": "error" },
        "overrides": [{ "paths": ["a"], "rules": { "nginx/basic-off-misspelt": "off" } }],
        "expect": [
            { "request": "GET https://shop.example/", "answer": "not 401" },
            { "request": "https://shop.example/", "answer": [401, "passed"], "user": "alice", "from": "10.0.0.7" },
        ],
    });
    let errors: Vec<String> = validator.iter_errors(&settings).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    for wrong in [
        serde_json::json!({ "sevrer": "auto" }),
        serde_json::json!({ "rules": { "nginx/no-such-rule": "off" } }),
        serde_json::json!({ "rules": { "nginx/basic-off-misspelt": "loud" } }),
        serde_json::json!({ "expect": [{ "request": "https://shop.example/" }] }),
        serde_json::json!({ "expect": [{ "request": "https://shop.example/", "answer": "maybe" }] }),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let here = folder(&[]);
    let list = json(&run(here.path(), &["rules", "--output-format", "json"]));
    let list = list.as_array().expect("an array");
    let text = run(here.path(), &["rules"]).out;
    assert_eq!(text.lines().count(), list.len());
    for rule in list {
        let name = rule["rule"].as_str().expect("a name");
        let page = run(here.path(), &["explain", name]);
        assert_eq!(page.status, 0);
        assert!(page.out.starts_with(&format!("# {name}\n")), "{}", page.out);
    }
    let short = run(here.path(), &["explain", "basic-off-misspelt"]);
    assert!(short.err.contains("did you mean `nginx/basic-off-misspelt`?"), "{}", short.err);
}

#[test]
fn packages_get_completions_and_a_manual_page() {
    let here = folder(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = run(here.path(), &["completions", shell]);
        assert_eq!(run.status, 0, "{}", run.err);
        assert!(run.out.contains("output-format"), "{shell}");
    }
    let page = run(here.path(), &["man"]).out;
    assert!(page.contains(".TH lint401") && page.contains("Exit status"), "{page}");
    // the flags of the commands, too
    assert!(page.contains("OPTIONS OF TRACE") && page.contains("\\-\\-batch"), "{page}");
}

#[test]
fn files_are_listed_and_not_linted() {
    let main = "events {}\nhttp { auth_basic Off; include b.conf; include a.conf; }\n";
    let here = folder(&[("nginx.conf", main), ("a.conf", ""), ("b.conf", ""), ("c.txt", "")]);
    let run = run(here.path(), &["--files"]);
    assert_eq!((run.out.as_str(), run.status), ("a.conf\nb.conf\nnginx.conf\n", 0));
}

#[test]
fn a_hidden_finding_that_fails_the_run_is_accounted_for() {
    let here = folder(&[("nginx.conf", WRONG)]);
    write(here.path(), "lint401.toml", b"[rules]\n\"nginx/basic-off-misspelt\" = \"info\"\n");
    let only = ["--select", "nginx/basic-off-misspelt"];
    let quiet = run(here.path(), &only);
    assert_eq!((quiet.status, quiet.err.as_str()), (0, ""));
    assert!(quiet.out.trim_end().ends_with("1 info hidden"), "{}", quiet.out);
    let failed = run(here.path(), &[&only[..], &["--fail-on", "info"]].concat());
    assert_eq!(failed.status, 1);
    assert_eq!(
        failed.err,
        "lint401: --fail-on info counts findings that --severity warning hides\n"
    );
}

/// Everything that a terminal would obey, in names of files and in what they hold.
#[cfg(unix)]
#[test]
fn no_output_carries_control_characters_or_secrets() {
    use std::os::unix::ffi::OsStrExt;
    let here = tempfile::tempdir().expect("a folder");
    let evil = std::ffi::OsStr::from_bytes(b"ev\x1b]0;x\x07il\xff\r\xe2\x80\xae\n.conf");
    let text = b"events {}\nhttp {\n  server {\n\tauth_basic Off; auth_basic_user_file \"users\x1b[2J\xe2\x80\xae\xc2\x9b31m\";\r\n\
        proxy_set_header Authorization \"Basic Q0FOQVJZOkNBTkFSWQ==\"; auth_basic \"\x1b]0;owned\x07\";\n\
        bogus\x1b[31m x;\n  }\n  include \"gone\x1b[0m/*.conf\"; } } }\n";
    fs::write(here.path().join(evil), text).expect("a file");
    fs::write(here.path().join("users"), b"CANARY:Q0FOQVJZOkNBTkFSWQ==\n\x1b[2J:x\n")
        .expect("a file");
    for format in ["full", "concise", "json", "json-lines"] {
        for severity in ["info", "warning"] {
            let mut command = command(here.path());
            command.arg("check").arg(evil).arg("users");
            command.args([
                "--server",
                "nginx",
                "--severity",
                severity,
                "--output-format",
                format,
                "--statistics",
            ]);
            let run = finish(&mut command);
            assert_eq!(run.status, 1, "{format}: {}", run.err);
            for text in [&run.out, &run.err] {
                let bad = text.chars().find(|&c| {
                    (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)
                });
                assert_eq!(bad, None, "{format} lets {bad:?} through: {text:?}");
                assert!(!text.contains("Q0FOQVJZ"), "{format} shows a secret: {text}");
            }
        }
    }
    // the messages of files that are not there
    let run = finish(command(here.path()).arg("no\x1b[31m\nlint401: all is well"));
    assert_eq!(run.err.lines().count(), 1, "{:?}", run.err);
    assert!(!run.err.contains('\x1b'), "{:?}", run.err);
}

#[test]
fn comments_suppress_and_are_counted() {
    let text = WRONG.replace(
        "        auth_basic Off;",
        "        # lint401: ignore[nginx/basic-off-misspelt] the realm is called so\n        auth_basic Off;",
    );
    let here = folder(&[("nginx.conf", &text), ("users", "")]);
    let quiet = run(here.path(), &["--output-format", "json"]);
    let report = json(&quiet);
    assert!(!quiet.out.contains("basic-off-misspelt"), "{}", quiet.out);
    assert_eq!(report["summary"]["suppressed"], 1);
    let all = run(here.path(), &["--no-inline-ignores", "--output-format", "json"]);
    assert!(all.out.contains("nginx/basic-off-misspelt"), "{}", all.out);
    assert_eq!(json(&all)["summary"]["suppressed"], 0);
}

#[test]
fn a_comment_in_a_macro_suppresses_what_the_macro_makes() {
    let text = "ServerRoot /srv\nListen 80\nLoadModule macro_module x\n<Macro protect $path>\n    <Location $path>\n        # lint401: ignore[apache/directive-arguments] for $path\n        AuthType Basic two\n        # lint401: ignore[apache/authname-missing] so\n        Require all granted\n    </Location>\n</Macro>\nUse protect /a\nUse protect /b\n";
    let here = folder(&[("httpd.conf", text)]);
    let run = run(here.path(), &["--output-format", "concise", "--severity", "info"]);
    assert!(!run.out.contains("directive-arguments"), "{}", run.out);
    assert!(run.out.contains("1 suppressed"), "{}", run.out);
    let unused = "httpd.conf:8:9: warning[lint401/unused-suppression]";
    assert_eq!(run.out.matches(unused).count(), 1, "{}", run.out);
}

#[test]
fn a_comment_behind_the_directive_or_for_the_file_suppresses_as_well() {
    for text in [
        WRONG
            .replace("auth_basic Off;", "auth_basic Off; # lint401: ignore[basic-off-misspelt] so"),
        format!("# lint401: ignore-file[basic-off-misspelt] so\n{WRONG}"),
        // the block that the next line opens
        WRONG.replace("    server {", "    # lint401: ignore[basic-off-misspelt] so\n    server {"),
    ] {
        let here = folder(&[("nginx.conf", &text)]);
        let run = run(here.path(), &["--output-format", "concise"]);
        assert!(!run.out.contains("basic-off-misspelt"), "{}", run.out);
        assert!(run.out.contains("1 suppressed"), "{}", run.out);
    }
    // one about another line does not
    let text = WRONG.replace(
        "        listen",
        "        # lint401: ignore[basic-off-misspelt] so\n        listen",
    );
    let here = folder(&[("nginx.conf", &text)]);
    let run = run(here.path(), &["--output-format", "concise"]);
    assert!(run.out.contains("[nginx/basic-off-misspelt]"), "{}", run.out);
    assert!(run.out.contains("[lint401/unused-suppression]"), "{}", run.out);
}

#[test]
fn a_baseline_holds_what_is_known() {
    let here = folder(&[("nginx.conf", WRONG), ("users", "")]);
    let written = run(here.path(), &["--write-baseline", "--baseline", "known.json"]);
    assert_eq!(written.status, 0, "{}", written.err);
    let known = run(here.path(), &["--baseline", "known.json", "--output-format", "json"]);
    assert_eq!(known.status, 0, "{}", known.out);
    let report = json(&known);
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0));
    assert_ne!(report["summary"]["baseline"], 0);
    // lines above and blanks do not matter
    let moved = WRONG.replace("        auth_basic Off;", "\n\n            auth_basic    Off;");
    write(here.path(), "nginx.conf", moved.as_bytes());
    assert_eq!(run(here.path(), &["--baseline", "known.json"]).status, 0);
    // what is new is told, and what is gone, too
    let other = WRONG.replace("auth_basic Off", "auth_basic OFF");
    write(here.path(), "nginx.conf", other.as_bytes());
    let new = run(here.path(), &["--baseline", "known.json", "--output-format", "concise"]);
    assert_eq!(new.status, 1);
    assert!(new.err.contains("is not found any more"), "{}", new.err);
    write(here.path(), "known.json", b"[]");
    assert_eq!(run(here.path(), &["--baseline", "known.json"]).status, 2);
}

#[test]
fn one_mistake_among_many_sections_is_found() {
    let login = |path: usize| {
        format!(
            "<Location /{path}>\nAuthType Basic\nAuthName x\nAuthUserFile /x\nRequire valid-user\n</Location>\n"
        )
    };
    let sections: String = (1000..1400).map(login).collect();
    let text = format!(
        "LoadModule rewrite_module modules/mod_rewrite.so\nDocumentRoot /srv/html\n<Directory /srv/html>\nRequire all granted\n</Directory>\n\
         RewriteEngine On\nRewriteRule ^/1390/(.*) /files/$1 [PT]\n{sections}"
    );
    let here = folder(&[("httpd.conf", &text)]);
    let run = run(
        here.path(),
        &[
            "httpd.conf",
            "--select",
            "apache/rewrite-pt-bypasses-location",
            "--output-format",
            "json",
        ],
    );
    let findings = &json(&run)["findings"];
    assert_eq!(findings.as_array().map(Vec::len), Some(1), "{}{}", run.out, run.err);
}

#[test]
fn a_rule_that_cannot_compare_everything_says_so() {
    use std::fmt::Write;
    let head = String::from(
        "ServerRoot /srv\nListen 80\nLoadModule rewrite_module x\nDocumentRoot /srv/www\n<Directory /srv/www>\nRewriteEngine on\n",
    );
    let of_many = |count: usize| {
        let mut text = head.clone();
        for number in 0..count {
            writeln!(text, "RewriteRule ^p{number}/(.*)$ index.php/$1 [L]").expect("a line");
        }
        text += "</Directory>\n";
        for number in 0..count {
            writeln!(text, "<Location /x{number}>\nRequire valid-user\n</Location>")
                .expect("lines");
        }
        let here = folder(&[("httpd.conf", &text)]);
        run(here.path(), &["--output-format", "json"])
    };
    let rule = "apache/front-controller-bypass: there are more places than could be compared";
    assert_eq!(json(&of_many(20))["summary"]["unknown"], serde_json::json!([]));
    assert_eq!(json(&of_many(200))["summary"]["unknown"], serde_json::json!([rule]));
}

#[test]
fn nginx_rules_say_so_as_well() {
    use std::fmt::Write;
    let of_many = |count: usize| {
        let mut text =
            "events {}\nhttp { server { auth_basic a; auth_basic_user_file /f;\n".to_owned();
        for number in 0..count {
            writeln!(text, "location = /p{number} {{ auth_basic off; }}").expect("a line");
        }
        let here = folder(&[("nginx.conf", &(text + "} }\n"))]);
        let unknown = json(&run(here.path(), &["--output-format", "json"]));
        unknown["summary"]["unknown"].clone()
    };
    let rule = "nginx/exact-exemption: there are more places than could be compared";
    assert_eq!(of_many(20), serde_json::json!([]));
    assert!(of_many(400).as_array().is_some_and(|all| all.iter().any(|one| one == rule)));
}
