//! The line of a user in a password file, and of a group in a group file, as the servers look for them.

use crate::syntax::apache;
use crate::syntax::credentials::is_blank;
use std::collections::HashSet;

/// `MAX_STRING_LEN` of httpd: a line that does not fit ends its search.
const LONGEST_LINE: usize = 8192;

/// What nginx takes for the hash of `user` in the file that `auth_basic_user_file` names: what stands behind the colon
/// of the first line of that user, up to the end of the line or the next colon. `None` when the user is not in it.
///
/// `ngx_http_auth_basic_handler` compares byte by byte: blanks and a byte order mark are part of a name, a line that
/// starts with `#` or CR is skipped, and a line that ends within the name, without a colon, takes the next line with it.
#[must_use]
pub fn nginx<'t>(text: &'t [u8], user: &[u8]) -> Option<&'t [u8]> {
    let mut left = text;
    while let Some(&first) = left.first() {
        if first == b'\n' {
            left = &left[1..];
            continue;
        }
        let equal = left.iter().zip(user).take_while(|(byte, wanted)| byte == wanted).count();
        let equal = if matches!(first, b'#' | b'\r') { 0 } else { equal };
        let behind = left.get(equal..).unwrap_or_default();
        if let (true, Some((b':', field))) = (equal == user.len(), behind.split_first()) {
            let end = field.iter().position(|byte| matches!(byte, b'\n' | b'\r' | b':'));
            return Some(&field[..end.unwrap_or(field.len())]);
        }
        // the byte that differs is gone before the end of the line is looked for
        let rest = behind.get(1..).unwrap_or_default();
        left = memchr::memchr(b'\n', rest).map_or(&[], |end| &rest[end + 1..]);
    }
    None
}

/// What httpd takes for the hash of `user` in the file that `AuthUserFile` names (`check_password` of mod_authn_file).
/// Several colons in a row are one. `None` when the user is not in it.
#[must_use]
pub fn apache(text: &[u8], user: &[u8]) -> Option<Vec<u8>> {
    let mut lines = Lines { left: text, longest: LONGEST_LINE };
    lines.find_map(|line| {
        let (name, rest) = first_field(&line);
        (name == user).then(|| first_field(rest).0.to_vec())
    })
}

/// What httpd takes for the digest of `user` in `realm` in the file that `AuthUserFile` names (`get_realm_hash` of
/// mod_authn_file). `None` when the user is not in it for that realm.
#[must_use]
pub fn digest(text: &[u8], user: &[u8], realm: &[u8]) -> Option<Vec<u8>> {
    let mut lines = Lines { left: text, longest: LONGEST_LINE };
    lines.find_map(|line| {
        let (name, rest) = first_field(&line);
        let (of_realm, rest) = first_field(rest);
        (name == user && of_realm == realm).then(|| first_field(rest).0.to_vec())
    })
}

/// Whether the file that `AuthGroupFile` names has `user` in `group` (`groups_for_user` of mod_authz_groupfile). Users
/// are compared byte by byte, groups without regard to letter case.
#[must_use]
pub fn apache_is_in_group(text: &[u8], user: &[u8], group: &[u8]) -> bool {
    let mut lines = Lines { left: text, longest: usize::MAX };
    lines.any(|line| {
        let (name, members) = first_field(&line);
        trim_end(name).eq_ignore_ascii_case(group)
            && apache::words(members).any(|member| member == user)
    })
}

/// The users of the file that `AuthUserFile` names.
#[must_use]
pub fn apache_users(text: &[u8]) -> HashSet<Vec<u8>> {
    let lines = Lines { left: text, longest: LONGEST_LINE };
    lines.map(|line| first_field(&line).0.to_vec()).collect()
}

/// The users of the file that `AuthUserFile` names, each line with what is stored there.
pub fn apache_entries(text: &[u8]) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + use<'_> {
    let lines = Lines { left: text, longest: LONGEST_LINE };
    lines.map(|line| {
        let (name, rest) = first_field(&line);
        (name.to_vec(), first_field(rest).0.to_vec())
    })
}

/// The groups of the file that `AuthGroupFile` names; `None` where a line has no colon: then it is no such file.
#[must_use]
pub fn apache_groups(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let lines = Lines { left: text, longest: usize::MAX };
    lines
        .map(|line| line.contains(&b':').then(|| trim_end(first_field(&line).0).to_vec()))
        .collect()
}

/// `ap_getword` with a colon: what stands before the first one, and what stands behind it and those that follow it.
fn first_field(line: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b':', line).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let colons = rest.iter().take_while(|&&byte| byte == b':').count();
    (word, &rest[colons..])
}

/// The lines of `ap_cfg_getline` that are neither empty nor a comment: joined where a backslash ends them, without the
/// blanks at both ends.
struct Lines<'t> {
    left: &'t [u8],
    longest: usize,
}

impl Iterator for Lines<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        while !self.left.is_empty() {
            let line = self.logical_line()?;
            if !matches!(line.first(), None | Some(b'#')) {
                return Some(line);
            }
        }
        None
    }
}

impl Lines<'_> {
    /// One line with its continuations; `None` when it does not fit.
    fn logical_line(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        while !self.left.is_empty() {
            let end = memchr::memchr(b'\n', self.left).map_or(self.left.len(), |at| at + 1);
            let (physical, left) = self.left.split_at(end);
            self.left = left;
            if line.len() + physical.len() >= self.longest {
                return None;
            }
            // C sees nothing behind a NUL
            let end = memchr::memchr(0, physical).unwrap_or(physical.len());
            line.extend_from_slice(&physical[..end]);
            let ended = line.strip_suffix(b"\n");
            let ended = ended.map(|ended| ended.strip_suffix(b"\r").unwrap_or(ended));
            match ended.and_then(|ended| ended.strip_suffix(b"\\")) {
                Some(continued) => line.truncate(continued.len()),
                None => break,
            }
        }
        Some(trim(&line).to_vec())
    }
}

fn trim(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|&byte| !is_space(byte)).unwrap_or(line.len());
    trim_end(&line[start..])
}

fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|&byte| !is_space(byte)).map_or(0, |last| last + 1);
    &line[..end]
}

/// `apr_isspace`.
fn is_space(byte: u8) -> bool {
    is_blank(byte) || byte == b'\n'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// tests/live/passwords.rs asks the servers themselves; these are the lines that surprise.
    #[test]
    fn the_servers_read_lines_differently() {
        let text = b" alice:1\r\nbob\ncarol:3\ncarol::4:note\n#dora:5\\\ndora:6";
        let users = [&b"alice"[..], b" alice", b"bob", b"carol", b"dora"];
        let by_nginx = users.map(|user| nginx(text, user));
        assert_eq!(by_nginx, [None, Some(&b"1"[..]), None, Some(b"3"), Some(b"6")]);
        let by_apache = users.map(|user| apache(text, user));
        let found = |field: &[u8]| Some(field.to_vec());
        assert_eq!(by_apache, [found(b"1"), None, found(b""), found(b"3"), None]);
    }

    #[test]
    fn a_line_that_ends_within_the_name_hides_the_next() {
        assert_eq!(nginx(b"ali\nalice:1\nalice:2", b"alice"), Some(&b"2"[..]));
        assert_eq!(nginx(b"alicia\nalice:1", b"alice"), Some(&b"1"[..]));
    }

    #[test]
    fn a_long_line_ends_the_search() {
        let text = [b"#".repeat(LONGEST_LINE), b"\nalice:1".to_vec()].concat();
        assert_eq!(apache(&text, b"alice"), None);
        assert_eq!(nginx(&text, b"alice"), Some(&b"1"[..]));
    }

    #[test]
    fn members_of_groups() {
        let text = b"Staff : 'alice a' bob \\\n carol\n#admin: bob\nadmin:bob,carol\n";
        assert!(apache_is_in_group(text, b"alice a", b"staff"));
        assert!(apache_is_in_group(text, b"carol", b"Staff"));
        assert!(!apache_is_in_group(text, b"Bob", b"staff"));
        assert!(!apache_is_in_group(text, b"bob", b"admin"));
    }

    #[test]
    fn digests_are_for_a_realm() {
        let text = b"alice:Staff:1\nalice:Members:2\n";
        assert_eq!(digest(text, b"alice", b"Members").as_deref(), Some(&b"2"[..]));
        assert_eq!(digest(text, b"alice", b"members"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_file(
            text in "[ab#: \\\\\r\n\0\"']{0,60}",
            user in "[ab ]{1,3}",
        ) {
            let (text, user) = (text.as_bytes(), user.as_bytes());
            if let Some(field) = nginx(text, user) {
                prop_assert!(!field.iter().any(|byte| b"\r\n:".contains(byte)));
            }
            if let Some(field) = apache(text, user) {
                prop_assert!(!field.contains(&b':'));
            }
            let _ = apache_is_in_group(text, user, b"a");
        }
    }
}
