//! RewriteRule as mod_rewrite takes it apart, with the conditions in front of it.

use crate::config::apache::{Directive, Value};
use crate::diagnostic::Edit;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Place;
use std::borrow::Cow;

pub(super) const ENGINE: Id = id("RewriteEngine");
pub(super) const OPTIONS: Id = id("RewriteOptions");
pub(super) const COND: Id = id("RewriteCond");
pub(super) const RULE: Id = id("RewriteRule");

/// A RewriteRule whose words are known.
#[derive(Clone, Debug)]
pub(super) struct Rewrite<'p> {
    /// The directive.
    pub(super) directive: Directive<'p>,
    /// The pattern, `!` in front included.
    pub(super) pattern: Cow<'p, [u8]>,
    /// What takes the place of the path.
    pub(super) to: Cow<'p, [u8]>,
    /// The flags, each with what stands behind its `=`.
    pub(super) flags: Vec<(String, Vec<u8>)>,
    /// The conditions in front of it.
    pub(super) conditions: Vec<Directive<'p>>,
}

/// The rules that stand directly in a place, in order; those whose words are not known are left out.
pub(super) fn rewrites<'p>(place: Place<'_, 'p>) -> Vec<Rewrite<'p>> {
    let mut rules = Vec::new();
    let mut conditions = Vec::new();
    for own in &place.section().own {
        if own.id == COND {
            conditions.push(own.directive);
        } else if own.id == RULE {
            rules.extend(rewrite(own.directive, std::mem::take(&mut conditions)));
        }
    }
    rules
}

fn rewrite<'p>(directive: Directive<'p>, conditions: Vec<Directive<'p>>) -> Option<Rewrite<'p>> {
    let pattern = directive.arg(0)?.known()?;
    let to = directive.arg(1)?.known()?;
    let flags = match directive.arg(2) {
        Some(word) => flags(&word.known()?),
        None => Vec::new(),
    };
    Some(Rewrite { directive, pattern, to, flags, conditions })
}

fn flags(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = text.strip_prefix(b"[").unwrap_or(text);
    let text = text.strip_suffix(b"]").unwrap_or(text);
    text.split(|&byte| byte == b',')
        .map(|flag| {
            let flag = flag.trim_ascii();
            let at = flag.iter().position(|&byte| byte == b'=').unwrap_or(flag.len());
            let name = String::from_utf8_lossy(&flag[..at]).to_ascii_lowercase();
            (name, flag.get(at + 1..).unwrap_or_default().to_vec())
        })
        .collect()
}

impl Rewrite<'_> {
    /// The value of a flag by its short or its long name.
    pub(super) fn flag(&self, short: &str, long: &str) -> Option<&[u8]> {
        let found = self.flags.iter().find(|(name, _)| name == short || name == long);
        found.map(|(_, value)| &**value)
    }

    /// Whether the path stays as it is.
    pub(super) fn keeps_path(&self) -> bool {
        *self.to == *b"-"
    }

    /// Whether the rules behind it are left out for this round.
    pub(super) fn stops(&self) -> bool {
        self.flag("l", "last").is_some() || self.flag("end", "end").is_some()
    }

    /// Whether it refuses the request.
    pub(super) fn refuses(&self) -> bool {
        self.flag("f", "forbidden").is_some() || self.flag("g", "gone").is_some()
    }

    /// The status that it answers with, where it redirects.
    pub(super) fn status(&self) -> Option<u16> {
        let value = self.flag("r", "redirect")?;
        Some(match &*value.to_ascii_lowercase() {
            b"" | b"temp" => 302,
            b"permanent" => 301,
            b"seeother" => 303,
            digits => std::str::from_utf8(digits).ok()?.parse().ok()?,
        })
    }

    /// Whether it hands the Authorization header on as a variable.
    pub(super) fn sets_authorization(&self) -> bool {
        self.flags.iter().any(|(name, value)| {
            matches!(name.as_str(), "e" | "env")
                && value.to_ascii_lowercase().starts_with(b"http_authorization:")
        })
    }

    /// Whether every path fits its pattern.
    pub(super) fn fits_all(&self) -> bool {
        const ALL: [&[u8]; 10] =
            [b".*", b"^", b"^.*", b"^.*$", b"^(.*)", b"^(.*)$", b"(.*)", b".*$", b"$", b"^(.*)?$"];
        ALL.contains(&&*self.pattern) || *self.pattern == *b"."
    }

    /// The program that it leads to, where it leads to one of this server: `index.php` of `/index.php?q=$1`.
    pub(super) fn program(&self) -> Option<&[u8]> {
        const ENDS: [&[u8]; 6] = [b".php", b".cgi", b".fcgi", b".pl", b".py", b".wsgi"];
        if self.keeps_path() || self.refuses() || self.status().is_some() {
            return None;
        }
        if self.flag("p", "proxy").is_some() || memchr::memmem::find(&self.to, b"://").is_some() {
            return None;
        }
        let path = self.to.split(|&byte| byte == b'?').next()?;
        path.split(|&byte| byte == b'/')
            .find(|part| ENDS.iter().any(|end| part.ends_with(end)))
            .filter(|name| !name.contains(&b'$') && !name.contains(&b'%'))
    }

    /// What each condition tests, and with which pattern; unknown words are empty.
    pub(super) fn tests(&self) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + '_ {
        self.conditions.iter().map(|condition| {
            let word = |index: usize| {
                let word = condition.arg(index).and_then(Value::known);
                word.map(Cow::into_owned).unwrap_or_default()
            };
            (word(0), word(1))
        })
    }

    /// The flags without one of them, as an edit; `None` where they are not written plainly.
    pub(super) fn without_flag(&self, dropped: &[&str]) -> Option<Edit> {
        let word = self.directive.arg(2)?;
        if word.word.is_quoted() || word.has_variable() || self.directive.is_in_template() {
            return None;
        }
        let text = word.raw().strip_prefix(b"[")?.strip_suffix(b"]")?;
        let kept: Vec<&[u8]> = text
            .split(|&byte| byte == b',')
            .filter(|flag| {
                let name = String::from_utf8_lossy(flag.trim_ascii()).to_ascii_lowercase();
                !dropped.contains(&name.as_str())
            })
            .collect();
        let text = [b"[", &*kept.join(&b','), b"]"].concat();
        Some(Edit::replace(word.location(), text))
    }
}

/// What says that the rules of another level are taken over: `RewriteOptions` with one of `words`.
pub(super) fn has_option(place: Place<'_, '_>, words: &[&[u8]]) -> bool {
    place.section().all(&[OPTIONS]).any(|own| {
        let says = |word: Value<'_>| words.iter().any(|known| word.is_ignoring_case(known));
        own.directive.args().any(says)
    })
}
