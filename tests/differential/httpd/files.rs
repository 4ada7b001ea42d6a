//! The files of a round that do not change.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::{fs, io};

/// What each site serves.
const SERVED: [&str; 13] = [
    "index.html",
    "f.html",
    "g.html",
    "err.html",
    "a.txt",
    "sub/index.html",
    "sub/f.html",
    "sub/g.html",
    "sub/deep/f.html",
    "sub/deep/index.txt",
    "bare/f.html",
    "open/f.html",
    "open/index.html",
];

/// The password `secret` in the schemes that httpd takes, one that it does not, and lines that are odd.
const HASHES: &str = "\
# a comment
alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=

  bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=:a comment
apr:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/
md5:$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1
sha256:$5$rounds=1000$abcdefgh$XIppta5rT8zJUu4vAOKQXrwq9uY4Ijlz6VjyOmkx5i4
sha512:$6$rounds=1000$abcdefgh$nhYjN017qxiYztzyUpZtPnUQcnLy62KsunSLHNeLahp2EHPlAKmFFlrjEwSXGo2kgY5hR2.peKEg2VGUqIJJu1
bcrypt:$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW
des:abNANd1rDfiNc
plain:secret
alice:{SHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA=
";

const USERS: &str =
    "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\nbob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n";

/// Tells which Authorization the program got.
const CGI: &str = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\nX-Stub: [%s]\\r\\n\\r\\nx\\n' \"$HTTP_AUTHORIZATION\"\n";

/// Writes them, for `sites` sites.
pub(super) fn write(folder: &Path, sites: usize) -> io::Result<()> {
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)
    };
    for number in 0..sites {
        for name in SERVED {
            put(&format!("t{number}/{name}"), "x\n")?;
        }
    }
    put("mime.types", "text/html html\ntext/plain txt\n")?;
    put("htpasswd", USERS)?;
    put("hashes", HASHES)?;
    put("bob", "bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")?;
    put("empty", "")?;
    put("none/.keep", "")?;
    put("groups", "# groups\nstaff: alice\nguests: bob carol\nStaff: bob\n")?;
    put("unreadable", USERS)?;
    fs::set_permissions(folder.join("unreadable"), fs::Permissions::from_mode(0o600))?;
    for name in ["cgi/show", "cgi/other", "cgi/f.html"] {
        put(name, CGI)?;
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Removes the files that an earlier configuration brought along: what it includes, and those with a dot in front below the
/// sites.
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    let snippets = folder.join("snippets");
    if snippets.exists() {
        fs::remove_dir_all(snippets)?;
    }
    let mut waiting: Vec<_> = fs::read_dir(folder)?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with('t'))
        .map(|entry| entry.path())
        .collect();
    while let Some(path) = waiting.pop() {
        for entry in fs::read_dir(path)?.flatten() {
            if entry.file_type()?.is_dir() {
                waiting.push(entry.path());
            } else if entry.file_name().to_string_lossy().starts_with('.') {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}
