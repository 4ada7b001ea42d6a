//! The file that `lint401 init` writes.

use super::Found;
use std::fmt::Write;
use std::path::Path;

/// The whole file.
pub(super) fn write(found: &Found) -> String {
    let mut text = String::from(
        "# Settings of lint401, for this folder and what lies below it. `lint401 schema config` has all keys for editors.\n#\n",
    );
    here(found, &mut text);
    text.push_str(
        "\n# Which server's files these are: auto, nginx or apache. Every file tells it by its words.\nserver = \"auto\"\n\
         \n# What to leave out, as in .gitignore.\n# exclude = [\"**/vendor/**\"]\n\
         \n# The run ends with 1 when there is a finding at or above this: error, warning, info or never.\nfail-on = \"warning\"\n",
    );
    root(found, &mut text);
    kept(found, &mut text);
    target(found, &mut text);
    text.push_str(
        "\n# Levels of rules: error, warning, info or off. `lint401 rules` lists them.\n\
         # [rules]\n# \"nginx/public-endpoint-under-auth\" = \"error\"\n\
         \n# Levels for some of the files.\n# [[overrides]]\n# paths = [\"staging/**\"]\n# rules = { \"nginx/public-endpoint-under-auth\" = \"off\" }\n",
    );
    public(found, &mut text);
    sites(found, &mut text);
    text
}

/// What was found, as a comment.
fn here(found: &Found, text: &mut String) {
    if found.mains.is_empty() && found.others.is_empty() {
        text.push_str("# Nothing was here to lint when this was written.\n");
        return;
    }
    text.push_str("# Found here:\n");
    for (main, server) in &found.mains {
        let _ = writeln!(text, "#   {server}: {}", comment(main));
    }
    if !found.others.is_empty() {
        let _ = writeln!(text, "#   {}", found.others.join(", "));
    }
}

fn root(found: &Found, text: &mut String) {
    text.push_str("\n# Absolute paths in the configuration are looked up below this folder. What is not there is then missing.\n");
    let root = found.mains.iter().find_map(|(main, _)| root_of(main));
    let _ = writeln!(text, "# root = {}", quoted(root.unwrap_or("rootfs")));
}

/// The folder that stands for `/` where a main configuration lies in a whole tree.
fn root_of(main: &str) -> Option<&str> {
    ["/etc/nginx/nginx.conf", "/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf"]
        .iter()
        .find_map(|end| main.strip_suffix(end))
        .filter(|root| !root.is_empty())
}

fn kept(found: &Found, text: &mut String) {
    text.push_str("\n# The server's folders, and where they are kept here. What is not there is then missing.\n");
    if found.kept.is_empty() {
        text.push_str("# [paths]\n# \"/etc/nginx\" = \"deploy/nginx\"\n");
        return;
    }
    text.push_str("[paths]\n");
    let mut last: Option<&Path> = None;
    for one in &found.kept {
        let is_taken = last == Some(&one.server);
        last = Some(&one.server);
        let mark = if is_taken { "# " } else { "" };
        let (server, here) =
            (quoted(&one.server.to_string_lossy()), quoted(&one.here.to_string_lossy()));
        let _ = writeln!(text, "{mark}{server} = {here} # {}", comment(&one.said_by));
    }
}

fn target(found: &Found, text: &mut String) {
    text.push_str("\n# What the server is. What is not said may be anything: a finding must then hold on every supported one.\n");
    let mut known: Vec<(&str, &str)> = Vec::new();
    for (key, value) in found.images.iter().flat_map(|image| &image.target) {
        known.push((key, value));
    }
    known.sort_unstable();
    known.dedup();
    let is_one = |key: &str| known.iter().filter(|(other, _)| *other == key).count() == 1;
    let is_of_all = |key: &str| {
        found.images.iter().all(|image| image.target.iter().any(|(other, _)| *other == key))
    };
    // the library is every image's matter, a version its own server's
    let known: Vec<_> =
        known.iter().filter(|(key, _)| is_one(key) && (*key != "libc" || is_of_all(key))).collect();
    if known.is_empty() {
        text.push_str("# [target]\n# nginx = \"1.22\"\n# apache = \"2.4.57\"\n# modules = [\"headers_module\"]\n# user = \"www-data\"\n");
        return;
    }
    let names: Vec<&str> = found.images.iter().map(|image| image.name.as_str()).collect();
    let _ = writeln!(text, "# Images: {}", comment(&names.join(", ")));
    text.push_str("[target]\n");
    for (key, value) in known {
        let _ = writeln!(text, "{key} = {}", quoted(value));
    }
    text.push_str("# modules = [\"headers_module\"]\n# user = \"www-data\"\n");
}

fn public(found: &Found, text: &mut String) {
    text.push_str("\n# Paths that every server must answer without a login.\n# [endpoints]\n");
    let mut paths: Vec<String> = found.public.iter().map(|path| quoted(path)).collect();
    if paths.is_empty() {
        paths = vec![quoted("/healthz"), quoted("/.well-known/acme-challenge/")];
    }
    let _ = writeln!(text, "# public = [{}]", paths.join(", "));
}

fn sites(found: &Found, text: &mut String) {
    text.push_str(
        "\n# Several servers in one repository, each with a folder that stands for its `/`.\n",
    );
    let roots: Vec<(&str, &str)> =
        found.mains.iter().filter_map(|(main, _)| Some((main.as_str(), root_of(main)?))).collect();
    let several = found.mains.len() > 1 && !roots.is_empty();
    let shown =
        if several { roots } else { vec![("hosts/web1/etc/nginx/nginx.conf", "hosts/web1")] };
    for (main, root) in shown {
        let _ = writeln!(text, "# [[site]]\n# path = {}\n# root = {}", quoted(main), quoted(root));
    }
}

/// A string of TOML: JSON's strings are strings there, too, but for one character.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Text that cannot end its comment.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
