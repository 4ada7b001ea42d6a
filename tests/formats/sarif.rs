//! `sarif` against the schema of SARIF 2.1.0, and against what GitHub's code scanning asks for besides.

use super::report::all;
use super::validators;
use serde_json::Value;
use std::collections::BTreeSet;

/// The published schema; `None` where it is not here, and may be missing.
fn schema() -> Option<jsonschema::Validator> {
    let path =
        validators::find("node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")?;
    let schema = std::fs::read_to_string(path).expect("the schema");
    let schema = serde_json::from_str(&schema).expect("JSON");
    Some(jsonschema::validator_for(&schema).expect("a schema"))
}

#[track_caller]
fn is_valid(validator: &jsonschema::Validator, log: &Value) {
    let errors = validator.iter_errors(log);
    let errors: Vec<_> = errors.map(|one| format!("{one} at {}", one.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn the_schema_is_kept() {
    let Some(validator) = schema() else { return };
    for run in all() {
        is_valid(&validator, &run.json("sarif"));
    }
    assert!(!validator.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{}] })));
}

/// A text that is there and says something.
fn says(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn github_gets_every_rule_whatever_is_found() {
    let mut known: Option<Value> = None;
    for run in all() {
        let driver = run.json("sarif")["runs"][0]["tool"]["driver"].clone();
        assert_eq!(driver["name"], "lint401");
        assert!(says(&driver["semanticVersion"]));
        let rules = list(&driver["rules"]);
        assert!(rules.len() > 150, "{}", rules.len());
        for rule in rules {
            for text in ["shortDescription", "fullDescription", "help"] {
                assert!(says(&rule[text]["text"]), "{} has no {text}", rule["id"]);
                let length = rule[text]["text"].as_str().map_or(0, str::len);
                assert!(text == "help" || length <= 1024, "{text} of {}: {length}", rule["id"]);
            }
            assert!(says(&rule["help"]["markdown"]) && says(&rule["helpUri"]));
            let properties = &rule["properties"];
            assert!(list(&properties["tags"]).len() <= 10);
            let severity = properties["problem.severity"].as_str().unwrap_or_default();
            assert!(["error", "warning", "recommendation"].contains(&severity));
            // only what leaves something open is a matter of security
            let is_open = list(&properties["tags"]).contains(&"not-enforced".into());
            assert_eq!(properties.get("security-severity").is_some(), is_open);
        }
        let rules = driver["rules"].clone();
        assert_eq!(*known.get_or_insert_with(|| rules.clone()), rules);
    }
}

#[test]
fn github_gets_every_result_with_its_place_and_its_hash() {
    for run in all() {
        let log = run.json("sarif");
        let sarif = &log["runs"][0];
        assert_eq!(sarif["columnKind"], "unicodeCodePoints");
        let results = list(&sarif["results"]).iter();
        let results: Vec<&Value> =
            results.filter(|one| list(&one["suppressions"]).is_empty()).collect();
        let findings = run.findings();
        assert_eq!(results.len(), findings.len());
        let rules = list(&sarif["tool"]["driver"]["rules"]);
        let mut own = BTreeSet::new();
        for (result, finding) in results.iter().copied().zip(&findings) {
            assert_eq!(result["ruleId"], finding["rule"]);
            let index = result["ruleIndex"].as_u64().expect("a number") as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(says(&result["message"]["text"]));
            let place = &finding["location"];
            let physical = &result["locations"][0]["physicalLocation"];
            let uri = physical["artifactLocation"]["uri"].as_str().expect("a URI");
            assert_eq!(decoded(uri), place["path"].as_str().expect("a path"));
            region(&physical["region"], place);
            let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str();
            let hash = hash.and_then(|hash| hash.split_once(':')).expect("a hash with a count");
            assert!(u64::from_str_radix(hash.0, 16).is_ok() && hash.1.parse::<u32>().is_ok());
            let print =
                result["partialFingerprints"]["lint401/v1"].as_str().expect("a fingerprint");
            assert_eq!(finding["fingerprint"], print);
            own.insert(print.to_owned());
            related(result, finding);
            fixes(result, finding);
        }
        assert_eq!(own.len(), results.len(), "fingerprints differ");
    }
}

/// The percent signs of a URI resolved.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.strip_prefix("./").unwrap_or(uri).bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
            let digits = std::str::from_utf8(&digits).expect("digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("digits"));
        } else {
            assert!(byte.is_ascii_graphic(), "{uri}");
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn region(region: &Value, place: &Value) {
    assert_eq!(region["startLine"], place["start"]["line"]);
    assert_eq!(region["startColumn"], place["start"]["column"]);
    assert_eq!(region["endLine"], place["end"]["line"]);
    assert_eq!(region["endColumn"], place["end"]["column"]);
}

/// Related places, the links to them, and the way that leads to the finding.
fn related(result: &Value, finding: &Value) {
    let related = list(&result["relatedLocations"]);
    assert_eq!(related.len(), list(&finding["related"]).len());
    let text = result["message"]["text"].as_str().unwrap_or_default();
    for (number, (one, place)) in related.iter().zip(list(&finding["related"])).enumerate() {
        assert_eq!(one["id"], number + 1);
        assert!(says(&one["message"]["text"]));
        region(&one["physicalLocation"]["region"], place);
        assert_eq!(text.contains(&format!("]({})", number + 1)), number < 5, "{text}");
    }
    let flow = list(&result["codeFlows"][0]["threadFlows"][0]["locations"]);
    assert!(flow.len() > related.len() || related.is_empty());
    if let Some(last) = flow.last() {
        assert!(flow.len() > 1, "a way has two ends");
        region(&last["location"]["physicalLocation"]["region"], &finding["location"]);
        assert!(flow.iter().all(|step| says(&step["location"]["message"]["text"])));
    }
}

fn fixes(result: &Value, finding: &Value) {
    // a byte order mark is no column: what removes it cannot be said
    let says_all = |fix: &Value| {
        list(&fix["edits"]).iter().all(|edit| {
            let (start, end) = (&edit["start"], &edit["end"]);
            (start["line"] == end["line"] && start["column"] == end["column"])
                == (start["offset"] == end["offset"])
        })
    };
    let offered = list(&finding["fixes"]).iter().filter(|fix| fix["safety"] != "manual");
    let offered: Vec<_> = offered.filter(|fix| says_all(fix)).collect();
    assert_eq!(list(&result["fixes"]).len(), offered.len());
    for (fix, offered) in list(&result["fixes"]).iter().zip(offered) {
        let replacements =
            list(&fix["artifactChanges"]).iter().flat_map(|one| list(&one["replacements"]));
        let replacements: Vec<_> = replacements.collect();
        assert_eq!(replacements.len(), list(&offered["edits"]).len());
        for (replacement, edit) in replacements.iter().zip(list(&offered["edits"])) {
            region(&replacement["deletedRegion"], edit);
            assert_eq!(replacement["insertedContent"]["text"], edit["replacement"]);
        }
    }
}

#[test]
fn the_way_through_includes_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("nginx.conf", "events {}\nhttp { include site.conf; }\n");
    write("site.conf", "server { include auth.conf; }\n");
    write("auth.conf", "auth_basic Off;\nauth_basic_user_file /a;\n");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lint401"))
        .args([
            "--no-config",
            "--output-format",
            "sarif",
            "--select",
            "nginx/basic-off-misspelt",
            "nginx.conf",
        ])
        .current_dir(folder.path())
        .output()
        .expect("lint401 runs");
    let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let flow = list(&log["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"]);
    let steps: Vec<String> = flow
        .iter()
        .map(|step| {
            let place = &step["location"]["physicalLocation"];
            let text = &step["location"]["message"]["text"];
            format!("{}:{} {text}", place["artifactLocation"]["uri"], place["region"]["startLine"])
        })
        .collect();
    assert_eq!(steps.len(), 4, "{steps:?}");
    assert_eq!(steps[0], "\"nginx.conf\":2 \"the file is included here\"");
    assert_eq!(steps[1], "\"site.conf\":1 \"the file is included here\"");
    assert!(
        steps[2].starts_with("\"auth.conf\":2") && steps[3].starts_with("\"auth.conf\":1"),
        "{steps:?}"
    );
}

/// What comments and a baseline silence, and what is gone, in the report of a folder with these files.
struct Silenced(tempfile::TempDir);

impl Silenced {
    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).expect("a file");
    }

    /// `line rule kind justification state` of each result.
    fn results(&self, args: &[&str], is_github: bool) -> Vec<String> {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_lint401"))
            .args(["--no-config", "--output-format", "sarif", "nginx.conf"])
            .args(args)
            .env("GITHUB_ACTIONS", if is_github { "true" } else { "" })
            .current_dir(self.0.path())
            .output()
            .expect("lint401 runs");
        let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        if let Some(validator) = schema() {
            is_valid(&validator, &log);
        }
        let brief = |one: &Value| {
            let region = &one["locations"][0]["physicalLocation"]["region"];
            let by = &one["suppressions"][0];
            let words = [&one["ruleId"], &by["kind"], &by["justification"], &one["baselineState"]];
            let words: Vec<&str> = words.iter().map(|one| one.as_str().unwrap_or("-")).collect();
            format!("{} {}", region["startLine"], words.join(" "))
        };
        list(&log["runs"][0]["results"]).iter().map(brief).collect()
    }
}

#[test]
fn what_is_silenced_is_listed_as_such() {
    let here = Silenced(tempfile::tempdir().expect("a folder"));
    let text = |realms: [&str; 2]| {
        let server = |port: u16, realm: &str, comment: &str| {
            format!(
                "server {{ listen {port};\n{comment}auth_basic {realm};\nauth_basic_user_file users; }}\n"
            )
        };
        let comment = "# lint401: ignore[nginx/basic-off-misspelt] the name of a club\n";
        let servers = [
            server(8401, "Off", comment),
            server(8402, realms[0], ""),
            server(8403, realms[1], ""),
        ];
        format!("events {{}}\nhttp {{\n{}}}\n", servers.concat())
    };
    here.write("users", "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");
    here.write("nginx.conf", &text(["OFF", "staff"]));
    let rule = "nginx/basic-off-misspelt";
    let by_comment = format!("5 {rule} inSource the name of a club");
    let shown = here.results(&["--select", rule], false);
    assert_eq!(shown, [format!("8 {rule} - - -"), format!("{by_comment} -")]);
    // code scanning would open an alert for each result, whatever is said of it
    assert_eq!(here.results(&["--select", rule], true), [format!("8 {rule} - - -")]);
    let asked = here.results(&["--select", rule, "--silenced", "show"], true);
    assert_eq!(asked, shown);

    let baseline = ["--baseline", "known.json"];
    let written = std::process::Command::new(env!("CARGO_BIN_EXE_lint401"))
        .args(["--no-config", "nginx.conf", "--select", rule, "--write-baseline"])
        .args(baseline)
        .current_dir(here.0.path())
        .status()
        .expect("lint401 runs");
    assert!(written.success());
    let args = ["--select", rule, baseline[0], baseline[1]];
    let known = format!("8 {rule} external the baseline knows it unchanged");
    assert_eq!(here.results(&args, false), [format!("{by_comment} new"), known.clone()]);
    // one more, and then one less
    here.write("nginx.conf", &text(["OFF", "oFF"]));
    let new = format!("11 {rule} - - new");
    assert_eq!(here.results(&args, false), [new.clone(), format!("{by_comment} new"), known]);
    here.write("nginx.conf", &text(["off", "oFF"]));
    let gone = format!("null {rule} - - absent");
    assert_eq!(here.results(&args, false), [new, format!("{by_comment} new"), gone]);
    let omitted = [args.as_slice(), &["--silenced", "omit"]].concat();
    assert_eq!(here.results(&omitted, false), [format!("11 {rule} - - new")]);
}
