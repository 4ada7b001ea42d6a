//! Programs and schemas of others that judge reports. `.ci/run` puts them into `target/validators`; elsewhere a test says
//! what it could not ask.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The file at `path` in the folder of validators, if it is there. In CI it must be.
#[allow(clippy::print_stderr, reason = "a test that could not ask says so")]
pub(crate) fn find(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/validators").join(path);
    if file.exists() {
        return Some(file);
    }
    assert!(std::env::var_os("CI").is_none(), "{path} is not in target/validators");
    eprintln!("not asked: {path} is not in target/validators; `.ci/run` installs it");
    None
}

/// Runs a program that judges a report; what it printed, or a failed test.
pub(crate) fn ask(command: &mut Command) -> String {
    let output = command.output().expect("the validator runs");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {out}{err}");
    out.into_owned()
}
