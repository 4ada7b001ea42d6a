//! nginx: `policy::nginx` beside each nginx that is here.

mod generate;
mod items;
mod server;
mod text;

use crate::conf::Node;
use crate::items::Item;
use crate::kind::{Kind, Round};
use crate::support::binary::Binary;
use crate::support::case::Server;
use crate::support::server::NotStarted;
use lint401::config::Target;
use lint401::config::target::Libc;
use std::any::Any;
use std::io;
use std::ops::Range;
use std::path::Path;

/// Mistakes that have fixes, and some that have none.
const SLIPS: [&str; 48] = [
    "auth_basic Off",
    r#"auth_basic "off ""#,
    "auth_basic OFF",
    "auth_basic staff only",
    r#"auth_basic_user_file "htpasswd ""#,
    "auth_basci off",
    "satisfy All",
    "satisfy Any",
    "deny al",
    "deny ALL",
    "allow 10.0.0.1/8",
    "allow 10.0.0.0/33",
    "add_header X-Note a b",
    "add_header X-Frame-Options DENY",
    "add_header Access-Control-Allow-Origin *",
    r#"add_header Access-Control-Allow-Headers "Content-Type""#,
    r#"add_header WWW-Authenticate "Basic realm=x""#,
    r#"add_header Cache-Control "public, max-age=600" always"#,
    "proxy_hide_header WWW-Authenticate",
    "proxy_pass_header Authorization",
    r#"proxy_set_header Authorization """#,
    "proxy_set_header Host $host",
    "proxy_set_header X-Remote-User $remote_user",
    "proxy_set_header Connection close",
    "auth_request /auth",
    "auth_request_set $user $upstream_http_x_user",
    "proxy_cache_valid any 1m",
    "proxy_cache_valid 401 1m",
    "error_page 401 /login",
    "error_page 401 =200 /f",
    "error_page 401 = @login",
    "return 401",
    "root html; root html",
    "satisfy any; satisfy all",
    "# lint401: ignore[nginx/no-such-rule] why",
    "# lint401: ignore[nginx/basic-off-misspelt]",
    "limit_except GET { deny all }",
    "if ($request_method = OPTIONS) { return 204; } #",
    "internal; internal",
    "include missing.conf",
    "proxy_intercept_errors on",
    "auth_delay 1s",
    "try_files $uri =401",
    "access_log off; access_log off",
    "server_name_in_redirect on",
    "auth_basic “Staff”",
    "allow 127.0.0.1; deny all; allow all",
    "deny all; deny all",
];

/// Requests to each site of a round.
const REQUESTS: usize = 40;

/// Any nginx.
#[derive(Debug)]
pub(crate) struct Nginx;

impl Kind for Nginx {
    fn server(&self) -> Server {
        Server::Nginx
    }

    fn seeds(&self) -> Range<u64> {
        1..11
    }

    fn items(&self) -> &'static [Item] {
        &items::ITEMS
    }

    fn round(&self, seed: u64, ports: &[u16; 9], folder: &Path, sites: usize) -> io::Result<Round> {
        let named = folder.display().to_string();
        let round = generate::round(seed, server::ports(ports), &named, sites, REQUESTS);
        server::write(&round, folder)?;
        Ok(Round { nodes: round.http, requests: round.requests })
    }

    fn write(&self, nodes: &[Node], folder: &Path) -> io::Result<()> {
        server::write_main(nodes, folder)
    }

    fn text(&self, nodes: &[Node]) -> String {
        text::text(nodes)
    }

    fn slips(&self) -> &'static [&'static str] {
        &SLIPS
    }

    fn start_stub(&self, binary: &Binary, ports: &[u16; 9]) -> Result<Box<dyn Any>, NotStarted> {
        Ok(Box::new(server::start_stub(binary, server::ports(ports).stub)?))
    }

    /// In every other round the version is told.
    fn target(&self, binary: &Binary, seed: u64) -> Target {
        let part =
            |at: usize| u16::try_from(binary.version.get(at).copied().unwrap_or(0)).unwrap_or(0);
        Target {
            nginx: seed.is_multiple_of(2).then(|| (part(0), part(1), part(2))),
            libc: Some(if binary.libc == "musl" { Libc::Musl } else { Libc::Glibc }),
            ..Target::default()
        }
    }
}
