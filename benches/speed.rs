//! How much time `lint401 check` takes beside the servers' own tests, and `trace` beside reading, in one run:
//! `cargo bench`.
//!
//! The configurations are written here, the same ones every time. CPU time is user and system time together, the least
//! of several runs: what the machine does besides only ever adds to it.

#![expect(clippy::print_stdout, reason = "what a benchmark measured")]

mod written;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use written::{nginx, server, servers};

const RUNS: usize = 5;
const MIB: usize = 1 << 20;
/// The lines of a `--batch`.
const REQUESTS: u16 = 10_000;

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("speed");
    fs::create_dir_all(folder.join("sites")).expect("a folder for the configurations");
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).expect("a configuration");
        path
    };

    // without it every login is a finding, and the report takes most of the time
    write("htpasswd", "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n".to_owned());
    let one = write("one.conf", "events {}\n".to_owned());
    let small = write("small.conf", nginx(&servers(MIB / 2)));
    let large = write("large.conf", nginx(&servers(5 * MIB)));
    for number in 0..2000 {
        write(&format!("sites/{number:04}.conf"), server(number));
    }
    let tree = write("tree.conf", nginx("include sites/*.conf;\n"));
    let httpd = write("httpd.conf", httpd(&folder, 5 * MIB));

    println!("lint401 on one line: {:.1} ms", 1000.0 * lint(&one));
    let (half, whole) = (lint(&small), lint(&large));
    println!("5 MB against 0.5 MB: {:.1} times the time", whole / half);
    for megabytes in [1, 2, 50_u16] {
        let path = write("sized.conf", nginx(&servers(usize::from(megabytes) * MIB)));
        println!(
            "{megabytes} MB: {:.1} ms a megabyte",
            1000.0 * lint(&path) / f64::from(megabytes)
        );
    }
    for (size, path) in [("0.5", &small), ("5", &large)] {
        let one = write("one.jsonl", requests(1));
        let many = write("many.jsonl", requests(REQUESTS));
        let (one, many) = (trace(path, &one), trace(path, &many));
        println!(
            "trace in {size} MB: {:.1} ms for the first request, {:.3} ms for each of {REQUESTS} others",
            1000.0 * one,
            1000.0 * (many - one) / f64::from(REQUESTS)
        );
    }
    let read =
        command(&format!("check --no-config --select nginx/block-missing {}", large.display()));
    println!("loading 5 MB: {:.1} ms", 1000.0 * read);
    let nginx_test = |path: &Path| {
        let prefix = path.parent().expect("a folder").display();
        cpu(&format!("nginx -t -p {prefix} -c {} -e stderr -g 'pid nginx.pid;'", path.display()))
    };
    compare("5 MB nginx.conf", whole, nginx_test(&large), 5.0);
    compare("2,000 included files", lint(&tree), nginx_test(&tree), 4.0);
    compare(
        "5 MB httpd.conf",
        lint(&httpd),
        cpu(&format!("apache2 -t -f {}", httpd.display())),
        4.0,
    );
    let root = folder.join("webroot");
    let site = write("webroot.conf", web_root(&root));
    let (ours, find) =
        (lint(&site), cpu(&format!("find {} -name .htaccess", root.display())).expect("find runs"));
    println!(
        "20,000 .htaccess files in 100,000 folders: {:.0} ms, find {:.0} ms: {:.1} times (aim 3)",
        1000.0 * ours,
        1000.0 * find,
        ours / find
    );
}

fn compare(what: &str, ours: f64, theirs: Option<f64>, aim: f64) {
    match theirs {
        Some(theirs) => println!(
            "{what}: {:.0} ms, the server's own test {:.0} ms: 1/{:.1} (aim 1/{aim})",
            1000.0 * ours,
            1000.0 * theirs,
            theirs / ours
        ),
        None => {
            println!("{what}: {:.0} ms; not compared: the server is not installed", 1000.0 * ours);
        }
    }
}

fn lint(path: &Path) -> f64 {
    command(&format!("check --no-config --fail-on never {}", path.display()))
}

/// The time for predicting what becomes of the requests in the file `batch`.
fn trace(path: &Path, batch: &Path) -> f64 {
    command(&format!(
        "trace --no-config --config-file {} --batch {}",
        path.display(),
        batch.display()
    ))
}

fn command(arguments: &str) -> f64 {
    cpu(&format!("{} {arguments}", env!("CARGO_BIN_EXE_lint401"))).expect("lint401 runs")
}

/// Requests to the first servers, for all kinds of their locations.
fn requests(count: u16) -> String {
    const PATHS: [&str; 6] =
        ["/part0/x", "/part7/y/z", "/.well-known/acme-challenge/x", "/a/b.css", "/", "/part3"];
    let lines = (0..count).map(|number| {
        let (server, path) = (number % 150, PATHS[usize::from(number) % PATHS.len()]);
        format!("{{\"url\": \"http://s{server}.example:8401{path}\", \"connect\": \"127.0.0.1:8401\"}}\n")
    });
    lines.collect()
}

/// The CPU time of a command in seconds, as its shell counts it; `None` when it does not succeed.
fn cpu(command: &str) -> Option<f64> {
    let script = format!("TIMEFORMAT='%U %S'; time {command} >/dev/null 2>&1");
    let run = || {
        let output = Command::new("bash").args(["-c", &script]).output().ok()?;
        let text = String::from_utf8(output.stderr).ok()?;
        let times = text.lines().next_back()?.split_whitespace();
        output.status.success().then(|| times.filter_map(|time| time.parse::<f64>().ok()).sum())
    };
    (0..RUNS).map(|_| run()).collect::<Option<Vec<f64>>>()?.into_iter().min_by(f64::total_cmp)
}

/// A web root of 100,000 folders, each fifth of them with a .htaccess file, and the configuration that reads them.
fn web_root(root: &Path) -> String {
    // the last folder is there when all of them are
    let folder = |number: usize| {
        root.join(format!("{}/{}/{}", number / 1000, number / 25 % 40, number % 25))
    };
    if !folder(99_999).join("index.html").exists() {
        for number in 0..100_000 {
            let folder = folder(number);
            fs::create_dir_all(&folder).expect("a folder of the web root");
            let text = match number % 50 {
                0 => format!(
                    "AuthType Basic\nAuthName \"Area {number}\"\nAuthUserFile {}\nRequire valid-user\n",
                    root.with_file_name("htpasswd").display()
                ),
                _ => "Options -Indexes\nRewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule ^ index.html [L]\n".to_owned(),
            };
            if number % 5 == 0 {
                fs::write(folder.join(".htaccess"), text).expect("a .htaccess file");
            }
            fs::write(folder.join("index.html"), "here").expect("a page");
        }
    }
    let mut text =
        String::from("ServerRoot \"/tmp\"\nServerName example.test\nListen 127.0.0.1:8402\n");
    load(&mut text, "mpm_event authn_core authn_file authz_core authz_user auth_basic rewrite dir");
    text + &format!(
        "DocumentRoot \"{0}\"\n<Directory \"{0}\">\n    AllowOverride All\n    Options FollowSymLinks\n    Require all granted\n</Directory>\n",
        root.display()
    )
}

/// Loads modules, by their names without `mod_`.
fn load(text: &mut String, names: &str) {
    for name in names.split(' ') {
        let _ = writeln!(text, "LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so");
    }
}

/// Virtual hosts of httpd, behind the modules that they need.
fn httpd(folder: &Path, bytes: usize) -> String {
    let mut text = format!(
        "ServerRoot \"{0}\"\nServerName example.test\nPidFile {0}/httpd.pid\nErrorLog {0}/error.log\nListen 127.0.0.1:8402\n",
        folder.display()
    );
    load(
        &mut text,
        "mpm_event authn_core authn_file authz_core authz_user authz_host auth_basic alias dir headers",
    );
    let mut number = 0;
    while text.len() < bytes {
        let _ = write!(
            text,
            "# service {number}\n<VirtualHost 127.0.0.1:8402>\n    ServerName s{number}.example\n    DocumentRoot \"{}\"\n",
            folder.display()
        );
        for part in 0..8 {
            let _ = write!(
                text,
                "    <Location \"/part{part}/\">\n        AuthType Basic\n        AuthName \"Restricted\"\n        AuthUserFile {}/htpasswd\n        <RequireAny>\n            Require ip 10.0.0.0/8\n            Require valid-user\n        </RequireAny>\n        Header always set Cache-Control \"no-store\"\n    </Location>\n",
                folder.display()
            );
        }
        text += "    ErrorDocument 401 /errors/401.html\n</VirtualHost>\n\n";
        number += 1;
    }
    text
}
