//! Every question at every place of every case, and while the text is cut short: none makes the server fail.

use super::client::Client;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Questions about a place.
const AT: [&str; 3] = ["textDocument/hover", "textDocument/definition", "textDocument/completion"];

fn mains(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            mains(&path, found);
        } else if ["nginx.conf", "httpd.conf", ".htaccess"].contains(&name.as_str()) {
            found.push(path);
        }
    }
}

/// Asks, and fails where the server says that it failed. Other refusals are answers.
fn ask(client: &mut Client, method: &str, params: &Value) {
    let response = client.response(method, params);
    let code = response["error"]["code"].as_i64();
    assert!(code != Some(-32603), "{method} {params}: {response}");
}

fn ask_everything(client: &mut Client, uri: &str, text: &str, mends: bool) {
    let document = json!({ "uri": uri });
    let lines = text.lines().count() as u32 + 1;
    let whole = json!({
        "start": { "line": 0, "character": 0 }, "end": { "line": lines, "character": 0 },
    });
    let context = json!({ "diagnostics": [] });
    let all = json!({ "textDocument": document, "range": whole, "context": context });
    ask(client, "textDocument/inlayHint", &all);
    ask(client, "textDocument/codeAction", &all);
    let fixes = json!({
        "textDocument": document, "range": whole,
        "context": { "diagnostics": [], "only": ["source.fixAll"] },
    });
    // fixes are tried out, one configuration after the other
    if mends {
        ask(client, "textDocument/codeAction", &fixes);
    }
    ask(client, "textDocument/documentLink", &json!({ "textDocument": document }));
    // a line and a column in it, the next line and the next column: all of both over the file
    for (number, line) in text.lines().enumerate() {
        let column = (number * 7) % (line.len() + 1);
        let position = json!({ "line": number, "character": column });
        let params = json!({ "textDocument": document, "position": position });
        ask(client, AT[number % AT.len()], &params);
    }
}

#[test]
fn no_question_about_a_case_makes_the_server_fail() {
    let mut files = Vec::new();
    mains(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut files);
    let mut client = Client::new(&[], &json!({}));
    let mut asked = 0;
    // a part of them in each run is enough: each is of a kind with its neighbours
    for path in files.iter().step_by(23) {
        // cases that are no text are not what an editor opens
        let Ok(text) = fs::read_to_string(path) else { continue };
        let uri = format!("file://{}", path.display());
        let item = json!({ "uri": uri, "languageId": "conf", "version": 1, "text": text });
        client.tell("textDocument/didOpen", &json!({ "textDocument": item }));
        ask_everything(&mut client, &uri, &text, asked % 6 == 0);
        // as if somebody were in the middle of typing it
        let half = (0..=text.len() / 2).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let half = &text[..half];
        let version = json!({ "uri": uri, "version": 2 });
        let changes = json!([{ "text": half }]);
        let change = json!({ "textDocument": version, "contentChanges": changes });
        client.tell("textDocument/didChange", &change);
        ask_everything(&mut client, &uri, half, asked % 6 == 3);
        client.tell("textDocument/didClose", &json!({ "textDocument": { "uri": uri } }));
        asked += 1;
    }
    assert!(asked > 50, "only {asked} files");
    let failed = |one: &&Value| {
        one["params"]["message"].as_str().is_some_and(|text| text.starts_with("lint401 failed"))
    };
    assert_eq!(client.said.iter().find(failed), None);
    client.goodbye();
}
