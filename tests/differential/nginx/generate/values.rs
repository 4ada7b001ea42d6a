//! Values with variables, and the maps that some of them come from.

use super::Generator;
use crate::conf::{Node, block, line};

/// Variables and texts with them.
const VALUES: [&str; 33] = [
    "a",
    "b",
    "f",
    "0",
    "1",
    "''",
    "$arg_x",
    "$arg_y",
    "$uri",
    "$args",
    "$http_x_tag",
    "$cookie_c",
    "$request_method",
    "$host",
    "$seg",
    "$1",
    "$2",
    "$v0",
    "$v1",
    "$v2",
    "$m0",
    "$m1",
    "$m2",
    "$m3",
    "$g0",
    "$remote_addr",
    "$scheme",
    "$is_args",
    "$remote_user",
    "$arg_x$arg_y",
    "x${arg_x}y",
    "$server_name",
    "$http_authorization",
];

/// Patterns of `if`, `rewrite`, `map` and locations.
pub(super) const PATTERNS: [&str; 16] = [
    r"\.php$",
    "^/a",
    "b$",
    "^/(a|b)/(.*)$",
    "^/(?<seg>[^/]+)/(?<rest>.*)$",
    "/f$",
    "x",
    "^/dir/",
    "^/[a-b]+/?$",
    r"index\.html",
    "^/([^/]*)/?$",
    "A",
    "^.",
    "^(.*)/f$",
    "\"^/[a-z]{1,2}/\"",
    "^/$",
];

impl Generator {
    pub(super) fn value(&mut self) -> &'static str {
        self.rng.pick(&VALUES)
    }

    pub(super) fn pattern(&mut self) -> &'static str {
        self.rng.pick(&PATTERNS)
    }

    /// The maps of the round, and variables that settings use: `$realm`, `$by_address` and `$back`.
    pub(super) fn maps(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        for name in ["m0", "m1", "m2", "m3"] {
            // a map may use the ones before it
            let sources = [
                "$arg_x",
                "$uri",
                "$http_x_tag",
                "$request_method",
                "$host",
                "$cookie_c",
                "$v0",
                "$remote_addr",
                "$arg_x$arg_y",
                "$m0",
                "$g0",
                "$request_uri",
            ];
            let source = loop {
                let source = self.rng.pick(&sources);
                if source != "$m0" || name != "m0" {
                    break source;
                }
            };
            let mut lines = Vec::new();
            if self.rng.chance(20) {
                lines.push(line("hostnames"));
            }
            if self.rng.chance(60) {
                let value = self.mapped();
                lines.push(line(format!("default {value}")));
            }
            if self.rng.chance(25) {
                lines.push(line("volatile"));
            }
            let keys = [
                "a",
                "b",
                "A",
                "''",
                "GET",
                "POST",
                "/a/f",
                "127.0.0.1",
                "0",
                "~^a",
                "~*B$",
                "~^/(?<seg>a|b)",
                "~(.)/",
                "~x",
                "*.test",
                ".a.test",
                "s1.*",
                "\\default",
                "f",
            ];
            let mut used: Vec<String> = Vec::new();
            for _ in 0..self.rng.between(1, 5) {
                let key = self.rng.pick(&keys);
                if !used.contains(&key.to_lowercase()) {
                    used.push(key.to_lowercase());
                    let value = self.mapped();
                    lines.push(line(format!("{key} {value}")));
                }
            }
            if self.rng.chance(20) {
                lines.push(line("include maps/*.map"));
            }
            self.rng.shuffle(&mut lines);
            nodes.push(block(format!("map {source} ${name}"), lines));
        }
        let source = self.rng.pick(&["", "$arg_ip ", "$http_x_real_ip "]);
        let mut lines = vec![
            line("default a"),
            line("127.0.0.2 b"),
            line("127.0.0.0/30 c"),
            line("10.0.0.0/8 0"),
        ];
        self.rng.shuffle(&mut lines);
        nodes.push(block(format!("geo {source}$g0"), lines));
        let mut lines =
            vec![line("default off"), line("127.0.0.2/32 off"), line("127.0.0.0/30 Net")];
        self.rng.shuffle(&mut lines);
        nodes.push(block("geo $by_address", lines));
        nodes.push(block(
            "map $arg_realm $realm",
            vec![line("default Mapped"), line("off off"), line("none ''")],
        ));
        nodes.push(block(
            "map $arg_to $back",
            vec![
                line("default /"),
                line("a /a/f"),
                line("b /b/"),
                line("c /nowhere"),
                line("d /dir/sub/f"),
            ],
        ));
        nodes
    }

    fn mapped(&mut self) -> &'static str {
        self.rng.pick(&[
            "a",
            "b",
            "0",
            "1",
            "''",
            "off",
            "$arg_y",
            "$seg",
            "$1",
            "$host",
            "$http_x_tag",
            "x$arg_y",
        ])
    }
}
