//! An editor that says what a test tells it to.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longer than any answer takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(60);

/// A conversation with `lint401 lsp` over the files of a folder.
pub(crate) struct Client {
    pub(crate) folder: tempfile::TempDir,
    server: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    next_id: i64,
    /// What was pushed last, by the name of the file in the folder.
    pub(crate) pushed: BTreeMap<String, Vec<Value>>,
    /// Requests and notifications of the server that are no diagnostics.
    pub(crate) said: Vec<Value>,
}

impl Client {
    /// Starts a server and begins a session with these capabilities.
    pub(crate) fn new(files: &[(&str, &str)], capabilities: &Value) -> Self {
        let mut client = Self::silent(files);
        let params = json!({ "processId": null, "rootUri": null, "capabilities": capabilities });
        let result = client.ask("initialize", &params);
        assert_eq!(result["serverInfo"]["name"], "lint401");
        client.tell("initialized", &json!({}));
        client
    }

    /// A server that nobody has said anything to.
    pub(crate) fn silent(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let mut server = Command::new(env!("CARGO_BIN_EXE_lint401"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("lint401 runs");
        let (input, output) = (server.stdin.take(), server.stdout.take().expect("a pipe"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let (pushed, said) = (BTreeMap::new(), Vec::new());
        Self { folder, server, input, messages, next_id: 0, pushed, said }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.folder.path()).expect("a folder").join(name)
    }

    pub(crate) fn uri(&self, name: &str) -> String {
        format!("file://{}", self.path(name).display())
    }

    /// The name of the file in the folder.
    fn name(&self, uri: &str) -> String {
        uri.strip_prefix(&self.uri("")).unwrap_or(uri).to_owned()
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the pipe is open");
        input.write_all(bytes).and_then(|()| input.flush()).expect("the server reads");
    }

    pub(crate) fn message(&mut self, message: &Value) {
        let body = message.to_string();
        self.send(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    pub(crate) fn tell(&mut self, method: &str, params: &Value) {
        self.message(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks, and gives back the whole answer; what else comes before it is noted.
    pub(crate) fn response(&mut self, method: &str, params: &Value) -> Value {
        self.next_id += 1;
        let id = self.next_id;
        self.message(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
            self.note(message);
        }
    }

    /// Asks, and gives back the result.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        let response = self.response(method, params);
        assert!(response.get("error").is_none(), "{method}: {response}");
        response["result"].clone()
    }

    pub(crate) fn receive(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).expect("the server answers");
        assert_eq!(message["jsonrpc"], "2.0");
        message
    }

    fn note(&mut self, message: Value) {
        if message["method"] == "textDocument/publishDiagnostics" {
            let name = self.name(message["params"]["uri"].as_str().expect("a URI"));
            let all = message["params"]["diagnostics"].as_array().expect("a list").clone();
            self.pushed.insert(name, all);
        } else {
            self.said.push(message);
        }
    }

    /// Waits until everything that was said is done.
    pub(crate) fn settle(&mut self) {
        let params = json!({ "textDocument": { "uri": "file:///nowhere" } });
        self.response("textDocument/documentLink", &params);
    }

    pub(crate) fn open(&mut self, name: &str) {
        let text = fs::read_to_string(self.path(name)).expect("a file");
        self.open_with(name, &text);
    }

    pub(crate) fn open_with(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        let item = json!({ "uri": uri, "languageId": "conf", "version": 1, "text": text });
        self.tell("textDocument/didOpen", &json!({ "textDocument": item }));
    }

    /// Replaces all of a document.
    pub(crate) fn change(&mut self, name: &str, version: i32, text: &str) {
        let document = json!({ "uri": self.uri(name), "version": version });
        let changes = json!([{ "text": text }]);
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.tell("textDocument/didChange", &params);
    }

    /// What was pushed last for a file: `line rule`.
    pub(crate) fn shown(&mut self, name: &str) -> Vec<String> {
        self.settle();
        brief(self.pushed.get(name).map_or(&[], Vec::as_slice))
    }

    /// A request about a place: line and column from 0.
    pub(crate) fn at(&mut self, method: &str, name: &str, line: u32, character: u32) -> Value {
        let params = json!({
            "textDocument": { "uri": self.uri(name) },
            "position": { "line": line, "character": character },
        });
        self.ask(method, &params)
    }

    /// The actions for a line.
    pub(crate) fn actions(&mut self, name: &str, line: u32, only: &Value) -> Vec<Value> {
        let range = json!({
            "start": { "line": line, "character": 0 }, "end": { "line": line, "character": 200 },
        });
        let params = json!({
            "textDocument": { "uri": self.uri(name) }, "range": range,
            "context": { "diagnostics": [], "only": only },
        });
        self.ask("textDocument/codeAction", &params).as_array().expect("a list").clone()
    }

    /// Closes the input, and waits for the end of the server: its exit status.
    pub(crate) fn leave(mut self) -> Option<i32> {
        drop(self.input.take());
        self.server.wait().expect("the server ends").code()
    }

    /// Says goodbye as the protocol asks for.
    pub(crate) fn goodbye(mut self) {
        self.ask("shutdown", &Value::Null);
        self.tell("exit", &Value::Null);
        let status = self.server.wait().expect("the server ends");
        assert_eq!(status.code(), Some(0));
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // one that a failed test leaves behind
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// `line rule` of each diagnostic.
pub(crate) fn brief(diagnostics: &[Value]) -> Vec<String> {
    let line = |one: &Value| format!("{} {}", one["range"]["start"]["line"], one["code"]);
    diagnostics.iter().map(|one| line(one).replace('"', "")).collect()
}

fn read(output: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().expect("a length"),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).expect("JSON"))
}

/// A text once the edits of an action are applied to it: those for the file at `uri`.
pub(crate) fn applied(text: &str, action: &Value, uri: &str) -> String {
    let edit = &action["edit"];
    let plain = edit["changes"][uri].as_array().cloned().unwrap_or_default();
    let versioned = edit["documentChanges"].as_array().cloned().unwrap_or_default();
    let versioned = versioned.iter().filter(|one| one["textDocument"]["uri"] == uri);
    let versioned = versioned.flat_map(|one| one["edits"].as_array().cloned().unwrap_or_default());
    let mut edits: Vec<Value> = plain.into_iter().chain(versioned).collect();
    let offset = |position: &Value| -> usize {
        let line = position["line"].as_u64().expect("a line") as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        start + position["character"].as_u64().expect("a column") as usize
    };
    edits.sort_by_key(|edit| std::cmp::Reverse(offset(&edit["range"]["start"])));
    edits.iter().fold(text.to_owned(), |text, edit| {
        let range = offset(&edit["range"]["start"])..offset(&edit["range"]["end"]);
        let mut text = text;
        text.replace_range(range, edit["newText"].as_str().expect("a text"));
        text
    })
}

/// Whether a file exists, for tests that need a program.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| Path::new(file).is_file())
}
