//! The parts of nginx's behaviour, and how to see that each was exercised.

use crate::client::{Answer, Sent};
use crate::items::Item;
use crate::items::Sign::{self, Directive, File, Phase, Text, Told};

/// The parts by the chapter they belong to, in the order in which a request meets them. Chapters: 1 words, 2 blocks and
/// includes, 3 inheritance, 4 servers, 5 URIs and locations, 6 phases, 7 access control, 8 passwords, 9 subrequests that
/// decide, 10 addresses, 11 code, 12 redirects inside, 13 what is handed on, 14 headers of answers, 15 caches, 16 client
/// certificates, 17 variables, 18 statuses, 19 versions.
pub(super) const ITEMS: [Item; 62] = [
    ("1 quotes and escapes", Text("\"")),
    ("2 includes", File("snippets/")),
    ("3 inherited", Sign::Inherited),
    ("4.1 sockets", Phase("server")),
    ("4.2 default server", Told("of this socket")),
    ("4.3 spellings of the host", Sign::Sent(has_odd_host)),
    ("4.4 server names", Told("the name ")),
    ("5 URI normalisation", Sign::Sent(has_odd_path)),
    ("5 query", Sign::Sent(|sent| sent.target.contains('?'))),
    ("5 locations", Directive(&["location"])),
    ("5.1 exact locations", Text("location = ")),
    ("5.2 locations inside", Sign::Nested),
    ("5.3 pattern locations", Text("location ~")),
    ("5.3 ^~ locations", Text("location ^~")),
    ("5 slash redirects", Told("name ends in a slash")),
    ("5 internal", Directive(&["internal"])),
    ("5 limit_except", Directive(&["limit_except"])),
    ("5 client_max_body_size", Directive(&["client_max_body_size"])),
    ("6 three phases and more", Sign::Phases(3)),
    ("6 methods", Sign::Sent(|sent| sent.method != "GET")),
    ("6 bad requests", Phase("request")),
    ("7 satisfy", Directive(&["satisfy"])),
    ("7 access control", Phase("access")),
    ("8 auth_basic", Directive(&["auth_basic"])),
    ("8 password files", Directive(&["auth_basic_user_file"])),
    ("9 auth_request", Directive(&["auth_request"])),
    ("9 subrequests", Sign::Inside),
    ("10 allow and deny", Directive(&["allow", "deny"])),
    ("10 realip", Phase("real ip")),
    ("11 code of the server", Phase("server rewrite")),
    ("11 code of locations", Phase("rewrite")),
    ("11 if", Directive(&["if"])),
    ("11 rewrite", Directive(&["rewrite"])),
    ("11 return", Directive(&["return"])),
    ("12 error_page", Directive(&["error_page"])),
    ("12 named locations", Text("location @")),
    ("12 try_files", Directive(&["try_files"])),
    ("12 index", Phase("index")),
    ("12 X-Accel-Redirect", Told("X-Accel-Redirect")),
    ("12 redirect loops", Told("ten ")),
    ("13 other servers", Told("a server of this configuration")),
    ("13 methods handed on", Directive(&["proxy_method"])),
    ("13 UNIX sockets", Told("inner.sock")),
    ("13 Authorization handed on", Sign::Answer(|_, answer| answer.header("X-Stub").is_some())),
    ("14 challenges", Sign::Answer(|_, answer| answer.header("WWW-Authenticate").is_some())),
    ("14 headers added", Sign::Answer(|_, answer| has_added(answer))),
    ("15 caches passed by", Told("passes the cache by")),
    ("15 answers kept", Sign::Answer(|_, answer| answer.header("X-Cache") == Some("HIT"))),
    ("17 variables and maps", Text("$")),
    ("18 files", Told("the file /")),
    ("18 304 and 412", Sign::Answer(|_, answer| matches!(answer.status, 304 | 412))),
    ("18 ranges", Sign::Answer(|_, answer| matches!(answer.status, 206 | 416))),
    ("18 files elsewhere", Told(", if it is there")),
    ("18 missing files", Told("404")),
    ("18 200", Sign::Answer(|_, answer| answer.status == 200)),
    ("18 401", Sign::Answer(|_, answer| answer.status == 401)),
    ("18 403", Sign::Answer(|_, answer| answer.status == 403)),
    ("18 404", Sign::Answer(|_, answer| answer.status == 404)),
    ("18 500", Sign::Answer(|_, answer| answer.status == 500)),
    ("18 400", Sign::Answer(|_, answer| answer.status == 400)),
    ("19 several lines of a header", Sign::Sent(has_lines_of_one_name)),
    ("19 TRACE", Sign::Sent(|sent| sent.method == "TRACE")),
];

fn has_odd_host(sent: &Sent) -> bool {
    let odd = |host: &str| host.ends_with('.') || host.contains([':', 'S', 'A']);
    sent.host.as_deref().is_none_or(odd)
}

fn has_odd_path(sent: &Sent) -> bool {
    ["%", "/.", "//"].iter().any(|odd| sent.target.contains(odd))
}

fn has_lines_of_one_name(sent: &Sent) -> bool {
    let names = sent.headers.iter().map(|(name, _)| name);
    names
        .clone()
        .enumerate()
        .any(|(at, name)| names.clone().skip(at + 1).any(|other| other == name))
}

fn has_added(answer: &Answer) -> bool {
    ["X-Tag", "X-User", "X-If"].iter().any(|name| answer.header(name).is_some())
}
