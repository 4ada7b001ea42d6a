//! Dumps that the real servers print: taken apart, written to a folder and dumped again, they must come out the same.

mod support;

use lint401::config::{self, Options, Project};
use lint401::source::{Dump, Memory};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::binary::{self, Binary};
use support::case::Server;

/// The servers of a kind that are here. What is not here fails in continuous integration only.
fn servers(kind: Server) -> Vec<Binary> {
    let (found, missing) = binary::find();
    assert!(std::env::var_os("CI").is_none() || missing.is_empty(), "{missing:?}");
    found.into_iter().filter(|binary| binary.server == kind).collect()
}

/// Files written to a new folder; `DIR` in them stands for it.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text.replace("DIR", &folder.path().display().to_string())).expect("a file");
    }
    folder
}

/// What a server prints, standard error left out.
fn printed(binary: &Binary, arguments: &[&str]) -> String {
    let output = Command::new(&binary.path).args(arguments).output().expect("the server runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Writes the files of a dump below `folder` instead of `was`.
fn write(dump: &Dump, was: &Path, folder: &Path) {
    let here = folder.display().to_string();
    for file in &dump.files {
        let path = folder.join(file.path.strip_prefix(was).expect("a file of the tree"));
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        let text = String::from_utf8(file.text.clone()).expect("UTF-8");
        fs::write(path, text.replace(&was.display().to_string(), &here)).expect("a file");
    }
}

fn load(dump: &str) -> Project {
    let mut memory = Memory::default();
    memory.insert("dump.txt", dump);
    config::load(&memory, &[PathBuf::from("dump.txt")], &Options::default())
}

const NGINX: &[(&str, &str)] = &[
    (
        "nginx.conf",
        "events { }\n# a comment\nhttp {\n  include conf.d/*.conf;\n  include snippets/auth.conf;\n}\n",
    ),
    ("conf.d/a.conf", "server { listen 127.0.0.1:8401; include snippets/auth.conf; }"),
    ("conf.d/b.conf", "server {\r\n  listen 127.0.0.1:8402;\r\n}\n\n"),
    ("conf.d/c.conf", ""),
    ("snippets/auth.conf", "auth_basic x;\nauth_basic_user_file DIR/users;\n"),
];

fn nginx_dump(binary: &Binary, folder: &Path) -> String {
    let folder = folder.display();
    let globals = format!("pid {folder}/pid; error_log {folder}/error.log;");
    let main = format!("{folder}/nginx.conf");
    printed(binary, &["-p", &folder.to_string(), "-c", &main, "-g", &globals, "-T"])
}

#[test]
fn nginx_prints_whole_files() {
    for binary in servers(Server::Nginx) {
        let (folder, copy) = (tree(NGINX), tree(&[]));
        let dump = nginx_dump(&binary, folder.path());
        let files = Dump::split(dump.as_bytes()).expect("a dump");
        write(&files, folder.path(), copy.path());
        for (path, _) in NGINX {
            let one = fs::read_to_string(folder.path().join(path)).expect("a file");
            let other = fs::read_to_string(copy.path().join(path)).expect("a file");
            let expected = one
                .replace(&folder.path().display().to_string(), &copy.path().display().to_string());
            assert_eq!(other, expected, "{path}");
        }
        let project = load(&dump);
        assert_eq!((project.counts.mains, project.counts.includes), (1, 4));
        let main = project.sources.get(project.nginx[0].main);
        assert_eq!(main.name, folder.path().join("nginx.conf").display().to_string());
    }
}

const APACHE: &[(&str, &str)] = &[
    (
        "httpd.conf",
        "ServerRoot DIR\nServerName x\nPidFile DIR/pid\nErrorLog DIR/error.log\nInclude modules.conf\n# a comment\n\
         Define realm staff\n<IfModule mod_authz_core.c>\n  <Directory \"DIR\">\n    Require all \\\n      denied\n  </Directory>\n\
         </IfModule>\n<IfDefine NOTHING>\n  Timeout 1\n</IfDefine>\n<Macro Open $path>\n  <Location $path>\n    Require all granted\n\
         </Location>\n</Macro>\nUse Open /a\nIncludeOptional sites/*.conf\nTimeout 9\n",
    ),
    (
        "modules.conf",
        "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n\
         LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n\
         LoadModule macro_module /usr/lib/apache2/modules/mod_macro.so\n\
         LoadModule info_module /usr/lib/apache2/modules/mod_info.so\n",
    ),
    (
        "sites/a.conf",
        "Listen 127.0.0.1:8401\n<VirtualHost *:8401>\n  Include shared.inc\n  Use Open /b\n</VirtualHost>\n",
    ),
    (
        "sites/b.conf",
        "<VirtualHost *:8401>\n  ServerName b\n  Include shared.inc\n  Include shared.inc\n</VirtualHost>\n",
    ),
    ("shared.inc", "# shared\nServerSignature Off\nServerAdmin ${realm}@example.com\n"),
];

fn apache_dump(binary: &Binary, folder: &Path, before: &[&str]) -> String {
    let folder = folder.display().to_string();
    let main = format!("{folder}/httpd.conf");
    let arguments = ["-d", &folder, "-f", &main, "-t", "-D", "DUMP_CONFIG"];
    printed(binary, &[&arguments[..], before].concat())
}

/// The directives of a dump of httpd's, without their places.
fn directives(dump: &str) -> Vec<&str> {
    dump.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn httpd_prints_the_directives_that_took_effect() {
    for binary in servers(Server::Apache) {
        let (folder, copy) = (tree(APACHE), tree(&[APACHE[1]]));
        let dump = apache_dump(&binary, folder.path(), &[]);
        let files = Dump::split(dump.as_bytes()).expect("a dump");
        write(&files, folder.path(), copy.path());
        let modules = format!("Include {}/modules.conf", copy.path().display());
        let again = apache_dump(&binary, copy.path(), &["-C", &modules]);
        let was =
            dump.replace(&folder.path().display().to_string(), &copy.path().display().to_string());
        assert_eq!(directives(&was), directives(&again));

        // every directive has kept its line
        for file in &files.files {
            let original = fs::read_to_string(&file.name).expect("a file");
            let original: Vec<&str> = original.lines().collect();
            for (number, line) in String::from_utf8_lossy(&file.text).lines().enumerate() {
                let word = line.split_whitespace().next().unwrap_or_default();
                if !matches!(word, "" | "Include") && !word.starts_with("</") {
                    let there = original
                        .get(number.saturating_sub(1)..=number)
                        .expect("that many lines")
                        .join(" ");
                    assert!(there.contains(word), "{}:{}: {word}", file.name, number + 1);
                }
            }
        }

        let project = load(&dump);
        assert_eq!(project.counts.mains, 1);
        let main = project.sources.get(project.apache[0].main);
        assert_eq!(main.name, folder.path().join("httpd.conf").display().to_string());
    }
}
