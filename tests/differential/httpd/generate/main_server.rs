//! What stands outside of virtual hosts: modules, sockets, and what holds for every site.

use super::Generator;
use crate::conf::{Node, block, line};

const MODULES: [&str; 23] = [
    "mpm_event",
    "authn_core",
    "authn_file",
    "authz_core",
    "authz_host",
    "authz_user",
    "authz_groupfile",
    "auth_basic",
    "auth_digest",
    "access_compat",
    "setenvif",
    "env",
    "mime",
    "dir",
    "alias",
    "rewrite",
    "remoteip",
    "headers",
    "cgid",
    "proxy",
    "proxy_http",
    "actions",
    "reqtimeout",
];

impl Generator {
    /// The main server, up to where the sites begin.
    pub(super) fn main_server(&mut self) -> Vec<Node> {
        let mut nodes: Vec<Node> = MODULES
            .iter()
            .map(|name| {
                line(format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"))
            })
            .collect();
        self.allows_methods = self.rng.chance(35);
        if self.allows_methods {
            nodes.push(line(
                "LoadModule allowmethods_module /usr/lib/apache2/modules/mod_allowmethods.so",
            ));
        }
        if self.rng.chance(30) {
            nodes.push(line(
                "LoadModule autoindex_module /usr/lib/apache2/modules/mod_autoindex.so",
            ));
        }
        for (name, value) in [
            ("TypesConfig", "mime.types"),
            ("LogLevel", "crit"),
            ("StartServers", "1"),
            ("ServerLimit", "2"),
            ("ThreadsPerChild", "48"),
            ("MaxRequestWorkers", "96"),
            ("KeepAlive", "On"),
            ("MaxKeepAliveRequests", "0"),
            ("KeepAliveTimeout", "60"),
            ("ScriptSock", "cgid.sock"),
            ("DocumentRoot", "t0"),
            ("Define", "GIVEN"),
        ] {
            nodes.push(line(format!("{name} {value}")));
        }
        nodes.push(line(format!("Listen 127.0.0.1:{}", self.ports.main)));
        for port in self.ports.shared {
            nodes.push(line(format!("Listen {port}")));
        }
        let root = self.rng.pick(&[
            "AllowOverride None",
            "AllowOverride None",
            "AllowOverride None",
            "AllowOverride All",
            "Options None",
        ]);
        let mut inner = vec![line(root)];
        let closed = self.rng.chance(30);
        if closed {
            inner.push(line("Require all denied"));
        }
        nodes.push(block("Directory \"/\"", inner));
        let mut inner = vec![line("AuthGroupFile groups")];
        if closed || self.rng.chance(20) {
            inner.push(line("Require all granted"));
        }
        if self.rng.chance(20) {
            inner.push(line("AuthUserFile htpasswd"));
        }
        nodes.push(block(format!("Directory \"{}\"", self.folder), inner));
        if self.rng.chance(30) {
            nodes.push(block(r#"FilesMatch "^\.ht""#, vec![line("Require all denied")]));
        }
        if self.rng.chance(60) {
            nodes.push(line("SetEnvIf X-Env yes trusted"));
        }
        if self.rng.chance(30) {
            nodes.push(block(
                "Location /open",
                vec![line(self.rng.pick(&[
                    "Require all granted",
                    "Satisfy any",
                    "AuthMerging Or",
                ]))],
            ));
        }
        nodes
    }
}
