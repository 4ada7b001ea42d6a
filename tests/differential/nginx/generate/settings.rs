//! Directives that blocks inside inherit.

use super::{Feature, Generator};
use crate::conf::{Node, block, line};

/// The block that settings stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Http,
    Server,
    Location,
    Named,
    LimitExcept,
}

impl Generator {
    /// Random settings for a block.
    pub(super) fn settings(&mut self, level: Level) -> Vec<Node> {
        let mut nodes = Vec::new();
        self.access(level, &mut nodes);
        if level == Level::LimitExcept {
            return nodes;
        }
        if level != Level::Http && self.uses(Feature::ErrorPage, 45) {
            for _ in 0..self.rng.between(1, 2) {
                nodes.push(self.error_page());
            }
        }
        if self.uses(Feature::ErrorPage, 20) {
            let how = self.rng.pick(&["on", "on", "off"]);
            nodes.push(line(format!("recursive_error_pages {how}")));
        }
        if self.uses(Feature::Headers, 35) {
            let always = self.rng.pick(&[" always", ""]);
            let header = self.rng.pick(&[
                "X-Tag $arg_x",
                "WWW-Authenticate 'Bearer realm=x'",
                "X-Empty $arg_z",
                "X-User \"$remote_user\"",
            ]);
            nodes.push(line(format!("add_header {header}{always}")));
        }
        if self.uses(Feature::BodySize, 40) {
            let size = self.rng.pick(&["4", "1k", "0", "16"]);
            nodes.push(line(format!("client_max_body_size {size}")));
        }
        if self.uses(Feature::Roots, 40) {
            let index = self.rng.pick(&[
                "index.php",
                "index.php index.html",
                "missing.html",
                "f /a/f",
                "/a/f",
                "sub/f index.html",
                "$http_x_tag index.html",
            ]);
            nodes.push(line(format!("index {index}")));
        }
        if self.uses(Feature::Roots, 20) {
            let how = self.rng.pick(&["on", "off"]);
            nodes.push(line(format!("autoindex {how}")));
        }
        if self.uses(Feature::Proxy, 30) {
            nodes.extend(self.proxy_headers());
        }
        if self.uses(Feature::Proxy, 20) {
            let how = self.rng.pick(&["on", "on", "off"]);
            nodes.push(line(format!("proxy_intercept_errors {how}")));
        }
        if level != Level::Http && self.uses(Feature::Proxy, 10) {
            nodes.push(line("proxy_cache answers"));
            nodes.push(line("proxy_cache_bypass $arg_x 1"));
            nodes.push(line("proxy_no_cache 1"));
        }
        if self.uses(Feature::Proxy, 15) {
            let header = self.rng.pick(&["WWW-Authenticate", "X-Tag", "X-Accel-Redirect"]);
            nodes.push(line(format!("proxy_hide_header {header}")));
        }
        nodes
    }

    /// `error_page` in all its forms.
    pub(super) fn error_page(&mut self) -> Node {
        let codes = self.rng.pick(&[
            "401",
            "403",
            "404",
            "401 403",
            "404 403 405",
            "500 502 503",
            "401 403 404 405 500",
            "400 410 413",
            "404",
            "418 429",
            "301 302",
            "495 497",
        ]);
        let how = self
            .rng
            .pick(&["", "", "", " =", " =", " =200", " =404", " =302", " =401", " =204", " =299"]);
        let to = match self.rng.below(12) {
            0..=2 if !self.named.is_empty() => self.rng.one(&self.named),
            3 => "https://x.test/login".to_owned(),
            4 => "/$arg_x".to_owned(),
            5 => "$back".to_owned(),
            6 => format!("{}?x=b", self.path()),
            7 => "@none".to_owned(),
            8 if self.rng.chance(30) => "/auth/401".to_owned(),
            _ => self.path(),
        };
        line(format!("error_page {codes}{how} {to}"))
    }

    /// Files that several blocks include.
    pub(super) fn make_snippets(&mut self) {
        let all: [(&str, &[&str]); 8] = [
            ("snippets/login.conf", &["auth_basic Staff", "auth_basic_user_file htpasswd"]),
            ("snippets/open.conf", &["auth_basic off", "allow all"]),
            ("snippets/local.conf", &["satisfy any", "allow 127.0.0.1", "deny all"]),
            ("snippets/deep.conf", &["include snippets/login.conf", "satisfy any"]),
            (
                "snippets/real.conf",
                &["set_real_ip_from 127.0.0.1", "real_ip_header X-Forwarded-For"],
            ),
            ("snippets/many/1.conf", &["deny 127.0.0.2"]),
            ("snippets/many/2.conf", &["allow 127.0.0.0/8"]),
            ("snippets/pages.conf", &["error_page 404 =200 /a/f", "error_page 401 /nowhere"]),
        ];
        for (name, lines) in all {
            self.snippets.push((name.to_owned(), lines.iter().map(|text| line(*text)).collect()));
        }
        let mut entries = |name: &str, key: &str| {
            let value = self.mapped_by_include();
            self.snippets.push((name.to_owned(), vec![line(format!("{key} {value}"))]));
        };
        entries("maps/1.map", "z");
        entries("maps/2.map", "~^included");
    }

    fn mapped_by_include(&mut self) -> &'static str {
        self.rng.pick(&["a", "b", "$arg_y"])
    }

    /// An include, and what it must not meet in the same block.
    pub(super) fn snippet(&mut self, nodes: &mut Vec<Node>) {
        let (name, sets): (&str, &[&str]) = self.rng.one(&[
            ("snippets/login.conf", &["auth_basic", "auth_basic_user_file"][..]),
            ("snippets/open.conf", &["auth_basic"]),
            ("snippets/local.conf", &["satisfy"]),
            ("snippets/deep.conf", &["auth_basic", "auth_basic_user_file", "satisfy"]),
            ("snippets/real.conf", &["real_ip_header"]),
            ("snippets/many/*.conf", &[]),
            ("snippets/none/*.conf", &[]),
            ("snippets/pages.conf", &[]),
        ]);
        nodes.retain(|node| !sets.contains(&node.name()));
        nodes.push(line(format!("include {name}")));
    }

    /// What names a location inside of another adds to its path.
    pub(super) fn limit_except(&mut self) -> Node {
        let methods = self.rng.pick(&["GET", "POST", "GET POST", "HEAD", "PUT DELETE", "OPTIONS"]);
        let mut inner = self.settings(Level::LimitExcept);
        if inner.is_empty() {
            inner.push(line(self.rng.pick(&[
                "deny all",
                "allow all",
                "auth_basic off",
                "auth_basic Limit",
            ])));
        }
        if self.uses(Feature::Proxy, 15) {
            inner.push(line(format!("proxy_pass http://127.0.0.1:{}", self.ports.inner)));
        }
        block(format!("limit_except {methods}"), inner)
    }
}
