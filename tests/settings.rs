//! lint401.toml where it speaks of servers: paths that must be public, several servers in one repository, and `init`.

#[path = "support/program.rs"]
mod program;

use assert_cmd::Command;
use program::{Run, folder};
use std::fs;
use std::path::Path;

fn run(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lint401"));
    program::run(command.env_clear().current_dir(folder).args(args))
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}

/// The findings of a run, as lines of rule, place, severity and message.
fn findings(run: &Run) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(&run.out).expect(&run.err);
    let all = report["findings"].as_array().expect("a list").iter();
    all.map(|one| {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let at = &one["location"];
        format!(
            "{} {}:{} {}: {}",
            text(&one["rule"]),
            text(&at["path"]),
            at["start"]["line"],
            text(&one["severity"]),
            text(&one["message"])
        )
    })
    .collect()
}

/// Everything asks for a login but /open; the login of /healthz is meant to be there.
const NGINX: &str = "events {}\nhttp {\n    server {\n        listen 127.0.0.1:8401;\n        auth_basic Staff;\n        auth_basic_user_file /srv/case/htpasswd;\n\
    \x20       location /open { auth_basic off; }\n        location = /healthz { auth_basic Monitors; stub_status; }\n        location = /ping { return 204; }\n    }\n}\n";

#[test]
fn paths_that_must_be_public_and_ask_for_a_login_are_errors() {
    let here = folder(&[
        ("nginx.conf", NGINX),
        (
            "lint401.toml",
            "[endpoints]\npublic = [\"/healthz\", \"/open/\", \"/hooks/*\", \"/ping\", \"/api/\"]\n",
        ),
    ]);
    let select = ["--output-format", "json", "--select", "nginx/public-endpoint-under-auth"];
    let run = run(here.path(), &[&["check"][..], &select].concat());
    assert_eq!(
        findings(&run),
        [
            "nginx/public-endpoint-under-auth nginx.conf:5 error: /hooks/*, /api/ are asked for a login here, and lint401.toml says that they must answer without one",
            "nginx/public-endpoint-under-auth nginx.conf:8 error: /healthz is asked for a login here, and lint401.toml says that it must answer without one",
        ]
    );
    assert_eq!(run.status, 1);
    let report: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    let second = &report["findings"][1];
    assert_eq!(second["evidence"]["request"]["url"], "http://localhost:8401/healthz");
    assert_eq!(second["evidence"]["answer"], 401);
    assert_eq!(second["related"][0]["label"], "takes /healthz");
    // without the settings it is a matter of taste
    let quiet = self::run(
        here.path(),
        &[&["check", "--no-config", "--severity", "warning"][..], &select].concat(),
    );
    assert_eq!(findings(&quiet), [""; 0]);
}

#[test]
fn the_same_of_httpd() {
    let modules =
        ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic"];
    let modules = modules
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"));
    let modules = modules.concat();
    let conf = format!(
        "ServerName localhost\nListen 127.0.0.1:8401\n{modules}DocumentRoot /srv/case/html\n<Location />\n    AuthType Basic\n    AuthName Staff\n\
         \x20   AuthUserFile /srv/case/htpasswd\n    Require valid-user\n</Location>\n<Location /open>\n    Require all granted\n</Location>\n"
    );
    let here = folder(&[
        ("httpd.conf", &conf),
        ("lint401.toml", "[endpoints]\npublic = [\"/healthz\", \"/open\"]\n"),
    ]);
    let run = run(
        here.path(),
        &[
            "check",
            "--output-format",
            "json",
            "--severity",
            "info",
            "--select",
            "apache/public-path-under-auth",
        ],
    );
    assert_eq!(
        findings(&run),
        [
            "apache/public-path-under-auth httpd.conf:11 error: /healthz is asked for a login here, and lint401.toml says that it must answer without one"
        ]
    );
}

/// Two servers whose absolute paths are each its own, one of them of a name that says nothing, with one snippet for both.
fn two_servers() -> tempfile::TempDir {
    let conf = "events {}\nhttp {\n    include /etc/nginx/sites/*.conf;\n}\n";
    let site = "server {\n    listen 127.0.0.1:8401;\n    include /etc/nginx/auth.inc;\n}\n";
    let here = folder(&[
        ("hosts/web1/etc/nginx/main", conf),
        ("hosts/web1/etc/nginx/sites/a.conf", site),
        (
            "hosts/web1/etc/nginx/users",
            "alice:$2y$10$WR5Wj.5U1EHoOBFnJAK3LuZLX7WS1yC5dYQf5DqL6DYN7Vvg6Fnm2\n",
        ),
        ("hosts/web2/etc/nginx/main", conf),
        ("hosts/web2/etc/nginx/sites/b.conf", site),
        ("shared/auth.inc", "auth_basic Staff;\nauth_basic_user_file /etc/nginx/users;\n"),
        (
            "lint401.toml",
            "[[site]]\npath = \"hosts/web1/etc/nginx/main\"\nroot = \"hosts/web1\"\n[[site]]\npath = \"hosts/web2/etc/nginx/main\"\nroot = \"hosts/web2\"\n",
        ),
    ]);
    #[cfg(unix)]
    for host in ["web1", "web2"] {
        let link = here.path().join("hosts").join(host).join("etc/nginx/auth.inc");
        std::os::unix::fs::symlink("../../../../shared/auth.inc", link).expect("a link");
    }
    here
}

#[cfg(unix)]
#[test]
fn several_servers_have_each_its_own_root() {
    let here = two_servers();
    let expected = ["nginx/user-file-missing shared/auth.inc:2 error"];
    let short = |run: &Run| -> Vec<String> {
        findings(run).iter().filter_map(|line| line.split(": ").next().map(str::to_owned)).collect()
    };
    for args in [&[][..], &["hosts"], &["shared/auth.inc"], &["./hosts/web2/etc/nginx/main"]] {
        let args = [&["check", "--output-format", "json"][..], args].concat();
        let run = run(here.path(), &args);
        assert_eq!(short(&run), expected, "{args:?}: {}", run.out);
    }
    let first =
        run(here.path(), &["check", "--output-format", "json", "hosts/web1/etc/nginx/main"]);
    assert_eq!(short(&first), [""; 0], "{}", first.out);
    let all: serde_json::Value =
        serde_json::from_str(&run(here.path(), &["check", "--output-format", "json"]).out)
            .expect("JSON");
    assert_eq!((&all["summary"]["mains"], &all["summary"]["fragments"]), (&2.into(), &0.into()));
    // from a folder below, the paths of the settings are still theirs
    let below = run(&here.path().join("hosts/web2"), &["check", "--output-format", "json"]);
    assert_eq!(findings(&below).len(), 1, "{}", below.out);
}

#[cfg(unix)]
#[test]
fn absolute_links_of_a_site_lead_into_its_own_tree() {
    let here = two_servers();
    let user_file = "server { listen 127.0.0.1:8402; auth_basic Staff; auth_basic_user_file /etc/nginx/linked; }\n";
    for host in ["web1", "web2"] {
        let nginx = here.path().join("hosts").join(host).join("etc/nginx");
        fs::write(nginx.join("sites/linked.conf"), user_file).expect("a file");
        std::os::unix::fs::symlink("/etc/nginx/users", nginx.join("linked")).expect("a link");
    }
    let run = run(here.path(), &["check", "--output-format", "json"]);
    let lines = findings(&run);
    assert!(
        lines.iter().any(|line| line.contains("hosts/web2/etc/nginx/sites/linked.conf:1")),
        "{lines:#?}"
    );
    assert!(!lines.iter().any(|line| line.contains("hosts/web1/")), "{lines:#?}");
}

#[test]
fn init_guesses_from_dockerfiles_and_compose_files() {
    let here = folder(&[
        ("nginx/nginx.conf", "events {}\nhttp { include /etc/nginx/conf.d/*.conf; }\n"),
        (
            "nginx/conf.d/shop.conf",
            "server { listen 8401; location = /healthz { stub_status; } }\n",
        ),
        ("certs/a.pem", ""),
        (
            "web/Dockerfile",
            "FROM node AS build\nCOPY . /app\nFROM nginx:1.25-alpine\nCOPY nginx/nginx.conf /etc/nginx/\nCOPY nginx/conf.d /etc/nginx/conf.d\nCOPY gone /etc/nginx/gone\n",
        ),
        (
            "compose.yaml",
            "services:\n  web:\n    volumes:\n      - ./certs:/etc/nginx/certs:ro\n      - ./data:/data\n      - ./web:/etc/nginx/conf.d\n",
        ),
    ]);
    let made = run(here.path(), &["init"]);
    assert_eq!((made.status, made.out.as_str()), (0, ""), "{}", made.err);
    assert_eq!(
        made.err,
        "wrote lint401.toml: found 1 main configuration; guessed where 4 folders of the server may be kept; read it before you rely on it\n"
    );
    let text = fs::read_to_string(here.path().join("lint401.toml")).expect("it was written");
    let at = text.find("[paths]\n").expect("there are guesses");
    let rest = &text[at..];
    assert_eq!(
        &rest[..rest.find("\n\n").expect("an end")],
        "[paths]\n\"/etc/nginx/certs\" = \"certs\" # compose.yaml:4\n\"/etc/nginx/conf.d\" = \"nginx/conf.d\" # web/Dockerfile:5\n\
         # \"/etc/nginx/conf.d\" = \"web\" # compose.yaml:6\n\"/etc/nginx/nginx.conf\" = \"nginx/nginx.conf\" # web/Dockerfile:4"
    );
    assert!(text.contains("#   nginx: nginx/nginx.conf\n#   1 included file\n"), "{text}");
    assert!(text.contains("[target]\nlibc = \"musl\"\nnginx = \"1.25\"\n"), "{text}");
    assert!(text.contains("# public = [\"/healthz\"]\n"), "{text}");

    // what it writes is read, and so is everything in it that is only proposed
    assert_eq!(run(here.path(), &["check"]).status, 0);
    let proposed: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("hosts/web1") && !line.contains("\"web\""))
        .map(|line| {
            let bare = line.strip_prefix("# ");
            bare.filter(|bare| bare.starts_with(['[', '"']) || bare.contains(" = ")).unwrap_or(line)
        })
        .filter(|line| !line.contains("[[site]]") && !line.starts_with("root ="))
        .collect();
    let proposed = proposed.join("\n");
    fs::write(here.path().join("all.toml"), &proposed).expect("a file");
    let all = run(here.path(), &["check", "--config", "all.toml"]);
    assert_ne!(all.status, 2, "{}\n{proposed}", all.err);
}

#[test]
fn init_overwrites_nothing_and_leaves_nothing_behind() {
    let here = folder(&[
        ("lint401.toml", "fail-on = \"never\"\n"),
        ("web/.htaccess", "Require all granted\n"),
    ]);
    let again = run(here.path(), &["init"]);
    assert_eq!(again.status, 2);
    assert_eq!(again.err, "lint401: lint401.toml is here already; it is left as it is\n");
    let kept = fs::read_to_string(here.path().join("lint401.toml")).expect("it is there");
    assert_eq!(kept, "fail-on = \"never\"\n");
    assert_eq!(fs::read_dir(here.path()).expect("a folder").count(), 2);

    let below = run(here.path(), &["init", "web"]);
    assert_eq!(below.status, 0, "{}", below.err);
    let text = fs::read_to_string(here.path().join("web/lint401.toml")).expect("it was written");
    assert!(text.contains("# Found here:\n#   1 .htaccess file\n"), "{text}");
    assert_eq!(run(here.path(), &["init", "gone"]).err, "lint401: gone: is no folder\n");
}

#[test]
fn init_in_an_empty_folder_says_what_there_could_be() {
    let here = folder(&[]);
    assert_eq!(run(here.path(), &["init"]).status, 0);
    let text = fs::read_to_string(here.path().join("lint401.toml")).expect("it was written");
    assert!(text.contains("# Nothing was here to lint when this was written.\n"), "{text}");
    for key in [
        "server",
        "exclude",
        "fail-on",
        "root",
        "[paths]",
        "[target]",
        "[rules]",
        "[[overrides]]",
        "[endpoints]",
        "[[site]]",
    ] {
        assert!(text.contains(key), "{key}");
    }
    assert_eq!(run(here.path(), &["check", "--allow-empty"]).status, 0);
}

#[test]
fn exclusion_holds_for_absolute_paths_too() {
    let here =
        folder(&[("vendor/nginx.conf", NGINX), ("lint401.toml", "exclude = [\"vendor/\"]\n")]);
    let path = here.path().join("vendor/nginx.conf");
    let path = path.to_str().expect("UTF-8");
    let run = run(here.path(), &["check", "--force-exclude", "--allow-empty", path]);
    assert_eq!((run.status, run.err.as_str()), (0, ""));
}

#[test]
fn what_the_documentation_shows_is_accepted() {
    let here = folder(&[
        ("nginx.conf", NGINX),
        ("hosts/web1/nginx.conf", NGINX),
        ("deploy/rootfs/etc/passwd", ""),
    ]);
    let mut shown = 0;
    for page in ["README.md", "docs/settings.md"] {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let text = fs::read_to_string(page).expect("the page is there");
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap_or_default();
            // cases and packages are described in the same language
            if !block.contains("[rules]") {
                continue;
            }
            write(here.path(), "lint401.toml", block);
            let run = run(here.path(), &["nginx.conf", "--fail-on", "never"]);
            assert_eq!((run.status, run.err.as_str()), (0, ""), "{block}");
            shown += 1;
        }
    }
    assert_eq!(shown, 2);
}

#[test]
fn answers_of_several_servers_come_from_their_own_documents() {
    let conf = |name: &str| {
        format!(
            "events {{}}\nhttp {{\n    server {{\n        listen 127.0.0.1:8401;\n        server_name {name}.test;\n        root /srv/www;\n        location / {{ try_files $uri =404; }}\n    }}\n}}\n"
        )
    };
    let (first, second) = (conf("web1"), conf("web2"));
    let settings = |answers: [&str; 2]| {
        let site = |name: &str, answer: &str| {
            format!(
                "[[site]]\npath = \"hosts/{name}/nginx.conf\"\nroot = \"hosts/{name}\"\n[[expect]]\nrequest = \"GET http://{name}.test:8401/a\"\nanswer = {answer}\n"
            )
        };
        site("web1", answers[0]) + &site("web2", answers[1])
    };
    for (owner, answers) in [("web1", ["\"passed\"", "404"]), ("web2", ["404", "\"passed\""])] {
        let here = folder(&[
            ("hosts/web1/nginx.conf", &first),
            ("hosts/web2/nginx.conf", &second),
            ("hosts/web1/srv/www/index.html", "x"),
            ("hosts/web2/srv/www/index.html", "x"),
            (&format!("hosts/{owner}/srv/www/a"), "x"),
            ("lint401.toml", &settings(answers)),
        ]);
        let checked = run(here.path(), &["check", "--output-format", "json"]);
        assert_eq!(findings(&checked), [""; 0], "{owner}: {}", checked.out);
        let [one, other] = answers;
        write(here.path(), "lint401.toml", &settings([other, one]));
        let checked = run(here.path(), &["check", "--output-format", "json"]);
        assert_eq!(findings(&checked).len(), 2, "{owner}: {}", checked.out);
    }
}
