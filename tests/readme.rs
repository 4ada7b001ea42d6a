//! What the README shows is what lint401 says. `UPDATE=1` writes it.

use assert_cmd::Command;
use std::path::Path;

const BEGINS: &str =
    "<!-- the report: written by `UPDATE=1 cargo test --test readme` -->\n```text\n";
const ENDS: &str = "```\n<!-- end of the report -->";

#[test]
fn the_report_in_the_readme_is_what_its_command_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::cargo_bin("lint401")
        .expect("the binary is built with the tests")
        .args(["check", "--no-config", "docs/first-look/nginx.conf"])
        .current_dir(root)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1), "there are findings");
    let report = String::from_utf8(output.stdout).expect("a report is text");

    let path = root.join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README is there");
    let start = readme.find(BEGINS).expect("the report begins in the README") + BEGINS.len();
    let end = start + readme[start..].find(ENDS).expect("the report ends in the README");
    if std::env::var_os("UPDATE").is_some() {
        let fresh = [&readme[..start], &report, &readme[end..]].concat();
        std::fs::write(&path, fresh).expect("the README can be written");
    } else {
        assert_eq!(&readme[start..end], report, "UPDATE=1 cargo test --test readme writes it");
    }
}
