//! `lint401 trace` as a user meets it: the story, the JSON, batches, and input that is wrong or means harm.

#[path = "support/program.rs"]
mod program;

use assert_cmd::Command;
use program::{Run, folder, run};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// A shop with a login, an address list, a login service and an error page.
const SHOP: &[(&str, &str)] = &[
    (
        "nginx.conf",
        r#"events {}
http {
    map $http_x_api_key $key_ok {
        default 0;
        "k3y-of-the-partner" 1;
    }
    server {
        listen 80 default_server;
        return 444;
    }
    include sites/*.conf;
}
"#,
    ),
    (
        "sites/shop.conf",
        r#"server {
    listen 80;
    server_name shop.example *.shop.example;
    root html;
    auth_basic "Staff only";
    auth_basic_user_file htpasswd;
    error_page 403 /sorry.html;

    location = /sorry.html { auth_basic off; }

    location /office/ {
        satisfy any;
        allow 10.0.0.0/8;
        deny all;
        proxy_pass http://10.0.0.7:3000;
        proxy_set_header Authorization "Basic c2VjcmV0OmNhbmFyeS1wYXNz";
    }

    location /lan/ {
        allow 10.0.0.0/8;
        deny all;
    }

    location /sso/ {
        auth_basic off;
        auth_request /_auth;
        proxy_pass http://10.0.0.5:3000;
    }

    location = /_auth {
        internal;
        proxy_pass http://127.0.0.1:9091/check;
        proxy_pass_request_body off;
    }

    location /cloud/ {
        auth_basic off;
        auth_request /_elsewhere;
        proxy_pass http://10.0.0.5:3000;
        proxy_set_header Authorization "";
    }

    location = /_elsewhere {
        internal;
        proxy_pass http://10.0.0.9/check;
    }

    location /partner/ {
        auth_basic off;
        if ($key_ok = 0) { return 401; }
        proxy_pass http://10.0.0.5:3000;
    }
}
"#,
    ),
    (
        "sites/auth.conf",
        "server {\n    listen 127.0.0.1:9091;\n    location /check {\n        return 403;\n    }\n}\n",
    ),
    ("htpasswd", "alice:{PLAIN}wonderland\n"),
    ("html/index.html", "shop\n"),
    ("html/sorry.html", "sorry\n"),
];

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    command.env_clear().current_dir(folder).arg("trace");
    command
}

fn trace(folder: &Path, args: &[&str]) -> Run {
    run(command(folder).args(args))
}

fn predicted(folder: &Path, args: &[&str]) -> Value {
    let run = run(command(folder).args(args).args(["--output-format", "json"]));
    assert_eq!((run.status, run.err.as_str()), (0, ""), "{args:?}");
    serde_json::from_str(&run.out).expect("JSON")
}

fn story(args: &[&str]) -> String {
    let here = folder(SHOP);
    let run = trace(here.path(), args);
    assert_eq!((run.status, run.err.as_str()), (0, ""), "{args:?}");
    run.out
}

#[test]
fn nobody_is_logged_in() {
    insta::assert_snapshot!(story(&["http://shop.example/"]));
}

#[test]
fn the_right_password_leads_to_the_file() {
    insta::assert_snapshot!(story(&[
        "--user",
        "alice:wonderland",
        "http://www.shop.example/index.html"
    ]));
}

#[test]
fn an_error_page_takes_over() {
    insta::assert_snapshot!(story(&["--user", "alice", "http://shop.example/lan/x"]));
}

#[test]
fn an_address_is_enough() {
    insta::assert_snapshot!(story(&["--from", "10.1.2.3", "http://shop.example/office/"]));
}

#[test]
fn a_service_in_another_server_block_is_followed() {
    insta::assert_snapshot!(story(&["http://shop.example/sso/a"]));
}

#[test]
fn a_service_elsewhere_is_unknown() {
    insta::assert_snapshot!(story(&["--bearer", "t0ken", "http://shop.example/cloud/"]));
}

#[test]
fn a_narrow_terminal_is_respected() {
    let here = folder(SHOP);
    let run = run(command(here.path()).env("COLUMNS", "60").arg("http://shop.example/sso/a"));
    insta::assert_snapshot!(run.out);
    let plain = run.out.lines().map(|line| line.chars().count()).max();
    assert!(plain <= Some(60), "{}", run.out);
}

#[test]
fn colour_is_for_those_who_want_it() {
    let here = folder(SHOP);
    let url = "http://shop.example/";
    let colored = trace(here.path(), &["--color", "always", url]).out;
    let plain = trace(here.path(), &[url]).out;
    assert!(colored.contains('\x1b') && !plain.contains('\x1b'));
}

#[test]
fn the_json_is_the_contract() {
    let here = folder(SHOP);
    let json = predicted(here.path(), &["--from", "127.0.0.1", "http://shop.example/admin/"]);
    assert_eq!(json["schema"], 1);
    assert_eq!(
        json["request"],
        json!({ "method": "GET", "url": "http://shop.example/admin/", "from": "127.0.0.1", "user": null })
    );
    assert_eq!((&json["outcome"], &json["status"]), (&json!("answered"), &json!(401)));
    assert_eq!(json["possible"], json!([401]));
    assert_eq!(json["handler"], Value::Null);
    assert_eq!(json["challenge"], "Basic realm=\"Staff only\"");
    assert_eq!(json["forwarded"], json!({ "authorization": "absent", "set_at": null }));
    assert_eq!(json["unknown"], json!([]));
    let steps = json["steps"].as_array().expect("steps");
    let decided = &steps[json["decided_by"].as_u64().expect("a step") as usize];
    assert_eq!(decided["path"], "sites/shop.conf");
    assert_eq!(decided["start"]["line"], 5);
    assert_eq!(decided["phase"], "access");
    assert_eq!(decided["directive"], "auth_basic \"Staff only\"");
    assert_eq!(decided["depth"], 0);

    let json = predicted(here.path(), &["--from", "10.0.0.1", "http://shop.example/office/"]);
    assert_eq!((&json["outcome"], &json["handler"]), (&json!("passed"), &json!("proxy")));
    assert_eq!((&json["status"], &json["possible"]), (&Value::Null, &json!(["passed"])));
    assert_eq!(json["forwarded"]["authorization"], "literal");
    assert_eq!(json["forwarded"]["set_at"]["start"]["line"], 16);

    let json = predicted(here.path(), &["http://shop.example/cloud/"]);
    assert_eq!((&json["outcome"], &json["status"]), (&json!("unknown"), &Value::Null));
    assert_eq!(json["possible"], json!([401, 403, "passed"]));
    assert_eq!(json["unknown"][0]["path"], "sites/shop.conf");

    // what the handler gets where it is asked at all
    let json = predicted(here.path(), &["--bearer", "t", "http://shop.example/cloud/"]);
    assert_eq!(json["forwarded"]["authorization"], "dropped");
    assert_eq!(json["forwarded"]["set_at"]["start"]["line"], 40);
}

#[test]
fn every_line_keeps_to_the_schema() {
    let here = folder(SHOP);
    let schema = run(Command::new(env!("CARGO_BIN_EXE_lint401")).args(["schema", "trace"])).out;
    let schema: Value = serde_json::from_str(&schema).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let lines = "{\"id\":1,\"url\":\"http://shop.example/\"}\n{\"id\":{\"a\":2}}\n\
        {\"url\":\"http://shop.example/cloud/\"}\n{\"url\":\"http://other.example/\"}\n\
        {\"url\":\"http://shop.example/office/\",\"from\":\"10.0.0.1\"}\n{\"url\":\"http://a:1/\"}\n";
    let run = run(command(here.path()).args(["--batch", "-"]).write_stdin(lines));
    assert_eq!(run.out.lines().count(), 6, "{}", run.out);
    for line in run.out.lines() {
        let json: Value = serde_json::from_str(line).expect("JSON");
        let errors: Vec<_> = validator.iter_errors(&json).map(|one| one.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?} in {line}");
    }
    assert!(!validator.is_valid(&json!({ "schema": 1 })));
}

#[test]
fn a_batch_answers_every_line_in_its_order() {
    let here = folder(SHOP);
    let lines = [
        r#"{"id":"a","url":"http://shop.example/"}"#,
        "",
        r#"{"id":"b","url":"http://shop.example/","user":"alice:wonderland"}"#,
        r#"{"id":"c","url":"nowhere"}"#,
        r#"{"id":"d","url":"http://shop.example/","metod":"PUT"}"#,
        "{",
        r#"{"id":7,"url":"http://x/","connect":"127.0.0.1:80","headers":{"Host":"shop.example","X-Api-Key":["k"]},"method":"HEAD"}"#,
        r#"{"id":null,"url":"http://shop.example/office/","from":"10.0.0.1"}"#,
        r#"{"id":"e","url":"http://shop.example/","headers":{"Authorization":"Basic YWxpY2U6d29uZGVybGFuZA=="}}"#,
    ];
    fs::write(here.path().join("requests"), lines.join("\n")).expect("a file");
    let run = trace(here.path(), &["--batch", "requests"]);
    assert_eq!(run.status, 2);
    assert_eq!(
        run.err,
        "lint401: requests: 3 of 8 lines are no requests; the answer to each says why\n"
    );
    let answers: Vec<(Value, Value)> = run
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|line| {
            let answer = [&line["status"], &line["outcome"], &line["error"]];
            let answer = answer.into_iter().find(|one| !one.is_null()).cloned();
            (line["id"].clone(), answer.expect("an answer"))
        })
        .collect();
    let keys = "id, method, url, connect, headers, user, bearer, from";
    let expected = [
        (json!("a"), json!(401)),
        (json!("b"), json!("passed")),
        (json!("c"), json!("url: is written http://HOST/PATH")),
        (json!("d"), json!(format!("key: `metod` is none of {keys}"))),
        (Value::Null, json!("is no JSON: EOF while parsing an object at line 1 column 1")),
        (json!(7), json!(401)),
        (Value::Null, json!("passed")),
        (json!("e"), json!("passed")),
    ];
    assert_eq!(answers, expected);
}

#[test]
fn flags_hold_for_lines_that_do_not_say_otherwise() {
    let here = folder(SHOP);
    let lines = "{\"url\":\"http://shop.example/office/\"}\n\
        {\"url\":\"http://shop.example/office/\",\"from\":\"192.0.2.7\"}\n";
    let run =
        run(command(here.path()).args(["--from", "10.0.0.1", "--batch", "-"]).write_stdin(lines));
    assert_eq!(run.status, 0, "{}", run.err);
    let outcomes: Vec<Value> =
        run.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(outcomes[0]["outcome"], "passed");
    assert_eq!(outcomes[1]["status"], 401);
    assert_eq!(outcomes[1]["request"]["from"], "192.0.2.7");
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let here = folder(SHOP);
    fs::write(here.path().join("notes.txt"), "nothing\n").expect("a file");
    for (args, says) in [
        (&["shop.example"][..], "URL: is written http://HOST/PATH"),
        (&["ftp://shop.example/"], "URL: is neither http nor https"),
        (&["http://shop.example:x/"], "URL: has a port that is none"),
        (&["http://a/", "--from", "me"], "--from: me is no IP address"),
        (&["http://a/", "--connect", "a:b"], "--connect: a:b is neither ADDR nor ADDR:PORT"),
        (&["http://a/", "-H", "Secret t0psecret"], "-H: a header is written 'Name: value'"),
        (&["http://a/", "-H", "A b: x"], "-H: `A b` is no header name"),
        (&["http://a/", "-H", "X: a\nB: c"], "-H: the value of X is more than one line"),
        (&["http://a/", "-X", "GE T"], "-X: is no method"),
        (
            &["http://a/", "--user", "a:t0psecret", "-H", "Authorization: Basic t0psecret"],
            "--user: the client sends one Authorization, and a header sets it already",
        ),
        (&["http://a/", "--config-file", "gone.conf"], "gone.conf: no such file or directory"),
        (&["http://a/", "--root", "gone"], "--root: "),
        (&["http://a/", "--context", "httpd"], "--context: "),
        (&["http://a/", "--target", "nginx"], "--target nginx: write KEY=VALUE"),
        (&["http://a/", "--config-file", "html"], "nothing to trace"),
        (&["--batch", "gone.jsonl"], "gone.jsonl: "),
        (&["--batch", "-", "--config-file", "-"], "cannot both read standard input"),
        (&["http://a/", "--config-file", "notes.txt"], "nothing to trace: notes.txt "),
    ] {
        let run = trace(here.path(), args);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{args:?}");
        assert_eq!(run.err.lines().count(), 1, "{args:?}: {}", run.err);
        assert!(run.err.contains(says), "{args:?}: {}", run.err);
        assert!(!run.err.contains("t0psecret"), "{args:?}: {}", run.err);
    }
    // what clap refuses
    for args in
        [&[][..], &["http://a/", "--batch", "-"], &["http://a/", "--user", "a", "--bearer", "b"]]
    {
        assert_eq!(trace(here.path(), args).status, 2, "{args:?}");
    }
}

#[test]
fn several_configurations_are_named() {
    let main = "events {}\nhttp { server { listen 80; } }\n";
    let here = folder(&[("a/nginx.conf", main), ("b/nginx.conf", main)]);
    let run = trace(here.path(), &["http://a/"]);
    assert_eq!(run.status, 2);
    assert!(run.err.contains("a/nginx.conf, b/nginx.conf: name one"), "{}", run.err);
    assert_eq!(trace(here.path(), &["--config-file", "a", "http://a/"]).status, 0);
}

#[test]
fn a_configuration_comes_from_standard_input() {
    let here = folder(&[]);
    let text = "events {}\nhttp { server { listen 80; return 403; } }\n";
    let args = ["--config-file", "-", "http://a/", "--output-format", "json"];
    let run = run(command(here.path()).args(args).write_stdin(text));
    assert_eq!(run.status, 0, "{}", run.err);
    let json: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(json["status"], 403);
}

#[test]
fn nginx_would_not_start_is_said_beside_the_prediction() {
    let here = folder(&[("nginx.conf", "events {}\nhttp { server { listen 80; return 403; }\n")]);
    let run = trace(here.path(), &["http://a/", "--config-file", "nginx.conf"]);
    assert_eq!(run.status, 0);
    assert!(run.err.contains("nginx refuses this configuration"), "{}", run.err);
    assert_eq!(run.err.lines().count(), 1);
}

#[test]
fn what_is_asked_for_is_not_rare() {
    let text = "events {}\nhttp { server { listen 80; root html;\n  \
        location / { auth_request /asked; }\n  \
        location = /asked { proxy_pass http://192.0.2.7; } } }\n";
    let here = folder(&[("nginx.conf", text), ("html/a", "x")]);
    let possible = |args: &[&str]| predicted(here.path(), args)["possible"].clone();
    assert_eq!(possible(&["http://a/a"]), json!([401, 403, "passed"]));
    // a part of the file that may not be there
    let part = ["-H", "Range: bytes=9-", "http://a/a"];
    assert_eq!(possible(&part), json!([401, 416, "passed"]));
}

#[test]
fn a_name_may_lead_to_every_socket_with_its_port() {
    let text = "events {}\nhttp {\n  server { listen 127.0.0.1:80; return 403; }\n  \
        server { listen 10.0.0.1:80; return 204; }\n  server { listen 81; return 404; } }\n";
    let here = folder(&[("nginx.conf", text)]);
    let json = predicted(here.path(), &["http://a/"]);
    assert_eq!((&json["outcome"], &json["possible"]), (&json!("unknown"), &json!([204, 403])));
    assert!(json["unknown"][0]["text"].as_str().is_some_and(|text| text.contains("port 80")));
    // an address, and a connection, say which
    for args in [&["http://127.0.0.1/"][..], &["http://a/", "--connect", "127.0.0.1"]] {
        assert_eq!(predicted(here.path(), args)["status"], 403, "{args:?}");
    }
    assert_eq!(predicted(here.path(), &["http://a:81/"])["status"], 404);
    // a UNIX socket, and a port that nobody listens on
    assert_eq!(predicted(here.path(), &["http://a:82/"])["outcome"], "unknown");
}

#[test]
fn no_output_carries_control_characters_or_secrets() {
    let text = "events {}\nhttp {\n  map $http_authorization $known { default 0; \"Basic Q0FOQVJZOkNBTkFSWQ==\" 1; }\n  \
        server { listen 80; root \"\x1b[2J\";\n  \
        set $token \"CANARY-1234\"; proxy_set_header Authorization \"Bearer CANARY-1234\";\n  \
        location /\x1b]0;x\x07 { proxy_pass http://10.0.0.1:81; }\n  \
        location /a { return 302 /next?token=CANARY-1234; }\n  \
        location /b { rewrite ^ /c?$http_authorization; }\n  \
        location /d { proxy_pass http://10.0.0.1/$http_authorization/$token; }\n  \
        location /e { auth_basic \"\u{202e}realm\x1b[31m\"; auth_basic_user_file users; }\n  \
        location /f { if ($http_authorization = \"Basic Q0FOQVJZOkNBTkFSWQ==\") { return 403; } return 404; }\n  \
        location /g { if ($known) { return 403; } auth_basic x; auth_basic_user_file $http_cookie; } } }\n";
    let here = folder(&[("nginx.conf", text), ("users", "CANARY:{PLAIN}CANARY-pw\n")]);
    for path in ["/\x1b]0;x\x07/", "/a", "/b", "/c", "/d", "/e", "/f", "/g"] {
        let path = path.replace('\x1b', "%1B").replace('\x07', "%07");
        for sent in [
            &["--user", "alice:CANARY-pw"][..],
            &["--bearer", "CANARY-token"],
            &["-H", "Authorization: Basic YWxpY2U6Q0FOQVJZ", "-H", "Cookie: sid=CANARY-cookie"],
            &["--user", "alice"],
        ] {
            for format in ["full", "json"] {
                let url = format!("http://bob:CANARY-url@shop.example{path}?token=CANARY-query");
                let mut command = command(here.path());
                // the user in the URL is one Authorization too many beside that header
                let url = if sent[0] == "-H" { url.replace("bob:CANARY-url@", "") } else { url };
                command.args(sent).args(["--output-format", format, &url]);
                let run = run(&mut command);
                assert_eq!(run.status, 0, "{}", run.err);
                for text in [&run.out, &run.err] {
                    let bad = text.chars().find(|&c| {
                        (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)
                    });
                    assert_eq!(bad, None, "{path} {format} lets {bad:?} through: {text:?}");
                    for secret in ["CANARY", "Q0FOQVJZ", "YWxpY2U6Q0FO"] {
                        assert!(!text.contains(secret), "{path} {format} shows a secret: {text}");
                    }
                }
            }
        }
    }
}

#[test]
#[cfg(unix)]
fn absolute_links_lead_below_the_root() {
    let conf = "events {}\nhttp { server { listen 80; root /srv/www; } }\n";
    let here = folder(&[
        ("etc/nginx/nginx.conf", conf),
        ("srv/releases/7/index.html", "hello"),
        ("srv/releases/7/a.txt", "a"),
    ]);
    std::os::unix::fs::symlink("/srv/releases/7", here.path().join("srv/www")).expect("a link");
    let status = |path: &str| {
        let url = format!("http://localhost/{path}");
        let args = ["--config-file", "etc/nginx/nginx.conf", "--root", ".", url.as_str()];
        predicted(here.path(), &args)["possible"].clone()
    };
    assert_eq!(status("a.txt"), serde_json::json!(["passed"]));
    assert_eq!(status("b.txt"), serde_json::json!([404]));
}

#[test]
fn a_file_that_try_files_finds_is_there_for_whoever_asks_next() {
    let conf = "events {}\nhttp { server { listen 80; root /srv/www; location / { try_files $uri $uri/ =403; } } }\n";
    let here = folder(&[("nginx.conf", conf)]);
    let found = predicted(here.path(), &["--config-file", "nginx.conf", "http://localhost/a.txt"]);
    assert_eq!(found["possible"], serde_json::json!([301, 403, "passed"]));
}

#[test]
fn a_client_without_a_certificate_is_turned_away_where_it_is_asked() {
    let folder = folder(&[(
        "httpd.conf",
        "LoadModule ssl_module modules/mod_ssl.so
LoadModule authz_core_module modules/mod_authz_core.so
Listen 443
Listen 8443
DocumentRoot html
<VirtualHost *:443>
    SSLEngine on
    <Location /staff>
        SSLVerifyClient require
    </Location>
</VirtualHost>
<VirtualHost *:8443>
    SSLEngine on
    SSLVerifyClient require
</VirtualHost>
",
    )]);
    let outcome = |url: &str| {
        let json = predicted(
            folder.path(),
            &["--config-file", "httpd.conf", "--connect", "127.0.0.1", url],
        );
        (json["status"].clone(), json["possible"].clone())
    };
    // the whole server asks before there is any request; a section asks a client that may not hear of it
    assert_eq!(outcome("https://localhost:8443/"), (json!(0), json!([0])));
    assert_eq!(outcome("https://localhost/staff"), (Value::Null, json!([0, 403])));
}
