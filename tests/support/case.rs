//! The cases: every `fixtures/<server>/<rule>/<case>/case.toml`, read and checked for sense before anything runs.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which real server proves a case.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Server {
    Nginx,
    Apache,
}

impl Server {
    /// The file that the server is started with unless a case names another.
    pub(crate) fn default_main(self) -> &'static str {
        match self {
            Self::Nginx => "nginx.conf",
            Self::Apache => "httpd.conf",
        }
    }
}

/// One of the trees of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Bad,
    Good,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Bad, Self::Good];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Good => "good",
        }
    }
}

/// A `case.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CaseFile {
    title: String,
    main: Option<String>,
    server: Option<Server>,
    #[serde(default)]
    args: Vec<String>,
    unrunnable: Option<String>,
    #[serde(default)]
    requires: Vec<String>,
    #[serde(default)]
    config_test: ConfigTest,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    modes: BTreeMap<String, String>,
    #[serde(default, rename = "request")]
    requests: Vec<Request>,
    #[serde(default, rename = "finding")]
    findings: Vec<Expected>,
}

/// What `nginx -t` or `apache2 -t` says: `ok`, `fails`, or `fails: words of its message`; `stops: words` where it says
/// nothing and the server does not start.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigTest {
    bad: Option<String>,
    good: Option<String>,
}

impl ConfigTest {
    /// `None` when the configuration is accepted, else words that the server's message holds.
    pub(crate) fn failure(&self, side: Side) -> Option<&str> {
        self.words(side, "fails")
    }

    /// Words that the server's log holds when it accepts the configuration and does not start.
    pub(crate) fn stop(&self, side: Side) -> Option<&str> {
        self.words(side, "stops")
    }

    fn words(&self, side: Side, what: &str) -> Option<&str> {
        let said = match side {
            Side::Bad => self.bad.as_deref(),
            Side::Good => self.good.as_deref(),
        };
        said?.strip_prefix(what).map(|rest| rest.trim_start_matches(':').trim())
    }
}

/// A request and what the live server answers to it on each side.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Request {
    #[serde(default = "get")]
    pub(crate) method: String,
    pub(crate) path: String,
    /// `name:password` for Basic.
    pub(crate) user: Option<String>,
    /// `name:password` for Digest: the request is sent again with the answer to the challenge.
    pub(crate) digest: Option<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// The Host header; `localhost:PORT` when unset.
    pub(crate) host: Option<String>,
    #[serde(default = "first_port")]
    pub(crate) port: u16,
    /// Over TLS.
    pub(crate) tls: Option<Tls>,
    /// The address to connect to.
    #[serde(default = "loopback")]
    pub(crate) connect: std::net::IpAddr,
    bad: Option<u16>,
    good: Option<u16>,
    #[serde(default)]
    bad_headers: BTreeMap<String, String>,
    #[serde(default)]
    good_headers: BTreeMap<String, String>,
    bad_body: Option<String>,
    good_body: Option<String>,
    bad_unknown: Option<String>,
    good_unknown: Option<String>,
}

/// How a client comes over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tls {
    /// Without a certificate.
    Anonymous,
    /// With that of alice, which `ca.crt` has signed.
    Certificate,
}

fn get() -> String {
    "GET".to_owned()
}

fn first_port() -> u16 {
    super::tree::PORTS[0]
}

fn loopback() -> std::net::IpAddr {
    std::net::Ipv4Addr::LOCALHOST.into()
}

impl Request {
    /// The status; 0 when the server closes the connection without an answer.
    pub(crate) fn status(&self, side: Side) -> Option<u16> {
        match side {
            Side::Bad => self.bad,
            Side::Good => self.good,
        }
    }

    /// Header names with the pattern that the value matches; an empty pattern says that the header is absent.
    pub(crate) fn expected_headers(&self, side: Side) -> &BTreeMap<String, String> {
        match side {
            Side::Bad => &self.bad_headers,
            Side::Good => &self.good_headers,
        }
    }

    /// Why `trace` cannot tell the status.
    pub(crate) fn unknown(&self, side: Side) -> Option<&str> {
        match side {
            Side::Bad => self.bad_unknown.as_deref(),
            Side::Good => self.good_unknown.as_deref(),
        }
    }

    /// The pattern that the body matches.
    pub(crate) fn body(&self, side: Side) -> Option<&str> {
        match side {
            Side::Bad => self.bad_body.as_deref(),
            Side::Good => self.good_body.as_deref(),
        }
    }
}

/// A finding that `check` must report on `bad/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) file: String,
    pub(crate) line: u32,
    /// The exact text of the primary place.
    pub(crate) marks: String,
    /// A part of the message.
    pub(crate) says: String,
    pub(crate) severity: Option<String>,
    rule: Option<String>,
}

/// One case, with where it lies.
#[derive(Debug)]
pub(crate) struct Case {
    /// `server/rule-name`.
    pub(crate) rule: String,
    /// `server/rule-name/case`.
    pub(crate) name: String,
    pub(crate) title: String,
    /// The file that is given to `check`, relative to the tree.
    pub(crate) main: String,
    pub(crate) server: Server,
    /// Further flags of `check`.
    pub(crate) args: Vec<String>,
    pub(crate) unrunnable: Option<String>,
    pub(crate) requires: Vec<Requirement>,
    pub(crate) config_test: ConfigTest,
    /// Files of both trees that cannot be kept in them, with their text; a name that ends in `/` is an empty folder.
    pub(crate) files: BTreeMap<String, String>,
    /// Permission bits by file.
    pub(crate) modes: BTreeMap<String, u32>,
    pub(crate) requests: Vec<Request>,
    pub(crate) findings: Vec<Expected>,
    folder: PathBuf,
}

/// What a server must be like for a case to be provable on it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// `nginx>=1.23`, `apache<2.4.60`: compared where the server is that one.
    Version { server: String, least: bool, version: Vec<u32> },
    /// `libc=musl`.
    Libc(String),
    /// The name of a Debian package.
    Package(String),
}

impl Case {
    /// Whether its trees get certificates.
    pub(crate) fn has_certificates(&self) -> bool {
        self.requires_package("openssl")
    }

    /// Whether a directory runs beside the server.
    pub(crate) fn has_directory(&self) -> bool {
        self.requires_package("slapd")
    }

    fn requires_package(&self, name: &str) -> bool {
        self.requires.contains(&Requirement::Package(name.to_owned()))
    }

    /// The rule that a finding is expected of.
    pub(crate) fn rule_of<'a>(&'a self, expected: &'a Expected) -> &'a str {
        expected.rule.as_deref().unwrap_or(&self.rule)
    }

    /// The tree of a side, where the case has one.
    pub(crate) fn tree(&self, side: Side) -> Option<PathBuf> {
        Some(self.folder.join(side.name())).filter(|tree| tree.is_dir())
    }

    /// The file that the server is started with, relative to the tree.
    pub(crate) fn start_file(&self, side: Side) -> &str {
        let default = self.server.default_main();
        if self.folder.join(side.name()).join(default).is_file() { default } else { &self.main }
    }
}

/// The folder of all cases.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every case by name, or what is wrong with its description.
pub(crate) fn all() -> Vec<Result<Case, (String, String)>> {
    let mut cases = Vec::new();
    for server in folders(&fixtures()) {
        for rule in folders(&server) {
            for folder in folders(&rule) {
                let names: Vec<String> = [&server, &rule, &folder].map(|at| file_name(at)).into();
                let name = names.join("/");
                cases.push(load(&folder, &names).map_err(|message| (name, message)));
            }
        }
    }
    cases
}

/// The folders directly inside `parent`, sorted.
pub(crate) fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|at| at.is_dir()).collect();
    folders.sort();
    folders
}

/// The last part of a path.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads the case in `folder`; `names` are those of its server, its rule and itself.
pub(crate) fn load(folder: &Path, names: &[String]) -> Result<Case, String> {
    let path = folder.join("case.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let file: CaseFile = toml::from_str(&text).map_err(|e| e.to_string())?;
    let by_folder = if names[0] == "apache" { Server::Apache } else { Server::Nginx };
    let server = file.server.unwrap_or(by_folder);
    let modes = file.modes.into_iter().map(|(name, mode)| {
        let bits = u32::from_str_radix(&mode, 8);
        bits.map(|bits| (name, bits)).map_err(|_| format!("modes: {mode:?} is not octal"))
    });
    let case = Case {
        rule: names[..2].join("/"),
        name: names.join("/"),
        title: file.title,
        main: file.main.unwrap_or_else(|| server.default_main().to_owned()),
        server,
        args: file.args,
        unrunnable: file.unrunnable,
        requires: file.requires.iter().map(|text| requirement(text)).collect::<Result<_, _>>()?,
        config_test: file.config_test,
        files: file.files,
        modes: modes.collect::<Result<_, _>>()?,
        requests: file.requests,
        findings: file.findings,
        folder: folder.to_owned(),
    };
    sense(&case).map(|()| case)
}

/// Reads `nginx>=1.23`, `apache<2.4`, `libc=musl` or the name of a package.
pub(crate) fn requirement(text: &str) -> Result<Requirement, String> {
    if let Some(libc) = text.strip_prefix("libc=") {
        return Ok(Requirement::Libc(libc.to_owned()));
    }
    let Some(at) = text.find(['<', '>', '=']) else {
        return Ok(Requirement::Package(text.to_owned()));
    };
    let (server, comparison) = text.split_at(at);
    let (least, version) = match (comparison.strip_prefix(">="), comparison.strip_prefix('<')) {
        (Some(version), _) => (true, version),
        (_, Some(version)) => (false, version),
        _ => return Err(format!("requires: {text:?} is neither >= nor <")),
    };
    let version = version.split('.').map(|part| part.parse().map_err(|_| format!("{text:?}")));
    let version = version.collect::<Result<_, _>>()?;
    Ok(Requirement::Version { server: server.to_owned(), least, version })
}

/// Whether a case can prove anything.
fn sense(case: &Case) -> Result<(), String> {
    let sides: Vec<Side> =
        Side::BOTH.into_iter().filter(|&side| case.tree(side).is_some()).collect();
    if sides.is_empty() {
        return Err("neither bad/ nor good/ is there".into());
    }
    if sides.contains(&Side::Bad) == case.findings.is_empty() {
        return Err("bad/ and [[finding]] go together".into());
    }
    let starts =
        |side| case.config_test.failure(side).is_none() && case.config_test.stop(side).is_none();
    for side in &sides {
        if case.unrunnable.is_none() && starts(*side) && case.requests.is_empty() {
            return Err(format!("{}: no [[request]] shows what happens", side.name()));
        }
    }
    for request in &case.requests {
        for side in Side::BOTH {
            let sent = sides.contains(&side) && starts(side);
            if sent != request.status(side).is_some() {
                let name = side.name();
                return Err(format!("{}: `{name}` goes with a {name}/ that starts", request.path));
            }
            if request.unknown(side).is_some_and(|why| !sent || why.trim().is_empty()) {
                return Err(format!("{}: `{}-unknown` says why", request.path, side.name()));
            }
            let body = request.body(side).map(ToOwned::to_owned);
            for pattern in request.expected_headers(side).values().chain(&body) {
                regex::Regex::new(pattern).map_err(|e| e.to_string())?;
            }
        }
    }
    Ok(())
}
