//! What the two sides can do.

use super::actions::FIX_ALL;
use super::position::Encoding;
use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, CompletionOptions, DiagnosticOptions, DocumentLinkOptions,
    InitializeParams, InitializeResult, InlayHintOptions, Save, SaveOptions, ServerCapabilities,
    ServerInfo, TextDocumentSyncKind, TextDocumentSyncOptions,
};

/// What the editor can do, as far as it changes what is sent.
// each is a thing of its own
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Client {
    /// What columns count.
    pub(super) encoding: Encoding,
    /// It asks for diagnostics, and can be told to ask again: nothing is pushed.
    pub(super) pulls: bool,
    /// It takes diagnostics of other documents with those of one.
    pub(super) related: bool,
    /// It takes edits with versions.
    pub(super) versioned: bool,
    /// It takes completions with places to fill in.
    pub(super) snippets: bool,
    /// It watches files for us.
    pub(super) watches: bool,
    /// It can be told to ask for hints again.
    pub(super) refreshes_hints: bool,
}

impl Client {
    pub(super) fn of(params: &InitializeParams) -> Self {
        let all = &params.capabilities;
        let text = all.text_document.as_ref();
        let workspace = all.workspace.as_ref();
        let general = all.general.as_ref();
        let is = |flag: Option<Option<bool>>| flag.flatten() == Some(true);
        let diagnostic = text.and_then(|text| text.diagnostic.as_ref());
        let refresh = workspace.and_then(|all| all.diagnostics.as_ref());
        let item = text.and_then(|text| text.completion.as_ref());
        let item = item.and_then(|completion| completion.completion_item.as_ref());
        Self {
            encoding: Encoding::negotiate(
                general.and_then(|general| general.position_encodings.as_deref()),
            ),
            pulls: diagnostic.is_some() && is(refresh.map(|one| one.refresh_support)),
            related: is(diagnostic.map(|one| one.related_document_support)),
            versioned: is(workspace
                .and_then(|all| all.workspace_edit.as_ref())
                .map(|edit| edit.document_changes)),
            snippets: is(item.map(|item| item.snippet_support)),
            watches: is(workspace
                .and_then(|all| all.did_change_watched_files.as_ref())
                .map(|watched| watched.dynamic_registration)),
            refreshes_hints: is(workspace
                .and_then(|all| all.inlay_hint.as_ref())
                .map(|hints| hints.refresh_support)),
        }
    }
}

/// What this server offers to such an editor.
pub(super) fn offer(client: Client) -> InitializeResult {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(Save::SaveOptions(SaveOptions { include_text: Some(false) })),
        ..TextDocumentSyncOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QuickFix, CodeActionKind::new(FIX_ALL)]),
        ..CodeActionOptions::default()
    };
    let completion = CompletionOptions {
        trigger_characters: Some(["[", ",", "<"].map(str::to_owned).to_vec()),
        ..CompletionOptions::default()
    };
    let diagnostics = DiagnosticOptions {
        identifier: Some("lint401".to_owned()),
        inter_file_dependencies: true,
        workspace_diagnostics: true,
        ..DiagnosticOptions::default()
    };
    InitializeResult {
        capabilities: ServerCapabilities {
            position_encoding: Some(client.encoding.kind()),
            text_document_sync: Some(sync.into()),
            code_action_provider: Some(actions.into()),
            hover_provider: Some(true.into()),
            inlay_hint_provider: Some(InlayHintOptions::default().into()),
            definition_provider: Some(true.into()),
            document_link_provider: Some(DocumentLinkOptions::default()),
            completion_provider: Some(completion),
            diagnostic_provider: client.pulls.then(|| diagnostics.into()),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}
