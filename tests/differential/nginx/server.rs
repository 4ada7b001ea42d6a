//! A round on disk, and the real server on it.

use super::generate::{Ports, Round};
use super::text::text;
use crate::conf::{Node, block, line};
use crate::support::binary::Binary;
use crate::support::case::Server;
use crate::support::server::{self, NotStarted, Running};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::{fs, io};
use tempfile::TempDir;

/// The files that configurations speak of.
const FILES: [(&str, &str); 26] = [
    ("html/index.html", "x"),
    ("html/a/index.html", "x"),
    ("html/a/f", "x"),
    ("html/a/x.php", "x"),
    ("html/b/f", "x"),
    ("html/b/index.php", "x"),
    ("html/ab", "x"),
    ("html/f", "x"),
    ("html/dir/index.php", "x"),
    ("html/dir/sub/f", "x"),
    ("html/dir/a/f", "x"),
    ("html/x.php", "x"),
    ("html/empty/.keep", ""),
    ("docs/index.html", "x"),
    ("docs/a/f", "x"),
    ("docs/f", "x"),
    ("docs/b/index.html", "x"),
    ("htpasswd", "alice:{PLAIN}secret\n# a comment\nbob:{PLAIN}secret\n"),
    ("hashes", HASHES),
    ("empty", ""),
    ("odd", ODD),
    ("folder/.keep", ""),
    ("hollow/.keep", ""),
    ("html/hollow/.keep", ""),
    ("snippets/none/.keep", ""),
    ("users/f", "alice:{PLAIN}secret\n"),
];

/// Lines that are read otherwise than they look.
const ODD: &str = " alice:{PLAIN}secret\r\n#bob:{PLAIN}secret\nbob:{PLAIN}secret\r\nalice:{PLAIN}wrong\n\
    alice:{PLAIN}secret\nnobody:\napr:{PLAIN}secret \nsha:{plain}secret\ndes:{PLAIN}secret";

/// The password `secret` in the schemes that nginx takes.
const HASHES: &str = "\
alice:{PLAIN}secret:a comment
apr:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/
sha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
ssha:{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0
md5:$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1
sha256:$5$rounds=1000$abcdefgh$XIppta5rT8zJUu4vAOKQXrwq9uY4Ijlz6VjyOmkx5i4
sha512:$6$rounds=1000$abcdefgh$nhYjN017qxiYztzyUpZtPnUQcnLy62KsunSLHNeLahp2EHPlAKmFFlrjEwSXGo2kgY5hR2.peKEg2VGUqIJJu1
bcrypt:$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW
des:abNANd1rDfiNc
";

/// Writes a round down.
pub(crate) fn write(round: &Round, folder: &Path) -> io::Result<()> {
    let put = |name: &str, content: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, content)
    };
    for (name, text) in FILES {
        put(name, text)?;
    }
    for number in 0..4 {
        put(&format!("users/s{number}.test"), "alice:{PLAIN}secret\n")?;
    }
    for (name, lines) in &round.snippets {
        put(name, &text(lines))?;
    }
    put("unreadable", "alice:{PLAIN}secret\n")?;
    fs::set_permissions(folder.join("unreadable"), fs::Permissions::from_mode(0o0))?;
    Ok(())
}

/// Writes the main configuration only.
pub(crate) fn write_main(http: &[Node], folder: &Path) -> io::Result<()> {
    let nodes =
        [block("events", vec![line("worker_connections 1024")]), block("http", http.into())];
    fs::write(folder.join("nginx.conf"), text(&nodes))
}

/// What the ports of a round are for.
pub(crate) fn ports(ports: &[u16; 9]) -> Ports {
    let [main, inner, stub, a, b, c, d, ..] = *ports;
    Ports { main, inner, stub, shared: [a, b, c, d] }
}

/// A server that is not part of the configuration: it answers 200 and tells which Authorization it got.
pub(crate) fn start_stub(binary: &Binary, port: u16) -> Result<(TempDir, Running), NotStarted> {
    let failed = |error: io::Error| NotStarted::Said(error.to_string());
    let folder = crate::folder().map_err(failed)?;
    let http = [
        line("access_log off"),
        line("keepalive_requests 1000000"),
        block(
            "server",
            vec![
                line(format!("listen 127.0.0.1:{port}")),
                line("add_header X-Stub \"[$http_authorization]\" always"),
                // TRACE is refused before there is a location
                line("error_page 405 =200 /"),
                line("return 200 stub"),
            ],
        ),
    ];
    write_main(&http, folder.path()).map_err(failed)?;
    let running = server::start(binary, folder.path(), Server::Nginx.default_main())?;
    Ok((folder, running))
}
