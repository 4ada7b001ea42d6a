//! What is this file? By its name where that says it, by its words otherwise.

use crate::grammar;
use crate::source::{Dump, DumpFormat, Template};
use crate::syntax::Language;
use crate::syntax::apache::Flavour;
use crate::syntax::credentials::Kind;
use std::path::Path;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// A main configuration or a fragment of nginx's.
    Nginx,
    /// A file of httpd's: its server configuration or a .htaccess.
    Apache(Flavour),
    /// A password, digest or group file.
    Credentials(Kind),
    /// What `nginx -T` or httpd's `DUMP_CONFIG` printed.
    Dump(Language),
}

/// How many bytes of a file are looked at: enough for any licence text at its top.
const LOOKED_AT: usize = 64 * 1024;

/// Programs whose files look like ours: the name, or the folder that they are kept in.
const LOOK_ALIKES: [&str; 16] = [
    "cupsd.conf",
    "cups-files.conf",
    "proftpd.conf",
    "collectd.conf",
    "named.conf",
    "lighttpd.conf",
    "monitrc",
    "dbus-1",
    "fail2ban",
    "logrotate.d",
    "cups",
    "proftpd",
    "collectd",
    "lighttpd",
    "monit",
    "bind",
];

/// Directives of Erlang's inets, whose httpd.conf is written like Apache's of long ago and is read by other rules.
const INETS: [&[u8]; 3] = [b"SocketType", b"ErlScriptAlias", b"EvalScriptAlias"];

/// What the file at `path` is. `server` is what the user said; `None` when nothing shows that it is any of these.
#[must_use]
pub fn detect(
    path: &Path,
    bytes: &[u8],
    template: Option<&Template>,
    server: Option<Language>,
) -> Option<FileType> {
    let text = template.map_or(bytes, Template::masked);
    let text = &text[..text.len().min(LOOKED_AT)];
    let name =
        path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    if let Some(format) = Dump::format(bytes) {
        return Some(FileType::Dump(match format {
            DumpFormat::Whole => Language::Nginx,
            DumpFormat::Directives => Language::Apache,
        }));
    }
    if let Some(kind) = credentials(&name, text) {
        return Some(FileType::Credentials(kind));
    }
    if name.contains("htaccess") {
        return (server != Some(Language::Nginx)).then_some(FileType::Apache(Flavour::Htaccess));
    }
    if let Some(server) = server {
        return Some(match server {
            Language::Nginx => FileType::Nginx,
            Language::Apache => FileType::Apache(Flavour::Server),
        });
    }
    let first_words = text
        .split(|&byte| byte == b'\n')
        .filter_map(|line| line.split(u8::is_ascii_whitespace).find(|word| !word.is_empty()));
    if first_words.into_iter().any(|word| INETS.contains(&word)) {
        return None;
    }
    match name.as_str() {
        "nginx.conf" => return Some(FileType::Nginx),
        "httpd.conf" | "apache2.conf" => return Some(FileType::Apache(Flavour::Server)),
        _ => {}
    }
    let ours = !path
        .components()
        .any(|part| part.as_os_str().to_str().is_some_and(|part| LOOK_ALIKES.contains(&part)));
    (ours).then(|| by_words(text)).flatten()
}

/// The server whose words a text speaks.
fn by_words(text: &[u8]) -> Option<FileType> {
    let (mut nginx, mut apache, mut other) = (0u32, 0u32, 0u32);
    for line in text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii) {
        let Some(&first) = line.first() else { continue };
        if first == b'#' || first == b'}' || first == 0 {
            continue;
        }
        let length = line
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'{' | b'>'));
        let word = &line[..length.unwrap_or(line.len())];
        if first == b'<' {
            let name = word.strip_prefix(b"</").unwrap_or(&word[1..]);
            let known = grammar::apache::lookup_section(name).is_some();
            if known {
                apache += 3;
            } else {
                other += 5;
            }
            continue;
        }
        let ended = matches!(line.last(), Some(b';' | b'{' | b'}'));
        match (grammar::nginx::lookup(word).is_some(), grammar::apache::lookup(word).is_some()) {
            (true, _) if line.ends_with(b"{") && opens_block(word) => nginx += 3,
            // a section that lacks its `<`
            _ if line.ends_with(b">") && grammar::apache::lookup_section(word).is_some() => {
                apache += 3;
            }
            (true, _) if ended => nginx += 2,
            (_, true) if !ended => apache += 2,
            (true, false) => nginx += 1,
            _ => other += 1,
        }
    }
    if nginx > apache && nginx >= other {
        Some(FileType::Nginx)
    } else if apache > 0 && apache >= other {
        Some(FileType::Apache(Flavour::Server))
    } else {
        None
    }
}

/// Whether nginx has a block of this name.
fn opens_block(name: &[u8]) -> bool {
    grammar::nginx::lookup(name)
        .is_some_and(|known| known.usages.iter().any(|usage| usage.body.is_block()))
}

/// What kind of password file the first line shows, whatever the file's name.
#[must_use]
pub fn credentials_kind(source: &crate::source::SourceFile) -> Option<Kind> {
    credentials("", source.text())
}

/// Password files carry telling names; without one, their first line must look like one.
fn credentials(name: &str, text: &[u8]) -> Option<Kind> {
    if name.strip_suffix(".conf").is_some() || name.contains("htaccess") || text.contains(&0) {
        return None;
    }
    let line = text
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty() && line[0] != b'#');
    let fields: Vec<&[u8]> = line.unwrap_or_default().split(|&byte| byte == b':').collect();
    let is_md5 = |field: &[u8]| field.len() == 32 && field.iter().all(u8::is_ascii_hexdigit);
    if name.contains("htdigest") || (fields.len() == 3 && is_md5(fields[2])) {
        return Some(Kind::Htdigest);
    }
    if name.contains("htgroup") {
        return Some(Kind::Group);
    }
    let hash = fields.get(1).is_some_and(|hash| {
        ["$apr1$", "$1$", "$2y$", "$2b$", "$2a$", "$5$", "$6$", "$y$", "{SHA}", "{SSHA}", "{PLAIN}"]
            .iter()
            .any(|scheme| hash.starts_with(scheme.as_bytes()))
    });
    (name.contains("htpasswd") || (fields.len() == 2 && hash)).then_some(Kind::Htpasswd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(path: &str, text: &str) -> Option<FileType> {
        detect(Path::new(path), text.as_bytes(), None, None)
    }

    #[test]
    fn words_tell_the_server() {
        assert_eq!(is("a.conf", "# x\nserver {\n  listen 80;\n}\n"), Some(FileType::Nginx));
        let vhost = "<VirtualHost *:80>\n  ServerName a\n  DocumentRoot /srv\n</VirtualHost>\n";
        assert_eq!(is("a.conf", vhost), Some(FileType::Apache(Flavour::Server)));
        // whatever a slip of the finger has left out
        let alias = "location /files/ {\n  alias /home\n}\n";
        assert_eq!(is("a.conf", alias), Some(FileType::Nginx));
        let section = "IfModule mod_x.c>\n  XType a\n</IfModule>\n";
        assert_eq!(is("a.conf", section), Some(FileType::Apache(Flavour::Server)));
        assert_eq!(is("www/.htaccess", ""), Some(FileType::Apache(Flavour::Htaccess)));
        assert_eq!(is("a.conf", "LoadPlugin cpu\n<Plugin cpu>\n  Report true\n</Plugin>\n"), None);
        assert_eq!(
            is("a.conf", "options {\n directory \"/var\";\n};\nzone \".\" {\n type hint;\n};\n"),
            None
        );
        assert_eq!(
            is("etc/cups/cupsd.conf", "<Location />\nOrder allow,deny\n</Location>\n"),
            None
        );
        assert_eq!(is("a.conf", ""), None);
        assert_eq!(is("httpd.conf", "Port 80\nSocketType ip_comm\nDocumentRoot /srv\n"), None);
    }

    #[test]
    fn password_files_are_known_by_name_or_by_their_first_line() {
        assert_eq!(is("htpasswd", ""), Some(FileType::Credentials(Kind::Htpasswd)));
        assert_eq!(is("users", "a:$apr1$x$y\n"), Some(FileType::Credentials(Kind::Htpasswd)));
        assert_eq!(
            is("users", "a:Staff:0123456789abcdef0123456789abcdef\n"),
            Some(FileType::Credentials(Kind::Htdigest))
        );
        assert_eq!(is("users", "a: b c\n"), None);
    }
}
