//! How long an editor waits for fresh diagnostics after an edit: `cargo bench --bench editor`.
//!
//! A scripted session with `lint401 lsp`: the median of the time between an edit in the middle of a document and the
//! diagnostics that it makes or takes away.

#![expect(clippy::print_stdout, reason = "what a benchmark measured")]

mod written;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use written::{nginx, servers};

/// Edits that are measured.
const EDITS: i32 = 31;
/// What is put in front of and taken away again, which makes and mends a finding.
const DIRECTIVE: &str = "auth_basic_user_file htpasswd;";

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("editor");
    fs::create_dir_all(&folder).expect("a folder for the configurations");
    fs::write(folder.join("htpasswd"), "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
        .expect("a password file");
    for (what, bytes, aim) in
        [("5 KB nginx.conf", 5 << 10, 5.0), ("5 MB nginx.conf", 5 << 20, 100.0)]
    {
        let text = nginx(&servers(bytes));
        fs::write(folder.join("nginx.conf"), &text).expect("a configuration");
        let uri = format!("file://{}", folder.join("nginx.conf").display());
        let (pushed, shown) = pushed(&uri, &text);
        let pulled = pulled(&uri, &text);
        println!(
            "{what} ({} bytes, {shown} diagnostics): {} until they are pushed, {} until they are pulled (aim {aim} ms)",
            text.len(),
            pushed.text(),
            pulled.text(),
        );
    }
    fs::remove_dir_all(folder).expect("the configurations can be removed");
}

/// What an edit takes.
struct Took {
    /// The median of the time that the editor waits.
    waiting: Duration,
    /// The mean of the server's CPU time in seconds, which does not hang on what else the machine does.
    cpu: Option<f64>,
}

impl Took {
    fn text(&self) -> String {
        let cpu = self.cpu.map_or(String::new(), |cpu| format!(" ({:.1} of CPU)", 1000.0 * cpu));
        format!("{:.1} ms{cpu}", 1000.0 * self.waiting.as_secs_f64())
    }
}

/// The time until diagnostics are pushed, and how many there are then.
fn pushed(uri: &str, text: &str) -> (Took, usize) {
    let mut editor = Editor::new(&json!({}));
    editor.open(uri, text);
    // there may be nothing to say of it yet
    editor
        .ask("textDocument/documentLink", &json!({ "textDocument": { "uri": "file:///nowhere" } }));
    let mut shown = 0;
    let median = editor.edits(uri, text, |editor| {
        let is_it = |message: &Value| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
        };
        let message = editor.wait(is_it);
        shown = message["params"]["diagnostics"].as_array().expect("a list").len();
    });
    (median, shown)
}

/// The time until diagnostics that the editor asks for are there.
fn pulled(uri: &str, text: &str) -> Took {
    let mut editor = Editor::new(&json!({
        "textDocument": { "diagnostic": {} },
        "workspace": { "diagnostics": { "refreshSupport": true } },
    }));
    editor.open(uri, text);
    let params = json!({ "textDocument": { "uri": uri } });
    editor.ask("textDocument/diagnostic", &params);
    editor.edits(uri, text, |editor| {
        let answer = editor.ask("textDocument/diagnostic", &params);
        assert_eq!(answer["result"]["kind"], "full", "an edit changes what is found");
    })
}

/// An editor in conversation with `lint401 lsp`.
struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next_id: usize,
}

impl Editor {
    fn new(capabilities: &Value) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_lint401"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("lint401 runs");
        let input = server.stdin.take().expect("a pipe");
        let output = BufReader::new(server.stdout.take().expect("a pipe"));
        let mut editor = Self { server, input, output, next_id: 0 };
        editor.ask(
            "initialize",
            &json!({ "processId": null, "rootUri": null, "capabilities": capabilities }),
        );
        editor.tell("initialized", &json!({}));
        editor
    }

    fn open(&mut self, uri: &str, text: &str) {
        let item = json!({ "uri": uri, "languageId": "nginx", "version": 0, "text": text });
        self.tell("textDocument/didOpen", &json!({ "textDocument": item }));
    }

    /// What edits take when `answer` waits for what follows each of them.
    fn edits(&mut self, uri: &str, text: &str, mut answer: impl FnMut(&mut Self)) -> Took {
        // the text is ASCII
        let middle = text.len() / 2;
        let at =
            text[middle..].find(DIRECTIVE).map(|at| middle + at).or_else(|| text.find(DIRECTIVE));
        let before = &text[..at.expect("a directive to edit")];
        let line = before.matches('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
        let place = |column: usize| json!({ "line": line, "character": column });
        let before = self.cpu();
        let mut times: Vec<Duration> = (1..=EDITS)
            .map(|version| {
                let (end, text) = if version % 2 == 1 { (column, "#") } else { (column + 1, "") };
                let range = json!({ "start": place(column), "end": place(end) });
                let params = json!({
                    "textDocument": { "uri": uri, "version": version },
                    "contentChanges": [{ "range": range, "text": text }],
                });
                let start = Instant::now();
                self.tell("textDocument/didChange", &params);
                answer(self);
                start.elapsed()
            })
            .collect();
        times.sort();
        let cpu = self.cpu().zip(before).map(|(after, before)| (after - before) / f64::from(EDITS));
        Took { waiting: times[times.len() / 2], cpu }
    }

    /// The CPU time of the server in seconds, where the system says it: in hundredths, user and system time.
    fn cpu(&self) -> Option<f64> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.server.id())).ok()?;
        // the name of the program ends in the last parenthesis
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
        Some((ticks(11)? + ticks(12)?) / 100.0)
    }

    fn message(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len())
            .and_then(|()| self.input.flush())
            .expect("the server reads");
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.message(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.next_id += 1;
        let id = self.next_id;
        self.message(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The first message that is waited for; what comes before it is passed over.
    fn wait(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.receive();
            if is_it(&message) {
                return message;
            }
        }
    }

    fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).expect("a header"), 0, "the server speaks");
            match line.trim().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a length"),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("a message");
        serde_json::from_slice(&body).expect("JSON")
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
