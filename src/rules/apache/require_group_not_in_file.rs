//! Require names groups that the group file does not have, or in which nobody is.

use super::reading::{given, shown};
use crate::config::password;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Leaf, Policy};
use crate::policy::user_file;

rule! {
    "apache/require-group-not-in-file" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "Require names a group that the group file does not have: right passwords are answered 401 again",
    }
}

const AUTH_GROUP_FILE: Id = id("AuthGroupFile");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let mine: Vec<_> = place.own_requirements().collect();
        let mut leaves = mine.iter().filter(|leaf| !leaf.negated && leaf.asks("group")).peekable();
        if leaves.peek().is_none() {
            continue;
        }
        let Some((file, text)) = place.text_of(AUTH_GROUP_FILE) else { continue };
        // lines without a colon are another mistake
        let Some(groups) = user_file::apache_groups(text).filter(|_| is_plain(text)) else {
            continue;
        };
        let lacks = |leaf: &Leaf<'_>| {
            leaf.words().all(|word| {
                word.known().is_some_and(|name| {
                    !name.starts_with(b"#")
                        && !name.contains(&b'%')
                        && !groups.iter().any(|group| group.eq_ignore_ascii_case(&name))
                })
            })
        };
        for leaf in leaves {
            let Some(word) = leaf.words().next().filter(|_| lacks(leaf)) else { continue };
            if leaf.directive.is_in_template() {
                continue;
            }
            let finding = RULE
                .at(word.location())
                .label("is no group of the file")
                .message(format!(
                    "the group file has no group {}: right passwords are answered 401 again",
                    shown(word)
                ))
                .related(file.location(), "names the file")
                .help("name a group of the file, or add a line to it: `group: user user`");
            findings.push(given(finding, leaf.directive));
        }
    }
}

/// Whether it is neither a file of passwords nor one with a byte order mark, which are mistakes of their own.
fn is_plain(text: &[u8]) -> bool {
    let is_hash = |line: &[u8]| {
        let field = line.splitn(2, |&byte| byte == b':').nth(1).unwrap_or_default();
        matches!(password::read(field.trim_ascii()), password::Stored::Hash(_))
    };
    text.is_ascii() && !text.split(|&byte| byte == b'\n').any(is_hash)
}
