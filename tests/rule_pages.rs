//! `docs/rules`: a page for each rule, made of the folder that holds its proofs, and the list of them with the kinds of fixes
//! that they offer. `UPDATE=1 cargo test --test rule_pages` writes them anew.

#[path = "support/mod.rs"]
mod support;

use lint401::diagnostic::{Safety, Severity};
use lint401::rules::{self, Rule};
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::case::{self, Case, Side};
use support::lint;
use support::tree::{Copy, PORTS};

/// Lines of a difference that a page shows.
const LINES: usize = 60;

/// How to write the pages anew.
const HOW: &str = "run `UPDATE=1 cargo test --test rule_pages`";

#[test]
fn every_rule_has_a_fresh_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let cases: Vec<Case> = case::all().into_iter().filter_map(Result::ok).collect();
    let fixes = fixes(&cases);
    let mut pages = BTreeMap::from([(folder.join("README.md"), list(&fixes))]);
    for rule in rules::all() {
        let of_rule: Vec<&Case> = cases.iter().filter(|case| case.rule == rule.name).collect();
        pages.insert(folder.join(format!("{}.md", rule.name)), page(rule, &of_rule, &fixes));
    }
    let there = files(&folder);
    if std::env::var_os("UPDATE").is_some() {
        for old in there.iter().filter(|path| !pages.contains_key(*path)) {
            fs::remove_file(old).expect("an old page can be removed");
        }
        for (path, text) in &pages {
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a page can be written");
        }
        return;
    }
    let known: Vec<&PathBuf> = pages.keys().collect();
    assert_eq!(there.iter().collect::<Vec<_>>(), known, "{HOW}");
    for (path, text) in &pages {
        let is_fresh = fs::read_to_string(path).is_ok_and(|written| written == *text);
        assert!(is_fresh, "{} is stale: {HOW}", path.display());
    }
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.into_iter().chain(folders.iter().flat_map(|folder| self::files(folder))).collect()
}

/// The kinds of fixes that each rule offers on its own proofs.
type Fixes = BTreeMap<&'static str, BTreeSet<String>>;

fn fixes(cases: &[Case]) -> Fixes {
    let next = AtomicUsize::new(0);
    let all: Mutex<Fixes> = Mutex::default();
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(rule) = rules::find(&case.rule) else { continue };
            let Ok(copy) = Copy::new(case, Side::Bad, &PORTS) else { continue };
            let found = lint::check(case, &copy).expect("lint401 runs");
            let own = found.iter().filter(|finding| finding.rule == case.rule);
            let safeties: BTreeSet<String> =
                own.flat_map(lint::Finding::safeties).map(str::to_owned).collect();
            all.lock().expect("no panic").entry(rule.name).or_default().extend(safeties);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    all.into_inner().expect("no panic")
}

/// `safe, unsafe`, or a dash.
fn kinds(fixes: &Fixes, rule: &Rule) -> String {
    let of_rule = fixes.get(rule.name);
    let has = |safety: &Safety| of_rule.is_some_and(|all| all.contains(safety.name()));
    let all = [Safety::Safe, Safety::Unsafe, Safety::Manual];
    let names: Vec<&str> = all.iter().filter(|one| has(one)).map(|one| one.name()).collect();
    if names.is_empty() { "–".to_owned() } else { names.join(", ") }
}

/// The list of the rules, and how many offer which fixes.
fn list(fixes: &Fixes) -> String {
    let mut text = String::from(
        "# Rules\n\nWritten by `UPDATE=1 cargo test --test rule_pages`, of the rules and of the proofs under `fixtures`.\n\n",
    );
    let with = |safety: Safety| {
        let has =
            |rule: &&Rule| fixes.get(rule.name).is_some_and(|all| all.contains(safety.name()));
        rules::all().filter(has).count()
    };
    let without = rules::all().filter(|rule| kinds(fixes, rule) == "–").count();
    let _ = writeln!(
        text,
        "Of {} rules {} offer a safe fix (`--fix` applies it: nobody gets in or is locked out by it), {} an unsafe one\n(`--unsafe-fixes`: it changes who gets in), {} one that is shown only, and {} none: what to write is a matter of what is\nmeant, and the page says what there is to choose from.\n",
        rules::all().count(),
        with(Safety::Safe),
        with(Safety::Unsafe),
        with(Safety::Manual),
        without,
    );
    text += "| rule | severity | fixes | what is wrong |\n|---|---|---|---|\n";
    for rule in rules::all() {
        let severity = rule.severity.map_or("off", Severity::name);
        let summary = rule.summary.replace('|', "\\|");
        let fixes = kinds(fixes, rule);
        let _ = writeln!(text, "| [{0}]({0}.md) | {severity} | {fixes} | {summary} |", rule.name);
    }
    text
}

/// The page of a rule: what it is, what its folder says of it, and its proofs.
fn page(rule: &Rule, cases: &[&Case], fixes: &Fixes) -> String {
    let (title, rest) = rule.page.split_once('\n').unwrap_or((rule.page, ""));
    let severity = rule.severity.map_or("off", Severity::name);
    let mut text = format!(
        "{title}\n\n{severity} · {} · fixes: {} · since {}\n{}\n",
        rule.effect.name(),
        kinds(fixes, rule),
        rule.since,
        rest.trim_end(),
    );
    text += "\n## Proofs\n";
    for (number, case) in cases.iter().enumerate() {
        let folder = format!("../../../fixtures/{}", case.name);
        let _ = writeln!(text, "\n### {}\n\n[{}]({folder})", case.title, case.name);
        if number == 0 {
            let difference = difference(case);
            if !difference.is_empty() {
                let _ = writeln!(text, "\n```diff\n{difference}```");
            }
        }
        if let Some(why) = &case.unrunnable {
            let _ = writeln!(text, "\nNot run on a server: {why}");
        }
        text += &requests(case);
    }
    text
}

/// What the server answers before and after.
fn requests(case: &Case) -> String {
    let mut text = String::new();
    for request in &case.requests {
        let status = |side| request.status(side).map_or("–".to_owned(), |code| code.to_string());
        let who = request
            .user
            .as_deref()
            .map_or("nobody", |user| user.split_once(':').map_or(user, |(name, _)| name));
        if text.is_empty() {
            text += "\n| request | as | before | after |\n|---|---|---|---|\n";
        }
        let _ = writeln!(
            text,
            "| `{} {}` | {who} | {} | {} |",
            request.method,
            request.path.replace('|', "\\|").replace('`', "'"),
            status(Side::Bad),
            status(Side::Good),
        );
    }
    text
}

/// What is written otherwise in the mended files of a case.
fn difference(case: &Case) -> String {
    let (Some(bad), Some(good)) = (case.tree(Side::Bad), case.tree(Side::Good)) else {
        return String::new();
    };
    let names: BTreeSet<PathBuf> = [&bad, &good]
        .iter()
        .flat_map(|tree| files(tree).into_iter().map(move |path| (path, tree)))
        .filter_map(|(path, tree)| path.strip_prefix(tree).ok().map(Path::to_owned))
        .collect();
    let mut text = String::new();
    for name in names {
        let read = |tree: &Path| fs::read(tree.join(&name)).unwrap_or_default();
        let (before, after) = (read(&bad), read(&good));
        let (Ok(before), Ok(after)) = (String::from_utf8(before), String::from_utf8(after)) else {
            continue;
        };
        if before != after {
            let diff = TextDiff::from_lines(&before, &after);
            let name = name.display().to_string();
            text += &diff.unified_diff().header(&name, &name).to_string();
        }
    }
    let shown: Vec<&str> = text.lines().take(LINES).collect();
    let is_cut = text.lines().count() > LINES;
    // a fence in the text would end the block
    if shown.is_empty() || shown.iter().any(|line| line.contains("```")) {
        return String::new();
    }
    shown.join("\n") + if is_cut { "\n…\n" } else { "\n" }
}
