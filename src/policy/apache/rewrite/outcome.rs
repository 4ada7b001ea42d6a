//! What becomes of the request: `hook_uri2file` for the rules of a server, `hook_fixup` for those of a directory.

use super::expand::Running;
use super::list::Action;
use super::url::{absolute, escaped_url, joined, with_prefix, without_prefix};
use super::{Applied, Directory, Outcome, Rewriting, Rule, State};
use crate::policy::apache::expr::{Function, Groups};
use crate::policy::text::Text;
use crate::policy::world::Cause;

/// Applies the rules of a server, where `RewriteEngine` is on for it, before the request is mapped to a file. `any_uri`:
/// `RewriteOptions AllowAnyURI`.
pub(in crate::policy::apache) fn in_server(
    rules: &[&Rule],
    state: State,
    any_uri: bool,
    on: &mut dyn Rewriting,
) -> Applied {
    let is_path = state.uri.prefix().starts_with(b"/") && state.unparsed_uri != b"*";
    let mut running = Running::new(on, state, None);
    if running.state.has_ended || !(is_path || any_uri) {
        return running.applied(Outcome::Declined);
    }
    running.script_url();
    let before = running.state.args.clone();
    let action = running.list(rules);
    let outcome = running.in_server(rules, &action, before.as_ref());
    running.applied(outcome)
}

/// Applies the rules of a directory, where `RewriteEngine` is on in it, behind access control.
pub(in crate::policy::apache) fn in_directory(
    rules: &[&Rule],
    state: State,
    directory: &Directory<'_>,
    on: &mut dyn Rewriting,
) -> Applied {
    let mut running = Running::new(on, state, Some(directory));
    let folder = directory.prefix.strip_suffix(b"/").unwrap_or(directory.prefix);
    // mod_dir is about to send the client to the folder itself
    let is_folder = running.state.filename.known() == Some(folder);
    let passes_by = is_folder && !running.state.is_proxied && !directory.allow_no_slash;
    if passes_by || running.state.has_ended {
        return running.applied(Outcome::Declined);
    }
    if !directory.follows_links {
        return running.applied(Outcome::Refused(403));
    }
    let (filename, args) = (running.state.filename.clone(), running.state.args.clone());
    let action = running.list(rules);
    let outcome = running.in_directory(rules, directory, &action, &filename, args.as_ref());
    if outcome == Outcome::Declined {
        running.state.filename = filename;
    }
    running.applied(outcome)
}

impl<'r> Running<'r> {
    fn new(on: &'r mut dyn Rewriting, state: State, directory: Option<&Directory<'_>>) -> Self {
        Self {
            on,
            state,
            subject: Text::EMPTY,
            directory: directory.map(|directory| directory.prefix.to_vec()),
            base: directory.and_then(|directory| directory.base).map(<[u8]>::to_vec),
            rule_groups: Groups::None,
            condition_groups: Groups::None,
            is_reduced: false,
            at: None,
            steps: Vec::new(),
        }
    }

    fn applied(self, outcome: Outcome) -> Applied {
        Applied { outcome, state: self.state, steps: self.steps }
    }

    /// `SCRIPT_URL` and `SCRIPT_URI`, which a redirect inside of the server leaves as they were.
    fn script_url(&mut self) {
        let before = self.on.function(Function::ReqEnv, b"REDIRECT_SCRIPT_URL");
        let path =
            before.filter(|path| *path != Text::EMPTY).unwrap_or_else(|| self.state.uri.clone());
        self.on.set_env(b"SCRIPT_URL", Some(path.clone()));
        let mut uri = self.on.own_url();
        uri.push(path);
        self.on.set_env(b"SCRIPT_URI", Some(uri));
    }

    /// A query that holds a blank or a control character and is not escaped: 403 (AH10410, AH10411).
    fn has_bad_query(&mut self, action: &Action) -> bool {
        let may_escape = match action {
            Action::Changed { escapes, passes_through, .. } => *escapes && !passes_through,
            _ => true,
        };
        let escapes = may_escape && self.is_absolute();
        let is_bad = |byte: &u8| *byte <= b' ' || *byte == 0x7f;
        let args = self.state.args.as_ref();
        !escapes
            && args
                .is_some_and(|args| args.pieces().flatten().any(|bytes| bytes.iter().any(is_bad)))
    }

    /// `hook_uri2file`
    fn in_server(&mut self, rules: &[&Rule], action: &Action, before: Option<&Text>) -> Outcome {
        let (escapes, status, passes_through, last) = match action {
            Action::None => return Outcome::Declined,
            Action::Unknown => return Outcome::Unknown,
            _ if self.has_bad_query(action) => return Outcome::Refused(403),
            Action::Status(status) => return Outcome::Status(*status),
            Action::Changed { escapes, status, passes_through, last } => {
                (*escapes, *status, *passes_through, *last)
            }
        };
        if passes_through {
            return Outcome::PassThrough(self.state.filename.clone());
        }
        if let Some(mut url) = without_prefix(&self.state.filename, b"proxy:") {
            url.push(self.state.path_info.clone());
            if let Some(args) = self.state.args.clone() {
                url.push(joined(b"?", &args));
            }
            return Outcome::Proxy(url);
        }
        if let Some((scheme, _)) = absolute(&self.state.filename, self.on.world()) {
            return self.redirect(scheme, escapes, status, before);
        }
        if !self.state.filename.prefix().starts_with(b"/") {
            return Outcome::Refused(400);
        }
        if status.is_some() {
            return self.has_left_status(rules.get(last).copied());
        }
        let in_document_root = self.is_reduced || !self.is_in_file_system(rules.get(last).copied());
        Outcome::Mapped { path: self.state.filename.clone(), in_document_root }
    }

    /// A rule that redirects without `[L]` leaves its status even where a later one leads to a path again: that status is
    /// then what some answers have.
    fn has_left_status(&mut self, rule: Option<&Rule>) -> Outcome {
        let text = "what becomes of the status of a redirect that a later rule takes back";
        let _ = self.on.world().choose(Cause::new(rule.map(|rule| rule.at), text), 1);
        Outcome::Unknown
    }

    /// `prefix_stat`; a substitution in which the first name of the path is not written out has no part in it, unless it
    /// leads below the document root.
    fn is_in_file_system(&mut self, last: Option<&Rule>) -> bool {
        let path = self.state.filename.prefix();
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let end = memchr::memchr(b'/', path).unwrap_or(path.len());
        let name = path[..end].to_vec();
        let is_written = last.is_none_or(|rule| {
            let output = rule.output.strip_prefix(b"/");
            rule.flags.is_unsafe_prefix || output.is_some_and(|output| output.starts_with(&name))
        });
        let is_safe = is_written || self.is_in_document_root();
        is_safe && (name == b"." || name == b".." || self.on.is_in_root(&name))
    }

    /// Whether the path begins with the document root, letter for letter.
    fn is_in_document_root(&mut self) -> bool {
        let root = self.on.variable(b"DOCUMENT_ROOT");
        let root = root.known().filter(|root| !root.is_empty());
        root.is_some_and(|root| self.state.filename.prefix().starts_with(root))
    }

    fn redirect(
        &mut self,
        scheme: usize,
        escapes: bool,
        status: Option<u16>,
        before: Option<&Text>,
    ) -> Outcome {
        let mut location = self.state.filename.clone();
        if escapes {
            location = escaped_url(&location, scheme);
        }
        if let Some(args) = &self.state.args {
            location.push(b"?"[..].into());
            let as_it_was = !escapes || before == Some(args);
            location.push(if as_it_was { args.clone() } else { super::url::escaped(args) });
        }
        let status = status.filter(|status| (300..400).contains(status)).unwrap_or(302);
        Outcome::Redirect { status, location }
    }

    /// `hook_fixup`
    fn in_directory(
        &mut self,
        rules: &[&Rule],
        directory: &Directory<'_>,
        action: &Action,
        filename: &Text,
        before: Option<&Text>,
    ) -> Outcome {
        let (escapes, status, passes_through, last) = match action {
            Action::None => return Outcome::Declined,
            Action::Unknown => return Outcome::Unknown,
            _ if self.has_bad_query(action) => return Outcome::Refused(403),
            Action::Status(status) => return Outcome::Status(*status),
            Action::Changed { escapes, status, passes_through, last } => {
                (*escapes, *status, *passes_through, *last)
            }
        };
        // `[PT]` does nothing here, except that a URL is no longer taken for one
        let url = without_prefix(&self.state.filename, b"proxy:").filter(|_| !passes_through);
        if let Some(mut url) = url {
            if let Some(args) = self.state.args.clone() {
                url.push(joined(b"?", &args));
            }
            return Outcome::Proxy(url);
        }
        if !passes_through
            && let Some((scheme, _)) = absolute(&self.state.filename, self.on.world())
        {
            if let Some(base) = directory.base {
                self.base_in_url(scheme, directory.prefix, base);
            }
            return self.redirect(scheme, escapes, status, before);
        }
        if !self.state.filename.prefix().starts_with(b"/") {
            return Outcome::Refused(400);
        }
        if status.is_some() {
            return self.has_left_status(rules.get(last).copied());
        }
        // a redirect to itself would never end
        if self.state.filename.equals(filename, self.on.world()) {
            return Outcome::Same;
        }
        let path = self.state.filename.clone();
        let mut uri = None;
        match (directory.base, directory.document_root) {
            (Some(base), _) => uri = with_prefix(&path, directory.prefix, base),
            (None, Some(root)) => {
                let root = root.strip_suffix(b"/").unwrap_or(root);
                uri = without_prefix(&path, root).filter(|rest| rest.prefix().starts_with(b"/"));
            }
            (None, None) => {}
        }
        if uri.is_none()
            && let Some((root, prefix)) = directory.context
        {
            uri = with_prefix(&path, root, prefix);
        }
        Outcome::Internal(uri.unwrap_or(path))
    }

    /// A URL whose path begins with the folder has `RewriteBase` there instead.
    fn base_in_url(&mut self, scheme: usize, folder: &[u8], base: &[u8]) {
        let url = self.state.filename.clone();
        let start = url.prefix();
        let Some(slash) = memchr::memchr(b'/', start.get(scheme..).unwrap_or_default()) else {
            return;
        };
        let at = scheme + slash + 1;
        let folder = folder.strip_prefix(b"/").unwrap_or(folder);
        let base = base.strip_prefix(b"/").unwrap_or(base);
        let path = super::url::behind(&url, at);
        if path != Text::EMPTY
            && let Some(path) = with_prefix(&path, folder, base)
        {
            self.state.filename = joined(&start[..at], &path);
        }
    }
}
