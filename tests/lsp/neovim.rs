//! Neovim with its built-in client: diagnostics are shown, a fix is applied, the diagnostic goes.

use super::client::program;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
#[allow(clippy::print_stderr, reason = "a test that could not be run says so")]
fn diagnostics_are_shown_and_a_fix_is_applied() {
    let Some(neovim) = program("nvim") else {
        assert!(std::env::var_os("CI").is_none(), "Neovim is not installed");
        eprintln!("not run: Neovim is not installed (Debian's package neovim)");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("nginx.conf");
    let text = "events {}\nhttp { server {\n    auth_basic é; auth_basic_user_file /srv/htpasswd;\n    location /é { auth_basic Off; }\n} }\n";
    fs::write(&file, text).expect("a file");
    let report = folder.path().join("report");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lsp/neovim.lua");
    let output = Command::new(neovim)
        .args(["--headless", "--clean", "-n", "-S"])
        .env("HOME", folder.path())
        .env("XDG_STATE_HOME", folder.path())
        .env("LINT401", env!("CARGO_BIN_EXE_lint401"))
        .env("LINT401_FILE", &file)
        .env("LINT401_REPORT", &report)
        .arg(&script)
        .output()
        .expect("Neovim runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let seen = fs::read_to_string(&report).unwrap_or_default();
    assert!(output.status.success(), "{seen}{said}");
    let expected = "4:31 lint401 nginx/basic-off-misspelt\n\
        action: switch the login off (changes who gets in)\n\
        line:     location /é { auth_basic off; }\n\
        hover: **location**\n";
    assert_eq!(seen, expected, "{said}");
}
