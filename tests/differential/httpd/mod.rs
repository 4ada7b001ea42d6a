//! httpd: `policy::apache` beside the httpd that is here.

mod files;
mod generate;
mod items;
mod stub;
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
use std::ops::Range;
use std::path::Path;
use std::{fs, io};

/// Mistakes that have fixes, and some that have none.
const SLIPS: [&str; 55] = [
    "Require valid-user # staff only",
    "Require all granted # public",
    "Require all deny",
    "Require all allowed",
    "Requre valid-user",
    "Require user alice, bob",
    "Require ip 10.0.0.1/8",
    "Require ip 10.0.0.0/33",
    "Require not ip 10.0.0.1",
    "Require host .test",
    "Require env=x",
    "Require valid-users",
    "AuthName Staff only",
    r#"AuthName "Staff" # why"#,
    "AuthType basic",
    "AuthType Basik",
    "AuthType none",
    "AuthBasicProvider files",
    r#"AuthUserFile "htpasswd" "#,
    "AuthUserFile htpasswd # users",
    "Satisfy Any",
    "Satisfy all",
    "Order Deny,Allow",
    "Order deny, allow",
    "Order allow,deny\nAllow from all",
    "Allow from all",
    "Deny from all",
    "Allow from 10.0.0.1/8",
    "Header set Access-Control-Allow-Origin *",
    "Header unset WWW-Authenticate",
    "Header always unset WWW-Authenticate",
    r#"Header set Cache-Control "public, max-age=600""#,
    "Header set X-Note a b",
    "RequestHeader unset Authorization",
    "RewriteEngine On\nRewriteRule ^x$ /y [R,L",
    "RewriteEngine On\nRewriteRule ^x$ - [F, L]",
    "RewriteRule .* - [E=A:%{HTTP:Authorization}]",
    r#"SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1"#,
    "AllowOverride none",
    "AllowOverride Auth",
    "Options Indexes +FollowSymLinks",
    "ErrorDocument 401 http://x.test/login",
    "ErrorDocument 401 login.html",
    r#"ErrorDocument 401 "no" entry"#,
    "# lint401: ignore[apache/no-such-rule] why",
    "# lint401: ignore[apache/trailing-comment]",
    "<Limit GET>\nRequire valid-user\n</Limit>",
    "<LimitExcept get>\nRequire valid-user\n</LimitExcept>",
    "<RequireAll>\nRequire all granted\n</RequireAll>",
    "AuthMerging and",
    "AuthMerging Or",
    "AuthGroupFile missing",
    "Require group",
    "Require",
    "<Files .ht*>\nRequire all granted\n</Files>",
];

/// Requests to each site of a round.
const REQUESTS: usize = 40;

/// Any httpd.
#[derive(Debug)]
pub(crate) struct Httpd;

impl Kind for Httpd {
    fn server(&self) -> Server {
        Server::Apache
    }

    fn seeds(&self) -> Range<u64> {
        1..11
    }

    fn items(&self) -> &'static [Item] {
        &items::ITEMS
    }

    fn round(&self, seed: u64, ports: &[u16; 9], folder: &Path, sites: usize) -> io::Result<Round> {
        files::write(folder, sites)?;
        Ok(generate::round(seed, ports, &folder.display().to_string(), sites, REQUESTS))
    }

    fn write(&self, nodes: &[Node], folder: &Path) -> io::Result<()> {
        files::clear(folder)?;
        fs::write(folder.join("httpd.conf"), "")?;
        for (name, text) in text::files(nodes) {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    fn text(&self, nodes: &[Node]) -> String {
        text::text(nodes)
    }

    fn slips(&self) -> &'static [&'static str] {
        &SLIPS
    }

    fn start_stub(&self, _: &Binary, ports: &[u16; 9]) -> Result<Box<dyn Any>, NotStarted> {
        // another program was quicker, or there are no ports at all
        let stub = stub::Stub::start(generate::Ports::of(ports).stub);
        Ok(Box::new(stub.map_err(|_| NotStarted::PortTaken)?))
    }

    /// In every other round the version is told.
    fn target(&self, binary: &Binary, seed: u64) -> Target {
        let part =
            |at: usize| u16::try_from(binary.version.get(at).copied().unwrap_or(0)).unwrap_or(0);
        Target {
            apache: seed.is_multiple_of(2).then(|| (part(0), part(1), part(2))),
            libc: Some(Libc::Glibc),
            user: Some("www-data".to_owned()),
            ..Target::default()
        }
    }
}
