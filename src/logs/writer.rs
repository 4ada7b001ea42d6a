//! Which servers of a configuration write which access log, and in which formats.

use crate::config::{apache::Value as HttpdValue, nginx::Value as NginxValue};
use crate::grammar::{apache as httpd_grammar, nginx::id};
use crate::policy::either::Policy;
use crate::policy::request::Request;
use crate::policy::{apache, nginx};
use crate::syntax::logs::Format;

const CUSTOM_LOG: httpd_grammar::Id = httpd_grammar::id("CustomLog");
const TRANSFER_LOG: httpd_grammar::Id = httpd_grammar::id("TransferLog");

/// A server, and the files that its access logs go to.
#[derive(Clone, Debug)]
pub struct Writer {
    /// A request for its `/`.
    pub request: Request,
    /// The files, as the configuration names them.
    pub files: Vec<Vec<u8>>,
}

/// The formats that a configuration defines.
#[must_use]
pub fn formats(policy: &Policy<'_>) -> Vec<Format> {
    let mut list = Vec::new();
    match policy {
        Policy::Nginx(policy) => {
            for directive in policy.site.directives("log_format") {
                let mut words = directive.args().filter_map(NginxValue::known);
                let Some(name) = words.next() else { continue };
                let text: Vec<u8> = words
                    .filter(|word| !word.starts_with(b"escape="))
                    .flat_map(|word| word.to_vec())
                    .collect();
                list.push(Format::nginx(&String::from_utf8_lossy(&name), &text));
            }
        }
        Policy::Apache(policy) => {
            for name in ["LogFormat", "CustomLog"] {
                for directive in policy.site.directives(name) {
                    let word = |index| directive.arg(index).and_then(HttpdValue::known);
                    // `LogFormat "text" name`, `CustomLog file "text"`
                    let (text, called) = if name == "LogFormat" {
                        (word(0), word(1))
                    } else {
                        (word(1).filter(|text| text.contains(&b'%')), word(0))
                    };
                    if let Some(text) = text {
                        let called = called.unwrap_or_default();
                        list.push(Format::httpd(&String::from_utf8_lossy(&called), &text));
                    }
                }
            }
        }
    }
    list.retain(Format::is_telling);
    list
}

/// The servers of a configuration.
#[must_use]
pub fn writers(policy: &Policy<'_>) -> Vec<Writer> {
    match policy {
        Policy::Nginx(policy) => {
            let servers = policy.places().filter(|place| place.kind() == nginx::Kind::Server);
            servers.filter_map(of_nginx).collect()
        }
        Policy::Apache(policy) => {
            let main = files_of(policy, policy.servers[0].defaults);
            let mut list: Vec<Writer> = Vec::new();
            for server in &policy.servers {
                let place = policy.at(server.defaults);
                let Some(request) = place.request_for(b"/") else { continue };
                let mut files = files_of(policy, server.defaults);
                if files.is_empty() {
                    files.clone_from(&main);
                }
                list.push(Writer { request, files });
            }
            list
        }
    }
}

fn of_nginx(server: nginx::Place<'_, '_>) -> Option<Writer> {
    let ids = [id!("access_log")];
    let request = server.request_for(b"/")?;
    let inner = server.descendants().flat_map(|place| place.own_all(&[id!("access_log")]));
    let all = server.list(&ids).directives.into_iter().chain(inner);
    let files = all.filter_map(|directive| Some(directive.arg(0)?.known()?.into_owned())).collect();
    Some(Writer { request, files })
}

fn files_of(policy: &apache::Policy<'_>, section: apache::SectionId) -> Vec<Vec<u8>> {
    let logs = policy.get(section).all(&[CUSTOM_LOG, TRANSFER_LOG]);
    logs.filter_map(|own| Some(own.directive.arg(0)?.known()?.into_owned())).collect()
}
