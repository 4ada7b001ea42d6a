//! Bad input, as a user would run into it: never a hang, a panic or a lost report of the other files.
#![cfg(unix)]

use assert_cmd::Command;
use lint401::config::{self, Options};
use lint401::source::{Disk, Entry, FileSystem, Meta, ReadError};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A mistake of one line, to see that a file was still linted.
const WRONG: &str = "auth_basic Off; auth_basic_user_file /srv/case/htpasswd;\n";

/// No run of these may take longer, whatever the machine.
const LIMIT: Duration = Duration::from_secs(100);

/// What a run said and how it ended.
#[derive(Debug)]
struct Run {
    out: String,
    err: String,
    status: i32,
}

impl Run {
    /// The rules that spoke, with file and line.
    fn findings(&self) -> Vec<String> {
        let severities = [": error[", ": warning[", ": info["];
        let parts = |line: &str| {
            let (place, rest) = severities.iter().find_map(|severity| line.split_once(severity))?;
            Some(format!("{place} {}", rest.split(']').next()?))
        };
        self.out.lines().filter_map(parts).collect()
    }

    /// Whether this rule spoke about this file.
    fn says(&self, file: &str, rule: &str) -> bool {
        self.findings().iter().any(|line| line.starts_with(file) && line.ends_with(rule))
    }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    folder
}

fn write(folder: &Path, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}

fn run(folder: &Path, args: &[impl AsRef<OsStr>]) -> Run {
    finish(Command::new(env!("CARGO_BIN_EXE_lint401")).args(args).current_dir(folder))
}

fn finish(command: &mut Command) -> Run {
    let command = command.env_clear().timeout(LIMIT).args([
        "--severity",
        "info",
        "--output-format",
        "concise",
    ]);
    let output = command.output().expect("lint401 runs");
    let run = Run {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code().unwrap_or(-1),
    };
    assert!((0..=2).contains(&run.status) && !run.err.contains("panicked"), "{run:?}");
    run
}

/// A main configuration of nginx's with `body` in its server.
fn nginx(body: &str) -> String {
    format!("events {{}}\nhttp {{\n  server {{\n    {body}\n  }}\n}}\n")
}

#[test]
fn what_is_never_closed_costs_a_finding() {
    for (name, text) in [
        ("nginx.conf", "events {}\nhttp {\n  server {\n"),
        ("nginx.conf", "events {}\nhttp {\n  add_header X \"y;\n}\n"),
        ("nginx.conf", "events {}\nhttp {\n  add_header X 'y;\n}\n"),
        ("nginx.conf", "events {}\nhttp {\n  server_tokens"),
        ("nginx.conf", "events {}\nhttp {\n  init_by_lua_block { a = {\n"),
        ("nginx.conf", "events {}\nhttp {\n  map $a $b {\n    x"),
        ("nginx.conf", "events {}\nhttp { server { location / { return 200 ${a"),
        ("nginx.conf", "}}}}}}\nevents {}\n"),
        ("nginx.conf", "events {} http { \\"),
        ("httpd.conf", "<Directory /x>\n  Require all denied\n"),
        ("httpd.conf", "<Directory /x\n"),
        ("httpd.conf", "<\n"),
        ("httpd.conf", "</Directory>\n"),
        ("httpd.conf", "ServerName \"x\n<IfModule x>\n"),
        ("httpd.conf", "<Macro x\n  <Perl>\n"),
    ] {
        let text = if name == "httpd.conf" {
            format!("Listen 80\nDocumentRoot /x\n{text}")
        } else {
            text.to_owned()
        };
        let here = folder(&[(name, &text), ("other/nginx.conf", &nginx(WRONG))]);
        let run = run(here.path(), &["."]);
        assert!(run.says("other/nginx.conf", "basic-off-misspelt"), "{text}: {run:?}");
        let broken =
            run.findings().iter().filter(|line| line.starts_with(&format!("{name}:"))).count();
        assert!((1..=6).contains(&broken), "{text}: {run:?}");
        assert_eq!(run.status, 1, "{text}: {run:?}");
    }
}

#[test]
fn binary_files_are_no_configuration() {
    let noise: Vec<u8> =
        (0..50_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let here = folder(&[("good/nginx.conf", &nginx(WRONG))]);
    for name in ["nginx.conf", "httpd.conf", "a.conf", ".htaccess", "htpasswd", "conf.d/b.conf"] {
        write(here.path(), name, &noise);
        write(here.path(), format!("elf/{name}"), [b"\x7fELF\x02\x01\x01\0", &noise[..]].concat());
        write(here.path(), format!("nul/{name}"), vec![0; 10_000]);
        write(
            here.path(),
            format!("utf16/{name}"),
            "\u{feff}events {}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
        );
        write(here.path(), format!("empty/{name}"), "");
        let named = run(here.path(), &[name]);
        assert!(named.err.lines().count() <= 2, "{named:?}");
    }
    let run = run(here.path(), &["."]);
    assert!(run.says("good/nginx.conf", "basic-off-misspelt"), "{run:?}");
}

#[test]
fn folders_may_have_the_names_of_files() {
    let here = folder(&[
        ("nginx.conf/conf.d/a.conf", "server { auth_basic Off; }"),
        ("httpd.conf/x", ""),
        (".htaccess/y", ""),
    ]);
    let run_folder = run(here.path(), &["."]);
    assert!(run_folder.says("nginx.conf/conf.d/a.conf", "basic-off-misspelt"), "{run_folder:?}");
    let named = run(here.path(), &["nginx.conf"]);
    assert!(named.says("nginx.conf/conf.d/a.conf", "basic-off-misspelt"), "{named:?}");
    write(
        here.path(),
        "main/nginx.conf",
        nginx("include ../nginx.conf; auth_basic_user_file ../.htaccess; auth_basic Off;"),
    );
    let included = run(here.path(), &["main/nginx.conf"]);
    assert!(included.says("main/nginx.conf", "basic-off-misspelt"), "{included:?}");
    assert!(included.findings().len() >= 2, "{included:?}");
}

#[test]
fn links_may_lead_nowhere_or_in_a_circle() {
    let here = folder(&[("other/nginx.conf", &nginx(WRONG))]);
    symlink("nowhere", here.path().join("nginx.conf")).expect("a link");
    symlink("b.conf", here.path().join("a.conf")).expect("a link");
    symlink("a.conf", here.path().join("b.conf")).expect("a link");
    symlink(".", here.path().join("self")).expect("a link");
    for name in ["nginx.conf", "a.conf", "gone.conf"] {
        let run = run(here.path(), &[name, "other/nginx.conf"]);
        assert_eq!(run.status, 2, "{name}: {run:?}");
        assert!(run.err.contains(name) && run.err.lines().count() == 1, "{name}: {run:?}");
        assert!(run.says("other/nginx.conf", "basic-off-misspelt"), "{name}: {run:?}");
    }
    let whole = run(here.path(), &["."]);
    assert!(whole.says("other/nginx.conf", "basic-off-misspelt"), "{whole:?}");
    write(
        here.path(),
        "main/nginx.conf",
        nginx("include ../a.conf; include ../nginx.conf; auth_basic Off;"),
    );
    let included = run(here.path(), &["main/nginx.conf"]);
    assert!(included.says("main/nginx.conf", "basic-off-misspelt"), "{included:?}");
    assert!(included.findings().len() >= 2, "{included:?}");
}

/// An unpacked Debian: its sites are enabled by absolute links, one of them to a file that is not in it.
fn image() -> tempfile::TempDir {
    let here = folder(&[
        ("image/etc/nginx/nginx.conf", "events {}\nhttp { include /etc/nginx/sites-enabled/*; }\n"),
        ("image/etc/nginx/sites-available/shop", &format!("server {{ {WRONG} }}\n")),
        ("image/etc/apache2/apache2.conf", "Listen 80\nIncludeOptional sites-enabled/*.conf\n"),
        (
            "image/srv/sites/wiki.conf",
            "<Directory /srv/wiki>\n  AuthType Bsic\n  Require valid-user\n</Directory>\n",
        ),
    ]);
    let image = here.path().join("image");
    fs::create_dir_all(image.join("etc/nginx/sites-enabled")).expect("a folder");
    for (target, link) in [
        ("/etc/nginx/sites-available/shop", "etc/nginx/sites-enabled/shop"),
        ("/srv/sites", "etc/apache2/sites-available"),
        ("/etc/apache2/sites-available", "etc/apache2/sites-enabled"),
    ] {
        symlink(target, image.join(link)).expect("a link");
    }
    here
}

#[test]
fn links_of_an_image_lead_into_it() {
    let here = image();
    for root in ["image", "./image", &here.path().join("image").display().to_string()] {
        for (main, file, rule) in [
            (
                "image/etc/nginx/nginx.conf",
                "image/etc/nginx/sites-available/shop",
                "basic-off-misspelt",
            ),
            (
                "image/etc/apache2/apache2.conf",
                "image/etc/apache2/sites-enabled/wiki.conf",
                "authtype-unknown",
            ),
        ] {
            let run = run(here.path(), &["--root", root, main]);
            assert!(
                run.findings().iter().any(|line| line.contains(file) && line.ends_with(rule)),
                "{root}: {run:?}"
            );
        }
    }
}

#[test]
fn without_a_root_a_link_leads_to_what_lies_beside_it_or_to_the_server() {
    let here = image();
    let inside = run(here.path(), &["image/etc/nginx/nginx.conf"]);
    assert!(
        inside.says("image/etc/nginx/sites-available/shop", "basic-off-misspelt"),
        "{inside:?}"
    );
    fs::remove_file(here.path().join("image/etc/nginx/sites-available/shop")).expect("a file");
    let outside = run(here.path(), &["image/etc/nginx/nginx.conf"]);
    assert_eq!(outside.status, 0, "whether it is on the server nobody knows here: {outside:?}");
    assert!(outside.out.contains("1 include not here"), "{outside:?}");
    let whole = run(here.path(), &["--root", "image", "image/etc/nginx/nginx.conf"]);
    assert!(whole.says("image/etc/nginx/nginx.conf", "include-missing"), "{whole:?}");
}

#[test]
fn nothing_outside_of_a_checkout_is_looked_at() {
    let wrong = format!("server {{ {WRONG} }}\n");
    let here = folder(&[
        ("repo/.git/HEAD", ""),
        (
            "repo/nginx.conf",
            "events {}\nhttp {\n  include ../outside/*.conf;\n  include ../outside/a.conf;\n  include sites/*;\n}\n",
        ),
        ("repo/httpd.conf", "Listen 80\nInclude ../outside/b.conf\nInclude sites/*\n"),
        ("outside/a.conf", &wrong),
        ("outside/b.conf", "<Directory /x>\n  AuthType Bsic\n</Directory>\n"),
    ]);
    fs::create_dir(here.path().join("repo/sites")).expect("a folder");
    let outside = here.path().join("outside/a.conf");
    symlink(&outside, here.path().join("repo/sites/a")).expect("a link");
    symlink("../../outside/a.conf", here.path().join("repo/sites/b")).expect("a link");
    for main in ["repo/nginx.conf", "repo/httpd.conf"] {
        let run = run(here.path(), &[main]);
        assert_eq!((run.status, run.findings()), (0, Vec::new()), "{main}: {run:?}");
        assert!(
            run.out.contains("read 1 file (1 main)") && run.out.contains("not here"),
            "{run:?}"
        );
    }
    write(here.path(), "repo/lint401.toml", "[paths]\n\"/etc/nginx\" = \"../outside\"\n");
    write(
        here.path(),
        "repo/mapped/nginx.conf",
        "events {}\nhttp { include /etc/nginx/a*.conf; }\n",
    );
    let mapped = run(&here.path().join("repo"), &["mapped/nginx.conf"]);
    assert!(mapped.out.contains("basic-off-misspelt"), "where it is said to be: {mapped:?}");
}

#[test]
fn links_of_an_image_may_lead_in_a_circle() {
    let here = folder(&[(
        "image/etc/nginx/nginx.conf",
        &nginx("include /a/x; include /b; auth_basic Off;"),
    )]);
    for (target, link) in [("/b", "image/a"), ("/a", "image/b"), ("../c/x", "image/c")] {
        symlink(target, here.path().join(link)).expect("a link");
    }
    let run = run(here.path(), &["--root", "image", "image/etc/nginx/nginx.conf"]);
    assert!(run.says("image/etc/nginx/nginx.conf", "basic-off-misspelt"), "{run:?}");
}

#[test]
fn files_that_may_not_be_read_are_named() {
    let here = folder(&[
        ("secret/nginx.conf", &nginx(WRONG)),
        ("secret.conf", "auth_basic on;\n"),
        ("secret.d/x.conf", "auth_basic on;\n"),
        (
            "main/nginx.conf",
            &nginx("include ../secret.conf; include ../secret.d/*.conf; auth_basic Off;"),
        ),
    ]);
    fs::set_permissions(here.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    for name in ["secret/nginx.conf", "secret.conf", "secret.d"] {
        fs::set_permissions(here.path().join(name), fs::Permissions::from_mode(0o000))
            .expect("a mode");
    }
    let as_user = |args: &[&str]| {
        let binary = env!("CARGO_BIN_EXE_lint401");
        // root may read everything
        let mut command = if fs::read(here.path().join("secret.conf")).is_ok() {
            // the binary may lie in a folder that other users cannot enter
            let copy = here.path().join("lint401");
            fs::copy(binary, &copy).expect("a copy");
            let mut command = Command::new("/usr/bin/setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(copy);
            command
        } else {
            Command::new(binary)
        };
        finish(command.args(args).current_dir(here.path()))
    };
    let named = as_user(&["secret/nginx.conf", "main/nginx.conf"]);
    assert_eq!(named.status, 2, "{named:?}");
    assert!(named.err.contains("secret/nginx.conf: permission denied"), "{named:?}");
    assert!(named.says("main/nginx.conf", "basic-off-misspelt"), "{named:?}");
    let included = as_user(&["main/nginx.conf"]);
    assert_eq!(included.status, 1, "{included:?}");
    assert!(included.findings().len() >= 2, "{included:?}");
    let folder = as_user(&["."]);
    assert!(folder.says("main/nginx.conf", "basic-off-misspelt"), "{folder:?}");
    for path in ["secret/nginx.conf", "secret.conf", "secret.d"] {
        fs::set_permissions(here.path().join(path), fs::Permissions::from_mode(0o755))
            .expect("a mode");
    }
}

#[test]
fn includes_of_themselves_and_of_devices_end() {
    let here = folder(&[
        (
            "nginx.conf",
            &nginx(
                "include nginx.conf; include loop.conf; include /dev/zero; include fifo; include /dev/stdin; auth_basic Off;",
            ),
        ),
        ("loop.conf", "include loop2.conf;\n"),
        ("loop2.conf", "include loop.conf;\ninclude *.conf;\n"),
        (
            "apache/httpd.conf",
            "ServerRoot DIR\nInclude httpd.conf\nInclude *.conf\nInclude /dev/zero\nInclude fifo\nListen 80\nIncludeOptional ../*/*\nAuthUserFile fifo\n",
        ),
    ]);
    let root = here.path().join("apache");
    let apache = fs::read_to_string(root.join("httpd.conf")).expect("a file");
    write(&root, "httpd.conf", apache.replace("DIR", &root.display().to_string()));
    for fifo in ["fifo", "apache/fifo"] {
        let made = std::process::Command::new("mkfifo").arg(here.path().join(fifo)).status();
        assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    }
    let run_nginx = run(here.path(), &["nginx.conf"]);
    assert!(run_nginx.says("nginx.conf", "basic-off-misspelt"), "{run_nginx:?}");
    assert!(run_nginx.says("nginx.conf", "include-cycle"), "{run_nginx:?}");
    let run_apache = run(here.path(), &["apache/httpd.conf"]);
    assert!(run_apache.status < 2, "{run_apache:?}");
    for name in ["fifo", "/dev/zero", "/dev/null"] {
        let named = run(here.path(), &[name]);
        assert_eq!(named.status, 2, "{named:?}");
        assert_eq!(named.err.lines().count(), 1, "{named:?}");
    }
    let whole = run(here.path(), &["."]);
    assert!(whole.says("nginx.conf", "basic-off-misspelt"), "{whole:?}");
}

#[test]
fn includes_may_be_deep_and_many() {
    let here = folder(&[]);
    for level in 0..3000 {
        write(here.path(), format!("d{level}.conf"), format!("include d{}.conf;\n", level + 1));
    }
    for level in 0..40 {
        let next = format!("include f{0}.conf; include f{0}.conf;\n", level + 1);
        write(here.path(), format!("f{level}.conf"), next);
    }
    write(here.path(), "d3000.conf", WRONG);
    write(here.path(), "f40.conf", WRONG);
    write(here.path(), "deep.conf", nginx("include d0.conf;"));
    write(here.path(), "wide.conf", nginx("include f0.conf; auth_basic off;"));
    for name in ["deep.conf", "wide.conf"] {
        let run = run(here.path(), &[name]);
        assert_eq!(run.status, 1, "{name}: {run:?}");
    }
    for level in 0..40 {
        write(
            here.path(),
            format!("a{level}.inc"),
            format!("Include a{0}.inc\nInclude a{0}.inc\n", level + 1),
        );
    }
    write(here.path(), "a40.inc", "ServerSignature On\n");
    write(
        here.path(),
        "httpd.conf",
        format!("ServerRoot {}\nListen 80\nInclude a0.inc\n", here.path().display()),
    );
    assert!(run(here.path(), &["httpd.conf"]).status < 2);
}

#[test]
fn blocks_may_be_nested_200000_deep() {
    const DEPTH: usize = 200_000;
    let here = folder(&[
        (
            "nginx.conf",
            &format!(
                "events {{}}\nhttp {{\n{}{}\n}}\n",
                "server { location / {".repeat(DEPTH / 2),
                "}".repeat(DEPTH)
            ),
        ),
        ("open/nginx.conf", &format!("events {{}}\nhttp {{\n{}", "location / {\n".repeat(DEPTH))),
        (
            "httpd.conf",
            &format!(
                "Listen 80\n{}{}",
                "<IfModule x>\n".repeat(DEPTH),
                "</IfModule>\n".repeat(DEPTH)
            ),
        ),
        ("open/httpd.conf", &format!("Listen 80\n{}", "<Directory /x>\n".repeat(DEPTH))),
        ("nginx.conf.j2", &"{% if x %}location / {\n".repeat(DEPTH)),
        ("shut/nginx.conf", &"}".repeat(DEPTH)),
    ]);
    for name in [
        "nginx.conf",
        "open/nginx.conf",
        "httpd.conf",
        "open/httpd.conf",
        "nginx.conf.j2",
        "shut/nginx.conf",
    ] {
        let run = run(here.path(), &[name]);
        assert!(run.status < 2, "{name}: {}", run.err);
        assert!(run.out.len() < 50_000_000, "{name}: {} bytes of report", run.out.len());
    }
}

#[test]
fn files_may_be_large() {
    let here = folder(&[("small/nginx.conf", &nginx(WRONG))]);
    let line = "# nothing but a long comment, again and again, as a generator may write it without an end\n";
    let large = |size: usize, head: &str, tail: &str| {
        format!("{head}{}{tail}", line.repeat(size / line.len()))
    };
    write(
        here.path(),
        "nginx.conf",
        large(100_000_000, "events {}\nhttp {\n", &format!("{WRONG}}}\n")),
    );
    write(here.path(), "httpd.conf", large(20_000_000, "Listen 80\n", "ServerName x\n"));
    fs::File::create(here.path().join("huge.conf"))
        .and_then(|file| file.set_len(300 << 20))
        .expect("a sparse file");
    let nginx = run(here.path(), &["nginx.conf"]);
    assert!(nginx.says("nginx.conf", "basic-off-misspelt"), "{nginx:?}");
    assert_eq!(run(here.path(), &["httpd.conf"]).status, 0);
    let huge = run(here.path(), &["huge.conf", "small"]);
    assert_eq!(huge.status, 2, "{huge:?}");
    assert!(huge.err.contains("huge.conf: is larger than 256 MiB"), "{huge:?}");
    assert!(huge.says("small/nginx.conf", "basic-off-misspelt"), "{huge:?}");
}

#[test]
fn names_need_not_be_utf8() {
    let here = folder(&[(
        "main/nginx.conf",
        &nginx("include ../conf.d/*.conf; auth_basic_user_file ../users;"),
    )]);
    let name = OsStr::from_bytes(b"conf.d/caf\xe9.conf");
    write(here.path(), name, WRONG);
    write(here.path(), OsStr::from_bytes(b"\xff\xfe/nginx.conf"), nginx(WRONG));
    write(here.path(), OsStr::from_bytes(b"a\n\x1b[31mb/nginx.conf"), nginx(WRONG));
    let included = run(here.path(), &["main/nginx.conf"]);
    assert!(included.says("conf.d/caf", "basic-off-misspelt"), "{included:?}");
    let named = run(here.path(), &[name]);
    assert!(named.says("conf.d/caf", "basic-off-misspelt"), "{named:?}");
    let whole = run(here.path(), &["."]);
    assert_eq!(
        whole.findings().iter().filter(|line| line.ends_with("basic-off-misspelt")).count(),
        3,
        "{whole:?}"
    );
    assert!(!whole.out.contains('\x1b'), "{whole:?}");
}

#[test]
fn patterns_may_be_hostile() {
    let stars = "*a".repeat(60);
    let here = folder(&[(
        "nginx.conf",
        &nginx(&format!(
            "include conf.d/{stars}*b; include [[[; include **/**/**/**; include {{a,b}}; auth_basic Off;"
        )),
    )]);
    for n in 0..50 {
        write(here.path(), format!("conf.d/{}{n}", "a".repeat(200)), "");
    }
    let run = run(here.path(), &["nginx.conf"]);
    assert!(run.says("nginx.conf", "basic-off-misspelt"), "{run:?}");
}

/// The disk, until so many accesses have been made; then everything is gone.
struct Vanishing {
    left: AtomicUsize,
    error: ReadError,
}

impl Vanishing {
    fn step(&self) -> Result<(), ReadError> {
        let left =
            self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(|_| ()).map_err(|_| self.error.clone())
    }
}

impl FileSystem for Vanishing {
    fn meta(&self, path: &Path) -> Result<Meta, ReadError> {
        self.step().and_then(|()| Disk.meta(path))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        self.step().and_then(|()| Disk.read(path))
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError> {
        self.step().and_then(|()| Disk.list(path))
    }

    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError> {
        self.step().and_then(|()| Disk.canonical(path))
    }

    fn link(&self, path: &Path) -> Option<PathBuf> {
        Disk.link(path)
    }
}

#[test]
fn files_may_vanish_while_they_are_read() {
    let here = folder(&[
        (
            "nginx.conf",
            &nginx(
                "include conf.d/*.conf; include one.conf; auth_basic Off; auth_basic_user_file htpasswd;",
            ),
        ),
        ("conf.d/a.conf", WRONG),
        ("conf.d/b.conf", WRONG),
        ("one.conf", ""),
        ("htpasswd", "alice:x\n"),
        (
            "site/httpd.conf",
            "Listen 80\nServerRoot .\nInclude x.inc\nIncludeOptional sites/*.conf\nDocumentRoot \"docs\"\n<Directory docs>\nAllowOverride All\n</Directory>\n",
        ),
        ("site/x.inc", "ServerName x\n"),
        ("site/sites/a.conf", "<VirtualHost *:80>\n</VirtualHost>\n"),
        ("site/docs/.htaccess", "AuthType Basic\nAuthUserFile /x\nRequire valid-user\n"),
    ]);
    for error in [ReadError::NotFound, ReadError::PermissionDenied, ReadError::Other("gone".into())]
    {
        for named in [
            here.path().to_owned(),
            here.path().join("nginx.conf"),
            here.path().join("site/httpd.conf"),
        ] {
            for accesses in 0..200 {
                let fs = Vanishing { left: AtomicUsize::new(accesses), error: error.clone() };
                let project = config::load(&fs, std::slice::from_ref(&named), &Options::default());
                let settings = lint401::check::Settings::default();
                let _ = lint401::check::run(&fs, &project, &settings);
                if fs.left.load(Ordering::SeqCst) > 0 {
                    break;
                }
                let nothing = project.sources.is_empty() && named.is_file();
                assert!(
                    !nothing || !project.errors.is_empty(),
                    "{accesses} accesses to {}",
                    named.display()
                );
            }
        }
    }
}
