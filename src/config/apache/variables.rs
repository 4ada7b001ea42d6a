//! `${NAME}`: what Define, the command line and Debian's `envvars` give it, as `ap_resolve_env` looks it up.

use crate::config::Options;
use crate::syntax::apache::words;
use memchr::{memchr, memmem};
use std::collections::HashMap;

/// The variables at a certain point of the reading, by name; letter case does not count.
#[derive(Debug, Default)]
pub(super) struct Variables {
    values: HashMap<Vec<u8>, Option<Box<[u8]>>>,
}

impl Variables {
    /// What the command line defines.
    pub(super) fn new(options: &Options) -> Self {
        let mut variables = Self::default();
        for (name, value) in &options.defines {
            if let Some(value) = value {
                variables.set(name.as_bytes(), Some(value.as_bytes()));
            }
        }
        variables
    }

    /// Adds what Debian's `apache2ctl` puts into the environment: lines `export NAME=value`, the shell's own variables in
    /// them taken for empty, as `$SUFFIX` is for the first instance. What Define says goes before it.
    pub(super) fn add_environment(&mut self, envvars: &[u8]) {
        for line in envvars.split(|&byte| byte == b'\n') {
            let Some(line) = line.trim_ascii().strip_prefix(b"export ") else { continue };
            let Some(equals) = memchr(b'=', line) else { continue };
            let (name, value) = (line[..equals].trim_ascii(), &line[equals + 1..]);
            let Some(value) = words(value).next().or_else(|| value.is_empty().then(Vec::new))
            else {
                continue;
            };
            let value = without(&without(&value, b"${SUFFIX}"), b"$SUFFIX");
            // what else the shell would work out is not known
            let known = !value.iter().any(|byte| matches!(byte, b'$' | b'`'));
            let key = name.to_ascii_lowercase();
            self.values.entry(key).or_insert(known.then(|| value.into_boxed_slice()));
        }
    }

    /// A Define with a value, or one whose value is not known.
    pub(super) fn set(&mut self, name: &[u8], value: Option<&[u8]>) {
        self.values.insert(name.to_ascii_lowercase(), value.map(Into::into));
    }

    /// An UnDefine. The environment may still have the name.
    pub(super) fn remove(&mut self, name: &[u8]) {
        self.values.insert(name.to_ascii_lowercase(), None);
    }

    /// What `raw`, a word with its quotes, stands for; `None` when a variable in it is not known, or when it does not
    /// stand for exactly one word.
    pub(super) fn expand(&self, raw: &[u8]) -> Option<Box<[u8]>> {
        let mut line = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((start, name, end)) = next_variable(rest) {
            line.extend_from_slice(&rest[..start]);
            line.extend_from_slice(self.values.get(&name.to_ascii_lowercase())?.as_deref()?);
            rest = &rest[end..];
        }
        line.extend_from_slice(rest);
        let mut words = words(&line);
        let first = words.next()?;
        words.next().is_none().then(|| first.into_boxed_slice())
    }
}

/// The first `${NAME}` in `text`: where it starts, its name, where it ends.
pub(super) fn next_variable(text: &[u8]) -> Option<(usize, &[u8], usize)> {
    let start = memmem::find(text, b"${")?;
    let end = start + memchr(b'}', &text[start..])?;
    Some((start, &text[start + 2..end], end + 1))
}

fn without(text: &[u8], part: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut last = 0;
    for at in memmem::find_iter(text, part) {
        kept.extend_from_slice(&text[last..at]);
        last = at + part.len();
    }
    kept.extend_from_slice(&text[last..]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn expand(variables: &Variables, raw: &str) -> Option<String> {
        variables.expand(raw.as_bytes()).map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    #[test]
    fn variables_are_replaced_before_words_are_split() {
        let mut variables = Variables::default();
        variables.set(b"Root", Some(b"/srv"));
        variables.set(b"TWO", Some(b"a b"));
        assert_eq!(expand(&variables, "${ROOT}/a").as_deref(), Some("/srv/a"));
        assert_eq!(expand(&variables, "\"${root}/${two}\"").as_deref(), Some("/srv/a b"));
        assert_eq!(expand(&variables, "${TWO}"), None);
        assert_eq!(expand(&variables, "${NONE}"), None);
        variables.remove(b"ROOT");
        assert_eq!(expand(&variables, "${Root}"), None);
    }

    #[test]
    fn debians_envvars_are_read() {
        let mut variables = Variables::default();
        variables.add_environment(
            b"unset HOME\nexport APACHE_RUN_USER=www-data\nexport APACHE_LOG_DIR=/var/log/apache2$SUFFIX\nexport LANG=$X\n",
        );
        assert_eq!(expand(&variables, "${APACHE_RUN_USER}").as_deref(), Some("www-data"));
        assert_eq!(
            expand(&variables, "${APACHE_LOG_DIR}/a").as_deref(),
            Some("/var/log/apache2/a")
        );
        assert_eq!(expand(&variables, "${LANG}"), None);
    }
}
