//! The rewrite module: `return`, `rewrite`, `set`, `break` and `if`, run in the order of the file.
//! `ngx_http_rewrite_handler` and `ngx_http_script_…`.

use super::block::{BlockId, Code, Kind};
use super::conditions::Validators;
use super::run::{Next, Run};
use super::uri::split_args;
use crate::config::nginx::{Directive, Value};
use crate::grammar::nginx::Id;
use crate::policy::files::Found;
use crate::policy::regex::Captures;
use crate::policy::text::Text;
use crate::policy::world::Cause;

const REWRITE_BY: [&str; 3] = ["rewrite_by_lua", "rewrite_by_lua_block", "rewrite_by_lua_file"];

impl<'p> Run<'_, 'p> {
    /// SERVER_REWRITE.
    pub(super) fn server_rewrite(&mut self) -> Next {
        self.conf = self.server;
        self.run_code(self.server, "server rewrite").unwrap_or(Next::FindConfig)
    }

    /// REWRITE and POST_REWRITE of the location.
    pub(super) fn location_rewrite(&mut self) -> Next {
        // the server's own code has run
        if self.conf != self.server
            && let Some(next) = self.run_code(self.conf, "rewrite")
        {
            return next;
        }
        if let Some(next) = self.foreign_code(&REWRITE_BY, "rewrite") {
            return next;
        }
        if self.uri_changed {
            self.uri_changes -= 1;
            if self.uri_changes == 0 {
                self.step(None, "rewrite", "the URI was changed ten times");
                return Next::Status(500);
            }
            self.conf = self.server;
            return Next::FindConfig;
        }
        Next::Access
    }

    /// Code of another language that may answer, or go on.
    pub(super) fn foreign_code(&mut self, names: &[&str], phase: &'static str) -> Option<Next> {
        let ids: Vec<Id> = names
            .iter()
            .filter_map(|name| crate::grammar::nginx::lookup(name.as_bytes()).map(|known| known.id))
            .collect();
        let list = self.policy.list(self.conf, &ids);
        let code = *list.directives.first()?;
        self.step(code.words_location(), phase, format!("runs {}", code.name()));
        let cause = Cause::new(code.words_location(), format!("what {} does", code.name()));
        if self.world.choose(cause, 2) == 1 {
            self.give_up();
        }
        None
    }

    /// Runs the code of `block`; gives back what it decides.
    fn run_code(&mut self, block: BlockId, phase: &'static str) -> Option<Next> {
        // blocks that are being run, each with the next step in it
        let mut stack = vec![(block, 0)];
        while let Some((block, step)) = stack.pop() {
            let Some(&code) = self.policy.get(block).code().get(step) else { continue };
            stack.push((block, step + 1));
            match code {
                Code::If(inner) => {
                    let Some(condition) = self.policy.get(inner).directive else { continue };
                    if !self.condition(condition) {
                        continue;
                    }
                    self.step(
                        condition.words_location(),
                        phase,
                        format!("`{}` holds", condition.title()),
                    );
                    // in a location, the settings of the `if` hold from here on
                    if self
                        .policy
                        .around(inner)
                        .any(|at| self.policy.get(at).kind == Kind::Location)
                    {
                        self.enter(inner);
                        self.limit_except();
                        self.take_handler();
                    }
                    stack.push((inner, 0));
                }
                Code::Directive(own) => {
                    let directive = self.policy.get(block).nth(own);
                    if directive.is("return") {
                        return Some(self.return_code(directive, phase));
                    }
                    if directive.is("break") {
                        self.uri_changed = false;
                        return None;
                    }
                    if directive.is("set") {
                        self.set(directive);
                    }
                    if directive.is("rewrite") {
                        match self.rewrite(directive, phase) {
                            Rewritten::Not => {}
                            Rewritten::Ends(next) => return next,
                        }
                    }
                    if self.is_open {
                        return None;
                    }
                }
            }
        }
        None
    }

    fn set(&mut self, set: Directive<'p>) {
        let (Some(name), Some(value)) = (set.arg(0), set.arg(1)) else { return };
        let value = self.value(value);
        if let Some(name) = name.known().as_deref().and_then(|name| name.strip_prefix(b"$")) {
            self.variables.insert(name.to_ascii_lowercase(), value);
        }
    }

    /// `return CODE [text]`, `return URL`.
    fn return_code(&mut self, directive: Directive<'p>, phase: &'static str) -> Next {
        let at = directive.words_location();
        let Some(first) = directive.arg(0) else { return Next::Status(500) };
        let status =
            first.known().and_then(|text| std::str::from_utf8(&text).ok()?.parse::<u16>().ok());
        let Some(status) = status else {
            // a URL alone is a 302
            if directive.args().len() == 1 && !first.is_templated() {
                self.step(at, phase, "return redirects with 302, before access control");
                self.is_body_dropped |= !self.is_subrequest;
                return Next::Status(302);
            }
            self.world.choose(Cause::new(first.location(), "which status a template puts here"), 1);
            self.give_up();
            return Next::Status(500);
        };
        self.step(at, phase, format!("return answers {status}, before access control"));
        if status == 444 {
            return Next::Done(crate::policy::answer::Outcome::Answered(0));
        }
        let has_text = directive.arg(1).is_some_and(|text| !text.raw().is_empty() && !text.is(b""));
        let is_redirect = matches!(status, 301 | 302 | 303 | 307 | 308);
        // the body is thrown away then, and its size does not count any more: `ngx_http_send_response`
        self.is_body_dropped |= is_redirect && !self.is_subrequest;
        // with a text the answer is sent at once: error_page is not asked
        if !is_redirect && (status < 400 || has_text) {
            self.validators = Validators::None;
            return self.answered(status);
        }
        Next::Status(status)
    }

    /// `rewrite regex replacement [flag]`.
    fn rewrite(&mut self, directive: Directive<'p>, phase: &'static str) -> Rewritten {
        let (Some(pattern), Some(replacement)) = (directive.arg(0), directive.arg(1)) else {
            return Rewritten::Not;
        };
        let (Some(pattern), Some(text)) = (pattern.known(), replacement.known()) else {
            let cause =
                Cause::new(directive.words_location(), "what a template makes of this rewrite");
            self.world.choose(cause, 1);
            self.give_up();
            return Rewritten::Not;
        };
        let uri = self.uri.clone();
        if !self.code_matches(&pattern, false, &uri, directive) {
            return Rewritten::Not;
        }
        let flag = |name: &[u8]| directive.arg(2).is_some_and(|flag| flag.is(name));
        let is_url =
            [&b"http://"[..], b"https://", b"$scheme"].iter().any(|start| text.starts_with(start));
        let at = directive.words_location();
        if is_url || flag(b"redirect") || flag(b"permanent") {
            let status = if flag(b"permanent") { 301 } else { 302 };
            self.step(at, phase, format!("rewrite redirects with {status}, before access control"));
            return Rewritten::Ends(Some(Next::Status(status)));
        }
        self.is_internal = true;
        self.is_unparsed = false;
        let keeps_args = !text.ends_with(b"?");
        let text = text.strip_suffix(b"?").unwrap_or(&text);
        let (path, args) = split_args(text);
        let has_args = path.len() < text.len();
        let new_uri = self.fill_in(path, replacement.location());
        let mut new_args =
            if has_args { self.fill_in(args, replacement.location()) } else { Text::EMPTY };
        if keeps_args {
            let old = self.args.clone();
            if !has_args {
                new_args = old;
            } else if !old.is_empty(self.world) {
                new_args.push(b"&"[..].into());
                new_args.push(old);
            }
        }
        if new_uri.is_empty(self.world) {
            self.step(at, phase, "rewrite leaves no URI: 500");
            return Rewritten::Ends(Some(Next::Status(500)));
        }
        self.step(at, phase, format!("rewrite leads to {}", new_uri.shown()));
        self.uri = new_uri;
        self.args = new_args;
        if flag(b"break") {
            self.is_location_valid = false;
            self.uri_changed = false;
            return Rewritten::Ends(None);
        }
        self.uri_changed = true;
        if flag(b"last") { Rewritten::Ends(None) } else { Rewritten::Not }
    }

    /// The condition of an `if`: `ngx_http_rewrite_if_condition`.
    fn condition(&mut self, directive: Directive<'p>) -> bool {
        let mut words: Vec<(Value<'p>, Vec<u8>)> = Vec::new();
        for value in directive.args() {
            let Some(text) = value.known() else {
                let cause = Cause::new(
                    directive.words_location(),
                    "what a template makes of this condition",
                );
                return self.world.choose(cause, 2) == 1;
            };
            words.push((value, text.into_owned()));
        }
        // the parentheses are letters of the first and the last word
        if let Some((_, first)) = words.first_mut() {
            if first.first() == Some(&b'(') {
                first.remove(0);
            }
            if first.is_empty() {
                words.remove(0);
            }
        }
        if let Some((_, last)) = words.last_mut() {
            if last.last() == Some(&b')') {
                last.pop();
            }
            if last.is_empty() {
                words.pop();
            }
        }
        let at = directive.words_location();
        match &*words {
            [(_, variable)] => {
                let Some(name) = variable.strip_prefix(b"$") else { return false };
                let value = self.variable(&name.to_ascii_lowercase(), at);
                !value.is_empty(self.world) && !value.is(b"0", self.world)
            }
            [(_, test), (_, path)] => self.file_test(test, &path.clone(), directive),
            [(_, variable), (_, operator), (_, operand)] => {
                let value = match variable.strip_prefix(b"$") {
                    Some([digit @ b'1'..=b'9']) => {
                        let index = usize::from(digit - b'0');
                        self.captures
                            .groups
                            .get(index)
                            .cloned()
                            .flatten()
                            .unwrap_or_default()
                            .into()
                    }
                    Some(name) => self.variable(&name.to_ascii_lowercase(), at),
                    None => return false,
                };
                match &**operator {
                    b"=" | b"!=" => {
                        let operand = self.fill_in(operand, at);
                        value.equals(&operand, self.world) == (operator.len() == 1)
                    }
                    b"~" => self.code_matches(operand, false, &value, directive),
                    b"~*" => self.code_matches(operand, true, &value, directive),
                    b"!~" => !self.code_matches(operand, false, &value, directive),
                    b"!~*" => !self.code_matches(operand, true, &value, directive),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Whether the pattern of an `if` or a `rewrite` matches. Where it does not, what was captured before is gone, except
    /// by name: `ngx_http_script_regex_start_code`.
    fn code_matches(
        &mut self,
        pattern: &[u8],
        ignore_case: bool,
        subject: &Text,
        directive: Directive<'p>,
    ) -> bool {
        let holds = self.matches(pattern, ignore_case, subject, Some(directive));
        if !holds {
            self.captures = Captures::default();
        }
        holds
    }

    /// `-f`, `-d`, `-e`, `-x` and their opposites.
    fn file_test(&mut self, test: &[u8], path: &[u8], directive: Directive<'p>) -> bool {
        let (negated, test) = match test.strip_prefix(b"!") {
            Some(test) => (true, test),
            None => (false, test),
        };
        let path = self.fill_in(path, directive.words_location());
        let found = if path.known() == Some(b"") { Found::Nothing } else { self.stands_at(&path) };
        let holds = match (test, found) {
            (_, Found::Unknown) | (b"-x", Found::File | Found::Directory) => {
                let what = format!("whether {} exists", path.shown());
                self.world.choose(Cause::new(directive.words_location(), what), 2) == 1
            }
            (b"-f", found) => found == Found::File,
            (b"-d", found) => found == Found::Directory,
            (_, found) => found != Found::Nothing,
        };
        holds != negated
    }
}

/// What a `rewrite` does to the code around it.
enum Rewritten {
    /// It does not match, or the code goes on.
    Not,
    /// The code ends here, with this or with what comes after code.
    Ends(Option<Next>),
}
