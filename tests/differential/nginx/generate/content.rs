//! What answers in a location: files, `try_files`, other servers.

use super::{Feature, Generator};
use crate::conf::{Node, line};

/// Caches of a round.
pub(super) const CACHES: usize = 40;

/// Takes the caches away that a block inside hands on with as well: what is kept then is more than can be told.
pub(super) fn lone_caches(nodes: &mut [Node]) {
    for node in nodes.iter_mut() {
        let Some(inner) = &mut node.inner else { continue };
        lone_caches(inner);
        if inner.iter().filter_map(|node| node.inner.as_ref()).any(|inner| hands_on(inner)) {
            inner.retain(|node| !node.words.starts_with("proxy_cache c"));
        }
    }
}

fn hands_on(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| {
        node.name() == "proxy_pass" || node.inner.as_ref().is_some_and(|inner| hands_on(inner))
    })
}

/// What a location is, as far as its content depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Prefix,
    Exact,
    Regex,
    Named,
}

impl Generator {
    /// The directives that make the content of a location.
    pub(super) fn content(&mut self, place: Place) -> Vec<Node> {
        let mut nodes = Vec::new();
        if self.uses(Feature::Roots, 40) {
            let folder = self.folder.clone();
            let is_aliased = place != Place::Named && self.rng.chance(45);
            nodes.push(line(if is_aliased {
                let to = match place {
                    Place::Regex => self.rng.pick(&["html/a/f", "html/$1", "docs/"]),
                    Place::Exact => self.rng.pick(&["html/a/f", "docs/", "html/hollow"]),
                    _ => self.rng.pick(&[
                        "html/",
                        "html/a/",
                        "docs/",
                        "docs",
                        "html/hollow/",
                        "html/dir/",
                    ]),
                };
                if self.rng.chance(50) {
                    format!("alias {folder}/{to}")
                } else {
                    format!("alias {to}")
                }
            } else {
                let to = self.rng.pick(&[
                    "html",
                    "docs",
                    "hollow",
                    "html/dir",
                    "docs/",
                    "absent",
                    "html/$arg_x",
                    "$v0",
                ]);
                if self.rng.chance(50) {
                    format!("root {folder}/{to}")
                } else {
                    format!("root {to}")
                }
            }));
        }
        if self.uses(Feature::TryFiles, 50) {
            nodes.push(self.try_files());
        }
        if self.uses(Feature::Proxy, 50) {
            // nginx 1.22 crashes where `try_files` leaves less than the location's name to be replaced
            let tries = nodes.iter().any(|node| node.name() == "try_files");
            nodes.extend(self.proxy(place, !tries));
        } else if self.rng.chance(4) {
            nodes.push(line("empty_gif"));
        }
        nodes
    }

    fn try_files(&mut self) -> Node {
        let mut words = Vec::new();
        for _ in 0..self.rng.between(1, 2) {
            let path = self.path();
            words.push(match self.rng.below(8) {
                0..=2 => "$uri".to_owned(),
                3 => "$uri/".to_owned(),
                4 => "/a/f".to_owned(),
                5 => "$uri/index.html".to_owned(),
                6 => "/$seg".to_owned(),
                _ => path,
            });
        }
        words.push(match self.rng.below(10) {
            0 | 1 => "=404".to_owned(),
            2 => self.rng.pick(&["=403", "=401", "=500", "=204"]).to_owned(),
            3..=5 if !self.named.is_empty() => self.rng.one(&self.named),
            6 => format!("{}?x=a&$args", self.path()),
            7 => "$back".to_owned(),
            8 => "@none".to_owned(),
            _ => self.path(),
        });
        line(format!("try_files {}", words.join(" ")))
    }

    /// `proxy_pass` without a URI, as it may stand anywhere.
    pub(super) fn proxy_plain(&mut self) -> Vec<Node> {
        let port = if self.rng.chance(40) { self.ports.stub } else { self.ports.inner };
        vec![line(format!("proxy_pass http://127.0.0.1:{port}"))]
    }

    fn proxy(&mut self, place: Place, can_replace: bool) -> Vec<Node> {
        let Self { ports, .. } = *self;
        let (port, is_main) = match self.rng.below(10) {
            0..=3 => (ports.stub, false),
            4 if self.number > 0 => (ports.main, true),
            _ => (ports.inner, false),
        };
        let can_have_uri = can_replace && matches!(place, Place::Prefix | Place::Exact);
        let uri = match self.rng.below(10) {
            0..=2 if can_have_uri => self.rng.pick(&["/", "/b/", "/a", "/dir/?x=a"]).to_owned(),
            3 => "$uri".to_owned(),
            4 => "/$arg_x".to_owned(),
            5 => "$request_uri".to_owned(),
            6 => "/a/f$is_args$args".to_owned(),
            _ => String::new(),
        };
        let to = match self.rng.below(6) {
            0 if port == ports.inner => "inner".to_owned(),
            0 if port == ports.stub => "stub".to_owned(),
            1 if port == ports.inner => {
                let colon = if uri.is_empty() { "" } else { ":" };
                format!("unix:{}/inner.sock{colon}", self.folder)
            }
            _ => format!("127.0.0.1:{port}"),
        };
        let mut nodes = vec![line(format!("proxy_pass http://{to}{uri}"))];
        if is_main {
            // only blocks before this one: requests must not go round in circles
            let host = self.rng.below(self.number);
            nodes.push(line(format!("proxy_set_header Host s{host}.test")));
        } else if self.rng.chance(50) {
            nodes.extend(self.proxy_headers());
        }
        if port == ports.inner && self.rng.chance(25) {
            nodes.extend(self.cache());
        }
        nodes
    }

    /// A cache of its own, as long as there are any left.
    fn cache(&mut self) -> Vec<Node> {
        if self.caches == CACHES {
            return Vec::new();
        }
        let mut nodes = vec![line(format!("proxy_cache c{}", self.caches))];
        self.caches += 1;
        if self.rng.chance(70) {
            let key = self.rng.pick(&[
                "$request_uri",
                "$request_uri|$http_authorization",
                "$request_uri|$http_authorization|$http_x_tag",
                "$request_uri|$cookie_c",
                "$request_uri|$http_cookie|$http_host",
                "$host$uri$is_args$args",
                "$uri|$args|$http_x_tag",
                "$uri",
            ]);
            nodes.push(line(format!("proxy_cache_key {key}")));
        }
        let valid = self.rng.pick(&["1m", "any 1m", "any 1m", "401 403 404 1m"]);
        nodes.push(line(format!("proxy_cache_valid {valid}")));
        if self.rng.chance(60) {
            nodes.push(line("add_header X-Cache $upstream_cache_status always"));
        }
        if self.rng.chance(50) {
            let what = self.rng.pick(&[
                "$http_authorization",
                "$cookie_c",
                "$http_x_tag $cookie_c",
                "$arg_y",
                "$http_cookie",
            ]);
            nodes.push(line(format!("proxy_cache_bypass {what}")));
            if self.rng.chance(80) {
                nodes.push(line(format!("proxy_no_cache {what}")));
            }
        }
        nodes
    }

    /// A list of headers for servers that are not this one.
    pub(super) fn proxy_headers(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        for _ in 0..self.rng.between(1, 2) {
            let inner = format!("Host in{}.test", self.rng.below(4));
            let header = self.rng.pick(&[
                inner.as_str(),
                inner.as_str(),
                "Host $host",
                "Host $http_host",
                "Host $proxy_host",
                "Authorization ''",
                "Authorization $http_authorization",
                "Authorization \"Basic YWxpY2U6c2VjcmV0\"",
                "Authorization \"Bearer $arg_x\"",
                "Authorization $arg_x",
                "X-Tag $arg_x",
                "X-Tag a",
                "X-Real-IP $remote_addr",
                "X-Forwarded-For $proxy_add_x_forwarded_for",
            ]);
            nodes.push(line(format!("proxy_set_header {header}")));
        }
        if self.rng.chance(12) {
            nodes.push(line("proxy_pass_request_headers off"));
        }
        if self.rng.chance(6) {
            nodes.push(line("proxy_pass_request_body off"));
            // what is announced and does not come is taken from the next request on the connection
            nodes.push(line("proxy_set_header Content-Length ''"));
        }
        if self.rng.chance(6) {
            nodes.push(line(format!(
                "proxy_method {}",
                self.rng.pick(&["POST", "GET", "PUT", "$request_method", "$m0"])
            )));
        }
        nodes
    }
}
