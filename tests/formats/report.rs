//! The reports that the tests read: all formats of one run, over the cases of a server and over files with odd names.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const FORMATS: [&str; 8] =
    ["json", "sarif", "github", "gitlab", "junit", "checkstyle", "rdjson", "markdown"];

/// The reports of one run.
pub(crate) struct Run {
    /// Where lint401 ran.
    pub(crate) folder: PathBuf,
    /// Where the reports are.
    reports: tempfile::TempDir,
}

impl Run {
    fn new(folder: &Path, paths: &[&str], severity: &str, status: i32) -> Self {
        let reports = tempfile::tempdir().expect("a folder");
        let file = |format: &str| reports.path().join(format);
        let output = Command::new(env!("CARGO_BIN_EXE_lint401"))
            .args(["check", "--no-config", "--quiet", "--severity", severity])
            .args(FORMATS.iter().map(|one| format!("--output={one}={}", file(one).display())))
            .args(paths)
            .current_dir(folder)
            .output()
            .expect("lint401 runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{said}");
        Self { folder: folder.to_owned(), reports }
    }

    pub(crate) fn path(&self, format: &str) -> PathBuf {
        self.reports.path().join(format)
    }

    pub(crate) fn text(&self, format: &str) -> String {
        fs::read_to_string(self.path(format)).expect("a report in UTF-8")
    }

    pub(crate) fn json(&self, format: &str) -> Value {
        serde_json::from_str(&self.text(format)).expect("JSON")
    }

    /// The findings of the JSON report.
    pub(crate) fn findings(&self) -> Vec<Value> {
        self.json("json")["findings"].as_array().expect("a list").clone()
    }

    /// The bytes of a file that a report names.
    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.folder.join(path)).expect("a file")
    }
}

/// The runs, each made once.
pub(crate) fn all() -> [&'static Run; 3] {
    [&CASES, &ODD, &CLEAN]
}

/// The cases of nginx: hundreds of findings.
pub(crate) static CASES: LazyLock<Run> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    Run::new(folder, &["fixtures/nginx"], "warning", 1)
});

/// Names and texts that mean something to a format, files that are not UTF-8, and a path that cannot be read.
pub(crate) static ODD: LazyLock<Run> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder").keep();
    let files: [(&str, &[u8]); 6] = [
        (
            "sites a,b/100% é: ::warning::x/nginx.conf",
            "events {}\r\nhttp {\r\n server { # 😀é\r\n  location /😀 { auth_basic Off; auth_basic_user_file /srv/é/htpasswd; }\r\n }\r\n}\r\n".as_bytes(),
        ),
        (
            "latin1/nginx.conf",
            b"events {}\nhttp { server { listen 81; # caf\xE9\n  auth_basic \"\xFF]]>\"; auth_basic_user_file /a; location /b { auth_basic oFf; } } }\n",
        ),
        (
            "markup/nginx.conf",
            "\u{feff}events {}\nhttp {\n auth_basic 'a'; auth_basic_user_file /a;\n server { location /<b>&\"[x](http://evil)`|@all { auth_basic OFF; } }\n server { location \"/a\u{1b}[31m\u{202e}]]>\" { auth_basic OFF; } }\n}\n".as_bytes(),
        ),
        ("www/.htaccess", b"AuthType Basic\nRequire valid-user\nAuthUserFile .htpasswd # no\n"),
        ("broken/nginx.conf", b"events {\nhttp {\n  server {\n    auth_basic \"open\n"),
        ("secret/nginx.conf", b"events {}\nhttp { server { location / { proxy_pass http://alice:C4NARY-s3cret@127.0.0.1:81; auth_basic Off; auth_basic_user_file /a; proxy_set_header Authorization \"Basic QzRDQU5BUlk=\"; } } }\n"),
    ];
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    Run::new(&folder, &[".", "gone: 1,2%.conf"], "info", 2)
});

/// Nothing to say.
static CLEAN: LazyLock<Run> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder").keep();
    fs::write(folder.join("nginx.conf"), "events {}\nhttp { server { listen 81; } }\n")
        .expect("a file");
    Run::new(&folder, &["nginx.conf"], "warning", 0)
});

#[test]
fn the_runs_hold_what_they_are_meant_to() {
    assert!(CASES.findings().len() > 150);
    assert!(CASES.findings().iter().any(|one| one["fixes"][0]["safety"] == "safe"));
    let odd = ODD.findings();
    for part in ["sites a,b", "latin1", "markup", "www", "broken", "secret"] {
        let holds = |one: &Value| {
            one["location"]["path"].as_str().is_some_and(|path| path.starts_with(part))
        };
        assert!(odd.iter().any(holds), "nothing is found in {part}");
    }
    assert_eq!(ODD.json("json")["errors"][0]["path"], "gone: 1,2%.conf");
    assert!(CLEAN.findings().is_empty());
}

#[test]
fn no_format_shows_a_secret() {
    for format in FORMATS {
        let text = ODD.text(format);
        assert!(
            !text.contains("C4NARY") && !text.contains("QzRDQU5BUlk"),
            "{format} shows a secret"
        );
    }
}
