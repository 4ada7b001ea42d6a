//! What a compose file mounts, as far as that stands there plainly: one line after the other, without YAML's finer points.

use super::Kept;
use std::path::{Path, PathBuf};

/// A folder or file of the host, and where it is mounted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) line: usize,
}

/// What is said of the containers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compose {
    pub(super) images: Vec<String>,
    pub(super) mounts: Vec<Mount>,
}

/// Reads a compose file. What hangs on variables is left out.
pub(super) fn read(text: &str) -> Compose {
    let mut compose = Compose::default();
    let mut source: Option<String> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let (item, is_item) = match line.strip_prefix("- ") {
            Some(item) => (item.trim_start(), true),
            None => (line, false),
        };
        if is_item {
            source = None;
        }
        match key(item) {
            Some(("image", image)) => compose.images.push(image.to_owned()),
            Some(("source", from)) => source = Some(from.to_owned()),
            Some(("target", to)) => {
                let from = source.take();
                compose.mounts.extend(from.and_then(|from| mount(&from, to, number + 1)));
            }
            _ if is_item => {
                let mut parts = plain(item).split(':');
                if let (Some(from), Some(to)) = (parts.next(), parts.next()) {
                    compose.mounts.extend(mount(from, to, number + 1));
                }
            }
            _ => {}
        }
    }
    compose
}

/// `image: nginx` as its two parts.
fn key(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(": ")?;
    Some((key.trim(), plain(value)))
}

/// A value without its quotes.
fn plain(value: &str) -> &str {
    let value = value.trim();
    let quoted =
        ['"', '\''].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
    quoted.unwrap_or(value)
}

/// A folder of the host that is named by its path, not a volume.
fn mount(from: &str, to: &str, line: usize) -> Option<Mount> {
    let is_path = from == "." || from.starts_with("./") || from.starts_with("../");
    let is_plain = !from.contains('$') && !to.contains('$') && to.starts_with('/');
    (is_path && is_plain).then(|| Mount { from: from.to_owned(), to: to.to_owned(), line })
}

impl Compose {
    /// Where its mounts are kept; paths start at `folder`, the file's own.
    pub(super) fn kept(&self, folder: &Path, said_by: &str) -> Vec<Kept> {
        let here = self.mounts.iter().map(|mount| (folder.join(&mount.from), mount));
        here.filter(|(here, _)| here.exists())
            .map(|(here, mount)| Kept {
                server: PathBuf::from(&mount.to),
                here,
                said_by: format!("{said_by}:{}", mount.line),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_volumes() {
        let text = "services:\n  web:\n    image: \"nginx:1.25\"  # ours\n    volumes:\n      - ./nginx:/etc/nginx:ro\n      - 'data:/data'\n\
            \x20     - type: bind\n        source: ./html\n        target: /usr/share/nginx/html\n      - ${X}:/etc/x\n      - \"../certs:/etc/ssl\"\n\
            \x20   ports:\n      - 8080:80\n";
        let mount = |from: &str, to: &str, line| Mount { from: from.into(), to: to.into(), line };
        assert_eq!(
            read(text),
            Compose {
                images: vec!["nginx:1.25".into()],
                mounts: vec![
                    mount("./nginx", "/etc/nginx", 5),
                    mount("./html", "/usr/share/nginx/html", 9),
                    mount("../certs", "/etc/ssl", 11),
                ],
            }
        );
        assert_eq!(read("- \n-\n:\n - :\n- a:\nimage:\n"), Compose::default());
    }
}
