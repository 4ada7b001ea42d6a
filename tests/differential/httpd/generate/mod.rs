//! Random configurations and the requests to ask them.
//!
//! A round is one configuration with many sites, each a virtual host with a folder of its own. Each draws which features it
//! has at all, and then how they are combined: sites that have everything at once would mostly answer the same.

mod access;
mod code;
mod expressions;
mod hosts;
mod main_server;
mod requests;
mod sections;
mod site;

use crate::conf::Node;
use crate::kind::Round;
use crate::rng::Rng;

/// A part of httpd that a site may use or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// AuthType and what belongs to it, in most sections.
    Login,
    /// Order, Allow, Deny, Satisfy.
    Compat,
    /// `<RequireAll>` and its like.
    Containers,
    /// `<Limit>`, `<LimitExcept>`.
    Limit,
    Merging,
    Location,
    /// `<DirectoryMatch>`, `<LocationMatch>`.
    Match,
    Files,
    If,
    Env,
    /// AllowOverride other than All.
    Override,
    /// .htaccess files that httpd refuses.
    Broken,
    Alias,
    Redirect,
    /// mod_rewrite in the virtual host.
    Rewrite,
    /// mod_rewrite in folders.
    FolderRewrite,
    ErrorDocument,
    Index,
    RemoteIp,
    AllowMethods,
    Cgi,
    Proxy,
    /// Include, `<IfModule>`, `<IfDefine>`.
    Conditions,
}

const FEATURES: [Feature; 23] = [
    Feature::Login,
    Feature::Compat,
    Feature::Containers,
    Feature::Limit,
    Feature::Merging,
    Feature::Location,
    Feature::Match,
    Feature::Files,
    Feature::If,
    Feature::Env,
    Feature::Override,
    Feature::Broken,
    Feature::Alias,
    Feature::Redirect,
    Feature::Rewrite,
    Feature::FolderRewrite,
    Feature::ErrorDocument,
    Feature::Index,
    Feature::RemoteIp,
    Feature::AllowMethods,
    Feature::Cgi,
    Feature::Proxy,
    Feature::Conditions,
];

/// The ports of a round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    /// Most virtual hosts listen here, each with a name.
    pub(crate) main: u16,
    /// A server that is not part of the configuration.
    pub(crate) stub: u16,
    /// Virtual hosts that differ by addresses and names.
    pub(crate) shared: [u16; 3],
}

impl Ports {
    pub(super) fn of(ports: &[u16; 9]) -> Self {
        let [main, stub, a, b, c, ..] = *ports;
        Self { main, stub, shared: [a, b, c] }
    }
}

/// Where a directive stands, as far as that decides what may stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// `<Directory>`, `<DirectoryMatch>` and what stands in them.
    Directory,
    /// `<Location>`, `<LocationMatch>`, `<Proxy>`.
    Location,
    /// `<Files>` outside of any folder.
    Files,
    /// A .htaccess file.
    Htaccess,
}

/// What a generator of one round works with.
struct Generator {
    rng: Rng,
    ports: Ports,
    /// The folder of the round.
    folder: String,
    features: Vec<Feature>,
    /// Whether mod_allowmethods is loaded: with it, every URI is asked for a login by itself.
    allows_methods: bool,
    /// The number of the site.
    number: usize,
    /// Sections of sites that stand in the main server, in front of the virtual hosts or behind them.
    around: [Vec<Node>; 2],
    /// Files besides the main one.
    files: Vec<Node>,
    /// Paths that requests are drawn from, besides the usual.
    paths: Vec<String>,
}

/// The round of a seed.
pub(super) fn round(seed: u64, ports: &[u16; 9], folder: &str, sites: usize, each: usize) -> Round {
    let mut g = Generator {
        rng: Rng::new(seed),
        ports: Ports::of(ports),
        folder: folder.to_owned(),
        features: Vec::new(),
        allows_methods: false,
        number: 0,
        around: [Vec::new(), Vec::new()],
        files: Vec::new(),
        paths: Vec::new(),
    };
    let mut nodes = g.main_server();
    let mut requests = Vec::new();
    let mut hosts = Vec::new();
    for number in 0..sites {
        hosts.push(g.site(number));
        requests.extend(g.requests(each));
    }
    let (more, asked) = g.hosts();
    hosts.extend(more);
    requests.extend(asked);
    let [before, after] = std::mem::take(&mut g.around);
    nodes.extend(before);
    nodes.extend(hosts);
    nodes.extend(after);
    g.rng.shuffle(&mut requests);
    let mut files = vec![super::text::file("httpd.conf", nodes)];
    files.append(&mut g.files);
    Round { nodes: files, requests }
}

impl Generator {
    fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Draws the features of the next site.
    fn draw_features(&mut self) {
        let share = self.rng.one(&[8, 15, 25, 40]);
        let mut features: Vec<Feature> =
            FEATURES.into_iter().filter(|_| self.rng.chance(share)).collect();
        // most sites are about a login
        if self.rng.chance(75) && !features.contains(&Feature::Login) {
            features.push(Feature::Login);
        }
        if let Ok(only) = std::env::var("LINT401_ONLY") {
            features.retain(|feature| only.split(',').any(|name| name == format!("{feature:?}")));
        }
        self.features = features;
    }

    /// Whether to use a feature here.
    fn uses(&mut self, feature: Feature, percent: usize) -> bool {
        self.has(feature) && self.rng.chance(percent)
    }

    /// A path below the site's folder.
    fn below(&self, path: &str) -> String {
        format!("{}/t{}{path}", self.folder, self.number)
    }
}
