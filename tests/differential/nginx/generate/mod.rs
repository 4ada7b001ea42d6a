//! Random configurations and the requests to ask them.
//!
//! A round is one configuration with many server blocks. Each block draws which features it has at all, and then how they
//! are combined: blocks that have everything at once would mostly answer the same.

mod access;
mod code;
mod content;
mod names;
mod requests;
mod settings;
mod site;
mod values;

use crate::client::Sent;
use crate::conf::{Node, block, line};
use crate::rng::Rng;

/// A part of nginx that a server block may use or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Basic,
    Addresses,
    Satisfy,
    AuthRequest,
    ErrorPage,
    ServerCode,
    Code,
    If,
    Proxy,
    TryFiles,
    Nested,
    RealIp,
    Headers,
    LimitExcept,
    Internal,
    Snippets,
    Roots,
    BodySize,
}

const FEATURES: [Feature; 18] = [
    Feature::Basic,
    Feature::Addresses,
    Feature::Satisfy,
    Feature::AuthRequest,
    Feature::ErrorPage,
    Feature::ServerCode,
    Feature::Code,
    Feature::If,
    Feature::Proxy,
    Feature::TryFiles,
    Feature::Nested,
    Feature::RealIp,
    Feature::Headers,
    Feature::LimitExcept,
    Feature::Internal,
    Feature::Snippets,
    Feature::Roots,
    Feature::BodySize,
];

/// The ports of a round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    /// Most server blocks listen here, each with a name.
    pub(crate) main: u16,
    /// Server blocks that others hand requests to.
    pub(crate) inner: u16,
    /// A server that is not part of the configuration.
    pub(crate) stub: u16,
    /// Server blocks that differ by sockets and names.
    pub(crate) shared: [u16; 4],
}

/// A configuration with its requests.
#[derive(Debug)]
pub(crate) struct Round {
    /// What stands in `http`.
    pub(crate) http: Vec<Node>,
    /// Files that are included.
    pub(crate) snippets: Vec<(String, Vec<Node>)>,
    pub(crate) requests: Vec<Sent>,
}

/// What a generator of one round works with.
struct Generator {
    rng: Rng,
    ports: Ports,
    /// The folder of the round.
    folder: String,
    features: Vec<Feature>,
    /// The statuses from 210 to 299 tell which directive answered.
    marks: u16,
    /// Paths that targets of redirects are taken from.
    paths: Vec<String>,
    /// Named locations of the server block.
    named: Vec<String>,
    /// The number of the server block.
    number: usize,
    snippets: Vec<(String, Vec<Node>)>,
    /// How many caches are used.
    caches: usize,
}

/// The round of a seed.
pub(crate) fn round(seed: u64, ports: Ports, folder: &str, sites: usize, each: usize) -> Round {
    let mut g = Generator {
        rng: Rng::new(seed),
        ports,
        folder: folder.to_owned(),
        features: Vec::new(),
        marks: 210,
        paths: Vec::new(),
        named: Vec::new(),
        number: 0,
        snippets: Vec::new(),
        caches: 0,
    };
    g.make_snippets();
    let mut http = g.http_settings();
    http.extend(g.variables());
    let mut requests = Vec::new();
    for inner in 0..4 {
        http.push(g.inner_server(inner));
    }
    for number in 0..sites {
        let (server, asked) = g.site(number, each);
        http.push(server);
        requests.extend(asked);
    }
    let (servers, asked) = g.names();
    http.extend(servers);
    requests.extend(asked);
    g.rng.shuffle(&mut requests);
    Round { http, snippets: g.snippets, requests }
}

impl Generator {
    fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Draws the features of the next server block.
    fn draw_features(&mut self) {
        let share = self.rng.one(&[15, 30, 45, 60]);
        self.features = FEATURES.into_iter().filter(|_| self.rng.chance(share)).collect();
    }

    /// Whether to use a feature here.
    fn uses(&mut self, feature: Feature, percent: usize) -> bool {
        self.has(feature) && self.rng.chance(percent)
    }

    /// A status that tells its place.
    fn mark(&mut self) -> u16 {
        self.marks = if self.marks >= 299 { 210 } else { self.marks + 1 };
        self.marks
    }

    /// A path of this server block, or one that nothing is said of.
    fn path(&mut self) -> String {
        if self.paths.is_empty() || self.rng.chance(15) {
            return self.rng.pick(&["/nowhere", "/", "/a/f", "/dir/", "/x.php"]).to_owned();
        }
        let path = self.rng.one(&self.paths);
        let end = self.rng.pick(&["", "", "", "f", "missing", "index.html"]);
        if path.ends_with('/') { path + end } else { path }
    }

    /// What holds for every server of the round.
    fn http_settings(&mut self) -> Vec<Node> {
        let mut nodes = vec![
            line("access_log off"),
            line("server_names_hash_bucket_size 128"),
            line("variables_hash_max_size 4096"),
            line("proxy_headers_hash_bucket_size 128"),
            line("keepalive_requests 1000000"),
            line("keepalive_timeout 60s"),
            // a subrequest announces the client's body, and some servers wait for it
            line("proxy_read_timeout 2s"),
            line("client_body_temp_path tmp"),
            line("proxy_cache_path cache keys_zone=answers:1m"),
            line("proxy_temp_path tmp"),
            line("fastcgi_temp_path tmp"),
            line("uwsgi_temp_path tmp"),
            line("scgi_temp_path tmp"),
        ];
        for number in 0..content::CACHES {
            nodes.push(line(format!("proxy_cache_path cache/{number} keys_zone=c{number}:32k")));
        }
        for (name, port) in [("inner", self.ports.inner), ("stub", self.ports.stub)] {
            let server = line(format!("server 127.0.0.1:{port}"));
            nodes.push(block(format!("upstream {name}"), vec![server]));
        }
        if self.rng.chance(40) {
            self.features = vec![Feature::Satisfy, Feature::ErrorPage, Feature::Headers];
            nodes.extend(self.settings(settings::Level::Http));
            if self.rng.chance(50) {
                nodes.push(line("auth_basic_user_file htpasswd"));
            }
        }
        nodes
    }

    /// `map`, `geo`, and the block that makes sure that every variable is known.
    fn variables(&mut self) -> Vec<Node> {
        let mut nodes = self.maps();
        let known = [
            line(format!("listen 127.0.0.1:{} default_server", self.ports.main)),
            line("server_name variables.test"),
            line("set $v0 ''"),
            line("set $v1 ''"),
            line("set $v2 ''"),
            block(r"location ~ ^/(?<seg>[^/]+)/(?<rest>.*)$", vec![line("return 209")]),
            block("location /", vec![line("return 208")]),
        ];
        nodes.push(block("server", known.into()));
        nodes
    }
}
