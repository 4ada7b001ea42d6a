//! What is open, what was found in it, and what the editor has been told.

use super::SettingsOf;
use super::actions::Actions;
use super::analysis::Analysis;
use super::capabilities::Client;
use super::diagnostics::{self, ByUri};
use super::documents::{Documents, Kept};
use super::{completion, hints, hover, links};
use crate::check;
use crate::config::Options;
use crate::diagnostic::Severity;
use crate::source::{Disk, FileId, Span};
use gen_lsp_types::{
    CodeAction, CodeActionParams, CompletionItem, Diagnostic, DiagnosticSeverity, DocumentLink,
    Hover, InlayHint, Position, Range, TextDocumentContentChangeEvent, TextDocumentItem,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Longer documents are not looked at while somebody types in them, in bytes.
const LONGEST: usize = 16 << 20;

/// The state between two messages.
pub(super) struct Session<'s> {
    settings_of: &'s SettingsOf<'s>,
    pub(super) client: Client,
    /// Findings below it are not shown, where the editor's settings say so.
    pub(super) severity: Option<Severity>,
    disk: Kept<Disk>,
    pub(super) documents: Documents,
    analyses: Vec<Analysis>,
    /// The documents that changed since they were looked at the last time.
    changed: BTreeSet<PathBuf>,
    is_stale: bool,
    /// Whether the editor has asked for the end.
    pub(super) is_shut_down: bool,
    /// What there is to show, and how often that changed, by URI.
    shown: BTreeMap<String, (Vec<Diagnostic>, u64)>,
    /// Settings files that cannot be read, each told once.
    complaints: BTreeSet<String>,
}

/// What to tell the editor once everything was looked at again.
#[derive(Debug, Default)]
pub(super) struct News {
    /// The documents whose diagnostics changed.
    pub(super) changed: Vec<String>,
    /// Settings that cannot be read.
    pub(super) complaints: Vec<String>,
    /// What was known before: it takes a while to be given up, and the editor need not wait for that.
    pub(super) old: Vec<Analysis>,
}

impl<'s> Session<'s> {
    pub(super) fn new(settings_of: &'s SettingsOf<'s>) -> Self {
        Self {
            settings_of,
            client: Client::default(),
            severity: None,
            disk: Kept::new(Disk),
            documents: Documents::default(),
            analyses: Vec::new(),
            changed: BTreeSet::new(),
            is_stale: false,
            is_shut_down: false,
            shown: BTreeMap::new(),
            complaints: BTreeSet::new(),
        }
    }

    pub(super) fn open(&mut self, item: TextDocumentItem) {
        self.disk.forget();
        let path = self.documents.open(&self.disk, item);
        self.touch(path);
    }

    pub(super) fn change(
        &mut self,
        uri: &str,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) {
        let path = self.documents.change(uri, version, changes, self.client.encoding);
        self.touch(path);
    }

    pub(super) fn close(&mut self, uri: &str) {
        let path = self.documents.close(uri);
        self.files_changed();
        self.touch(path);
    }

    /// Something else than an open document is no longer what it was.
    pub(super) fn files_changed(&mut self) {
        self.disk.forget();
        self.is_stale = true;
    }

    fn touch(&mut self, path: Option<PathBuf>) {
        self.changed.extend(path);
        self.is_stale = true;
    }

    /// Looks at everything again where something changed.
    pub(super) fn settle(&mut self) -> News {
        let mut news = News::default();
        if !std::mem::take(&mut self.is_stale) {
            return news;
        }
        let changed = std::mem::take(&mut self.changed);
        let fresh = self.analyse(&mut news);
        news.old = std::mem::replace(&mut self.analyses, fresh);
        let mut fresh = ByUri::new();
        for analysis in &self.analyses {
            diagnostics::add(&mut fresh, analysis, &self.documents, self.client.encoding);
        }
        self.tell_of_long_documents(&mut fresh);
        self.keep_what_half_a_line_hides(&changed, &mut fresh);
        self.show(fresh, &mut news);
        news
    }

    /// Reads what each open document belongs to, each configuration once.
    fn analyse(&mut self, news: &mut News) -> Vec<Analysis> {
        let mut analyses: Vec<Analysis> = Vec::new();
        for path in self.documents.paths() {
            let is_known = analyses.iter().any(|one| one.file(path).is_some());
            if is_known || self.is_long(path) {
                continue;
            }
            let folder = path.parent().unwrap_or(Path::new("/"));
            let (options, mut settings) = (self.settings_of)(folder).unwrap_or_else(|complaint| {
                if self.complaints.insert(complaint.clone()) {
                    news.complaints.push(complaint);
                }
                (Options::default(), check::Settings::default())
            });
            if let Some(severity) = self.severity {
                settings.severity = severity;
            }
            let (disk, documents) = (&self.disk, &self.documents);
            analyses.push(Analysis::new(disk, documents, path, options, settings));
        }
        analyses
    }

    fn is_long(&self, path: &Path) -> bool {
        self.documents.get(path).is_some_and(|one| one.text.len() > LONGEST)
    }

    fn tell_of_long_documents(&self, fresh: &mut ByUri) {
        let long = self.documents.paths().filter(|path| self.is_long(path));
        for document in long.filter_map(|path| self.documents.get(path)) {
            let top = Position { line: 0, character: 0 };
            let text = format!("larger than {} MiB: not looked at in the editor", LONGEST >> 20);
            let diagnostic = Diagnostic {
                range: Range { start: top, end: top },
                severity: Some(DiagnosticSeverity::Information),
                code: None,
                code_description: None,
                source: Some("lint401".to_owned()),
                message: text.into(),
                tags: None,
                related_information: None,
                data: None,
            };
            fresh.entry(document.uri.clone()).or_default().push(diagnostic);
        }
    }

    /// While a document that changed cannot be read to its end, what was found in other files stays.
    fn keep_what_half_a_line_hides(&self, changed: &BTreeSet<PathBuf>, fresh: &mut ByUri) {
        let is_broken = |path: &PathBuf| {
            self.find(path).is_some_and(|(analysis, file)| {
                analysis.project.tree(file).is_some_and(|tree| !tree.errors.is_empty())
            })
        };
        if !changed.iter().any(is_broken) {
            return;
        }
        let own: Vec<&str> = changed
            .iter()
            .filter_map(|path| self.documents.get(path))
            .map(|document| document.uri.as_str())
            .collect();
        for (uri, (diagnostics, _)) in &self.shown {
            if !own.contains(&uri.as_str()) {
                fresh.insert(uri.clone(), diagnostics.clone());
            }
        }
    }

    /// Notes what there is to show now.
    fn show(&mut self, mut fresh: ByUri, news: &mut News) {
        for (uri, (_, _)) in &self.shown {
            fresh.entry(uri.clone()).or_default();
        }
        for (uri, diagnostics) in fresh {
            let known = self.shown.get(&uri);
            let is_news = known.map_or(!diagnostics.is_empty(), |(old, _)| *old != diagnostics);
            let revision = known.map_or(0, |(_, revision)| *revision) + u64::from(is_news);
            if is_news {
                news.changed.push(uri.clone());
            }
            self.shown.insert(uri, (diagnostics, revision));
        }
    }

    /// What there is to show of a document, and how often that changed.
    pub(super) fn diagnostics(&self, uri: &str) -> (&[Diagnostic], u64) {
        self.shown.get(uri).map_or((&[], 0), |(all, revision)| (all.as_slice(), *revision))
    }

    /// The documents of which there is something to show, or was.
    pub(super) fn uris(&self) -> impl Iterator<Item = &str> {
        self.shown.keys().map(String::as_str)
    }

    /// The version of an open document.
    pub(super) fn version(&self, uri: &str) -> Option<i32> {
        Some(self.documents.get(self.documents.path(uri)?)?.version)
    }

    fn find(&self, path: &Path) -> Option<(&Analysis, FileId)> {
        self.analyses.iter().find_map(|one| Some((one, one.file(path)?)))
    }

    /// The configuration that an open document belongs to.
    fn document(&self, uri: &str) -> Option<(&Analysis, FileId)> {
        self.find(self.documents.path(uri)?)
    }

    /// The same with an offset in the document.
    fn place(&self, uri: &str, position: Position) -> Option<(&Analysis, FileId, u32)> {
        let (analysis, file) = self.document(uri)?;
        let source = analysis.source(file);
        let offset = self.client.encoding.offset(source.lines(), position);
        Some((analysis, file, offset))
    }

    pub(super) fn actions(&self, params: &CodeActionParams) -> Vec<CodeAction> {
        let Some((analysis, file)) = self.document(&params.text_document.uri.0) else {
            return Vec::new();
        };
        let documents = &self.documents;
        let Client { encoding, versioned, .. } = self.client;
        Actions { analysis, documents, disk: &self.disk, encoding, versioned }.of(file, params)
    }

    pub(super) fn hover(&self, uri: &str, position: Position) -> Option<Hover> {
        let (analysis, file, offset) = self.place(uri, position)?;
        hover::hover(analysis, file, offset, self.client.encoding)
    }

    pub(super) fn hints(&self, uri: &str, range: Range) -> Vec<InlayHint> {
        let (Some((analysis, file, start)), Some((_, _, end))) =
            (self.place(uri, range.start), self.place(uri, range.end))
        else {
            return Vec::new();
        };
        hints::hints(analysis, file, Span::new(start, end), self.client.encoding)
    }

    pub(super) fn links(&self, uri: &str) -> Vec<DocumentLink> {
        self.document(uri).map_or(Vec::new(), |(analysis, file)| {
            links::links(analysis, file, self.client.encoding)
        })
    }

    pub(super) fn definition(&self, uri: &str, position: Position) -> Vec<gen_lsp_types::Location> {
        self.place(uri, position).map_or(Vec::new(), |(analysis, file, offset)| {
            links::definition(analysis, file, offset)
        })
    }

    pub(super) fn completion(&self, uri: &str, position: Position) -> Vec<CompletionItem> {
        let Client { encoding, snippets, .. } = self.client;
        self.place(uri, position).map_or(Vec::new(), |(analysis, file, offset)| {
            completion::completion(analysis, file, offset, encoding, snippets)
        })
    }
}
