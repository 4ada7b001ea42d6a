//! What a person asks about a place: hover, hints, links, definitions, completions.

use super::client::Client;
use serde_json::{Value, json};

const FILES: [(&str, &str); 4] = [
    (
        "nginx.conf",
        "events {}\nhttp {\n    auth_basic \"Staff only\";\n    auth_basic_user_file htpasswd;\n    include conf.d/*.conf;\n    include extra.conf;\n}\n",
    ),
    (
        "conf.d/shop.conf",
        "server {\n    listen 81;\n    location / {\n    }\n    location /open {\n        auth_basic off;\n    }\n    location /ask {\n        auth_request /check;\n        satisfy any;\n    }\n    # lint401: ignore[nginx/basic-off-misspelt] why\n    \n}\n",
    ),
    ("extra.conf", ""),
    ("htpasswd", "alice:$apr1$x$C4NARYhash000000000000.\n"),
];

const HTTPD: [(&str, &str); 2] = [
    (
        "httpd.conf",
        "ServerRoot /srv\nListen 82\nLoadModule authz_core_module modules/mod_authz_core.so\nLoadModule authn_core_module modules/mod_authn_core.so\nLoadModule auth_basic_module modules/mod_auth_basic.so\nLoadModule authn_file_module modules/mod_authn_file.so\nLoadModule authz_user_module modules/mod_authz_user.so\nDocumentRoot /srv/www\n<Directory /srv/www>\n  AuthType Basic\n  AuthName \"Staff\"\n  AuthUserFile /srv/htpasswd\n  Require valid-user\n</Directory>\n<Location /open>\n  Require all granted\n</Location>\n",
    ),
    ("www/.htaccess", "AuthType Basic\nAuthName x\n\nRequire valid-user\n"),
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn hints(client: &mut Client, name: &str) -> Vec<String> {
    let range =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": client.uri(name) }, "range": range });
    let hints = client.ask("textDocument/inlayHint", &params);
    let line = |hint: &Value| format!("{} {}", hint["position"]["line"], text(&hint["label"]));
    hints.as_array().expect("a list").iter().map(line).collect()
}

#[test]
fn the_auth_in_effect_is_told_where_blocks_begin() {
    let mut client = Client::new(&FILES, &json!({}));
    client.open("conf.d/shop.conf");
    assert_eq!(
        hints(&mut client, "conf.d/shop.conf"),
        [
            "0 read by nginx.conf:5",
            "2 Basic \"Staff only\", nginx.conf:3",
            "4 no login",
            "7 Basic \"Staff only\" or auth_request /check, nginx.conf:3",
        ]
    );
    client.goodbye();

    let mut client = Client::new(&HTTPD, &json!({}));
    client.open("httpd.conf");
    assert_eq!(
        hints(&mut client, "httpd.conf"),
        ["8 Basic \"Staff\", Require valid-user", "14 no login"]
    );
    client.goodbye();
}

#[test]
fn hovering_tells_what_a_directive_does_and_what_is_asked_there() {
    let mut client = Client::new(&FILES, &json!({}));
    client.open("conf.d/shop.conf");
    let hover = client.at("textDocument/hover", "conf.d/shop.conf", 2, 6);
    let shown = text(&hover["contents"]["value"]).to_owned();
    assert!(shown.starts_with("**location**"), "{shown}");
    assert!(shown.contains("asked of clients here: **`Basic \"Staff only\"`**"), "{shown}");
    let link = format!("[nginx.conf:3]({}#L3)", client.uri("nginx.conf"));
    assert!(shown.contains(&link), "{shown}");
    let hover = client.at("textDocument/hover", "conf.d/shop.conf", 5, 12);
    let shown = text(&hover["contents"]["value"]).to_owned();
    assert!(
        shown.contains("ngx_http_auth_basic_module") && shown.contains("`no login`"),
        "{shown}"
    );
    assert!(
        shown.contains("https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html#auth_basic")
    );
    // the name of a rule in a comment
    let hover = client.at("textDocument/hover", "conf.d/shop.conf", 11, 30);
    assert!(text(&hover["contents"]["value"]).starts_with("# nginx/basic-off-misspelt"), "{hover}");
    assert_eq!(client.at("textDocument/hover", "conf.d/shop.conf", 12, 0), Value::Null);
    client.goodbye();

    let mut client = Client::new(&HTTPD, &json!({}));
    client.open("httpd.conf");
    let hover = client.at("textDocument/hover", "httpd.conf", 12, 4);
    let shown = text(&hover["contents"]["value"]).to_owned();
    assert!(
        shown.contains("Require") && shown.contains("`Basic \"Staff\", Require valid-user`"),
        "{shown}"
    );
    assert!(shown.contains("https://httpd.apache.org/docs/2.4/mod/mod_authz_core.html#require"));
    client.goodbye();
}

#[test]
fn names_of_files_lead_to_them() {
    let mut client = Client::new(&FILES, &json!({}));
    client.open("nginx.conf");
    let shop = client.at("textDocument/definition", "nginx.conf", 4, 16);
    assert_eq!(shop[0]["uri"], client.uri("conf.d/shop.conf"));
    let users = client.at("textDocument/definition", "nginx.conf", 3, 28);
    assert_eq!(users[0]["uri"], client.uri("htpasswd"));
    assert_eq!(client.at("textDocument/definition", "nginx.conf", 0, 2), json!([]));
    let params = json!({ "textDocument": { "uri": client.uri("nginx.conf") } });
    let links = client.ask("textDocument/documentLink", &params);
    let targets: Vec<&Value> =
        links.as_array().expect("a list").iter().map(|one| &one["target"]).collect();
    let expected = ["htpasswd", "conf.d/shop.conf", "extra.conf"].map(|name| client.uri(name));
    assert_eq!(targets, expected.iter().collect::<Vec<_>>());
    client.goodbye();
}

fn labels(items: &Value) -> Vec<&str> {
    items.as_array().expect("a list").iter().map(|one| text(&one["label"])).collect()
}

#[test]
fn what_may_stand_there_is_offered() {
    let snippets = json!({ "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } } });
    let mut client = Client::new(&FILES, &snippets);
    client.open("conf.d/shop.conf");
    let items = client.at("textDocument/completion", "conf.d/shop.conf", 12, 4);
    let names = labels(&items);
    assert!(
        names.contains(&"location") && names.contains(&"auth_basic") && names.contains(&"listen")
    );
    assert!(!names.contains(&"worker_processes") && !names.contains(&"upstream"));
    let basic = items.as_array().expect("a list").iter().find(|one| one["label"] == "auth_basic");
    let basic = basic.expect("is offered");
    assert_eq!(basic["detail"], "1 argument, ngx_http_auth_basic_module");
    assert_eq!(basic["textEdit"]["newText"], "auth_basic $1;");
    // no name stands where an argument does
    assert_eq!(client.at("textDocument/completion", "conf.d/shop.conf", 5, 20), json!([]));
    // rules, in a comment
    let items = client.at("textDocument/completion", "conf.d/shop.conf", 11, 27);
    assert!(labels(&items).contains(&"nginx/basic-off-misspelt"));
    client.goodbye();

    let mut client = Client::new(&HTTPD, &json!({}));
    client.open("www/.htaccess");
    let items = client.at("textDocument/completion", "www/.htaccess", 2, 0);
    let names = labels(&items);
    assert!(names.contains(&"AuthUserFile") && names.contains(&"Require"));
    assert!(!names.contains(&"DocumentRoot") && !names.contains(&"Listen"));
    client.goodbye();
}
