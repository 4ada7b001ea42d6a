//! What an editor offers to do about findings: fixes, and comments that silence them.

use super::analysis::Analysis;
use super::diagnostics::diagnostic;
use super::documents::Documents;
use super::position::Encoding;
use crate::check::Reported;
use crate::diagnostic::{Edit, Safety};
use crate::report::visible;
use crate::source::{FileId, FileSystem, Location, Span};
use crate::syntax::{Language, NodeId};
use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, DocumentChange,
    OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextDocumentIdentifier, TextEdit,
    Uri, WorkspaceEdit,
};
use similar::{DiffTag, TextDiff};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// Applies every safe fix of a document.
pub(super) const FIX_ALL: &str = "source.fixAll.lint401";

/// Answers for the findings of one configuration.
pub(super) struct Actions<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) documents: &'a Documents,
    pub(super) disk: &'a dyn FileSystem,
    pub(super) encoding: Encoding,
    /// Whether the editor takes edits with the version of the text that they are for.
    pub(super) versioned: bool,
}

impl Actions<'_> {
    /// The actions for a range of `file`.
    pub(super) fn of(&self, file: FileId, params: &CodeActionParams) -> Vec<CodeAction> {
        let source = self.analysis.source(file);
        let offset = |position| self.encoding.offset(source.lines(), position);
        let asked = Span::new(offset(params.range.start), offset(params.range.end));
        let only = params.context.only.as_deref();
        let wants = |kind: &str| {
            only.is_none_or(|kinds| kinds.iter().any(|asked| is_kind(kind, &kind_name(asked))))
        };
        let mut actions = Vec::new();
        if wants("quickfix") {
            for reported in &self.analysis.outcome.findings {
                let at = reported.finding.primary.at;
                let touches =
                    at.file == file && at.span.start <= asked.end && asked.start <= at.span.end;
                if touches {
                    self.quick_fixes(reported, &mut actions);
                }
            }
        }
        // such an action is offered where it is asked for: editors run it when a file is saved
        if only.is_some() && wants(FIX_ALL) {
            actions.extend(self.fix_all(file));
        }
        actions
    }

    /// The fixes of a finding, and the comments that silence it.
    fn quick_fixes(&self, reported: &Reported, actions: &mut Vec<CodeAction>) {
        let finding = &reported.finding;
        let about = vec![diagnostic(self.analysis, reported, self.encoding)];
        for fix in &finding.fixes {
            if fix.safety == Safety::Manual {
                continue;
            }
            let Some(edit) = self.workspace_edit(&fix.edits) else { continue };
            let is_safe = fix.safety == Safety::Safe;
            let title = visible(&fix.title);
            let note = if is_safe { "" } else { " (changes who gets in)" };
            actions.push(CodeAction {
                is_preferred: is_safe.then_some(true),
                diagnostics: Some(about.clone()),
                ..action(format!("{title}{note}"), CodeActionKind::QuickFix, edit)
            });
        }
        for (title, edit) in self.comments(reported) {
            if let Some(edit) = self.workspace_edit(&[edit]) {
                let action = action(title, CodeActionKind::QuickFix, edit);
                actions.push(CodeAction { diagnostics: Some(about.clone()), ..action });
            }
        }
    }

    /// Comments that silence a finding: above its directive, and at the top of the file.
    fn comments(&self, reported: &Reported) -> Vec<(String, Edit)> {
        let at = reported.finding.primary.at;
        let rule = reported.finding.rule;
        let project = &self.analysis.project;
        let source = self.analysis.source(at.file);
        let Some(tree) = project.tree(at.file) else { return Vec::new() };
        // the line on which the directive begins: a comment between its lines would be a part of it
        let before = tree.nodes.partition_point(|node| node.span.start <= at.span.start);
        let last = before.checked_sub(1).map(|last| NodeId(last as u32));
        let holds = |id: &NodeId| tree.node(*id).head.end >= at.span.start;
        let node =
            last.and_then(|last| std::iter::once(last).chain(tree.ancestors(last)).find(holds));
        let start = node.map_or(at.span.start, |id| tree.node(id).span.start);
        let lines = source.lines();
        let line = lines.line(start);
        let text = lines.text(line);
        let indent = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        // what stands on one line with another directive has no line above of its own
        let own_line = lines.start(line) as usize + indent == start as usize
            || tree.language == Language::Nginx;
        let end = if text_ends_in_cr(source.bytes(), lines.start(line)) { "\r\n" } else { "\n" };
        let indent = String::from_utf8_lossy(&text[..indent]).into_owned();
        let mut all = Vec::new();
        let insert = |offset: u32, text: String| {
            Edit::insert(Location::new(at.file, Span::empty(offset)), text)
        };
        if own_line {
            let comment = format!("{indent}# lint401: ignore[{rule}] say why{end}");
            all.push((format!("Ignore {rule} here"), insert(lines.start(line), comment)));
        }
        let top = if source.bytes().starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let comment = format!("# lint401: ignore-file[{rule}] say why{end}");
        all.push((format!("Ignore {rule} in this file"), insert(top, comment)));
        all
    }

    /// All safe fixes of `file`, tried out together, as one.
    fn fix_all(&self, file: FileId) -> Option<CodeAction> {
        let mut edits = Vec::new();
        for changed in self.analysis.mended(self.disk, self.documents, file) {
            let file = self.analysis.read_from(&changed.path)?;
            edits.extend(differences(file, &changed.before, &changed.after));
        }
        let edit = self.workspace_edit(&edits)?;
        let title = "Apply all safe fixes of lint401".to_owned();
        Some(action(title, CodeActionKind::new(FIX_ALL), edit))
    }

    /// Edits as the editor takes them; `None` where one cannot be said: bytes that are no text, a byte order mark, a file
    /// that was read out of a dump.
    fn workspace_edit(&self, edits: &[Edit]) -> Option<WorkspaceEdit> {
        if edits.is_empty() {
            return None;
        }
        let mut by_uri: BTreeMap<&str, (FileId, Vec<TextEdit>)> = BTreeMap::new();
        for edit in edits {
            let source = self.analysis.source(edit.at.file);
            let range = self.encoding.range(source, edit.at.span);
            let is_lost = range.start == range.end && !edit.at.span.is_empty();
            if source.dump.is_some() || is_lost || std::str::from_utf8(source.bytes()).is_err() {
                return None;
            }
            let new_text = String::from_utf8(edit.replacement.clone()).ok()?;
            let uri = self.analysis.uri(edit.at.file);
            let list = &mut by_uri.entry(uri).or_insert((edit.at.file, Vec::new())).1;
            list.push(TextEdit { range, new_text });
        }
        if !self.versioned {
            let changes: HashMap<Uri, Vec<TextEdit>> =
                by_uri.into_iter().map(|(uri, (_, edits))| (uri.into(), edits)).collect();
            return Some(WorkspaceEdit {
                changes: Some(changes),
                document_changes: None,
                change_annotations: None,
            });
        }
        let changes = by_uri.into_iter().map(|(uri, (_, edits))| {
            let path: Option<PathBuf> = self.documents.path(uri).map(Into::into);
            let version = path.and_then(|path| Some(self.documents.get(&path)?.version));
            DocumentChange::TextDocumentEdit(TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier {
                    version,
                    text_document_identifier: TextDocumentIdentifier { uri: uri.into() },
                },
                edits: edits.into_iter().map(Into::into).collect(),
            })
        });
        Some(WorkspaceEdit {
            changes: None,
            document_changes: Some(changes.collect()),
            change_annotations: None,
        })
    }
}

fn action(title: String, kind: CodeActionKind, edit: WorkspaceEdit) -> CodeAction {
    CodeAction {
        title,
        kind: Some(kind),
        diagnostics: None,
        is_preferred: None,
        disabled: None,
        edit: Some(edit),
        command: None,
        data: None,
        tags: None,
    }
}

/// What makes `after` of `before`, line by line.
fn differences(file: FileId, before: &[u8], after: &[u8]) -> Vec<Edit> {
    let diff = TextDiff::from_lines(before, after);
    let ends = |lines: &[&[u8]]| -> Vec<usize> {
        let mut at = 0;
        let next = |line: &&[u8]| {
            at += line.len();
            at
        };
        std::iter::once(0).chain(lines.iter().map(next)).collect()
    };
    let (old, new) = (ends(diff.old_slices()), ends(diff.new_slices()));
    let changed = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
    changed
        .map(|op| {
            let (gone, come) = (op.old_range(), op.new_range());
            let span = Span::new(old[gone.start] as u32, old[gone.end] as u32);
            let text = &after[new[come.start]..new[come.end]];
            Edit::replace(Location::new(file, span), text)
        })
        .collect()
}

/// Whether `kind` is `asked` or one below it: `source.fixAll.lint401` is a `source`.
fn is_kind(kind: &str, asked: &str) -> bool {
    asked.is_empty()
        || kind.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn kind_name(kind: &CodeActionKind) -> String {
    serde_json::to_value(kind)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Whether the line that starts at `start` ends in CR LF.
fn text_ends_in_cr(bytes: &[u8], start: u32) -> bool {
    let rest = &bytes[start as usize..];
    memchr::memchr(b'\n', rest).is_some_and(|end| end > 0 && rest[end - 1] == b'\r')
}
