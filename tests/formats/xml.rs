//! `junit` and `checkstyle`: XML that holds together, the elements and attributes of their schemas, and the parsers of
//! programs that read them.

use super::report::{Run, all};
use super::validators;
use roxmltree::{Document, Node};
use std::process::Command;

/// An element, its attributes that must be there, those that may, and its children.
type Element =
    (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Of the schema that Jenkins reads JUnit's reports by.
const JUNIT: &[Element] = &[
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
    ("testsuite", &["name", "tests", "failures", "errors"], &[], &["testcase"]),
    ("testcase", &["name"], &["classname", "time"], &["failure", "error"]),
    ("failure", &[], &["message", "type"], &[]),
    ("error", &[], &["message", "type"], &[]),
];

/// Of Checkstyle's.
const CHECKSTYLE: &[Element] = &[
    ("checkstyle", &[], &["version"], &["file"]),
    ("file", &["name"], &[], &["error", "exception"]),
    ("error", &[], &["line", "column", "severity", "message", "source"], &[]),
];

/// Whether `node` and what it holds is made of `elements`.
fn check(node: Node<'_, '_>, elements: &[Element]) {
    let name = node.tag_name().name();
    let known = elements.iter().find(|(known, ..)| *known == name);
    let (_, needed, allowed, children) = known.unwrap_or_else(|| panic!("<{name}> is unknown"));
    for needed in *needed {
        assert!(node.attribute(*needed).is_some(), "<{name}> has no {needed}");
    }
    for attribute in node.attributes() {
        let attribute = attribute.name();
        assert!(
            needed.contains(&attribute) || allowed.contains(&attribute),
            "<{name} {attribute}>"
        );
    }
    for child in node.children().filter(Node::is_element) {
        assert!(children.contains(&child.tag_name().name()), "{child:?} in <{name}>");
        check(child, elements);
    }
}

fn count(document: &Document<'_>, name: &str) -> usize {
    document.descendants().filter(|node| node.has_tag_name(name)).count()
}

fn errors(run: &Run) -> usize {
    run.json("json")["errors"].as_array().expect("a list").len()
}

#[test]
fn junit_holds_together() {
    for run in all() {
        let text = run.text("junit");
        let document = Document::parse(&text).expect("XML");
        let root = document.root_element();
        check(root, JUNIT);
        let (findings, errors) = (run.findings().len(), errors(run));
        assert_eq!(count(&document, "failure"), findings);
        assert_eq!(count(&document, "error"), errors);
        let figure = |node: Node<'_, '_>, name: &str| -> usize {
            node.attribute(name).and_then(|text| text.parse().ok()).expect("a figure")
        };
        assert_eq!(figure(root, "failures"), findings);
        assert_eq!(figure(root, "errors"), errors);
        assert_eq!(figure(root, "tests"), (findings + errors).max(1));
        for suite in root.children().filter(Node::is_element) {
            let cases = suite.children().filter(|child| child.has_tag_name("testcase")).count();
            assert_eq!(figure(suite, "tests"), cases);
        }
    }
}

#[test]
fn junit_is_read_by_a_program_for_it() {
    let Some(python) = validators::find("python") else { return };
    let script = "import sys, junitparser as j\nx = j.JUnitXml.fromfile(sys.argv[1])\n\
        print(x.tests, x.failures, x.errors, sum(len(c.result) for s in x for c in s))";
    for run in all() {
        let mut command = Command::new("python3");
        command.env("PYTHONPATH", &python).args(["-c", script]).arg(run.path("junit"));
        let (findings, errors) = (run.findings().len(), errors(run));
        let total = findings + errors;
        let expected = format!("{} {findings} {errors} {total}\n", total.max(1));
        assert_eq!(validators::ask(&mut command), expected);
    }
}

#[test]
fn checkstyle_holds_together() {
    for run in all() {
        let text = run.text("checkstyle");
        let document = Document::parse(&text).expect("XML");
        check(document.root_element(), CHECKSTYLE);
        let errors = errors(run);
        let all: Vec<_> =
            document.descendants().filter(|node| node.has_tag_name("error")).collect();
        let findings = run.findings();
        assert_eq!(all.len(), errors + findings.len());
        for (error, finding) in all[errors..].iter().zip(&findings) {
            let place = &finding["location"];
            let file = error.parent().and_then(|file| file.attribute("name"));
            assert_eq!(file, place["path"].as_str());
            assert_eq!(error.attribute("line"), Some(&*place["start"]["line"].to_string()));
            assert_eq!(error.attribute("column"), Some(&*place["start"]["column"].to_string()));
            assert_eq!(error.attribute("severity"), finding["severity"].as_str());
            assert_eq!(error.attribute("source"), finding["rule"].as_str());
        }
    }
}

#[test]
fn checkstyle_is_read_by_a_program_for_it() {
    let Some(modules) = validators::find("node_modules/danger-plugin-lint-report") else { return };
    let script = "const fs = require('fs'), xml = require('xml-js');\n\
        const { parseCheckstyle } = require('danger-plugin-lint-report/dist/parse/checkstyle_parser');\n\
        const report = xml.xml2js(fs.readFileSync(process.argv[1], 'utf8'));\n\
        const all = parseCheckstyle(report, '');\n\
        console.log(JSON.stringify(all));";
    for run in all() {
        let mut command = Command::new("node");
        let folder = modules.ancestors().nth(2).expect("the folder of node_modules");
        command.current_dir(folder).args(["-e", script]).arg(run.path("checkstyle"));
        let said = validators::ask(&mut command);
        let violations: Vec<serde_json::Value> = serde_json::from_str(&said).expect("JSON");
        let errors = errors(run);
        let findings = run.findings();
        assert_eq!(violations.len(), errors + findings.len());
        for (violation, finding) in violations[errors..].iter().zip(&findings) {
            assert_eq!(violation["line"], finding["location"]["start"]["line"]);
            assert_eq!(violation["severity"], finding["severity"]);
            let message = violation["message"].as_str().unwrap_or_default();
            let (first, said) = (message.lines().next(), finding["message"].as_str());
            assert!(first == said || first.is_some_and(|first| !first.is_ascii()), "{message}");
        }
    }
}
