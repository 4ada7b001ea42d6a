//! Clients that do not keep to the protocol, texts that are no configuration, and ends without a word.

use super::client::Client;
use serde_json::{Value, json};
use std::fs;

const FILES: [(&str, &str); 1] = [("nginx.conf", "events {}\nhttp { server { listen 81; } }\n")];

#[test]
fn a_broken_request_is_answered_and_the_next_one_too() {
    let mut client = Client::new(&FILES, &json!({}));
    client.open("nginx.conf");
    let code = |response: &Value| response["error"]["code"].clone();
    assert_eq!(code(&client.response("no/such/method", &json!({}))), -32601);
    assert_eq!(code(&client.response("textDocument/hover", &json!({ "textDocument": 3 }))), -32602);
    assert_eq!(code(&client.response("textDocument/hover", &json!([]))), -32602);
    assert_eq!(code(&client.response("initialize", &json!({}))), -32600);
    client.send(b"Content-Length: 5\r\n\r\n{{{{{");
    assert_eq!(code(&client.receive()), -32700);
    client.send(b"what is this\r\n\r\nContent-Length: 2\r\n\r\n[]");
    assert_eq!(code(&client.receive()), -32600);
    for method in [
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/didClose",
        "$/x",
        "initialized",
    ] {
        client.tell(method, &json!({ "textDocument": { "uri": 7 } }));
        client.tell(method, &Value::Null);
    }
    // places that are not there, documents that were never opened
    let far = json!({ "start": { "line": 4_000_000, "character": 9 }, "end": { "line": 0, "character": 4_000_000_000_u32 } });
    let change = json!({
        "textDocument": { "uri": client.uri("nginx.conf"), "version": 2 },
        "contentChanges": [{ "range": far, "text": "x" }],
    });
    client.tell("textDocument/didChange", &change);
    client.change("gone.conf", 2, "x");
    assert_eq!(client.at("textDocument/hover", "gone.conf", 0, 0), Value::Null);
    client.at("textDocument/hover", "nginx.conf", 99, 99);
    for uri in ["untitled:Untitled-1", "http://a/b", "", "file:", "file://%", "file:///%00"] {
        let item = json!({ "uri": uri, "languageId": "", "version": 1, "text": "events {}" });
        client.tell("textDocument/didOpen", &json!({ "textDocument": item }));
        let hover =
            json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 2 } });
        client.response("textDocument/hover", &hover);
    }
    assert_eq!(client.shown("nginx.conf"), ["2 nginx/syntax"]);
    client.change("nginx.conf", 3, FILES[0].1);
    assert_eq!(client.shown("nginx.conf"), Vec::<String>::new());
    client.goodbye();
}

#[test]
fn nothing_is_answered_before_the_beginning_or_after_the_end() {
    let mut client = Client::silent(&FILES);
    let early = client.response("textDocument/hover", &json!({}));
    assert_eq!(early["error"]["code"], -32002);
    client.open("nginx.conf");
    let params = json!({ "processId": null, "rootUri": null, "capabilities": {} });
    client.ask("initialize", &params);
    client.ask("shutdown", &Value::Null);
    assert_eq!(client.response("textDocument/hover", &json!({}))["error"]["code"], -32600);
    client.tell("exit", &Value::Null);
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn a_client_that_leaves_without_a_word_ends_the_server() {
    let client = Client::new(&FILES, &json!({}));
    assert_eq!(client.leave(), Some(1));
    let mut client = Client::silent(&FILES);
    client.send(b"Content-Length: 100\r\n\r\n{");
    assert_eq!(client.leave(), Some(1));
    let mut client = Client::new(&FILES, &json!({}));
    client.tell("exit", &Value::Null);
    assert_eq!(client.leave(), Some(1));
}

#[test]
fn files_that_vanish_or_move_change_what_is_found() {
    let files = [
        ("nginx.conf", "events {}\nhttp { include a.conf; }\n"),
        ("a.conf", "server { listen 81; }\n"),
    ];
    let mut client = Client::new(&files, &json!({}));
    client.open("nginx.conf");
    assert_eq!(client.shown("nginx.conf"), Vec::<String>::new());
    fs::rename(client.path("a.conf"), client.path("b.conf")).expect("a file");
    client.tell("workspace/didChangeWatchedFiles", &json!({ "changes": [] }));
    assert_eq!(client.shown("nginx.conf"), ["1 nginx/include-missing"]);
    // an unsaved document of that name is a file, too
    client.open_with("a.conf", "server { listen 81; }\n");
    assert_eq!(client.shown("nginx.conf"), Vec::<String>::new());
    client.goodbye();
}

#[test]
fn a_document_of_fifty_megabytes_stops_nobody() {
    let mut client = Client::new(&FILES, &json!({}));
    client.open_with("huge.conf", &"location / { auth_basic Off; } \n".repeat(50 << 15));
    client.settle();
    let all = client.pushed["huge.conf"].clone();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["severity"], 3);
    client.open("nginx.conf");
    let hover = client.at("textDocument/hover", "nginx.conf", 1, 2);
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.starts_with("**http**")));
    client.goodbye();
}

#[test]
fn a_request_that_is_cancelled_is_told_so() {
    let mut client = Client::new(&FILES, &json!({}));
    let body = |message: Value| {
        let body = message.to_string();
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let hover = json!({ "textDocument": { "uri": client.uri("nginx.conf") }, "position": { "line": 0, "character": 0 } });
    // a long text first, so that both wait together
    client.open_with("nginx.conf", &"location / { } \n".repeat(20_000));
    let request = body(
        json!({ "jsonrpc": "2.0", "id": "x", "method": "textDocument/hover", "params": hover }),
    );
    let filler = body(json!({ "jsonrpc": "2.0", "method": "$/filler", "params": {} }));
    let cancel =
        body(json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": "x" } }));
    client.send(format!("{filler}{filler}{request}{cancel}").as_bytes());
    loop {
        let message = client.receive();
        if message["id"] == "x" {
            // whichever came first: an answer is one as well
            let code = &message["error"]["code"];
            assert!(*code == -32800 || message.get("result").is_some(), "{message}");
            break;
        }
    }
    client.goodbye();
}
