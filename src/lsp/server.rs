//! Messages one after the other: which is answered how.

use super::SettingsOf;
use super::capabilities::{Client, offer};
use super::session::{News, Session};
use super::wire::{self, Incoming};
use crate::diagnostic::Severity;
use gen_lsp_types::{
    CodeActionParams, CompletionParams, DefinitionParams, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentDiagnosticParams,
    DocumentLinkParams, HoverParams, InitializeParams, InlayHintParams, PublishDiagnosticsParams,
};
use lsp_server::{ErrorCode, Message, Notification, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{self, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

/// Files that the editor is asked to watch.
const WATCHED: [&str; 6] = [
    "**/lint401.toml",
    "**/*.conf",
    "**/.ht*",
    "**/*htpasswd*",
    "**/{sites-available,sites-enabled,snippets,conf.d,vhosts.d}/*",
    "**/*.{vhost,nginx}",
];

/// Serves the editor at the other end of standard input and output. `true` when it said goodbye.
pub fn serve(settings_of: &SettingsOf<'_>) -> bool {
    let (sender, receiver) = mpsc::channel();
    // it ends with the input, or with the process
    std::thread::spawn(move || {
        let mut input = BufReader::new(io::stdin());
        while let Ok(Some(incoming)) = wire::read(&mut input) {
            if sender.send(incoming).is_err() {
                break;
            }
        }
    });
    let mut server = Server {
        session: Session::new(settings_of),
        output: io::stdout(),
        state: State::New,
        next_id: 0,
    };
    let mut queue = VecDeque::new();
    while let Some(incoming) = queue.pop_front().or_else(|| receiver.recv().ok()) {
        // whatever came meanwhile: a request may have been cancelled, and one look at a text is enough for many changes
        queue.extend(receiver.try_iter());
        let done = match incoming {
            Incoming::Message(message) => server.message(message, &queue),
            Incoming::Nonsense(answer) => wire::write_value(&mut server.output, &answer),
        };
        if done.is_err() || server.state == State::Left {
            break;
        }
        if queue.is_empty() && server.settle().is_err() {
            break;
        }
    }
    server.state == State::Left && server.session_was_shut_down()
}

/// How far the conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Running,
    ShutDown,
    Left,
}

struct Server<'s, W> {
    session: Session<'s>,
    output: W,
    state: State,
    next_id: i32,
}

/// Why a request has no result.
struct Refusal(ErrorCode, String);

type Answer = Result<Value, Refusal>;

impl<W: Write> Server<'_, W> {
    fn session_was_shut_down(&self) -> bool {
        self.session.is_shut_down
    }

    fn message(&mut self, message: Message, queue: &VecDeque<Incoming>) -> io::Result<()> {
        match message {
            Message::Request(request) => {
                let id = request.id.clone();
                let answer = if is_cancelled(&request, queue) {
                    Err(Refusal(ErrorCode::RequestCanceled, "cancelled".to_owned()))
                } else {
                    self.request(request)
                };
                let response = match answer {
                    Ok(result) => Response::new_ok(id, result),
                    Err(Refusal(code, text)) => Response::new_err(id, code as i32, text),
                };
                self.send(&Message::Response(response))
            }
            Message::Notification(notification) => self.notification(notification),
            // nothing that is asked of the editor has an answer that matters
            Message::Response(_) => Ok(()),
        }
    }

    fn send(&mut self, message: &Message) -> io::Result<()> {
        wire::write(&mut self.output, message)
    }

    fn notify(&mut self, method: &str, params: impl serde::Serialize) -> io::Result<()> {
        self.send(&Message::Notification(Notification::new(method.to_owned(), params)))
    }

    fn ask(&mut self, method: &str, params: impl serde::Serialize) -> io::Result<()> {
        self.next_id += 1;
        let request = Request::new(self.next_id.into(), method.to_owned(), params);
        self.send(&Message::Request(request))
    }

    fn request(&mut self, request: Request) -> Answer {
        match (self.state, request.method.as_str()) {
            (State::New, "initialize") => return self.initialize(request.params),
            (State::New, _) => {
                let text = "the session has not begun".to_owned();
                return Err(Refusal(ErrorCode::ServerNotInitialized, text));
            }
            (State::Running, "shutdown") => {
                self.state = State::ShutDown;
                self.session.is_shut_down = true;
                return Ok(Value::Null);
            }
            (State::Running, method) if method != "initialize" => {}
            _ => {
                let text = "not at this point of a session".to_owned();
                return Err(Refusal(ErrorCode::InvalidRequest, text));
            }
        }
        self.settle().map_err(|error| Refusal(ErrorCode::InternalError, error.to_string()))?;
        let session = &self.session;
        catch_unwind(AssertUnwindSafe(|| answer(session, request))).unwrap_or_else(|_| {
            let text = "lint401 failed at this request; others are still answered".to_owned();
            Err(Refusal(ErrorCode::InternalError, text))
        })
    }

    fn initialize(&mut self, params: Value) -> Answer {
        let params: InitializeParams = parse(params)?;
        self.session.client = Client::of(&params);
        let options = params.initialization_options.unwrap_or_default();
        let severity = options["severity"].as_str();
        self.session.severity = Severity::ALL.into_iter().find(|one| Some(one.name()) == severity);
        self.state = State::Running;
        result(offer(self.session.client))
    }

    fn notification(&mut self, notification: Notification) -> io::Result<()> {
        let method = notification.method.as_str();
        if method == "exit" {
            self.state = State::Left;
            return Ok(());
        }
        if self.state != State::Running {
            return Ok(());
        }
        if method == "initialized" {
            return self.register();
        }
        let session = &mut self.session;
        // what cannot be read changes nothing, and there is nobody to tell
        let _ = catch_unwind(AssertUnwindSafe(|| note(session, notification)));
        Ok(())
    }

    /// Asks the editor to say when files change.
    fn register(&mut self) -> io::Result<()> {
        if !self.session.client.watches {
            return Ok(());
        }
        let watchers = WATCHED.map(|pattern| json!({ "globPattern": pattern }));
        let method = "workspace/didChangeWatchedFiles";
        let options = json!({ "watchers": watchers });
        let registration = json!({ "id": "files", "method": method, "registerOptions": options });
        self.ask("client/registerCapability", json!({ "registrations": [registration] }))
    }

    /// Looks at what changed, and tells the editor.
    fn settle(&mut self) -> io::Result<()> {
        let session = &mut self.session;
        let mut news = catch_unwind(AssertUnwindSafe(|| session.settle())).unwrap_or_else(|_| {
            News { complaints: vec!["lint401 failed at these files".to_owned()], ..News::default() }
        });
        for complaint in news.complaints.drain(..) {
            self.notify("window/showMessage", json!({ "type": 2, "message": complaint }))?;
        }
        if news.changed.is_empty() {
            return Ok(());
        }
        let client = self.session.client;
        if client.pulls {
            self.ask("workspace/diagnostic/refresh", Value::Null)?;
        } else {
            for uri in news.changed.drain(..) {
                let diagnostics = self.session.diagnostics(&uri).0.to_vec();
                let version = self.session.version(&uri);
                let params = PublishDiagnosticsParams { uri: uri.into(), version, diagnostics };
                self.notify("textDocument/publishDiagnostics", params)?;
            }
        }
        if client.refreshes_hints {
            self.ask("workspace/inlayHint/refresh", Value::Null)?;
        }
        Ok(())
    }
}

/// Whether what waits cancels a request.
fn is_cancelled(request: &Request, queue: &VecDeque<Incoming>) -> bool {
    let id = serde_json::to_value(&request.id).unwrap_or_default();
    queue.iter().any(|waiting| match waiting {
        Incoming::Message(Message::Notification(one)) => {
            one.method == "$/cancelRequest" && one.params["id"] == id
        }
        _ => false,
    })
}

fn parse<P: DeserializeOwned>(params: Value) -> Result<P, Refusal> {
    serde_json::from_value(params)
        .map_err(|error| Refusal(ErrorCode::InvalidParams, error.to_string()))
}

fn result(value: impl serde::Serialize) -> Answer {
    serde_json::to_value(value)
        .map_err(|error| Refusal(ErrorCode::InternalError, error.to_string()))
}

/// What a notification changes.
fn note(session: &mut Session<'_>, notification: Notification) -> Option<()> {
    let params = notification.params;
    match notification.method.as_str() {
        "textDocument/didOpen" => {
            let params: DidOpenTextDocumentParams = parse(params).ok()?;
            session.open(params.text_document);
        }
        "textDocument/didChange" => {
            let params: DidChangeTextDocumentParams = parse(params).ok()?;
            let uri = &params.text_document.text_document_identifier.uri.0;
            session.change(uri, params.text_document.version, params.content_changes);
        }
        "textDocument/didClose" => {
            let params: DidCloseTextDocumentParams = parse(params).ok()?;
            session.close(&params.text_document.uri.0);
        }
        "textDocument/didSave" | "workspace/didChangeWatchedFiles" => session.files_changed(),
        _ => {}
    }
    Some(())
}

/// The answer to a question about what is open.
fn answer(session: &Session<'_>, request: Request) -> Answer {
    let params = request.params;
    match request.method.as_str() {
        "textDocument/diagnostic" => Ok(document_diagnostics(session, &parse(params)?)),
        "workspace/diagnostic" => Ok(workspace_diagnostics(session, &params)),
        "textDocument/codeAction" => {
            let params: CodeActionParams = parse(params)?;
            result(session.actions(&params))
        }
        "textDocument/hover" => {
            let at = parse::<HoverParams>(params)?.text_document_position_params;
            result(session.hover(&at.text_document.uri.0, at.position))
        }
        "textDocument/inlayHint" => {
            let params: InlayHintParams = parse(params)?;
            result(session.hints(&params.text_document.uri.0, params.range))
        }
        "textDocument/documentLink" => {
            let params: DocumentLinkParams = parse(params)?;
            result(session.links(&params.text_document.uri.0))
        }
        "textDocument/definition" => {
            let at = parse::<DefinitionParams>(params)?.text_document_position_params;
            result(session.definition(&at.text_document.uri.0, at.position))
        }
        "textDocument/completion" => {
            let at = parse::<CompletionParams>(params)?.text_document_position_params;
            result(session.completion(&at.text_document.uri.0, at.position))
        }
        method => Err(Refusal(ErrorCode::MethodNotFound, format!("{method} is not offered"))),
    }
}

/// The report of a document, with those of the others where the editor takes them.
fn document_diagnostics(session: &Session<'_>, params: &DocumentDiagnosticParams) -> Value {
    let uri = params.text_document.uri.0.as_str();
    let mut report = report(session, uri, params.previous_result_id.as_deref());
    if session.client.related {
        let others = session.uris().filter(|other| *other != uri);
        let others: serde_json::Map<String, Value> =
            others.map(|other| (other.to_owned(), self::report(session, other, None))).collect();
        report["relatedDocuments"] = Value::Object(others);
    }
    report
}

fn report(session: &Session<'_>, uri: &str, known: Option<&str>) -> Value {
    let (diagnostics, revision) = session.diagnostics(uri);
    let revision = revision.to_string();
    if known == Some(revision.as_str()) {
        return json!({ "kind": "unchanged", "resultId": revision });
    }
    json!({ "kind": "full", "resultId": revision, "items": diagnostics })
}

/// The reports of all documents, open or not.
fn workspace_diagnostics(session: &Session<'_>, params: &Value) -> Value {
    let known = |uri: &str| {
        let all = params["previousResultIds"].as_array()?;
        all.iter().find(|one| one["uri"] == uri)?["value"].as_str()
    };
    let items: Vec<Value> = session
        .uris()
        .map(|uri| {
            let mut report = report(session, uri, known(uri));
            report["uri"] = uri.into();
            report["version"] = session.version(uri).into();
            report
        })
        .collect();
    json!({ "items": items })
}
