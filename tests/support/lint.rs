//! Runs lint401 on a copied tree as a user does, and applies the fixes that it offers.

use super::case::Case;
use super::tree::Copy;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

#[derive(Debug, Deserialize)]
struct Report {
    findings: Vec<Finding>,
}

/// A finding of the JSON report: the parts that cases speak of.
#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) message: String,
    pub(crate) location: Place,
    fixes: Vec<Fix>,
}

/// A place in a file.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) start: Position,
    pub(crate) end: Position,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) offset: usize,
}

#[derive(Debug, Deserialize)]
struct Fix {
    safety: String,
    edits: Vec<Edit>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Edit {
    #[serde(flatten)]
    place: Place,
    replacement: String,
}

/// What `check` finds in a copy, whatever its severity.
pub(crate) fn check(case: &Case, copy: &Copy) -> Result<Vec<Finding>, String> {
    // a tree may have settings of its own; those around the tests are nobody's
    let own = copy.path().join("lint401.toml").is_file();
    let settings: &[&str] = if own { &["--config", "lint401.toml"] } else { &["--no-config"] };
    let output = Command::new(env!("CARGO_BIN_EXE_lint401"))
        .args(["check", "--severity", "info", "--fail-on", "never"])
        .args(settings)
        .args(["--output-format", "json"])
        .args(case.args.iter().map(|arg| copy.text(arg)))
        .arg(copy.text(&case.main))
        .current_dir(copy.path())
        .output()
        .map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!(
            "check: {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let report: Report = serde_json::from_slice(&output.stdout)
        .map_err(|e| format!("{e} in {}", String::from_utf8_lossy(&output.stdout)))?;
    Ok(report.findings)
}

impl Finding {
    /// The file, as a case names it.
    pub(crate) fn file(&self, copy: &Copy) -> String {
        let path = Path::new(&self.location.path);
        path.strip_prefix(copy.path()).unwrap_or(path).display().to_string()
    }

    /// The text that is marked.
    pub(crate) fn marked(&self, copy: &Copy) -> String {
        let bytes = std::fs::read(copy.path().join(&self.location.path)).unwrap_or_default();
        let range = self.location.start.offset..self.location.end.offset;
        String::from_utf8_lossy(bytes.get(range).unwrap_or_default()).into_owned()
    }

    /// Whether it is reported without being asked for.
    pub(crate) fn is_loud(&self) -> bool {
        self.severity != "info"
    }

    /// One line for a test's report.
    pub(crate) fn line(&self, copy: &Copy) -> String {
        let Self { rule, severity, message, .. } = self;
        let (file, line, marked) = (self.file(copy), self.location.start.line, self.marked(copy));
        format!("{severity} {rule} at {file}:{line}, marks {marked:?}, says {message:?}")
    }

    /// The safeties of the fixes that are offered.
    pub(crate) fn safeties(&self) -> impl Iterator<Item = &str> {
        self.fixes.iter().map(|fix| fix.safety.as_str())
    }

    fn fix(&self) -> Option<&Fix> {
        self.fixes.first().filter(|fix| fix.safety != "manual")
    }
}

/// Applies the first fix of every finding of `rule` to the copy. `false`, with nothing done, when one of them has none.
pub(crate) fn apply_fixes(findings: &[Finding], rule: &str, copy: &Copy) -> Result<bool, String> {
    let mut edits = BTreeMap::<_, BTreeSet<_>>::new();
    for finding in findings.iter().filter(|finding| finding.rule == rule) {
        let Some(fix) = finding.fix() else { return Ok(false) };
        for edit in &fix.edits {
            edits.entry(copy.path().join(&edit.place.path)).or_default().insert(edit);
        }
    }
    for (path, edits) in &edits {
        let mut bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut limit = bytes.len();
        // from the last to the first, so that offsets stay true
        for Edit { place: Place { start, end, .. }, replacement } in edits.iter().rev() {
            if end.offset > limit || start.offset > end.offset {
                return Err(format!("edits overlap in {}, line {}", path.display(), start.line));
            }
            bytes.splice(start.offset..end.offset, replacement.bytes());
            limit = start.offset;
        }
        std::fs::write(path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(!edits.is_empty())
}
