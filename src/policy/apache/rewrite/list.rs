//! The rules, one after the other: `apply_rewrite_rule` and `apply_rewrite_list`.

use super::expand::Running;
use super::rule::Rule;
use super::url::{
    absolute, authority, behind, escaped, joined, split_query, without_last, without_prefix,
};
use crate::policy::apache::expr::{Groups, captures};
use crate::policy::text::Text;
use crate::policy::world::Cause;

/// How long a path may become: twice `LimitRequestLine`.
const MOST_BYTES: usize = 2 * 8190;

/// Rounds of `[N]` that are followed.
const MOST_ROUNDS: i64 = 1000;

/// What a list of rules says: `ACTION_…`, and the status that it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// No rule changed anything.
    None,
    /// A rule changed the path. It is to be escaped in a Location header, unless `[NE]` stands there; `status` is that of
    /// a redirect.
    Changed { escapes: bool, status: Option<u16>, passes_through: bool, last: usize },
    /// This status is the answer.
    Status(u16),
    /// What a rule says is not known.
    Unknown,
}

/// What a rule did.
enum Did {
    NotMatch,
    /// It stands for itself.
    Kept,
    Changed,
    Status(u16),
}

impl Running<'_> {
    /// Applies the rules in their order.
    pub(super) fn list(&mut self, rules: &[&Rule]) -> Action {
        let mut changed = Action::None;
        let mut status = None;
        let mut round = 1;
        let mut index = 0;
        let mut before = None;
        while let Some(rule) = rules.get(index) {
            index += 1;
            let flags = &rule.flags;
            if self.state.is_subrequest && (flags.not_in_subrequests || flags.redirects) {
                continue;
            }
            if !rule.is_known {
                let cause = Cause::new(rule.at, "what this rule says");
                let _ = self.on.world().choose(cause, 1);
                return Action::Unknown;
            }
            self.at = Some(rule.at);
            let did = self.rule(rule, &mut status);
            match did {
                Did::NotMatch => {
                    // the rules that it is chained with go with it
                    let mut chained = flags.is_chained;
                    while chained && let Some(next) = rules.get(index) {
                        chained = next.flags.is_chained;
                        index += 1;
                    }
                    continue;
                }
                Did::Status(status) => return Action::Status(status),
                Did::Kept | Did::Changed => {}
            }
            let length: usize = self.state.filename.pieces().flatten().map(<[u8]>::len).sum();
            if length > MOST_BYTES {
                self.step(rule, "the path has become too long: 500".to_owned());
                return Action::Status(500);
            }
            if flags.answers {
                let status = flags.status.unwrap_or(403);
                self.step(rule, format!("answers {status}"));
                return Action::Status(status);
            }
            if matches!(did, Did::Changed) {
                changed = Action::Changed {
                    escapes: !flags.no_escape,
                    status: None,
                    passes_through: false,
                    last: index - 1,
                };
            }
            if flags.passes_through {
                let last = index - 1;
                changed =
                    Action::Changed { escapes: true, status: None, passes_through: true, last };
                break;
            }
            if flags.ends {
                self.state.has_ended = true;
                break;
            }
            if flags.proxies || flags.is_last {
                break;
            }
            if flags.starts_over {
                round += 1;
                let now = (self.state.filename.clone(), self.state.args.clone());
                // a round that changes nothing is followed by more of them
                if round >= flags.rounds || before.as_ref() == Some(&now) {
                    self.step(rule, "starts over again and again: 500".to_owned());
                    return Action::Status(500);
                }
                if round >= MOST_ROUNDS {
                    return Action::Unknown;
                }
                before = Some(now);
                index = 0;
                continue;
            }
            index = index.saturating_add(usize::try_from(flags.skips).unwrap_or(0));
        }
        if let Action::Changed { status: left, .. } = &mut changed {
            *left = status;
        }
        changed
    }

    fn step(&mut self, rule: &Rule, text: String) {
        self.steps.push((rule.at, text));
    }

    /// `apply_rewrite_rule`; a redirect leaves its status in `left`.
    fn rule(&mut self, rule: &Rule, left: &mut Option<u16>) -> Did {
        let flags = &rule.flags;
        self.subject = self.state.filename.clone();
        if let Some(directory) = &self.directory {
            self.subject.push(self.state.path_info.clone());
            if !self.state.is_proxied
                && let Some(rest) = without_prefix(&self.subject, directory)
            {
                self.subject = rest;
            }
        }
        let subject = self.subject.clone();
        let (matches, groups) = captures(self, &subject, &rule.pattern, flags.ignores_case);
        if matches == rule.is_negated {
            return Did::NotMatch;
        }
        self.condition_groups = Groups::None;
        self.rule_groups = if rule.is_negated { Groups::None } else { groups };
        if !self.conditions_hold(rule) {
            return Did::NotMatch;
        }
        let output = (!rule.keeps).then(|| self.expand(&rule.output, flags.escapes.as_ref()));
        if let Some(output) = &output
            && !flags.allows_3f
            && self.splits_at_foreign_mark(rule, output)
        {
            self.step(
                rule,
                "would take a `?` of the client for the start of the query: 403".to_owned(),
            );
            return Did::Status(403);
        }
        self.set_env(rule);
        let Some(output) = output else {
            self.force_type(rule);
            if !flags.answers {
                self.step(rule, "applies and leaves the path as it is".to_owned());
            }
            return Did::Kept;
        };
        self.state.filename = output;
        if self.directory.is_some() && flags.discards_path_info {
            self.state.path_info = Text::EMPTY;
        }
        self.split_query(rule);
        let is_absolute = self.is_absolute();
        if !is_absolute && !self.state.filename.prefix().starts_with(b"/") && !self.state.is_proxied
        {
            let prefix = self.directory.clone().unwrap_or_else(|| b"/".to_vec());
            self.state.filename = joined(&prefix, &self.state.filename);
        }
        if flags.proxies {
            if self.directory.is_some() && !flags.no_escape {
                self.state.filename = escaped(&self.state.filename);
            }
            self.qualify(is_absolute);
            let shown = self.state.filename.shown().into_owned();
            self.step(rule, format!("passes it on to {shown}"));
            self.state.filename = joined(b"proxy:", &self.state.filename);
            return Did::Changed;
        }
        if flags.redirects {
            self.qualify(is_absolute);
            *left = Some(flags.status.unwrap_or(302));
            let shown = self.state.filename.shown().into_owned();
            self.step(rule, format!("redirects to {shown}"));
            return Did::Changed;
        }
        self.reduce();
        let shown = self.state.filename.shown().into_owned();
        if self.is_absolute() {
            *left = Some(flags.status.unwrap_or(302));
            self.step(rule, format!("redirects to {shown}"));
            return Did::Changed;
        }
        self.step(rule, format!("leads to {shown}"));
        if !rule.output.starts_with(b"//") {
            while self.state.filename.prefix().starts_with(b"//") {
                self.state.filename = behind(&self.state.filename, 1);
            }
        }
        self.force_type(rule);
        Did::Changed
    }

    /// Whether the `?` that would start the query is not one that the substitution has itself (AH10508).
    fn splits_at_foreign_mark(&mut self, rule: &Rule, expanded: &Text) -> bool {
        if !has_question(expanded) {
            return false;
        }
        let output = &rule.output;
        let (mut depth, mut own) = (0_usize, None);
        for (at, &byte) in output.iter().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                b'?' if depth == 0 && (own.is_none() || rule.flags.splits_at_last) => {
                    own = Some(at);
                }
                _ => {}
            }
        }
        let Some(own) = own else { return true };
        let rest = if rule.flags.splits_at_last { &output[own + 1..] } else { &output[..own] };
        let rest = self.expand(rest, rule.flags.escapes.as_ref());
        has_question(&rest)
    }

    pub(super) fn is_absolute(&mut self) -> bool {
        absolute(&self.state.filename, self.on.world()).is_some()
    }

    /// `[E=…]`
    fn set_env(&mut self, rule: &Rule) {
        for variable in &rule.flags.env {
            let text = self.expand(variable, None);
            let start = text.prefix().to_vec();
            if let Some(name) = start.strip_prefix(b"!") {
                if text.known().is_some() {
                    self.on.set_env(name, None);
                }
                continue;
            }
            match memchr::memchr(b':', &start) {
                Some(at) => self.on.set_env(&start[..at], Some(behind(&text, at + 1))),
                None if text.known().is_some() => self.on.set_env(&start, Some(Text::EMPTY)),
                // which variable that is, is not known
                None => {}
            }
        }
    }

    /// `[T=…]` and `[H=…]`: `force_type_handler`
    fn force_type(&mut self, rule: &Rule) {
        let escapes = rule.flags.escapes.as_ref();
        if let Some(text) = &rule.flags.content_type {
            let text = self.expand(text, escapes);
            self.state.content_type = Some(small(&text))
                .filter(|text| *text != Text::EMPTY)
                .or(self.state.content_type.take());
        }
        if let Some(text) = &rule.flags.handler {
            let text = self.expand(text, escapes);
            self.state.handler = Some(small(&text))
                .filter(|text| *text != Text::EMPTY)
                .or(self.state.handler.take());
        }
    }

    /// `splitout_queryargs`
    fn split_query(&mut self, rule: &Rule) {
        let flags = &rule.flags;
        if flags.no_query {
            self.state.args = None;
            return;
        }
        let scheme = absolute(&self.state.filename, self.on.world());
        if matches!(scheme, Some((_, false))) {
            self.state.args = None;
            return;
        }
        if flags.discards_query {
            self.state.args = None;
        }
        let start = scheme.map_or(0, |(length, _)| length);
        let Some((path, query)) = split_query(&self.state.filename, start, flags.splits_at_last)
        else {
            return;
        };
        self.state.filename = path;
        if flags.appends_query {
            if query != Text::EMPTY {
                let mut all = query;
                all.push(b"&"[..].into());
                all.push(self.state.args.take().unwrap_or_default());
                self.state.args = Some(all);
            }
        } else {
            self.state.args = Some(query);
        }
        self.state.args = self
            .state
            .args
            .take()
            .filter(|args| *args != Text::EMPTY)
            .map(|args| without_last(&args, b'&'));
    }

    /// `fully_qualify_uri`
    fn qualify(&mut self, is_absolute: bool) {
        if is_absolute {
            return;
        }
        let mut url = self.on.own_url();
        if !self.state.filename.prefix().starts_with(b"/") {
            url.push(b"/"[..].into());
        }
        url.push(self.state.filename.clone());
        self.state.filename = url;
    }

    /// `reduce_uri`: a URL of this very server is a path.
    fn reduce(&mut self) {
        let own = self.on.own_url();
        let Some(scheme) = own.prefix().iter().position(|&byte| byte == b':') else { return };
        let scheme = own.prefix()[..scheme].to_vec();
        let url = self.state.filename.prefix();
        let start = scheme.len() + 3;
        if url.len() <= start
            || !url[..scheme.len()].eq_ignore_ascii_case(&scheme)
            || &url[scheme.len()..start] != b"://"
        {
            return;
        }
        let whole = self.state.filename.known().is_some();
        if !whole && !url[start..].contains(&b'/') {
            return;
        }
        let (host, port, path) = authority(url, start);
        let (host, path_length, at) = (host.to_vec(), path.len(), url.len());
        let is_bare = !url[start..].contains(&b'/');
        if self.on.is_own_host(&host, port) {
            self.state.filename = if is_bare {
                b"/"[..].into()
            } else {
                behind(&self.state.filename, at - path_length)
            };
            self.is_reduced = true;
        }
    }
}

/// What is known of a text in small letters.
fn small(text: &Text) -> Text {
    let mut small = Text::EMPTY;
    for piece in text.pieces() {
        small.push(
            piece.map_or_else(
                |cause| cause.clone().into(),
                |bytes| bytes.to_ascii_lowercase().into(),
            ),
        );
    }
    small
}

fn has_question(text: &Text) -> bool {
    text.pieces().flatten().any(|bytes| bytes.contains(&b'?'))
}
