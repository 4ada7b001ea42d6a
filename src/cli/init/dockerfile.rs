//! What a Dockerfile copies into its image, as far as that stands there plainly.

use super::Kept;
use std::path::{Path, PathBuf};

/// A copy: the words that name what is copied, where it goes, and the line that says so.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) from: Vec<String>,
    pub(super) to: String,
    pub(super) line: usize,
}

/// What is said of the image that is built: of the last stage.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Image {
    /// The image that it begins with.
    pub(super) base: Option<String>,
    pub(super) copies: Vec<Copy>,
}

/// Reads a Dockerfile. What hangs on variables and other stages is left out.
pub(super) fn read(text: &str) -> Image {
    let mut image = Image::default();
    let mut folder = "/".to_owned();
    for (line, instruction) in instructions(text) {
        let (word, rest) =
            instruction.split_once(char::is_whitespace).unwrap_or((&instruction, ""));
        match word.to_ascii_uppercase().as_str() {
            "FROM" => {
                let base = rest.split_whitespace().find(|word| !word.starts_with("--"));
                image = Image { base: base.map(str::to_owned), copies: Vec::new() };
                "/".clone_into(&mut folder);
            }
            "WORKDIR" => folder = below(&folder, rest.trim()),
            "COPY" | "ADD" => {
                let Some(mut words) = arguments(rest) else { continue };
                let Some(to) = words.pop().filter(|_| !words.is_empty()) else { continue };
                let to = below(&folder, &to);
                image.copies.push(Copy { from: words, to, line });
            }
            _ => {}
        }
    }
    image
}

/// The instructions with their lines, each in one piece.
fn instructions(text: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('#') || (line.is_empty() && open.is_none()) {
            continue;
        }
        let (start, mut whole) = open.take().unwrap_or((number + 1, String::new()));
        let part = line.strip_suffix('\\');
        whole.push_str(part.unwrap_or(line));
        if part.is_some() {
            whole.push(' ');
            open = Some((start, whole));
        } else {
            all.push((start, whole));
        }
    }
    all.extend(open);
    all
}

/// The arguments of a copy behind its flags; `None` where they are not plain words or another stage is copied from.
fn arguments(rest: &str) -> Option<Vec<String>> {
    let mut rest = rest.trim_start();
    while let Some(flag) = rest.strip_prefix("--") {
        if flag.starts_with("from") {
            return None;
        }
        rest = flag.split_once(char::is_whitespace)?.1.trim_start();
    }
    let words: Vec<String> = if rest.starts_with('[') {
        serde_json::from_str(rest).ok()?
    } else {
        rest.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect()
    };
    let is_plain = |word: &String| !word.contains(['$', '<', '\\']) && !word.contains("://");
    words.iter().all(is_plain).then_some(words)
}

/// `path` as seen from the folder `folder`.
fn below(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    format!("{}/{path}", folder.trim_end_matches('/'))
}

impl Image {
    /// Where its copies are kept. `near`: the folders that may be the one that it is built in, the likeliest first.
    pub(super) fn kept(&self, near: &[PathBuf], said_by: &str) -> Vec<Kept> {
        let mut all = Vec::new();
        for copy in &self.copies {
            let base =
                near.iter().find(|base| copy.from.iter().all(|one| source(base, one).is_some()));
            let Some(base) = base else { continue };
            for one in &copy.from {
                let Some(here) = source(base, one) else { continue };
                let goes_into = copy.to.ends_with('/') || copy.from.len() > 1;
                let server = match here.file_name() {
                    Some(name) if here.is_file() && goes_into => Path::new(&copy.to).join(name),
                    _ => PathBuf::from(&copy.to),
                };
                all.push(Kept { server, here, said_by: format!("{said_by}:{}", copy.line) });
            }
        }
        all
    }
}

/// The file or folder that a word names below `base`: of a pattern at its end, the folder of all that it matches.
fn source(base: &Path, word: &str) -> Option<PathBuf> {
    let word = word.trim_start_matches('/');
    let (folder, name) = word.rsplit_once('/').unwrap_or((".", word));
    let word = if name.contains(['*', '?', '[']) { folder } else { word };
    if word.contains(['*', '?', '[']) {
        return None;
    }
    let path = base.join(word);
    path.exists().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_stage_counts() {
        let text = "FROM node AS build\nWORKDIR /app\nCOPY . .\n# the server\nFROM --platform=linux/amd64 nginx:1.25-alpine\n\
            COPY --from=build /app/dist /srv\ncopy --chown=www-data nginx.conf \\\n  # why\n  mime.types /etc/nginx/\n\
            WORKDIR /etc/nginx\nCOPY [\"site conf\", \"conf.d\"]\nADD $X /etc\nADD https://a.example/x /etc/x\nCOPY <<EOF /etc/y\n";
        let copy = |from: &[&str], to: &str, line| Copy {
            from: from.iter().map(|&it| it.to_owned()).collect(),
            to: to.to_owned(),
            line,
        };
        assert_eq!(
            read(text),
            Image {
                base: Some("nginx:1.25-alpine".into()),
                copies: vec![
                    copy(&["nginx.conf", "mime.types"], "/etc/nginx/", 7),
                    copy(&["site conf"], "/etc/nginx/conf.d", 11),
                ],
            }
        );
    }

    #[test]
    fn no_text_breaks_it() {
        for text in
            ["", "COPY", "COPY a", "COPY []", "COPY [", "FROM", "\\", "COPY --x", "COPY a \\"]
        {
            assert_eq!(read(text).copies, []);
        }
    }
}
