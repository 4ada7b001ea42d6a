//! A rule is one source file, one folder and one line in a list: this holds the three together, each page to its form,
//! and the README's table of rules to the rules. `UPDATE=1` writes the table anew.

use lint401::rules::{self, Rule};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The sections of a rule's page, in this order.
const SECTIONS: [&str; 5] = [
    "What is wrong",
    "What happens",
    "What to write instead",
    "When it is not a mistake",
    "References",
];

const TABLE_BEGINS: &str = "<!-- the rules: written by `UPDATE=1 cargo test --test pages` -->\n";
const TABLE_ENDS: &str = "<!-- end of the rules -->\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The paths directly inside a folder, sorted.
fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The rules that have a source file: those of `src/rules/<server>/` that declare one.
fn source_files() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for server in inside(&root().join("src/rules")).iter().filter(|path| path.is_dir()) {
        for file in inside(server) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            if text.contains("\nrule! {") {
                names.insert(format!("{}/{}", stem(server), stem(&file).replace('_', "-")));
            }
        }
    }
    names
}

/// The rules that have a folder.
fn folders() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // `answers` holds cases of no rule
    let servers = inside(&root().join("fixtures"));
    for server in servers.iter().filter(|path| path.is_dir() && stem(path) != "answers") {
        for rule in inside(server).iter().filter(|path| path.is_dir()) {
            names.insert(format!("{}/{}", stem(server), stem(rule)));
        }
    }
    names
}

#[test]
fn every_rule_has_its_file_its_folder_and_its_line() {
    let listed: BTreeSet<String> = rules::all().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(source_files(), listed, "src/rules/*/*.rs against the lists in mod.rs");
    assert_eq!(folders(), listed, "fixtures/*/* against the lists in src/rules/*/mod.rs");
}

#[test]
fn rules_are_listed_by_name_and_named_after_what_is_wrong() {
    let names: Vec<&str> = rules::all().map(|rule| rule.name).collect();
    assert!(names.is_sorted(), "the lists in src/rules/*/mod.rs are not sorted: {names:?}");
    for name in names {
        let (server, wrong) = name.split_once('/').unwrap_or_default();
        assert!(
            ["nginx", "apache", "credentials", "lint401"].contains(&server),
            "{name}: which server?"
        );
        let plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        assert!(wrong.split('-').all(plain), "{name} is not made of words and dashes");
    }
}

#[test]
fn every_rule_has_a_case() {
    for rule in rules::all() {
        let folder = root().join("fixtures").join(rule.name);
        let cases = inside(&folder).iter().filter(|path| path.join("case.toml").is_file()).count();
        assert!(cases > 0, "{} has no case", folder.display());
    }
}

#[test]
fn every_page_has_its_sections() {
    for Rule { name, page, .. } in rules::all() {
        assert!(page.starts_with(&format!("# {name}\n")), "{name}: the page starts with its name");
        let found: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(found, SECTIONS, "{name}: the sections of its page");
        for section in page.split("\n## ").skip(1) {
            let (title, body) = section.split_once('\n').unwrap_or((section, ""));
            assert!(!body.trim().is_empty(), "{name}: {title} is empty");
        }
    }
}

#[test]
fn summaries_fit_a_list() {
    for Rule { name, summary, .. } in rules::all() {
        assert!(!summary.ends_with('.'), "{name}: the summary ends with a dot");
        assert!(!summary.contains('\n') && summary.len() <= 120, "{name}: the summary is too long");
    }
}

#[test]
fn the_readme_lists_the_rules() {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap_or_default();
    let parts = readme.split_once(TABLE_BEGINS).and_then(|(before, rest)| {
        rest.split_once(TABLE_ENDS).map(|(table, after)| (before, table, after))
    });
    let Some((before, table, after)) = parts else {
        panic!("README.md lacks the lines {TABLE_BEGINS:?} and {TABLE_ENDS:?}");
    };
    let fresh = table_of_rules();
    if std::env::var_os("UPDATE").is_some() {
        let text = [before, TABLE_BEGINS, &fresh, TABLE_ENDS, after].concat();
        fs::write(&path, text).expect("README.md can be written");
    } else {
        assert!(table == fresh, "README.md: run `UPDATE=1 cargo test --test pages`");
    }
}

fn table_of_rules() -> String {
    let mut table =
        String::from("| rule | severity | effect | what is wrong |\n|---|---|---|---|\n");
    for Rule { name, severity, effect, summary, .. } in rules::all() {
        let severity = severity.map_or("off", lint401::diagnostic::Severity::name);
        let (effect, summary) = (effect.name(), summary.replace('|', "\\|"));
        let page = format!("[{name}](docs/rules/{name}.md)");
        let _ = writeln!(table, "| {page} | {severity} | {effect} | {summary} |");
    }
    table
}
