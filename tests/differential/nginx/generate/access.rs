//! Access control: passwords, addresses, a service that is asked, and how they are combined.

use super::settings::Level;
use super::{Feature, Generator};
use crate::conf::{Node, block, line};

const FILES: [&str; 13] = [
    "htpasswd",
    "htpasswd",
    "htpasswd",
    "htpasswd",
    "hashes",
    "hashes",
    "missing",
    "folder",
    "empty",
    "odd",
    "unreadable",
    "users/$host",
    "users/$arg_file",
];

impl Generator {
    pub(super) fn access(&mut self, level: Level, nodes: &mut Vec<Node>) {
        if self.uses(Feature::Basic, 45) {
            let realm = self.rng.pick(&[
                "R",
                "R",
                "\"Two words\"",
                "off",
                "off",
                "''",
                "$realm",
                "$by_address",
                "On",
                "a$arg_x",
            ]);
            nodes.push(line(format!("auth_basic {realm}")));
        }
        if self.uses(Feature::Basic, if level == Level::Server { 85 } else { 25 }) {
            let file = if self.rng.chance(50) { "htpasswd" } else { self.rng.pick(&FILES) };
            nodes.push(line(format!("auth_basic_user_file {file}")));
        }
        if self.uses(Feature::Addresses, 40) {
            for _ in 0..self.rng.between(1, 3) {
                let kind = self.rng.pick(&["allow", "deny"]);
                let network = self.rng.pick(&[
                    "127.0.0.1",
                    "127.0.0.2",
                    "127.0.0.0/30",
                    "127.0.0.2/31",
                    "all",
                    "all",
                    "10.0.0.0/8",
                    "::1",
                    "10.1.2.3",
                    "unix:",
                ]);
                nodes.push(line(format!("{kind} {network}")));
            }
        }
        if level == Level::LimitExcept {
            return;
        }
        if self.uses(Feature::Satisfy, 40) {
            let how = self.rng.pick(&["any", "any", "all", "ANY"]);
            nodes.push(line(format!("satisfy {how}")));
        }
        if level != Level::Http && self.uses(Feature::AuthRequest, 35) {
            let target = match self.rng.below(10) {
                0 => "off".to_owned(),
                1 => self.path(),
                2 if self.has(Feature::Proxy) => "/auth/proxied".to_owned(),
                3 => "/auth/with?query=1".to_owned(),
                _ => format!(
                    "/auth/{}",
                    self.rng.pick(&[
                        "200",
                        "204",
                        "401",
                        "403",
                        "404",
                        "302",
                        "500",
                        "file",
                        "rewritten"
                    ])
                ),
            };
            nodes.push(line(format!("auth_request {target}")));
            if self.rng.chance(25) {
                let value = self.rng.pick(&["$upstream_http_x_user", "$arg_x", "$uri", "a", "$v1"]);
                nodes.push(line(format!("auth_request_set $v0 {value}")));
            }
        }
        if self.uses(Feature::RealIp, 40) {
            for _ in 0..self.rng.between(1, 2) {
                let from = self.rng.pick(&[
                    "127.0.0.1",
                    "127.0.0.2",
                    "127.0.0.0/8",
                    "10.0.0.0/8",
                    "unix:",
                ]);
                nodes.push(line(format!("set_real_ip_from {from}")));
            }
            if self.rng.chance(50) {
                let header = self.rng.pick(&["X-Forwarded-For", "X-Real-IP", "X-Tag"]);
                nodes.push(line(format!("real_ip_header {header}")));
            }
            if self.rng.chance(40) {
                let how = self.rng.pick(&["on", "off"]);
                nodes.push(line(format!("real_ip_recursive {how}")));
            }
        }
    }

    /// What auth subrequests ask.
    pub(super) fn auth_locations(&mut self) -> Vec<Node> {
        let answer = |code: &str| {
            block(format!("location = /auth/{code}"), vec![line(format!("return {code}"))])
        };
        let mut inner: Vec<Node> = ["200", "204", "401", "403", "404", "500"].map(answer).into();
        inner.push(block("location = /auth/302", vec![line("return 302 /login")]));
        let root = format!("root {}/html", self.folder);
        inner.push(block("location = /auth/file", vec![line(root), line("try_files /a/f =404")]));
        let flag = self.rng.pick(&["last", "break"]);
        inner.push(block(
            "location = /auth/rewritten",
            vec![line(format!("rewrite ^ /auth/401 {flag}"))],
        ));
        if self.has(Feature::Proxy) {
            let host = self.rng.below(4);
            let target = format!("proxy_pass http://127.0.0.1:{}", self.ports.inner);
            let headers = format!("proxy_set_header Host in{host}.test");
            let length = "proxy_set_header Content-Length ''";
            inner.push(block(
                "location = /auth/proxied",
                vec![
                    line(target),
                    line(headers),
                    line(length),
                    line("proxy_pass_request_body off"),
                ],
            ));
        }
        let mut around = if self.rng.chance(60) { vec![line("internal")] } else { Vec::new() };
        around.extend(inner);
        if self.rng.chance(30) {
            around.push(line("deny all"));
        }
        let modifier = self.rng.pick(&["", "^~ "]);
        vec![block(format!("location {modifier}/auth/"), around)]
    }
}
