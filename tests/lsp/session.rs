//! Diagnostics while documents open, change and close, and what can be done about them.

use super::client::{Client, applied, brief};
use serde_json::{Value, json};
use std::fs;

const MAIN: &str = "events {}\nhttp {\n    auth_basic Staff;\n    auth_basic_user_file /srv/htpasswd;\n    include site.conf;\n}\n";
const SITE: &str = "server {\n    listen 81;\n    location /open { auth_basic Off; }\n}\n";
const RIGHT: &str = "server {\n    listen 81;\n    location /open { auth_basic off; }\n}\n";
const MAIN_ALONE: &str =
    "events {}\nhttp { server {\n auth_basic Off; auth_basic_user_file /srv/htpasswd;\n} }\n";
const FILES: [(&str, &str); 2] = [("nginx.conf", MAIN), ("site.conf", SITE)];
const MISSPELT: &str = "2 nginx/basic-off-misspelt";

fn plain() -> Value {
    json!({})
}

#[test]
fn a_document_is_judged_with_everything_that_it_belongs_to() {
    let mut client = Client::new(&FILES, &plain());
    client.open("nginx.conf");
    // the included file is closed, and judged all the same
    assert_eq!(client.shown("site.conf"), [MISSPELT]);
    let place = &client.pushed["site.conf"][0];
    assert_eq!(place["severity"], 1);
    assert_eq!(place["source"], "lint401");
    assert!(
        place["codeDescription"]["href"].as_str().is_some_and(|url| url.starts_with("https://"))
    );
    let related = place["relatedInformation"].as_array().expect("a list");
    assert!(
        related.iter().any(|one| one["location"]["uri"] == client.uri("nginx.conf")),
        "{related:?}"
    );
    client.goodbye();
}

#[test]
fn unsaved_text_hides_the_file_on_the_disk() {
    let mut client = Client::new(&FILES, &plain());
    client.open("nginx.conf");
    assert_eq!(client.shown("site.conf"), [MISSPELT]);
    client.open_with("site.conf", RIGHT);
    assert_eq!(client.shown("site.conf"), Vec::<String>::new());
    client.change("site.conf", 2, SITE);
    assert_eq!(client.shown("site.conf"), [MISSPELT]);
    client.change("site.conf", 3, RIGHT);
    assert_eq!(client.shown("site.conf"), Vec::<String>::new());
    // closed without saving: what is on the disk counts
    let document = json!({ "textDocument": { "uri": client.uri("site.conf") } });
    client.tell("textDocument/didClose", &document);
    assert_eq!(client.shown("site.conf"), [MISSPELT]);
    // saved by somebody else
    fs::write(client.path("site.conf"), RIGHT).expect("a file");
    let changes = json!({ "changes": [{ "uri": client.uri("site.conf"), "type": 2 }] });
    client.tell("workspace/didChangeWatchedFiles", &changes);
    assert_eq!(client.shown("site.conf"), Vec::<String>::new());
    client.goodbye();
}

#[test]
fn an_edit_that_does_harm_elsewhere_is_told_where_it_is_made() {
    let mut client = Client::new(&FILES, &plain());
    client.open("nginx.conf");
    client.settle();
    let here = client.pushed["nginx.conf"].clone();
    let found: Vec<&Value> =
        here.iter().filter(|one| one["code"] == "nginx/basic-off-misspelt").collect();
    assert_eq!(found.len(), 1, "{here:?}");
    assert!(found[0]["message"].as_str().is_some_and(|text| text.starts_with("in site.conf:3: ")));
    assert_eq!(found[0]["relatedInformation"][0]["location"]["uri"], client.uri("site.conf"));
    client.goodbye();
}

#[test]
fn while_a_line_is_half_typed_findings_of_other_files_stay() {
    let mut client = Client::new(&FILES, &plain());
    client.open("nginx.conf");
    assert_eq!(client.shown("site.conf"), [MISSPELT]);
    client.change("nginx.conf", 2, &MAIN.replace("include site.conf;", "incl \"site"));
    assert_eq!(client.shown("site.conf"), [MISSPELT]);
    assert!(client.shown("nginx.conf").iter().any(|one| one.ends_with("nginx/syntax")));
    client.change("nginx.conf", 3, &MAIN.replace("    include site.conf;\n", ""));
    assert_eq!(client.shown("site.conf"), Vec::<String>::new());
    client.goodbye();
}

#[test]
fn of_a_snippet_the_main_configuration_is_found() {
    let files = [
        (
            "nginx.conf",
            "events {}\nhttp {\n  server { listen 1; include snippets/auth.conf; }\n  server { listen 2; include snippets/auth.conf; }\n  server { listen 3; include snippets/auth.conf; }\n}\n",
        ),
        ("snippets/auth.conf", "auth_basic Off;\nauth_basic_user_file /srv/htpasswd;\n"),
        (".git/HEAD", ""),
    ];
    let mut client = Client::new(&files, &plain());
    client.open("snippets/auth.conf");
    assert_eq!(client.shown("snippets/auth.conf"), ["0 nginx/basic-off-misspelt"]);
    let range =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let params =
        json!({ "textDocument": { "uri": client.uri("snippets/auth.conf") }, "range": range });
    let hints = client.ask("textDocument/inlayHint", &params);
    assert_eq!(hints[0]["label"], "read by 3 servers");
    client.goodbye();
}

#[test]
fn a_fix_is_offered_and_mends_the_text() {
    for capabilities in
        [plain(), json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } })]
    {
        let mut client = Client::new(&FILES, &capabilities);
        client.open("site.conf");
        assert_eq!(client.shown("site.conf"), [MISSPELT]);
        let actions = client.actions("site.conf", 2, &json!(["quickfix"]));
        let titles: Vec<&str> = actions.iter().filter_map(|one| one["title"].as_str()).collect();
        assert_eq!(
            titles,
            [
                "switch the login off (changes who gets in)",
                "Ignore nginx/basic-off-misspelt here",
                "Ignore nginx/basic-off-misspelt in this file",
            ]
        );
        let uri = client.uri("site.conf");
        assert_eq!(applied(SITE, &actions[0], &uri), RIGHT);
        assert_eq!(actions[0]["diagnostics"], json!(client.pushed["site.conf"]));
        assert_eq!(actions[0].get("isPreferred"), None, "a person has to agree");
        let ignored = applied(SITE, &actions[1], &uri);
        assert!(
            ignored.contains(
                "\n    # lint401: ignore[nginx/basic-off-misspelt] say why\n    location"
            ),
            "{ignored}"
        );
        let ignored = applied(SITE, &actions[2], &uri);
        assert!(
            ignored.starts_with("# lint401: ignore-file[nginx/basic-off-misspelt] say why\nserver")
        );
        client.goodbye();
    }
}

#[test]
fn all_safe_fixes_are_one_action_and_others_are_not_among_them() {
    let text = "events {}\nhttp {\n  server {\n    auth_basic Staff;\n    auth_basic_user_file /srv/htpasswd;\n    location /a { auth_basic Off; }\n    location /b { Deny all; }\n  }\n}\n";
    let mut client = Client::new(&[("nginx.conf", text)], &plain());
    client.open("nginx.conf");
    let shown = client.shown("nginx.conf");
    assert!(shown.contains(&"6 nginx/unknown-directive".to_owned()), "{shown:?}");
    let actions = client.actions("nginx.conf", 0, &json!(["source.fixAll"]));
    assert_eq!(actions.len(), 1, "{actions:?}");
    assert_eq!(actions[0]["kind"], "source.fixAll.lint401");
    let uri = client.uri("nginx.conf");
    let mended = applied(text, &actions[0], &uri);
    assert_eq!(mended, text.replace("Deny", "deny"));
    // not offered among others, and not where something else is asked for
    assert!(
        client.actions("nginx.conf", 6, &Value::Null).iter().all(|one| one["kind"] == "quickfix")
    );
    assert!(client.actions("nginx.conf", 6, &json!(["refactor"])).is_empty());
    client.goodbye();
}

#[test]
fn an_editor_that_pulls_is_told_to_and_nothing_is_pushed() {
    let capabilities = json!({
        "textDocument": { "diagnostic": { "relatedDocumentSupport": true } },
        "workspace": { "diagnostics": { "refreshSupport": true } },
    });
    let mut client = Client::new(&FILES, &capabilities);
    client.open("nginx.conf");
    let params = |client: &Client, known: Value| json!({ "textDocument": { "uri": client.uri("nginx.conf") }, "previousResultId": known });
    let first = params(&client, Value::Null);
    let report = client.ask("textDocument/diagnostic", &first);
    assert_eq!(report["kind"], "full");
    let related = &report["relatedDocuments"][client.uri("site.conf")];
    assert_eq!(brief(related["items"].as_array().expect("a list")), [MISSPELT]);
    let again = params(&client, report["resultId"].clone());
    assert_eq!(client.ask("textDocument/diagnostic", &again)["kind"], "unchanged");
    let all = client.ask("workspace/diagnostic", &json!({ "previousResultIds": [] }));
    assert_eq!(all["items"].as_array().map(Vec::len), Some(2), "{all}");
    assert!(client.said.iter().any(|one| one["method"] == "workspace/diagnostic/refresh"));
    assert!(client.pushed.is_empty());
    client.goodbye();
}

#[test]
fn columns_are_counted_as_agreed() {
    let text = "events {}\nhttp { server { auth_basic S; auth_basic_user_file /😀é; location /😀é { auth_basic Off; } } }\n";
    let line = text.lines().nth(1).expect("a line");
    let start = line.find("Off").expect("is there");
    for (offered, column) in [
        (json!(["utf-16", "utf-8"]), start),
        (json!(["utf-16"]), line[..start].encode_utf16().count()),
        (Value::Null, line[..start].encode_utf16().count()),
    ] {
        let capabilities = json!({ "general": { "positionEncodings": offered } });
        let mut client = Client::new(&[("nginx.conf", text)], &capabilities);
        client.open("nginx.conf");
        client.settle();
        let all = client.pushed["nginx.conf"].clone();
        let found =
            all.iter().find(|one| one["code"] == "nginx/basic-off-misspelt").expect("is found");
        assert_eq!(found["range"]["start"]["character"], column);
        // a change in the middle of that line, counted the same way
        let range = json!({
            "start": { "line": 1, "character": column }, "end": { "line": 1, "character": column + 3 },
        });
        let document = json!({ "uri": client.uri("nginx.conf"), "version": 2 });
        let changes = json!([{ "range": range, "text": "off" }]);
        let params = json!({ "textDocument": document, "contentChanges": changes });
        client.tell("textDocument/didChange", &params);
        assert_eq!(client.shown("nginx.conf"), Vec::<String>::new());
        client.goodbye();
    }
}

#[test]
fn settings_are_those_of_the_documents_folder() {
    let files = [
        ("a/lint401.toml", "[rules]\n\"nginx/basic-off-misspelt\" = \"off\"\n"),
        ("a/nginx.conf", MAIN),
        ("a/site.conf", SITE),
        ("b/lint401.toml", "[rulez]\n"),
        ("b/nginx.conf", MAIN),
        ("b/site.conf", SITE),
    ];
    let mut client = Client::new(&files, &plain());
    client.open("a/nginx.conf");
    assert_eq!(client.shown("a/site.conf"), Vec::<String>::new());
    client.open("b/nginx.conf");
    assert_eq!(client.shown("b/site.conf"), [MISSPELT]);
    let told: Vec<&Value> =
        client.said.iter().filter(|one| one["method"] == "window/showMessage").collect();
    assert_eq!(told.len(), 1);
    assert!(told[0]["params"]["message"].as_str().is_some_and(|text| text.contains("rulez")));
    client.goodbye();
}

#[test]
fn what_the_settings_exclude_is_left_in_peace() {
    let files = [
        ("lint401.toml", "exclude = [\"gen/\", \"deploy/old\", \"**/testdata/**\"]\n"),
        ("gen/nginx.conf", MAIN_ALONE),
        ("deploy/old/nginx.conf", MAIN_ALONE),
        ("a/testdata/nginx.conf", MAIN_ALONE),
        ("deploy/nginx.conf", MAIN_ALONE),
        ("other/deploy/old/nginx.conf", MAIN_ALONE),
    ];
    let mut client = Client::new(&files, &plain());
    for (name, _) in &files[1..] {
        client.open(name);
    }
    client.settle();
    let loud: Vec<&str> = files[1..]
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| client.pushed.get(*name).is_some_and(|all| !all.is_empty()))
        .collect();
    assert_eq!(loud, ["deploy/nginx.conf", "other/deploy/old/nginx.conf"]);
    client.goodbye();
}

#[test]
fn contracts_are_kept_while_somebody_types() {
    let contract =
        "[[expect]]\nrequest = \"GET http://localhost:81/open/\"\nanswer = \"not 401\"\n";
    let files = [("nginx.conf", MAIN), ("site.conf", RIGHT), ("lint401.toml", contract)];
    let mut client = Client::new(&files, &plain());
    client.open("site.conf");
    assert_eq!(client.shown("site.conf"), Vec::<String>::new());
    client.change("site.conf", 2, "server {\n    listen 81;\n}\n");
    // the login of the main configuration reaches the path now
    assert_eq!(client.shown("nginx.conf"), ["2 lint401/broken-contract"]);
    let related = &client.pushed["nginx.conf"][0]["relatedInformation"];
    let places = related.as_array().expect("a list");
    let uri = client.uri("lint401.toml");
    assert!(places.iter().any(|one| one["location"]["uri"] == uri.as_str()), "{places:?}");
    client.change("site.conf", 3, RIGHT);
    assert_eq!(client.shown("nginx.conf"), Vec::<String>::new());
    client.goodbye();
}

#[test]
fn no_answer_shows_a_secret() {
    let text = "events {}\nhttp { server {\n  proxy_set_header Authorization \"Basic QzRDQU5BUlk=\";\n  auth_basic Off; auth_basic_user_file /srv/htpasswd;\n  location /x { proxy_pass http://alice:C4NARY@127.0.0.1:81; }\n} }\n";
    let mut client = Client::new(&[("nginx.conf", text)], &plain());
    client.open("nginx.conf");
    client.settle();
    let mut all = serde_json::to_string(&client.pushed).expect("JSON");
    for line in 2..5 {
        for column in [4, 20, 40] {
            all += &client.at("textDocument/hover", "nginx.conf", line, column).to_string();
            all += &client.at("textDocument/completion", "nginx.conf", line, column).to_string();
        }
        all += &serde_json::to_string(&client.actions("nginx.conf", line, &Value::Null))
            .expect("JSON");
    }
    assert!(!all.contains("QzRDQU5BUlk") && !all.contains("C4NARY"), "{all}");
    client.goodbye();
}
