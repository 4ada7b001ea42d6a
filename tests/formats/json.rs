//! `json` against the schema that lint401 publishes, `rdjson` against Reviewdog's format.

use super::report::{Run, all};
use super::validators;
use serde_json::Value;
use std::process::Command;

#[test]
fn real_reports_keep_to_the_published_schema() {
    let output = Command::new(env!("CARGO_BIN_EXE_lint401")).args(["schema", "output"]).output();
    let schema = serde_json::from_slice(&output.expect("lint401 runs").stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for run in all() {
        let report = run.json("json");
        let errors: Vec<_> = validator.iter_errors(&report).map(|one| one.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn reviewdogs_format_is_kept() {
    let Some(program) =
        validators::find("node_modules/@umbrelladocs/rdformat-validator/bin/rdformat-validator.js")
    else {
        return;
    };
    for run in all() {
        let mut command = Command::new("node");
        command.arg(&program).args(["--strict", "--no-extra-fields"]).arg(run.path("rdjson"));
        validators::ask(&mut command);
    }
}

/// The byte that a line and a column in bytes, both from 1, point at.
fn offset(bytes: &[u8], position: &Value) -> usize {
    let line = position["line"].as_u64().expect("a line") as usize;
    let column = position["column"].as_u64().expect("a column") as usize;
    let mut lines = bytes.split_inclusive(|&byte| byte == b'\n');
    let before: usize = lines.by_ref().take(line - 1).map(<[u8]>::len).sum();
    before + column - 1
}

fn range(run: &Run, path: &str, range: &Value) -> (usize, usize) {
    let bytes = run.bytes(path);
    (offset(&bytes, &range["start"]), offset(&bytes, &range["end"]))
}

#[test]
fn columns_of_rdjson_count_bytes_and_suggestions_are_the_fixes() {
    let mut suggested = 0;
    for run in all() {
        let report = run.json("rdjson");
        let errors = run.json("json")["errors"].as_array().expect("a list").len();
        let diagnostics = report["diagnostics"].as_array().expect("a list");
        let findings = run.findings();
        assert_eq!(diagnostics.len(), errors + findings.len());
        for (diagnostic, finding) in diagnostics[errors..].iter().zip(&findings) {
            let place = &finding["location"];
            let path = place["path"].as_str().expect("a path");
            assert_eq!(diagnostic["location"]["path"], path);
            let (start, end) = range(run, path, &diagnostic["location"]["range"]);
            assert_eq!(place["start"]["offset"], start, "{diagnostic}");
            assert_eq!(place["end"]["offset"], end, "{diagnostic}");
            let bytes = run.bytes(path);
            for suggestion in diagnostic["suggestions"].as_array().into_iter().flatten() {
                suggested += 1;
                let (start, end) = range(run, path, &suggestion["range"]);
                let text = suggestion["text"].as_str().expect("a text").as_bytes();
                let mended = [&bytes[..start], text, &bytes[end..]].concat();
                let fixes = finding["fixes"].as_array().expect("a list");
                assert!(fixes.iter().any(|fix| apply(&bytes, path, fix) == mended), "{diagnostic}");
            }
        }
    }
    assert!(suggested > 50, "only {suggested} suggestions");
}

/// The file once a fix is applied.
fn apply(bytes: &[u8], path: &str, fix: &Value) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for edit in fix["edits"].as_array().into_iter().flatten().rev() {
        let offset = |end: &str| edit[end]["offset"].as_u64().unwrap_or(0) as usize;
        if edit["path"] == path {
            let text = edit["replacement"].as_str().unwrap_or_default();
            bytes.splice(offset("start")..offset("end"), text.bytes());
        }
    }
    bytes
}
