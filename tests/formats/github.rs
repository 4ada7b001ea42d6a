//! The `github` format against the runner's way to read a command, and `gitlab` against what GitLab asks for.

use super::report::{Run, all};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A command as the runner takes a line for one (`ActionCommand.TryParseV2` of actions/runner): `::name k=v,k=v::data`.
fn command(line: &str) -> Option<(String, BTreeMap<String, String>, String)> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, data) = rest.split_once("::")?;
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let mut map = BTreeMap::new();
    for pair in properties.trim().split(',').filter(|pair| !pair.is_empty()) {
        if let Some((key, value)) = pair.split_once('=') {
            let value = value.replace("%0D", "\r").replace("%0A", "\n");
            let value = value.replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
            map.insert(key.to_owned(), value);
        }
    }
    let data = data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    Some((name.to_owned(), map, data))
}

/// Control characters are shown by the signs for them.
fn is_shown_as(text: &str, shown: &str) -> bool {
    text.chars().any(|c| c.is_control() || c > '\u{2000}') || text == shown
}

#[test]
fn every_line_is_a_command_that_says_what_the_finding_says() {
    for run in all() {
        let commands: Vec<_> = run
            .text("github")
            .lines()
            .map(|line| command(line).unwrap_or_else(|| panic!("no command: {line}")))
            .collect();
        let errors = run.json("json")["errors"].as_array().expect("a list").len();
        let findings = run.findings();
        assert_eq!(commands.len(), errors + findings.len());
        for ((name, properties, data), finding) in commands[errors..].iter().zip(&findings) {
            let expected = match finding["severity"].as_str() {
                Some("error") => "error",
                Some("warning") => "warning",
                _ => "notice",
            };
            assert_eq!(name, expected);
            let (start, end) = (&finding["location"]["start"], &finding["location"]["end"]);
            assert_eq!(properties["file"], finding["location"]["path"].as_str().expect("a path"));
            assert_eq!(properties["line"], start["line"].to_string());
            assert_eq!(properties["title"], finding["rule"].as_str().expect("a rule"));
            let message = finding["message"].as_str().expect("a message");
            let first = data.lines().next().unwrap_or_default();
            assert!(is_shown_as(message, first), "{message:?} {first:?}");
            if start["line"] == end["line"] {
                assert_eq!(properties["col"], start["column"].to_string());
                assert_eq!(properties["endColumn"], end["column"].to_string());
            } else {
                assert!(!properties.contains_key("col") && !properties.contains_key("endColumn"));
            }
        }
    }
}

fn issues(run: &Run) -> Vec<Value> {
    run.json("gitlab").as_array().expect("an array").clone()
}

#[test]
fn gitlab_gets_what_it_asks_for() {
    for run in all() {
        let issues = issues(run);
        let errors = run.json("json")["errors"].as_array().expect("a list").len();
        let findings = run.findings();
        assert_eq!(issues.len(), errors + findings.len());
        let mut fingerprints = BTreeSet::new();
        for issue in &issues {
            let text =
                |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            assert!(
                text(&issue["description"]).is_some() && text(&issue["check_name"]).is_some(),
                "{issue}"
            );
            let path = text(&issue["location"]["path"]).expect("a path");
            assert!(!path.starts_with("./"), "GitLab finds no file at {path}");
            assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0));
            let severity = issue["severity"].as_str().unwrap_or_default();
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
            let fingerprint = text(&issue["fingerprint"]).expect("a fingerprint");
            assert!(
                fingerprints.insert(fingerprint),
                "GitLab drops issues with equal fingerprints: {issue}"
            );
        }
        for (issue, finding) in issues[errors..].iter().zip(&findings) {
            assert_eq!(issue["fingerprint"], finding["fingerprint"]);
            assert_eq!(issue["location"]["path"], finding["location"]["path"]);
            assert_eq!(issue["location"]["lines"]["begin"], finding["location"]["start"]["line"]);
        }
    }
}
