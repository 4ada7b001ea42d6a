//! `error_page 401 =302 /login` shows the page with the status 302 and no Location: the client is sent nowhere.

use crate::config::nginx::{BlockKey, Directive, Site, Value};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use std::collections::HashMap;

rule! {
    "nginx/error-page-redirect-code-local-uri" {
        reads: Nginx, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "error_page gives a local page the status of a redirect, which then has no Location",
    }
}

/// The longest path whose location is looked for.
const LONGEST_PATH: usize = 256;

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut servers = HashMap::<BlockKey, Server>::new();
    for directive in site.occurrences("error_page") {
        let Some((code, page)) = redirect(directive) else { continue };
        let Some(path) = page.known() else { continue };
        let path = path.split(|&byte| byte == b'?').next().unwrap_or_default();
        let block = directive.ancestors().take(64).find(|block| block.is("server"));
        let answer = match block {
            Some(block) if !path.contains(&b'$') && path.len() <= LONGEST_PATH => {
                let key = Some((block.inclusion, block.id));
                servers.entry(key).or_insert_with(|| Server::new(block)).answer(path)
            }
            _ => Answer::Unknown,
        };
        let status = code.lossy();
        let finding = RULE
            .at(code.location())
            .message(format!(
                "`{status}` with a page of this server sends the page as a redirect without Location: clients are told to go nowhere"
            ))
            .label("only the number changes")
            .related(page.location(), "shown, not redirected to")
            .help("write `=` alone, and the page answers with its own status, or the full address of the login page")
            .fix(
                Safety::Unsafe,
                "let the page answer with its own status",
                vec![Edit::replace(code.location(), "=")],
            );
        findings.push(match answer {
            Answer::Page => finding,
            Answer::Redirect => continue,
            Answer::Unknown => {
                let path = String::from_utf8_lossy(path);
                // such a path is there to send clients on to a login elsewhere
                let starts = path.rsplit('/').next() == Some("start");
                finding
                    .severity(if starts { Severity::Info } else { Severity::Warning })
                    .depends_on(format!("whether {path} answers with a redirect of its own"))
            }
        });
    }
}

/// The `=30x` and the local page of an error_page for 401 or 403.
fn redirect(directive: Directive<'_>) -> Option<(Value<'_>, Value<'_>)> {
    let args: Vec<_> = directive.args().collect();
    let [statuses @ .., code, page] = &args[..] else { return None };
    let redirects = [&b"=301"[..], b"=302", b"=303", b"=307", b"=308"];
    let matches = redirects.into_iter().any(|redirect| code.is(redirect))
        && statuses.iter().any(|status| status.is(b"401") || status.is(b"403"))
        && page.known()?.starts_with(b"/");
    matches.then_some((*code, *page))
}

/// What comes of a request that ends up at some path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// A page, or an error: certainly no redirect.
    Page,
    /// A redirect with its Location.
    Redirect,
    /// Something else answers: an upstream, a script, a file that is not here.
    Unknown,
}

impl Answer {
    fn or(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }
}

/// The locations of a server by their names, with what each answers.
struct Server {
    exact: HashMap<Vec<u8>, Answer>,
    prefixes: HashMap<Vec<u8>, Answer>,
    /// What all locations with regular expressions answer, and the server itself.
    otherwise: Answer,
    has_regex: bool,
}

impl Server {
    fn new(block: Directive<'_>) -> Self {
        let mut server = Self {
            exact: HashMap::new(),
            prefixes: HashMap::new(),
            otherwise: Answer::Page,
            has_regex: false,
        };
        let mut blocks = vec![block];
        while let Some(around) = blocks.pop() {
            for child in around.children() {
                if child.is("location") {
                    server.add(child);
                    blocks.push(child);
                } else if around.id == block.id && matches!(&*child.name(), "rewrite" | "include") {
                    server.otherwise = Answer::Unknown;
                }
            }
        }
        server
    }

    fn add(&mut self, location: Directive<'_>) {
        let args: Vec<_> = location.args().map(|value| value.decoded().into_owned()).collect();
        let answer = answer_of(location);
        match &args[..] {
            [sign, path] if sign == b"=" => self.exact.insert(path.clone(), answer),
            [sign, path] if sign == b"^~" => self.prefixes.insert(path.clone(), answer),
            [path] if path.starts_with(b"=") => self.exact.insert(path[1..].to_vec(), answer),
            [path] if path.starts_with(b"/") => self.prefixes.insert(path.clone(), answer),
            _ => {
                self.has_regex |= !args.iter().any(|arg| arg.starts_with(b"@"));
                self.otherwise = self.otherwise.or(answer);
                None
            }
        };
    }

    fn answer(&self, path: &[u8]) -> Answer {
        if let Some(&answer) = self.exact.get(path) {
            return answer;
        }
        let longest = (1..=path.len()).rev().find_map(|length| self.prefixes.get(&path[..length]));
        match longest {
            Some(&answer) if self.has_regex => answer.or(self.otherwise),
            Some(&answer) => answer,
            None => self.otherwise,
        }
    }
}

/// What a location answers, as far as its own directives tell.
fn answer_of(location: Directive<'_>) -> Answer {
    /// Directives that leave a location to its files.
    const STATIC: [&str; 18] = [
        "access_log",
        "add_header",
        "alias",
        "allow",
        "auth_basic",
        "auth_basic_user_file",
        "auth_request",
        "charset",
        "default_type",
        "deny",
        "expires",
        "index",
        "internal",
        "location",
        "log_not_found",
        "root",
        "satisfy",
        "types",
    ];
    let mut answer = Answer::Page;
    for child in location.children() {
        let name = child.name();
        if name == "return" {
            return match child.arg(0).and_then(Value::known).as_deref() {
                Some(b"301" | b"302" | b"303" | b"307" | b"308") => Answer::Redirect,
                Some(code) if code.iter().all(u8::is_ascii_digit) => Answer::Page,
                _ => Answer::Redirect,
            };
        }
        let redirects = |value: Value<'_>| value.is(b"redirect") || value.is(b"permanent");
        if name == "rewrite" && child.args().any(redirects) {
            return Answer::Redirect;
        }
        if !STATIC.contains(&&*name) {
            answer = Answer::Unknown;
        }
    }
    answer
}
