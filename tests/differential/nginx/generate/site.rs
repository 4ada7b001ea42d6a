//! Server blocks with locations.

use super::content::{Place, lone_caches};
use super::settings::Level;
use super::{Feature, Generator};
use crate::client::Sent;
use crate::conf::{Node, block, line};

const PATHS: [&str; 16] = [
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/a/f",
    "/b/",
    "/b",
    "/ab",
    "/dir/",
    "/dir/sub/",
    "/x.php",
    "/A",
    "/empty/",
    "/nowhere/",
    "/a/index.html",
    "/dir",
];
const INSIDE: [&str; 10] =
    ["", "f", "b", "/b/", "b/", "x.php", "sub/", "index.html", "/f", "missing"];

impl Generator {
    /// A server block and what it is asked.
    pub(super) fn site(&mut self, number: usize, each: usize) -> (Node, Vec<Sent>) {
        self.number = number;
        self.draw_features();
        let mut names = vec![format!("s{number}.test")];
        if self.rng.chance(10) {
            names.push(format!(".wild{number}.test"));
        }
        let listen = line(format!("listen 127.0.0.1:{}", self.ports.main));
        let name = line(format!("server_name {}", names.join(" ")));
        let server = self.server(vec![listen, name]);
        let requests = self.requests(number, each);
        (server, requests)
    }

    /// A server that others hand requests to.
    pub(super) fn inner_server(&mut self, number: usize) -> Node {
        self.number = 0;
        self.draw_features();
        self.features.retain(|feature| *feature != Feature::Proxy);
        let listen = line(format!("listen 127.0.0.1:{}", self.ports.inner));
        let socket = line(format!("listen unix:{}/inner.sock", self.folder));
        let mut head = vec![listen, socket, line(format!("server_name in{number}.test"))];
        if self.rng.chance(40) {
            let to = self.rng.pick(&["/a/f", "/b/", "/dir/", "@n0", "/nowhere?x=b"]);
            head.push(line(format!("add_header X-Accel-Redirect {to} always")));
        }
        if self.rng.chance(40) {
            head.push(line("add_header X-User $remote_user always"));
        }
        self.server(head)
    }

    fn server(&mut self, mut nodes: Vec<Node>) -> Node {
        self.paths.clear();
        self.named.clear();
        for _ in 0..self.rng.between(2, 5) {
            let path = self.rng.pick(&PATHS).to_owned();
            self.paths.push(path);
        }
        self.paths.dedup();
        for number in 0..self.rng.below(4) {
            self.named.push(format!("@n{number}"));
        }
        if self.rng.chance(70) {
            nodes.push(line("root html"));
        }
        if self.rng.chance(8) {
            nodes.push(line("merge_slashes off"));
        }
        if self.rng.chance(8) {
            nodes.push(line("underscores_in_headers on"));
        }
        let mut settings = self.settings(Level::Server);
        dedup_settings(&mut settings);
        if self.uses(Feature::Snippets, 50) {
            self.snippet(&mut settings);
        }
        nodes.extend(settings);
        if self.uses(Feature::ServerCode, 60) {
            let mut code = self.code(false);
            if self.rng.chance(60) {
                // an answer without a condition would be the only one
                code.retain(|node| node.name() != "return");
            }
            nodes.extend(code);
        }
        if self.has(Feature::AuthRequest) {
            nodes.extend(self.auth_locations());
        }
        let paths = self.paths.clone();
        nodes.extend(self.locations(&paths));
        for name in self.named.clone() {
            nodes.push(self.location("", &name, Place::Named, 3));
        }
        lone_caches(&mut nodes);
        // the order counts for code, locations and patterns only among themselves
        self.rng.shuffle(&mut nodes);
        block("server", nodes)
    }

    fn locations(&mut self, paths: &[String]) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut used: Vec<(bool, String)> = vec![(false, "/auth/".into())];
        for path in paths {
            let is_exact = self.rng.chance(15);
            if used.contains(&(is_exact, path.clone())) {
                continue;
            }
            used.push((is_exact, path.clone()));
            if is_exact {
                nodes.push(self.location("= ", path, Place::Exact, 3));
            } else {
                let modifier = self.rng.pick(&["", "", "", "^~ ", "^~"]);
                nodes.push(self.location(modifier, path, Place::Prefix, 0));
            }
        }
        for _ in 0..self.rng.below(3) {
            let (modifier, pattern) = (self.rng.pick(&["~ ", "~ ", "~* "]), self.pattern());
            nodes.push(self.location(modifier, pattern, Place::Regex, 0));
        }
        nodes
    }

    fn location(&mut self, modifier: &str, name: &str, place: Place, depth: usize) -> Node {
        let level = if place == Place::Named { Level::Named } else { Level::Location };
        let mut nodes = self.settings(level);
        if self.uses(Feature::Snippets, 25) {
            self.snippet(&mut nodes);
        }
        if place != Place::Named && self.uses(Feature::Internal, 25) {
            nodes.push(line("internal"));
        }
        if self.uses(Feature::LimitExcept, 40) {
            nodes.push(self.limit_except());
        }
        nodes.extend(self.content(place));
        dedup_settings(&mut nodes);
        let answers = nodes
            .iter()
            .any(|node| matches!(node.name(), "proxy_pass" | "try_files" | "root" | "alias"));
        if self.uses(Feature::Code, 45) {
            nodes.extend(self.code(true));
        } else if !answers && self.rng.chance(if place == Place::Named { 60 } else { 35 }) {
            nodes.push(self.answer());
        }
        if self.uses(Feature::Nested, 60)
            && depth < 2
            && !matches!(place, Place::Exact | Place::Named)
        {
            nodes.extend(self.nested(name, place, depth));
        }
        self.rng.shuffle(&mut nodes);
        block(format!("location {modifier}{name}"), nodes)
    }

    /// Locations in a location. In one with a pattern only patterns may stand.
    fn nested(&mut self, name: &str, place: Place, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut used = Vec::new();
        for _ in 0..self.rng.between(1, 2) {
            if place == Place::Regex || self.rng.chance(30) {
                let (modifier, pattern) = (self.rng.pick(&["~ ", "~* "]), self.pattern());
                nodes.push(self.location(modifier, pattern, Place::Regex, depth + 1));
                continue;
            }
            let path = format!("{name}{}", self.rng.pick(&INSIDE));
            let is_exact = self.rng.chance(20);
            if used.contains(&(is_exact, path.clone())) {
                continue;
            }
            used.push((is_exact, path.clone()));
            self.paths.push(path.clone());
            let place = if is_exact { Place::Exact } else { Place::Prefix };
            let modifier = if is_exact { "= " } else { self.rng.pick(&["", "", "^~ "]) };
            nodes.push(self.location(modifier, &path, place, depth + 1));
        }
        nodes
    }
}

/// A setting that is no list may stand once in a block; a header that is set twice would be refused by the stub.
fn dedup_settings(nodes: &mut Vec<Node>) {
    let mut seen = Vec::new();
    // the last one stays: it keeps requests from going round in circles
    nodes.reverse();
    nodes.retain(|node| {
        let words = match node.name() {
            "proxy_pass_request_headers"
            | "proxy_pass_request_body"
            | "proxy_method"
            | "root"
            | "proxy_cache" => 1,
            "proxy_set_header" => 2,
            _ => return true,
        };
        let key = node.words.split(' ').take(words).collect::<Vec<_>>().join(" ");
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new
    });
    nodes.reverse();
}
