//! nginx does not expand environment variables: `${API_TOKEN}` is a variable of nginx's own, and nothing sets it.

use crate::config::nginx::{Directive, Site, variables};
use crate::diagnostic::Findings;
use crate::grammar::nginx::{Directive as Known, id};
use memchr::memmem;
use std::collections::HashSet;

rule! {
    "nginx/env-in-conf" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "an environment variable stands in the configuration, and nginx does not expand it",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let everything_is_here =
        site.data.complete && !site.includes().any(|(_, include)| include.outcome.is_unknown());
    if !everything_is_here {
        return;
    }
    let mut set = None;
    let mut told = HashSet::new();
    let starts_shouted = |rest: &[u8]| {
        rest.strip_prefix(b"{").unwrap_or(rest).first().is_some_and(u8::is_ascii_uppercase)
    };
    for (directive, value) in site.values_with_variable(starts_shouted) {
        let Some(text) = value.known() else { continue };
        if text.starts_with(b"~") || !directive.known().is_some_and(is_read_by_nginx) {
            continue;
        }
        for variable in variables(&text) {
            let glued =
                variable.range.start > 0 && text[variable.range.start - 1].is_ascii_alphanumeric();
            if glued || !is_shouted(variable.name) || is_known(variable.name) {
                continue;
            }
            let set = set.get_or_insert_with(|| names_set(*site));
            let name = String::from_utf8_lossy(variable.name).into_owned();
            if set.contains(&name.to_ascii_lowercase().into_bytes()) {
                continue;
            }
            if told.insert((value.location().file, name.clone())) {
                findings.push(
                    RULE.at(value.location())
                        .message(format!("nginx does not expand environment variables and nothing sets `${name}`: nginx refuses the value or takes it as it stands"))
                        .label("not expanded")
                        .help(format!("fill `{name}` in before nginx reads the file: `envsubst` does so, and the nginx image runs it for /etc/nginx/templates/*.template")),
                );
            }
        }
    }
}

/// Whether the arguments are nginx's to read, not a script's.
fn is_read_by_nginx(directive: &'static Known) -> bool {
    const SCRIPTS: [crate::grammar::nginx::Id; 2] = [id!("perl"), id!("perl_set")];
    directive.is_core() && !SCRIPTS.contains(&directive.id)
}

/// Whether a name is written as those of environment variables are: `API_TOKEN`.
fn is_shouted(name: &[u8]) -> bool {
    name.len() > 2
        && name[0].is_ascii_uppercase()
        && name
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// What the names of families of nginx's variables start with.
const FAMILIES: &str = "arg_ cookie_ geoip_ http_ proxy_protocol_tlv_ sent_http_ sent_trailer_ ssl_ tcpinfo_ trailer_ upstream_";

/// The other variables of nginx.
const VARIABLES: &str = "ancient_browser args binary_remote_addr body_bytes_sent bytes_received bytes_sent connection connection_requests \
    connection_time connections_active connections_reading connections_waiting connections_writing content_length \
    content_type date_gmt date_local document_name document_root document_uri fastcgi_path_info fastcgi_script_name \
    gzip_ratio host hostname http2 http3 https invalid_referer is_args is_request_port limit_conn_status limit_rate \
    limit_req_status memcached_key modern_browser msec msie nginx_version pid pipe protocol proxy_add_x_forwarded_for \
    proxy_host proxy_internal_body_length proxy_internal_chunked proxy_port proxy_protocol_addr proxy_protocol_port \
    proxy_protocol_server_addr proxy_protocol_server_port query_string quic realip_remote_addr realip_remote_port \
    realpath_root remote_addr remote_port remote_user request request_body request_body_file request_completion \
    request_filename request_id request_length request_method request_port request_time request_uri scheme secure_link \
    secure_link_expires server_addr server_name server_port server_protocol session_time slice_range status time_iso8601 \
    time_local uid_got uid_reset uid_set uri";

/// Whether nginx has a variable of this name; letter case does not count in them.
fn is_known(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    FAMILIES.split(' ').any(|family| name.starts_with(family.as_bytes()))
        || VARIABLES.split(' ').any(|variable| variable.as_bytes() == name)
}

/// The variables that anything here may set, in small letters: an argument that is nothing but a variable, of a directive
/// that sets one or of a module's, and named captures.
fn names_set(site: Site<'_>) -> HashSet<Vec<u8>> {
    let mut names = HashSet::new();
    for (directive, value) in site.values_with(b"$") {
        if let Some(name) = value.decoded().strip_prefix(b"$")
            && sets(directive)
        {
            names.insert(name.to_ascii_lowercase());
        }
    }
    for (_, value) in site.values_with(b"(?") {
        let text = value.decoded();
        for start in memmem::find_iter(&text, b"(?") {
            let rest = &text[start + 2..];
            let rest = rest.strip_prefix(b"P").unwrap_or(rest);
            if let [b'<' | b'\'', name @ ..] = rest {
                let length = name
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                    .count();
                names.insert(name[..length].to_ascii_lowercase());
            }
        }
    }
    names
}

fn sets(directive: Directive<'_>) -> bool {
    const SET: [&str; 7] =
        ["set", "map", "geo", "split_clients", "auth_request_set", "perl_set", "if"];
    directive.known().is_none_or(|known| !known.is_core() || SET.contains(&known.name))
}
