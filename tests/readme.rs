//! What the README and the pages of `docs/` show is what lint401 says. `UPDATE=1` writes it.

use assert_cmd::Command;
use std::path::Path;

/// Whatever stands between the marks of `name` is what `command` prints; `title` stands above it.
fn holds(name: &str, title: &str, args: &[&str], status: i32) {
    page_holds("README.md", name, title, args, status);
}

/// The same of another page.
fn page_holds(page: &str, name: &str, title: &str, args: &[&str], status: i32) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::cargo_bin("lint401")
        .expect("the binary is built with the tests")
        .args(args)
        .current_dir(root)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(status), "{args:?}");
    let report = String::from_utf8(output.stdout).expect("a report is text");
    let report = format!("{title}{report}");

    let begins =
        format!("<!-- the {name}: written by `UPDATE=1 cargo test --test readme` -->\n```text\n");
    let ends = format!("```\n<!-- end of the {name} -->");
    let path = root.join(page);
    let readme = std::fs::read_to_string(&path).expect("the page is there");
    let start = readme.find(&begins).expect("the report begins in the page") + begins.len();
    let end = start + readme[start..].find(&ends).expect("the report ends in the page");
    if std::env::var_os("UPDATE").is_some() {
        let fresh = [&readme[..start], &report, &readme[end..]].concat();
        std::fs::write(&path, fresh).expect("the page can be written");
    } else {
        assert_eq!(&readme[start..end], report, "UPDATE=1 cargo test --test readme writes it");
    }
}

// one test: two would write the file at the same time
#[test]
fn what_the_readme_shows_is_what_its_commands_print() {
    holds("report", "", &["check", "--no-config", "docs/first-look/nginx.conf"], 1);
    let (url, main) = ("http://127.0.0.1:8401/status", "docs/first-look/nginx.conf");
    let title = format!("$ lint401 trace --config-file {main} {url}\n");
    holds("trace", &title, &["trace", "--no-config", "--config-file", main, url], 0);
}

#[test]
fn what_the_page_about_logs_shows_is_what_its_command_prints() {
    let files = ["docs/first-look/logs/access.log", "docs/first-look/logs/error.log"];
    let args = [&["logs", "--config-file", "docs/first-look/nginx.conf"][..], &files].concat();
    let title = format!("$ lint401 {}\n", args.join(" "));
    page_holds("docs/logs.md", "logs", &title, &[&args[..], &["--no-config"]].concat(), 0);
}

#[test]
fn what_the_page_about_contracts_shows_is_what_its_commands_print() {
    let (page, main) = ("docs/contracts.md", "docs/first-look/nginx.conf");
    let shown = |args: &[&str]| format!("$ lint401 {}\n", args.join(" "));
    let check =
        ["check", "--config", "docs/first-look/contracts.toml", "--select", "lint401/*", main];
    page_holds(page, "broken contract", &shown(&check), &check, 1);
    let expect = ["expect", "--no-config", main];
    page_holds(page, "proposals", &shown(&["expect", main]), &expect, 0);
}

#[test]
fn what_the_page_about_the_map_shows_is_what_its_commands_print() {
    let (page, main) = ("docs/map.md", "docs/shop/nginx.conf");
    let title = format!("$ lint401 map {main}\n");
    page_holds(page, "map", &title, &["map", "--no-config", main], 0);
    let args = ["map", main, "--path", "/office/", "--output-format", "json"];
    let title = format!("$ lint401 {}\n", args.join(" "));
    page_holds(page, "entry", &title, &[&args[..], &["--no-config"]].concat(), 0);
}

#[test]
fn what_the_page_about_the_diff_shows_is_what_its_command_prints() {
    let args = ["diff", "docs/shop/nginx.conf", "docs/shop/changed.conf"];
    let title = format!("$ lint401 {}\n", args.join(" "));
    page_holds("docs/diff.md", "diff", &title, &[&args[..], &["--no-config"]].concat(), 1);
}
