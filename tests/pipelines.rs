//! `action.yml` and the recipes of `docs/pipelines.md`: what they are made of is right by its schema, and what they run does
//! what they say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The blocks of `docs/pipelines.md` under a mark.
fn blocks(mark: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("docs/pipelines.md")).expect("the page");
    let mark = format!("<!-- {mark} -->\n```");
    let after = text.split(mark.as_str()).skip(1);
    let blocks: Vec<String> = after
        .map(|block| {
            let block = block.split_once('\n').expect("a language").1;
            block.split("\n```").next().unwrap_or_default().to_owned() + "\n"
        })
        .collect();
    assert!(!blocks.is_empty(), "no block is marked {mark}");
    blocks
}

/// A folder with a mistake in `deploy/nginx.conf`.
fn here() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("deploy")).expect("a folder");
    let text = "events {}\nhttp { server {\n  auth_basic S; auth_basic_user_file /srv/htpasswd;\n  location /open { auth_basic Off; }\n} }\n";
    fs::write(folder.path().join("deploy/nginx.conf"), text).expect("a file");
    folder
}

/// Runs a script as a pipeline does, with lint401 on the path.
fn run(folder: &Path, script: &str, env: &[(&str, &str)]) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_lint401")).parent().expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(binary.to_owned()).chain(std::env::split_paths(&path));
    Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(path).expect("a path"))
        .envs(env.iter().copied())
        .output()
        .expect("bash runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn what_the_shell_runs_finds_the_mistake() {
    let here = here();
    for script in blocks("shell") {
        let output = run(here.path(), &script, &[]);
        let failed = !script.contains("--fail-on never");
        assert_eq!(output.status.code(), Some(i32::from(failed)), "{script}");
    }
    let read = |name: &str| fs::read_to_string(here.path().join(name)).expect("a report");
    assert!(read("comment.md").starts_with("### lint401: 1 error"));
    assert!(read("rdjson.json").contains("nginx/basic-off-misspelt"));
}

#[test]
fn gitlabs_script_writes_both_reports() {
    let here = here();
    let job = &blocks("gitlab-ci")[0];
    let script =
        job.lines().find_map(|line| line.trim().strip_prefix("- lint401")).expect("a script");
    let output = run(here.path(), &format!("lint401{script}"), &[]);
    assert_eq!(output.status.code(), Some(1));
    let reports = job.split_once("reports:").expect("reports").1;
    for line in reports.lines().filter(|line| line.contains(": ")) {
        let file = line.rsplit(": ").next().expect("a file");
        assert!(here.path().join(file).exists(), "{file} is not written");
    }
}

#[test]
fn a_reload_is_stopped_by_an_error_and_by_nothing_else() {
    let here = here();
    let main = here.path().join("deploy/nginx.conf");
    let main = main.to_str().expect("UTF-8");
    let unit = blocks("systemd").concat();
    let command =
        unit.lines().find_map(|line| line.strip_prefix("ExecReload=/usr/bin/")).expect("a command");
    let command = command.replace("/etc/nginx/nginx.conf", main);
    assert_eq!(run(here.path(), &command, &[]).status.code(), Some(1));

    let task = blocks("ansible").concat();
    let validate =
        task.lines().find_map(|line| line.trim().strip_prefix("sh -c ")).expect("a command");
    let validate =
        format!("sh -c {validate}").replace("/etc/nginx/nginx.conf", main).replace("%s", "new");
    fs::copy(main, here.path().join("new")).expect("a file");
    let output = run(here.path(), &validate, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("deploy/nginx.conf:4:"), "{}", out(&output));
    fs::write(here.path().join("new"), "events {}\nhttp { server { listen 81; } }\n")
        .expect("a file");
    assert_eq!(run(here.path(), &validate, &[]).status.code(), Some(0));
}

/// The script of the step with this name.
fn step(name: &str) -> String {
    let action = fs::read_to_string(root().join("action.yml")).expect("action.yml");
    let step = action.split("    - name: ").find(|step| step.starts_with(name)).expect("a step");
    let (_, script) = step.split_once("      run: ").expect("a script");
    let lines = script.lines().map(|line| line.strip_prefix("        ").unwrap_or(line));
    lines.filter(|line| *line != "|").collect::<Vec<_>>().join("\n")
}

#[test]
fn the_action_annotates_and_reports_and_runs_nothing_that_an_input_says() {
    let here = here();
    let install = run(here.path(), &step("Install"), &[("SOURCE", "/nowhere")]);
    assert!(install.status.success(), "what is installed is used");
    let check = |paths: &str, arguments: &str, sarif: &str| {
        run(
            here.path(),
            &step("Check"),
            &[("PATHS", paths), ("ARGUMENTS", arguments), ("SARIF", sarif)],
        )
    };
    let output = check("deploy", "--severity info", "a b.sarif");
    assert_eq!(output.status.code(), Some(1));
    let is_error = |line: &str| line.starts_with("::error file=deploy/nginx.conf,line=4,");
    assert!(out(&output).lines().any(is_error), "{}", out(&output));
    assert!(here.path().join("a b.sarif").exists());
    let output = check("deploy", "--fail-on never", "");
    assert_eq!(output.status.code(), Some(0));
    for input in ["$(touch owned)", "`touch owned`", "; touch owned"] {
        assert_eq!(check(input, "", "").status.code(), Some(2));
        check("deploy", input, "");
    }
    assert!(!here.path().join("owned").exists());
}

/// The folder with the schemas; `.ci/run` fills it. In CI it must be there.
#[allow(clippy::print_stderr, reason = "a test that could not be run says so")]
fn schemas() -> Option<PathBuf> {
    let folder = root().join("target/validators/python");
    if folder.join("check_jsonschema").exists() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "check-jsonschema is not in target/validators");
    eprintln!("not run: check-jsonschema is not in target/validators; `.ci/run` installs it");
    None
}

#[test]
fn workflows_and_the_action_keep_to_their_schemas() {
    let Some(python) = schemas() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let action = fs::read_to_string(root().join("action.yml")).expect("action.yml");
    for (schema, text) in [
        ("github-actions", action),
        ("github-workflows", blocks("github-workflow").concat()),
        ("gitlab-ci", blocks("gitlab-ci").concat()),
    ] {
        let file = folder.path().join(format!("{schema}.yml"));
        fs::write(&file, text).expect("a file");
        let output = Command::new("python3")
            .args(["-m", "check_jsonschema", "--builtin-schema", &format!("vendor.{schema}")])
            .arg(&file)
            .env("PYTHONPATH", &python)
            .output()
            .expect("Python runs");
        assert!(output.status.success(), "{schema}: {}", out(&output));
    }
    for (command, file, text) in [
        ("validate-manifest", ".pre-commit-hooks.yaml", None),
        ("validate-config", "config.yaml", Some(blocks("pre-commit-config").concat())),
    ] {
        let path = text.map_or_else(
            || root().join(file),
            |text| {
                let path = folder.path().join(file);
                fs::write(&path, text).expect("a file");
                path
            },
        );
        let output = Command::new("python3")
            .args(["-m", "pre_commit", command])
            .arg(path)
            .env("PYTHONPATH", &python)
            .output()
            .expect("Python runs");
        assert!(output.status.success(), "{file}: {}", out(&output));
    }
}
