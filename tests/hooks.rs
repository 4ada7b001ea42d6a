//! The hooks of `.pre-commit-hooks.yaml`, run by pre-commit itself on a repository with configurations. For that it builds
//! and installs the Python package of `pyproject.toml`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder with pre-commit; `.ci/run` fills it. In CI it must be there.
#[allow(clippy::print_stderr, reason = "a test that could not be run says so")]
fn pre_commit() -> Option<PathBuf> {
    let folder = root().join("target/validators/python");
    if folder.join("pre_commit").exists() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "pre-commit is not in target/validators/python");
    eprintln!("not run: pre-commit is not in target/validators/python; `.ci/run` installs it");
    None
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn git(folder: &Path, args: &[&str]) {
    let output = Command::new("git").args(args).current_dir(folder).output().expect("git runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository: a mistake that a snippet has a part in, and a main configuration that needs a file.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let server = |port| format!("  server {{ listen {port}; server_name s{port}.example; }}\n");
    let servers: String = (1..200).map(server).collect();
    let main = format!(
        "events {{}}\nhttp {{\n{servers}  include conf.d/needed.conf;\n  server {{ listen 8401; include snippets/auth.conf; location /open {{ auth_basic Off; }} }}\n}}\n"
    );
    for (name, text) in [
        ("web/nginx.conf", main.as_str()),
        ("web/conf.d/needed.conf", "server { listen 8402; }\n"),
        ("web/snippets/auth.conf", "auth_basic S;\nauth_basic_user_file /srv/htpasswd;\n"),
        ("README.md", "# auth_basic Off;\n"),
        ("web/lint401.toml", "fail-on = \"warning\"\n"),
        ("docs/nginx.conf", "This is how nginx.conf is written.\n"),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "-A"]);
    folder
}

/// What `pre-commit try-repo` says of this repository's hook, run on `files`, and whether all passed.
fn try_repo(python: &Path, folder: &Path, hook: &str, files: &[&str]) -> (bool, String) {
    let binary = Path::new(env!("CARGO_BIN_EXE_lint401")).parent().expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(binary.to_owned()).chain(std::env::split_paths(&path));
    let output = Command::new("python3")
        .args(["-m", "pre_commit", "try-repo"])
        .args([root().to_str().expect("UTF-8"), hook, "--verbose", "--color=never", "--files"])
        .args(files)
        .current_dir(folder)
        .env("PATH", std::env::join_paths(path).expect("a path"))
        .env("PYTHONPATH", python)
        .env("PRE_COMMIT_HOME", folder.join(".git/pre-commit"))
        // what is built is the same but for the optimizer, and its dependencies are kept for the next run
        .env("CARGO_TARGET_DIR", root().join("target/hooks"))
        .env("MATURIN_PEP517_ARGS", "--profile dev")
        .output()
        .expect("pre-commit runs");
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said += &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

#[test]
fn changed_files_are_judged_by_the_installed_binary() {
    let Some(python) = pre_commit() else { return };
    let here = repository();
    let all = |hook: &str, files: &[&str]| try_repo(&python, here.path(), hook, files);

    // the snippet changed, what it breaks lies elsewhere
    let files = ["web/snippets/auth.conf", "README.md"];
    let (passed, said) = all("lint401-system", &files);
    assert!(!passed && said.contains("nginx/basic-off-misspelt"), "{said}");
    assert!(said.contains("caused by: web/snippets/auth.conf:2"), "{said}");

    // nothing that concerns lint401, a file that only looks like one, settings
    for files in [&["README.md"][..], &["docs/nginx.conf"], &["web/lint401.toml"]] {
        let (passed, said) = all("lint401-system", files);
        assert!(passed, "{files:?}: {said}");
    }

    // a file is gone: nobody names it, and the run over the whole repository says so. This one is built and installed.
    git(here.path(), &["rm", "-q", "--cached", "web/conf.d/needed.conf"]);
    fs::remove_file(here.path().join("web/conf.d/needed.conf")).expect("a file");
    let (passed, said) = all("lint401-all", &["README.md"]);
    assert!(!passed && said.contains("web/nginx.conf:203"), "{said}");
    assert!(said.contains("1 include not here"), "{said}");
}
