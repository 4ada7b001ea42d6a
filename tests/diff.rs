//! `lint401 diff` as a user meets it: folders, files, revisions and dumps; the formats; what is no change; and input that
//! means harm.

#[path = "support/program.rs"]
mod program;

use assert_cmd::Command;
use program::{Run, folder, put, run};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const OLD: &str = r#"events {}
http {
    server {
        listen 80;
        server_name shop.example;
        auth_basic "Staff";
        auth_basic_user_file htpasswd;
        location / { proxy_pass http://10.0.0.1; }
        location /healthz { auth_basic off; proxy_pass http://10.0.0.1; }
        location /api/ { proxy_set_header Authorization ""; proxy_pass http://10.0.0.1; }
        location /lan/ { allow 10.0.0.0/8; deny all; proxy_pass http://10.0.0.1; }
    }
    server { listen 80; server_name blog.example; location / { proxy_pass http://10.0.0.2; } }
}
"#;

const USERS: &str = "alice:{PLAIN}wonderland\nbob:{PLAIN}builder\n";

fn diff(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).current_dir(folder).arg("diff").args(args);
    run(&mut command)
}

/// A folder with both sides: `old` and `new`.
fn both(old: &str, new: &str) -> TempDir {
    folder(&[
        ("old/nginx.conf", old),
        ("new/nginx.conf", new),
        ("old/htpasswd", USERS),
        ("new/htpasswd", USERS),
    ])
}

fn changes(folder: &Path, args: &[&str]) -> Vec<Value> {
    let run = diff(folder, &[args, &["--output-format", "json"]].concat());
    assert!(run.status < 2, "{args:?}: {}", run.err);
    let json: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(json["schema"], 1);
    json["changes"].as_array().expect("changes").clone()
}

/// Each change as its kind, its request and what decided before and decides now.
fn told(new: &str) -> Vec<String> {
    let here = both(OLD, new);
    let all = changes(here.path(), &["old", "new"]);
    let side = |side: &Value| side["location"]["text"].as_str().unwrap_or("-").to_owned();
    all.iter()
        .map(|one| {
            let user =
                one["request"]["user"].as_str().map_or(String::new(), |user| format!(" as {user}"));
            let request =
                format!("{} {}", one["request"]["method"], one["request"]["url"]).replace('"', "");
            format!(
                "{} {request}{user} from {}: {} → {}",
                one["kind"].as_str().expect("a kind"),
                one["request"]["from"].as_str().expect("an address"),
                side(&one["old"]),
                side(&one["new"])
            )
        })
        .collect()
}

#[test]
fn one_line_a_cause() {
    let exempt = OLD.replace("location /healthz { auth_basic off;", "location /healthz {");
    assert_eq!(
        told(&exempt),
        [
            "now-401 GET http://shop.example/healthz from 192.0.2.1: auth_basic off → auth_basic \"Staff\""
        ]
    );
    let open = OLD.replace("auth_basic \"Staff\";", "auth_basic off;");
    assert_eq!(
        told(&open),
        ["now-open GET http://shop.example/ from 192.0.2.1: auth_basic \"Staff\" → auth_basic off"]
    );
    let realm = OLD.replace("\"Staff\"", "\"Team\"");
    assert_eq!(
        told(&realm),
        [
            "challenge-changed GET http://shop.example/ from 192.0.2.1: auth_basic \"Staff\" → auth_basic \"Team\""
        ]
    );
    let sent = OLD.replace("proxy_set_header Authorization \"\"; ", "");
    let found = told(&sent);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("forwarded-changed GET http://shop.example/api/ as "),
        "{found:?}"
    );
    let list = OLD.replace("allow 10.0.0.0/8; deny all;", "deny all;");
    let found = told(&list);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("now-403 GET http://shop.example/lan/ from 10.0.0.1: "),
        "{found:?}"
    );
    let failing = OLD.replace("location /lan/ { allow", "location /lan/ { return 500; allow");
    assert!(told(&failing).iter().all(|one| one.starts_with("now-error ")), "{:?}", told(&failing));
}

#[test]
fn what_answers_alike_is_no_change() {
    let here = both(OLD, OLD);
    let reformatted =
        OLD.replace("    ", "\t").replace("{ ", "{\n# a comment\n").replace("\"Staff\"", "Staff");
    let server = OLD.find("    server { listen 80; server_name blog").expect("the second server");
    // the first server of a socket answers for names that nobody has: the order is kept, the place is not
    let moved = format!("{}include blog.conf;\n}}\n", &OLD[..server]);
    let blog = "server {\nserver_name blog.example;\nlisten 80;\nlocation / { proxy_pass http://10.0.0.2; }\n}\n";
    let swapped = OLD.replace(
        "        auth_basic \"Staff\";\n        auth_basic_user_file htpasswd;\n",
        "        auth_basic_user_file htpasswd;\n        auth_basic \"Staff\";\n",
    );
    for new in [OLD, &reformatted, &moved, &swapped] {
        put(here.path(), &[("new/nginx.conf", new), ("new/blog.conf", blog)]);
        let run = diff(here.path(), &["old/nginx.conf", "new/nginx.conf"]);
        assert_eq!((run.status, run.err.as_str()), (0, ""), "{new}");
        assert_eq!(run.out, "nobody's access changes\n", "{new}");
    }
}

#[test]
fn users_who_come_and_go() {
    let here = both(OLD, OLD);
    put(here.path(), &[("new/htpasswd", "alice:{PLAIN}wonderland\ncarol:{PLAIN}x\n")]);
    let all = changes(here.path(), &["old", "new"]);
    let told: Vec<_> = all.iter().map(|one| (&one["kind"], &one["request"]["user"])).collect();
    assert_eq!(told, [(&json!("now-401"), &json!("bob")), (&json!("now-passed"), &json!("carol"))]);
}

#[test]
fn passwords_that_are_others() {
    let here = both(OLD, OLD);
    let stored = |alice: &str, bob: &str| format!("alice:{alice}\nbob:{bob}\ncarol:{{PLAIN}}x\n");
    let salted = "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/";
    put(here.path(), &[("old/htpasswd", &stored("{PLAIN}wonderland", salted))]);
    put(here.path(), &[("new/htpasswd", &stored("{PLAIN}CANARY", salted))]);
    let all = changes(here.path(), &["old", "new"]);
    let one = |one: &Value| {
        let (kind, user) = (&one["kind"], &one["request"]["user"]);
        let new = (&one["new"]["outcome"], &one["new"]["location"]["text"]);
        format!("{kind} {user} {} {}", new.0, new.1)
    };
    let told: Vec<String> = all.iter().map(one).collect();
    assert_eq!(told, [r#""now-401" "alice" "answered" "auth_basic_user_file htpasswd""#]);
    // hashed again: nobody knows whether it is the same password
    let again = "$apr1$hgfedcba$h9FWgUz3n9YxylKLlR5SQ/";
    put(here.path(), &[("new/htpasswd", &stored("{PLAIN}wonderland", again))]);
    let all = changes(here.path(), &["old", "new"]);
    let told: Vec<String> = all.iter().map(one).collect();
    assert_eq!(told, [r#""now-401" "bob" "unknown" "auth_basic_user_file htpasswd""#]);
    let full = diff(here.path(), &["old", "new"]).out;
    assert!(full.contains("401 or passed") && !full.contains("$apr1"), "{full}");
}

#[test]
fn another_literal_authorization() {
    let with = |token: &str| {
        let set = format!("proxy_set_header Authorization \"Bearer {token}\";");
        OLD.replace("proxy_set_header Authorization \"\";", &set)
    };
    let here = both(&with("CANARY-1"), &with("CANARY-2"));
    let run = diff(here.path(), &["old", "new"]);
    assert!(run.out.starts_with("forwarded-changed GET http://shop.example/api/ "), "{}", run.out);
    assert!(run.out.ends_with("\n1 forwarded-changed\n"), "{}", run.out);
    assert!(!run.out.contains("CANARY"), "{}", run.out);
}

#[test]
fn configurations_that_come_and_go() {
    let site = |port: u16| {
        format!(
            "events {{}}\nhttp {{ server {{ listen {port}; server_name s{port}.example;\n\
             location / {{ proxy_pass http://10.0.0.1; }}\n\
             location /x/ {{ auth_basic x; auth_basic_user_file users; proxy_pass http://10.0.0.1; }} }} }}\n"
        )
    };
    let here = folder(&[
        ("one/a/nginx.conf", &site(8081)),
        ("one/b/nginx.conf", &site(8082)),
        ("two/a/nginx.conf", &site(8081)),
        ("two/c/nginx.conf", &site(8083)),
        ("none/README", "nothing\n"),
    ]);
    let told = |old: &str, new: &str| {
        let all = changes(here.path(), &[old, new]);
        let one =
            |one: &Value| format!("{} {}", one["kind"], one["request"]["url"]).replace('"', "");
        all.iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(
        told("one", "two"),
        [
            "now-403 http://s8082.example:8082/",
            "now-open http://s8083.example:8083/",
            "now-401 http://s8083.example:8083/x/"
        ]
    );
    assert_eq!(
        told("none", "two/a"),
        ["now-open http://s8081.example:8081/", "now-401 http://s8081.example:8081/x/"]
    );
    assert_eq!(diff(here.path(), &["none", "none"]).status, 2);
}

#[test]
fn servers_that_come_and_go() {
    let server = OLD.find("    server { listen 80; server_name blog").expect("the second server");
    let gone = format!("{}}}\n", &OLD[..server]);
    let found = told(&gone);
    assert!(found[0].starts_with("now-401 GET http://blog.example/ "), "{found:?}");
}

#[test]
fn the_exit_status_is_for_pipelines() {
    let new = OLD.replace("location /healthz { auth_basic off;", "location /healthz {");
    let here = both(OLD, &new);
    let status = |args: &[&str]| diff(here.path(), &[&["old", "new"], args].concat()).status;
    assert_eq!(status(&[]), 1);
    assert_eq!(status(&["--fail-on", "now-401,now-open"]), 1);
    assert_eq!(status(&["--fail-on", "now-open"]), 0);
    assert_eq!(status(&["--fail-on", "never"]), 0);
    let wrong = diff(here.path(), &["old", "new", "--fail-on", "now-402"]);
    assert_eq!(wrong.status, 2);
    assert!(
        wrong.err.contains("no change is named `now-402`; there are now-401, "),
        "{}",
        wrong.err
    );
    let gone = diff(here.path(), &["old", "gone"]);
    assert_eq!(
        (gone.status, gone.err.as_str()),
        (2, "lint401: gone: is neither a path nor a revision\n")
    );
    let alone = diff(here.path(), &["old"]);
    assert!(alone.status == 2 && alone.err.contains("what is it compared with?"), "{}", alone.err);
}

#[test]
fn every_format() {
    let new = OLD.replace("location /healthz { auth_basic off;", "location /healthz {");
    let here = both(OLD, &new);
    let full = diff(here.path(), &["old", "new"]).out;
    insta::assert_snapshot!(full);
    let markdown = diff(here.path(), &["old", "new", "--output-format", "markdown"]).out;
    insta::assert_snapshot!(markdown);
    let github = diff(here.path(), &["old", "new", "--output-format", "github"]).out;
    insta::assert_snapshot!(github);
    let json = diff(here.path(), &["old", "new", "--output-format", "json"]).out;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let schema = Command::new(env!("CARGO_BIN_EXE_lint401")).args(["schema", "diff"]).output();
    let schema: Value =
        serde_json::from_slice(&schema.expect("lint401 runs").stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

fn git(folder: &Path, args: &[&str]) {
    let mut command = std::process::Command::new("git");
    command.current_dir(folder).args(args);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "a")
            .env(format!("GIT_{who}_EMAIL"), "a@example.org");
    }
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn revisions_and_the_work_tree() {
    let main = "events {}\nhttp { include sites-enabled/*; }\n";
    let site = "server { listen 80; server_name a.example; auth_basic x; auth_basic_user_file users;\n\
        location / { proxy_pass http://10.0.0.1; } }\n";
    let here = folder(&[
        ("etc/nginx.conf", main),
        ("etc/sites-available/a", site),
        ("etc/users", "alice:{PLAIN}x\n"),
        (".gitignore", "ignored/\n"),
        ("README", "not a configuration\n"),
    ]);
    fs::create_dir(here.path().join("etc/sites-enabled")).expect("a folder");
    std::os::unix::fs::symlink("../sites-available/a", here.path().join("etc/sites-enabled/a"))
        .expect("a link");
    git(here.path(), &["init", "-q", "-b", "main"]);
    git(here.path(), &["add", "-A"]);
    git(here.path(), &["commit", "-q", "-m", "one"]);
    assert_eq!(diff(here.path(), &["main"]).out, "nobody's access changes\n");
    put(
        here.path(),
        &[("etc/sites-available/a", &site.replace("auth_basic x;", "auth_basic off;"))],
    );
    let dirty = diff(here.path(), &["main"]);
    assert_eq!(dirty.status, 1, "{}", dirty.err);
    assert!(dirty.out.starts_with("now-open GET http://a.example/ "), "{}", dirty.out);
    git(here.path(), &["checkout", "-q", "-b", "change"]);
    git(here.path(), &["commit", "-q", "-am", "two"]);
    assert_eq!(diff(here.path(), &["main"]).out, dirty.out);
    assert_eq!(diff(here.path(), &["main..HEAD"]).out, dirty.out);
    assert_eq!(diff(here.path(), &["main", "change"]).out, dirty.out);
    let back = diff(here.path(), &["HEAD..main"]);
    assert!(back.out.starts_with("now-401 GET http://a.example/ "), "{}", back.out);
    // from a folder inside
    assert_eq!(diff(&here.path().join("etc"), &["main..HEAD"]).status, 1);
    let none = diff(here.path(), &["no-such-branch"]);
    assert_eq!(none.status, 2, "{}", none.out);
}

#[test]
fn a_dump_and_a_checkout() {
    let dump = format!("# configuration file /etc/nginx/nginx.conf:\n{OLD}\n");
    let new = OLD.replace("auth_basic off; ", "");
    let here = folder(&[("dump.txt", &dump), ("new/nginx.conf", &new), ("new/htpasswd", USERS)]);
    let all = changes(here.path(), &["dump.txt", "new"]);
    let kinds: Vec<_> = all.iter().map(|one| (&one["kind"], &one["request"]["url"])).collect();
    assert!(
        kinds.contains(&(&json!("now-401"), &json!("http://shop.example/healthz"))),
        "{kinds:?}"
    );
}

#[test]
fn httpd_hosts_sections_and_htaccess_files() {
    let main = r#"ServerRoot "."
ServerName main.example
Listen 80
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authn_file_module modules/mod_authn_file.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule authz_host_module modules/mod_authz_host.so
LoadModule auth_basic_module modules/mod_auth_basic.so
LoadModule unixd_module modules/mod_unixd.so
<Directory "/srv/shop">
    AllowOverride All
</Directory>
<VirtualHost *:80>
    ServerName shop.example
    DocumentRoot /srv/shop
    <Location /status>
        Require ip 10.0.0.0/8
    </Location>
</VirtualHost>
<VirtualHost *:80>
    ServerName blog.example
    DocumentRoot /srv/blog
</VirtualHost>
"#;
    let files = |side: &str, main: &str, htaccess: &str| {
        let here = |name: &str| format!("{side}/{name}");
        vec![
            (here("httpd.conf"), main.to_owned()),
            (here("root/srv/shop/private/.htaccess"), htaccess.to_owned()),
            (here("root/srv/shop/index.html"), "shop\n".to_owned()),
            (here("root/srv/blog/index.html"), "blog\n".to_owned()),
        ]
    };
    let told = |main_new: &str, htaccess: &str| {
        let mut all = files("old", main, "Require all denied\n");
        all.extend(files("new", main_new, htaccess));
        let all: Vec<(&str, &str)> = all.iter().map(|(name, text)| (&**name, &**text)).collect();
        let here = folder(&all);
        // each side has a root of its own, under the same name
        let run =
            diff(here.path(), &["old/httpd.conf", "new/httpd.conf", "--output-format", "json"]);
        assert!(run.status < 2, "{}", run.err);
        let json: Value = serde_json::from_str(&run.out).expect("JSON");
        let changes = json["changes"].as_array().expect("changes").clone();
        changes
            .iter()
            .map(|one| {
                format!("{} {} {}", one["kind"], one["request"]["method"], one["request"]["url"])
                    .replace('"', "")
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(told(main, "Require all denied\n"), Vec::<String>::new());
    let wider = main.replace("Require ip 10.0.0.0/8", "Require all granted");
    assert_eq!(told(&wider, "Require all denied\n"), ["now-open GET http://shop.example/status"]);
    let narrower = main.replace("Require ip 10.0.0.0/8", "Require all denied");
    assert_eq!(told(&narrower, "Require all denied\n"), ["now-403 GET http://shop.example/status"]);
}

/// Of many servers only what differs is asked, and named.
#[test]
fn one_line_of_many_servers() {
    let mut text = "events {}\nhttp {\n".to_owned();
    for number in 0..600 {
        let _ = writeln!(
            text,
            "server {{ listen 80; server_name s{number}.example; auth_basic x; auth_basic_user_file htpasswd;\n\
             location /a/ {{ proxy_pass http://10.0.0.1; }} location /open{number}/ {{ auth_basic off; proxy_pass http://10.0.0.1; }} }}"
        );
    }
    text.push_str("}\n");
    let new = text.replace("location /open300/ { auth_basic off;", "location /open300/ {");
    let here = both(&text, &new);
    let all = changes(here.path(), &["old", "new"]);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!(
        (&all[0]["kind"], &all[0]["request"]["url"], &all[0]["places"]),
        (&json!("now-401"), &json!("http://s300.example/open300/"), &json!(1))
    );
}

#[test]
fn nothing_secret_and_nothing_hostile_is_shown() {
    let text = |realm: &str| {
        format!(
            "events {{}}\nhttp {{\n  map $http_x_api_key $ok {{ default 0; CANARY-key 1; }}\n  server {{\n    \
             listen 80; server_name \"evil\\x1b[31m<script>.example\";\n    \
             location /\x1b[2J/ {{ return 403; }}\n    location /k/ {{ if ($ok = 0) {{ return 401; }} {realm} proxy_pass http://10.0.0.1; }}\n    \
             location /hook/ {{ proxy_set_header Authorization \"Bearer CANARY-1234\"; {realm} proxy_pass http://10.0.0.1; }}\n  }}\n}}\n"
        )
    };
    let here = folder(&[
        ("old/nginx.conf", &text("")),
        ("new/nginx.conf", &text("auth_basic \"a\x1b]0;x\x07b\"; auth_basic_user_file users;")),
        ("old/users", "alice:{PLAIN}CANARY-pw\n"),
        ("new/users", "alice:{PLAIN}CANARY-pw\n"),
    ]);
    for format in ["full", "json", "markdown", "github"] {
        let run = diff(here.path(), &["old", "new", "--output-format", format]);
        assert_eq!(run.status, 1, "{}", run.err);
        assert!(!run.out.contains("CANARY"), "{format}: {}", run.out);
        assert!(!run.out.contains(['\x1b', '\x07']), "{format}: {}", run.out);
    }
}
