//! `lint401 map` as a user meets it: the table, the JSON, what is asked for, and input that means harm.

#[path = "support/program.rs"]
mod program;

use assert_cmd::Command;
use program::{Run, folder, run};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// A shop with a login, an address list, methods, a login service and places that nobody reaches.
const SHOP: &[(&str, &str)] = &[
    (
        "nginx.conf",
        r#"events {}
http {
    server {
        listen 80;
        server_name shop.example www.shop.example;
        root html;
        location / { auth_basic "Staff"; auth_basic_user_file htpasswd; }
        location = /healthz { return 200 "ok"; }
        location ^~ /.well-known/acme-challenge/ { auth_basic off; }
        location /office/ { satisfy any; allow 10.0.0.0/8; deny all; auth_basic "Staff"; auth_basic_user_file htpasswd; }
        location /api/ { proxy_pass http://10.0.0.1; limit_except GET { deny all; } }
        location ~ \.php$ { fastcgi_pass 127.0.0.1:9000; }
        location ~ ^/old\.php$ { return 403; }
        location /sso/ { auth_request /_auth; proxy_pass http://10.0.0.1; }
        location = /_auth { internal; proxy_pass http://10.0.0.2; }
        location @fallback { proxy_pass http://10.0.0.1; }
    }
}
"#,
    ),
    ("htpasswd", "bob:{PLAIN}builder\nalice:{PLAIN}wonderland\n"),
    ("html/index.html", "shop\n"),
];

/// Two virtual hosts, what the main server says of their folders, and a .htaccess file.
const HTTPD: &[(&str, &str)] = &[
    (
        "httpd.conf",
        r#"ServerRoot "."
ServerName main.example
Listen 80
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authn_file_module modules/mod_authn_file.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule authz_host_module modules/mod_authz_host.so
LoadModule authz_groupfile_module modules/mod_authz_groupfile.so
LoadModule auth_basic_module modules/mod_auth_basic.so
LoadModule dir_module modules/mod_dir.so
LoadModule unixd_module modules/mod_unixd.so
<Directory "/srv/shop/staff">
    AuthType Basic
    AuthName "Staff"
    AuthUserFile users
    AuthGroupFile groups
    <RequireAny>
        Require group admins
        Require ip 10.0.0.0/8
    </RequireAny>
</Directory>
<Directory "/srv/shop">
    AllowOverride All
</Directory>
<VirtualHost *:80>
    ServerName shop.example
    DocumentRoot /srv/shop
    <Location /status>
        Require ip 127.0.0.1
        <LimitExcept GET>
            Require all denied
        </LimitExcept>
    </Location>
</VirtualHost>
<VirtualHost *:80>
    ServerName blog.example
    DocumentRoot /srv/blog
</VirtualHost>
"#,
    ),
    ("users", "alice:{SHA}x\nbob:{SHA}x\n"),
    ("groups", "admins: bob\n"),
    ("root/srv/shop/private/.htaccess", "Require all denied\n"),
    ("root/srv/shop/staff/index.html", "staff\n"),
    ("root/srv/blog/index.html", "blog\n"),
];

fn map(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    run(command.env_clear().current_dir(folder).arg("map").args(args))
}

fn table(files: &[(&str, &str)], args: &[&str]) -> String {
    let here = folder(files);
    let run = map(here.path(), args);
    assert_eq!((run.status, run.err.as_str()), (0, ""), "{args:?}");
    run.out
}

fn entries(folder: &Path, args: &[&str]) -> Vec<Value> {
    let run = map(folder, &[args, &["--output-format", "json"]].concat());
    assert_eq!(run.status, 0, "{args:?}: {}", run.err);
    let json: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(json["schema"], 1);
    json["entries"].as_array().expect("entries").clone()
}

/// The entry of the place that is written like this.
fn entry<'e>(entries: &'e [Value], title: &str) -> &'e Value {
    let is_it = |entry: &&Value| {
        entry["scope"].as_array().and_then(|all| all.last()) == Some(&json!(title))
    };
    entries.iter().find(is_it).unwrap_or_else(|| panic!("{title}: {entries:#?}"))
}

#[test]
fn the_table_of_nginx() {
    insta::assert_snapshot!(table(SHOP, &["nginx.conf"]));
}

#[test]
fn the_table_of_httpd() {
    insta::assert_snapshot!(table(HTTPD, &["--root", "root", "httpd.conf"]));
}

#[test]
fn the_json_is_the_contract() {
    let here = folder(SHOP);
    let all = entries(here.path(), &["nginx.conf"]);
    let office = entry(&all, "location /office/");
    assert_eq!(office["server"], "shop.example");
    assert_eq!(office["scope"], json!(["http", "server shop.example", "location /office/"]));
    assert_eq!(
        (&office["witness"], &office["url"]),
        (&json!("/office/"), &json!("http://shop.example/office/"))
    );
    assert_eq!(office["methods"].as_array().map(Vec::len), Some(7));
    // a folder without an index: who is let in gets 403 from another corner of the server
    assert_eq!(
        (&office["anonymous"], &office["mechanisms"]),
        (&json!(401), &json!(["address", "basic"]))
    );
    assert_eq!(office["location"]["path"], "nginx.conf");
    assert_eq!(office["location"]["start"]["line"], 10);
    assert_eq!(office["decided_by"]["text"], "auth_basic \"Staff\"");
    let clients = office["clients"].as_array().expect("clients");
    assert_eq!(clients[0]["from"], "10.0.0.0/8");
    assert_eq!((&clients[1]["user"], &clients[1]["file"]), (&json!("alice"), &json!("htpasswd")));

    let php = entry(&all, "location ~ \\.php$");
    assert_eq!((&php["anonymous"], &php["authenticated"]), (&json!("passed"), &Value::Null));
    assert_eq!(php["witness"], "/x.php");
    let sso = entry(&all, "location /sso/");
    assert_eq!(
        (&sso["anonymous"], &sso["mechanisms"]),
        (&json!([401, 403, "passed"]), &json!(["auth_request"]))
    );
    // another location takes what this one is for
    assert_eq!(entry(&all, "location ~ ^/old\\.php$")["reached"], false);
    let named = entry(&all, "location @fallback");
    assert_eq!((&named["witness"], &named["anonymous"]), (&Value::Null, &Value::Null));
    let api: Vec<&Value> = all.iter().filter(|entry| entry["witness"] == "/api/").collect();
    assert_eq!(api.len(), 2);
    assert_eq!(
        (&api[0]["methods"], &api[0]["anonymous"]),
        (&json!(["GET", "HEAD"]), &json!("passed"))
    );
    assert_eq!(api[1]["anonymous"], 403);
}

#[test]
fn groups_folders_and_htaccess_files_of_httpd() {
    let here = folder(HTTPD);
    let all = entries(here.path(), &["--root", "root", "httpd.conf"]);
    let staff = entry(&all, "<Directory /srv/shop/staff>");
    assert_eq!((&staff["server"], &staff["witness"]), (&json!("shop.example"), &json!("/staff/")));
    assert_eq!((&staff["anonymous"], &staff["authenticated"]), (&json!(401), &json!("passed")));
    let clients = staff["clients"].as_array().expect("clients");
    assert_eq!((&clients[0]["user"], &clients[0]["group"]), (&json!("bob"), &json!("admins")));
    assert_eq!(
        (&clients[1]["from"], &clients[1]["answer"]),
        (&json!("10.0.0.0/8"), &json!("passed"))
    );
    let private = entry(&all, "root/srv/shop/private/.htaccess");
    assert_eq!((&private["kind"], &private["anonymous"]), (&json!("htaccess"), &json!(403)));
    assert_eq!(private["url"], "http://shop.example/private/");
    let status: Vec<&Value> = all.iter().filter(|entry| entry["witness"] == "/status").collect();
    assert_eq!(status.len(), 1, "GET and the rest are refused alike: {status:#?}");
}

#[test]
fn only_what_is_asked_for() {
    let here = folder(SHOP);
    let witnesses = |args: &[&str]| -> Vec<String> {
        let all = entries(here.path(), &[&["nginx.conf"], args].concat());
        all.iter().map(|entry| entry["witness"].as_str().unwrap_or("-").to_owned()).collect()
    };
    assert_eq!(witnesses(&["--path", "/o"]), ["/office/", "/old.php"]);
    assert_eq!(witnesses(&["--status", "401"]), ["/", "/", "/office/", "/sso/"]);
    assert_eq!(
        witnesses(&["--open"]),
        ["/healthz", "/.well-known/acme-challenge/", "/api/", "/x.php"]
    );
    assert_eq!(witnesses(&["--server-name", "WWW.*"]).len(), entries(here.path(), &[]).len());
    let none = map(here.path(), &["--server-name", "other.example"]);
    assert_eq!((none.status, none.err.as_str()), (0, "lint401: no place is like that\n"));
    let gone = map(here.path(), &["gone.conf"]);
    assert_eq!(gone.status, 2);
}

#[test]
fn a_thousand_servers_that_are_alike_are_told_once() {
    let mut text = "events {}\nhttp {\n".to_owned();
    for number in 0..1000 {
        let _ = writeln!(
            text,
            "server {{ listen 80; server_name s{number}.example; auth_basic x; auth_basic_user_file u;\n\
             location /a/ {{ proxy_pass http://10.0.0.1; }} location /b/ {{ proxy_pass http://10.0.0.1; }}\n\
             location /open/ {{ auth_basic off; proxy_pass http://10.0.0.1; }} }}"
        );
    }
    text.push_str("}\n");
    let told = table(&[("nginx.conf", &text), ("u", "alice:{PLAIN}x\n")], &["nginx.conf"]);
    assert!(told.lines().count() < 10, "{told}");
    assert!(
        told.contains("http://s0.example, http://s1.example, http://s2.example … (1000 servers)"),
        "{told}"
    );
    assert!(
        told.contains("1000 servers, 4000 places; to strangers 1000 open, 3000 asking for a login"),
        "{told}"
    );
}

#[test]
fn the_json_keeps_to_its_schema() {
    let here = folder(SHOP);
    let schema = Command::new(env!("CARGO_BIN_EXE_lint401")).args(["schema", "map"]).output();
    let schema: Value =
        serde_json::from_slice(&schema.expect("lint401 runs").stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (files, args) in [(SHOP, &["nginx.conf"][..]), (HTTPD, &["--root", "root", "httpd.conf"])] {
        let there = folder(files);
        let run = map(there.path(), &[args, &["--output-format", "json"]].concat());
        let json: Value = serde_json::from_str(&run.out).expect("JSON");
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    drop(here);
}

#[test]
fn users_and_groups_with_the_places_that_they_open() {
    insta::assert_snapshot!(table(HTTPD, &["--root", "root", "httpd.conf", "--users"]));
    let here = folder(SHOP);
    let run = map(here.path(), &["nginx.conf", "--users", "--output-format", "json"]);
    let json: Value = serde_json::from_str(&run.out).expect("JSON");
    let users = json["users"].as_array().expect("users");
    let names: Vec<&Value> = users.iter().map(|user| &user["user"]).collect();
    assert_eq!(names, ["alice", "bob"]);
    let opens: Vec<&Value> =
        users[0]["opens"].as_array().expect("places").iter().map(|place| &place["url"]).collect();
    assert_eq!(
        opens,
        ["http://shop.example/", "http://shop.example/", "http://shop.example/office/"]
    );
    let schema = Command::new(env!("CARGO_BIN_EXE_lint401")).args(["schema", "users"]).output();
    let schema: Value =
        serde_json::from_slice(&schema.expect("lint401 runs").stdout).expect("JSON");
    assert!(jsonschema::is_valid(&schema, &json), "{json}");
}

/// What the map tells of each place is what `trace` tells of its request.
#[test]
fn the_map_and_trace_agree() {
    for (files, args, main) in
        [(SHOP, &[][..], "nginx.conf"), (HTTPD, &["--root", "root"][..], "httpd.conf")]
    {
        let here = folder(files);
        for entry in entries(here.path(), &[args, &[main]].concat()) {
            let Some(url) = entry["url"].as_str() else { continue };
            let method = entry["methods"][0].as_str().expect("a method");
            let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
            command
                .env_clear()
                .current_dir(here.path())
                .args(["trace", "--config-file", main])
                .args(args);
            command.args(["-X", method, "--output-format", "json", url]);
            let output = command.output().expect("lint401 runs");
            let trace: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            let mut possible = trace["possible"].as_array().expect("a list").clone();
            // access control lets somebody in: that there is no such file is another matter
            let is_nothing = |one: &Value| *one == json!(404) || *one == json!(405);
            if possible.contains(&json!("passed")) || entry["anonymous"] == "passed" {
                possible.retain(|one| !is_nothing(one));
                if possible.is_empty() {
                    possible.push(json!("passed"));
                }
            }
            let told = match &entry["anonymous"] {
                Value::Array(several) => several.clone(),
                one => vec![one.clone()],
            };
            assert_eq!(told, possible, "{method} {url}");
        }
    }
}

#[test]
fn nothing_secret_and_nothing_hostile_is_shown() {
    let text = "events {}\nhttp {\n  map $arg_k $ok { default 0; CANARY-key 1; }\n  server {\n    \
        listen 80; server_name \"evil\\x1b[31m<script>.example\";\n    \
        location /\x1b[2J/ { return 403; }\n    \
        location /hook/ { set $token \"CANARY-1234\"; proxy_set_header Authorization \"Bearer CANARY-1234\"; proxy_pass http://10.0.0.1; }\n    \
        location /in/ { auth_basic \"a\x1b]0;x\x07b\"; auth_basic_user_file users; }\n  }\n}\n";
    let here = folder(&[("nginx.conf", text), ("users", "alice:{PLAIN}CANARY-pw\n")]);
    for format in ["full", "json"] {
        let run = map(here.path(), &["nginx.conf", "--output-format", format]);
        assert_eq!(run.status, 0, "{}", run.err);
        assert!(!run.out.contains("CANARY"), "{format}: {}", run.out);
        assert!(!run.out.contains(['\x1b', '\x07']), "{format}: {}", run.out);
    }
}
