//! `docs/editors.md`: each piece of configuration, in its editor where that is here, and in that editor's format.

#![allow(clippy::print_stderr, reason = "a test that could not be run says so")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pieces of one language under the heading of an editor.
fn pieces(editor: &str, language: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/editors.md");
    let page = fs::read_to_string(path).expect("the page");
    let heading = format!("\n## {editor}\n");
    let (_, section) = page.split_once(&heading).expect("the editor has a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let fence = format!("\n```{language}\n");
    let after = section.split(&fence).skip(1);
    after.filter_map(|text| Some(text.split_once("\n```")?.0.to_owned())).collect()
}

fn json(editor: &str) -> Value {
    let pieces = pieces(editor, "json");
    let [piece] = pieces.as_slice() else { panic!("{editor}: one piece of JSON") };
    serde_json::from_str(piece).expect("JSON")
}

fn repository(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a file")
}

/// A program, which a CI run must have.
fn program(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let found =
        std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|it| it.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{name} is not installed");
        eprintln!("not run: {name} is not installed");
    }
    found
}

#[test]
fn neovim_shows_findings_with_what_the_page_says() {
    let Some(neovim) = program("nvim") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let file = write(
        "nginx.conf",
        "events {}\nhttp { server {\n    auth_basic Staff; auth_basic_user_file /srv/htpasswd;\n    location /a { auth_basic Off; }\n} }\n",
    );
    let [new, old, on_save] = &pieces("Neovim", "lua")[..] else { panic!("three pieces of Lua") };
    // the first is for versions that have the function; every one must be Lua
    let init = format!(
        "for _, text in ipairs({{ [==[{new}]==], [==[{on_save}]==] }}) do assert(loadstring(text)) end\n\
         if vim.lsp.config then\n{new}\nelse\n{old}\nend\n"
    );
    let init = write("init.lua", &init);
    let script = "lua vim.wait(30000, function() return #vim.diagnostic.get(0) > 0 end, 50); \
        for _, one in ipairs(vim.diagnostic.get(0)) do io.stdout:write(one.code .. '\\n') end";
    let bin = Path::new(env!("CARGO_BIN_EXE_lint401")).parent().expect("a folder");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new(neovim)
        .args(["--headless", "-n", "-i", "NONE", "-u"])
        .arg(&init)
        .arg(&file)
        .args(["-c", "set filetype=nginx", "-c", script, "-c", "qall!"])
        .env("HOME", folder.path())
        .env("XDG_STATE_HOME", folder.path())
        .env("XDG_CONFIG_HOME", folder.path())
        .env("PATH", path)
        .output()
        .expect("Neovim runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("nginx/basic-off-misspelt"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn helix_reads_its_languages() {
    let pieces = pieces("Helix", "toml");
    let [piece] = pieces.as_slice() else { panic!("one piece of TOML") };
    let languages: toml::Table = piece.parse().expect("TOML");
    let server = &languages["language-server"]["lint401"];
    assert_eq!(server["command"].as_str(), Some("lint401"));
    assert_eq!(server["args"].as_array().map(Vec::len), Some(1));
    let all = languages["language"].as_array().expect("languages");
    for language in all {
        let servers = language["language-servers"].as_array().expect("servers");
        assert_eq!(servers[0].as_str(), Some("lint401"));
        let own = language["name"].as_str() != Some("nginx");
        // what Helix does not know itself it wants to have told
        assert_eq!(own, language.get("scope").is_some() && language.get("file-types").is_some());
    }
}

#[test]
fn visual_studio_code_knows_its_settings() {
    let manifest: Value =
        serde_json::from_str(&repository("editors/vscode/package.json")).expect("JSON");
    let known =
        manifest["contributes"]["configuration"]["properties"].as_object().expect("settings");
    let settings = json("Visual Studio Code");
    for (key, value) in settings.as_object().expect("settings") {
        let Some(known) = known.get(key) else {
            assert!(key.starts_with("editor."), "{key} is no setting of the extension");
            continue;
        };
        assert_eq!(known["type"], "string");
        let values = known.get("enum").and_then(Value::as_array);
        assert!(values.is_none_or(|values| values.contains(value)), "{key}: {value}");
    }
}

#[test]
fn emacs_takes_its_lines() {
    let pieces = pieces("Emacs", "elisp");
    let [piece] = pieces.as_slice() else { panic!("one piece of Emacs Lisp") };
    let Some(emacs) = program("emacs") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("init.el");
    fs::write(&file, piece).expect("a file");
    // Eglot itself may be a package that is not here: it declares this list
    let eglot = "(progn (defvar eglot-server-programs nil) (provide 'eglot))";
    let seen = "(princ (format \"%S\" (car eglot-server-programs)))";
    let output = Command::new(emacs)
        .args(["-Q", "--batch", "--eval", eglot, "--eval", "(setq byte-compile-error-on-warn t)"])
        .args(["-f", "batch-byte-compile"])
        .arg(&file)
        .output()
        .expect("Emacs runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = Command::new("emacs")
        .args(["-Q", "--batch", "--eval", eglot, "-l"])
        .arg(&file)
        .args(["--eval", seen])
        .output()
        .expect("Emacs runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "((nginx-mode apache-mode conf-mode) \"lint401\" \"lsp\")");
}

#[test]
fn kate_starts_the_server_for_both_kinds_of_files() {
    let settings = json("Kate");
    let server = &settings["servers"]["lint401"];
    assert_eq!(server["command"], serde_json::json!(["lint401", "lsp"]));
    let names = regex::Regex::new(server["highlightingModeRegex"].as_str().expect("a pattern"));
    let names = names.expect("a pattern");
    for name in ["nginx Configuration", "Apache Configuration"] {
        assert!(names.is_match(name), "{name}");
    }
}

#[test]
fn zed_has_an_extension_that_names_the_server() {
    let settings = json("Zed");
    let extension: toml::Table = repository("editors/zed/extension.toml").parse().expect("TOML");
    let server = &extension["language_servers"]["lint401"];
    let languages = server["languages"].as_array().expect("languages");
    for (name, language) in settings["languages"].as_object().expect("languages") {
        assert!(languages.iter().any(|one| one.as_str() == Some(name)), "{name}");
        assert_eq!(language["language_servers"], serde_json::json!(["lint401"]));
    }
    assert!(settings["lsp"]["lint401"].is_object());
    for key in ["id", "name", "version", "authors", "description", "repository"] {
        assert!(extension.contains_key(key), "{key}");
    }
    assert_eq!(extension["schema_version"].as_integer(), Some(1));
    assert!(repository("editors/zed/Cargo.toml").contains("crate-type = [\"cdylib\"]"));
}
