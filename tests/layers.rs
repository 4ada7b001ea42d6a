//! Holds the direction of imports: a module uses what stands to its left in the picture of `src/lib.rs` and nothing
//! else, and each library lives where it belongs.

use std::fs;
use std::path::{Path, PathBuf};

/// What stands to the left of the two that people and editors start.
const EDGE: &[&str] = &[
    "source",
    "syntax",
    "grammar",
    "config",
    "policy",
    "map",
    "change",
    "logs",
    "diagnostic",
    "rules",
    "check",
    "report",
];

/// Each module with the modules that it may use.
const MAY_USE: [(&str, &[&str]); 14] = [
    ("source", &[]),
    ("syntax", &["source"]),
    ("grammar", &["source", "syntax"]),
    ("config", &["source", "syntax", "grammar"]),
    ("policy", &["source", "syntax", "grammar", "config"]),
    ("map", &["source", "syntax", "grammar", "config", "policy"]),
    ("change", &["source", "syntax", "grammar", "config", "policy", "map"]),
    ("logs", &["source", "syntax", "grammar", "config", "policy"]),
    ("diagnostic", &["source"]),
    ("rules", &["source", "syntax", "grammar", "config", "policy", "diagnostic"]),
    ("check", &["source", "syntax", "grammar", "config", "policy", "diagnostic", "rules"]),
    (
        "report",
        &[
            "source",
            "syntax",
            "grammar",
            "config",
            "policy",
            "map",
            "change",
            "logs",
            "diagnostic",
            "rules",
            "check",
        ],
    ),
    ("cli", EDGE),
    ("lsp", EDGE),
];

/// What only some files may use: the words, where, and why not elsewhere.
const ONLY_IN: [(&[&str], &[&str], &str); 10] = [
    (&["lsp_server", "gen_lsp_types"], &["lsp/"], "the editor's protocol is one module's matter"),
    (&["clap"], &["cli/"], "the command line is one module's matter"),
    (&["miette"], &["report/full.rs"], "the report for people is one format of many"),
    (
        &["serde", "serde_json", "schemars"],
        // a JSON Web Token is JSON
        &["report/", "cli/", "lsp/", "policy/token.rs"],
        "a published shape is not a type of ours",
    ),
    (&["toml"], &["cli/"], "settings are read at the edge"),
    (&["std::fs"], &["source/files.rs", "cli/"], "there is one way to the files"),
    (&["std::env", "std::time"], &["cli/"], "nothing below cli reads the environment or the clock"),
    (&["std::process"], &["cli/", "main.rs"], "only the command line ends"),
    (&["nom"], &["syntax/"], "text becomes trees in one place"),
    (
        &["bcrypt", "md5", "sha1", "sha_crypt", "yescrypt"],
        &["policy/password"],
        "passwords are checked in one place",
    ),
];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file below `folder`, as its path from `src/` and its code, without comments and tests.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_stem().is_some_and(|stem| stem != "tests")
        {
            let name = path.strip_prefix(src()).unwrap_or(&path).display().to_string();
            found.push((name, code(&fs::read_to_string(&path).unwrap_or_default())));
        }
    }
}

/// The text without its comments, which may speak of anything, and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = text.lines().map(|line| {
        // a `//` in a string is followed by more of the string, not by a blank
        let comment = line.find("// ").or_else(|| line.trim_start().starts_with("//").then_some(0));
        &line[..comment.unwrap_or(line.len())]
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Every place where a path goes on from `path`, such as `crate::`: the line, from 1, and the names that it goes on with.
fn uses<'a>(code: &'a str, path: &'a str) -> impl Iterator<Item = (usize, Vec<&'a str>)> {
    code.match_indices(path).filter_map(move |(at, _)| {
        let before = code[..at].chars().last();
        let inside = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
        let line = code[..at].matches('\n').count() + 1;
        (!inside).then(|| (line, names(&code[at + path.len()..])))
    })
}

/// The names that a path goes on with: one, or the first of each path in a `{…}` list.
fn names(after: &str) -> Vec<&str> {
    let Some(list) = after.strip_prefix('{') else { return vec![word(after)] };
    let mut depth = 0_u32;
    let mut starts = vec![0];
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => starts.push(at + 1),
            _ => {}
        }
    }
    starts.into_iter().map(|at| word(list[at..].trim_start())).collect()
}

/// The identifier at the start of `text`.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

fn all_files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&src(), &mut found);
    assert!(found.len() > 20, "src/ was not found");
    found
}

#[test]
fn modules_use_what_stands_to_their_left() {
    let mut wrong = Vec::new();
    for (name, code) in all_files() {
        let Some((module, _)) = name.split_once('/') else { continue };
        let Some((_, allowed)) = MAY_USE.iter().find(|(listed, _)| *listed == module) else {
            wrong.push(format!("{name}: the module {module} has no place in MAY_USE"));
            continue;
        };
        for (line, used) in uses(&code, "crate::") {
            for used in used.iter().filter(|used| **used != module && !allowed.contains(used)) {
                wrong.push(format!("{name}:{line}: {module} may not use {used}"));
            }
        }
        // `super::super::` from `module/file.rs` is the crate
        let levels = name.matches('/').count() - usize::from(name.ends_with("/mod.rs"));
        for (line, _) in uses(&code, &"super::".repeat(levels + 1)) {
            wrong.push(format!("{name}:{line}: leaves {module} by `super::`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn libraries_live_where_they_belong() {
    let mut wrong = Vec::new();
    for (name, code) in all_files() {
        for (libraries, homes, why) in ONLY_IN {
            if homes.iter().any(|home| name.starts_with(home)) {
                continue;
            }
            for library in libraries {
                let lines: Vec<usize> = match library.split_once("::") {
                    Some((root, part)) => uses(&code, &format!("{root}::"))
                        .filter_map(|(line, names)| names.contains(&part).then_some(line))
                        .collect(),
                    None => uses(&code, &format!("{library}::")).map(|(line, _)| line).collect(),
                };
                let places = lines.iter().map(|line| format!("{name}:{line}: {library}: {why}"));
                wrong.extend(places);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_do_not_call_each_other() {
    let files = all_files();
    let rules: Vec<_> = files.iter().filter(|(_, code)| code.contains("\nrule! {")).collect();
    let mut wrong = Vec::new();
    for (name, code) in &rules {
        for (other, _) in &rules {
            let module = Path::new(other).file_stem().unwrap_or_default().to_string_lossy();
            for (line, used) in uses(code, "super::") {
                if name != other && used.contains(&&*module) {
                    wrong.push(format!("{name}:{line}: calls {other}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
