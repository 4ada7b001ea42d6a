//! `lint401 init`: a commented lint401.toml for what is here, with guesses of where the server's folders are kept.

mod compose;
mod dockerfile;
mod image;
mod text;

use super::args::InitArgs;
use super::settings::NAME;
use super::{Failure, Status, counted, tell};
use crate::config::{self, Options, Project, apache, nginx, paths};
use crate::grammar::endpoints;
use crate::policy;
use crate::source::Disk;
use image::Image;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Folders that are the servers' wherever they are installed, and those that they usually serve.
const SERVERS_FOLDERS: [&str; 13] = [
    "/etc/nginx",
    "/etc/apache2",
    "/etc/httpd",
    "/etc/ssl",
    "/etc/letsencrypt",
    "/usr/local/apache2",
    "/usr/local/etc",
    "/usr/local/nginx",
    "/usr/local/openresty",
    "/usr/share/nginx",
    "/opt/bitnami",
    "/var/www",
    "/srv",
];

/// Bytes of a Dockerfile or a compose file that are looked at, at most.
const LONGEST: u64 = 1 << 20;

/// A folder or file of the server's, where it is kept here, and which line says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    server: PathBuf,
    here: PathBuf,
    said_by: String,
}

/// Everything that the file is written from.
#[derive(Debug, Default)]
struct Found {
    /// Main configurations, each with the server's name.
    mains: Vec<(String, &'static str)>,
    /// What else was read, in words.
    others: Vec<String>,
    kept: Vec<Kept>,
    images: BTreeSet<Image>,
    /// Paths that clients without a login ask for, and that the configuration has a place of its own for.
    public: BTreeSet<String>,
}

pub(super) fn run(args: &InitArgs) -> Result<Status, Failure> {
    let folder = args.path.as_deref().unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(Failure::new(format!("{}: is no folder", folder.display())));
    }
    let file = paths::tidy(&folder.join(NAME));
    let shown = paths::shown(&file);
    let found = look(folder);
    let text = text::write(&found);
    write(folder, &file, &text).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(format!("{shown} is here already; it is left as it is"))
        }
        _ => Failure::new(format!("{shown}: {error}")),
    })?;
    let mains = counted(found.mains.len(), "main configuration");
    let guesses = match found.kept.len() {
        0 => String::new(),
        count => format!("; guessed where {} of the server may be kept", counted(count, "folder")),
    };
    tell(&format!("wrote {shown}: found {mains}{guesses}; read it before you rely on it"));
    Ok(Status::Clean)
}

/// Whoever looks finds the whole file or none, and one that is there stays.
fn write(folder: &Path, file: &Path, text: &str) -> std::io::Result<()> {
    let mut new = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // what the user's umask takes away is taken away
        new.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut new = new.prefix(".lint401-").tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist_noclobber(file).map_err(|error| error.error)?;
    Ok(())
}

/// Looks at everything in the folder.
fn look(folder: &Path) -> Found {
    let options = Options::default();
    let project = config::load(&Disk, &[folder.to_owned()], &options);
    let name = |file| {
        let source = project.sources.get(file);
        seen_from(folder, &source.path)
    };
    let mut found = Found::default();
    let of_nginx =
        project.nginx.iter().filter(|site| site.complete).map(|site| (site.main, "nginx"));
    let of_apache = project.apache.iter().filter(|site| site.form == apache::Form::Main);
    let mains = of_nginx.chain(of_apache.map(|site| (site.main, "httpd")));
    found.mains = mains.map(|(file, server)| (name(file), server)).collect();
    found.mains.sort();
    let counts = &project.counts;
    for (count, what) in [
        (counts.includes, "included file"),
        (counts.fragments, "fragment"),
        (counts.htaccess, ".htaccess file"),
        (counts.credentials, "password file"),
    ] {
        if count > 0 {
            found.others.push(counted(count, what));
        }
    }
    found.public = public(&project);
    containers(folder, &project, &mut found);
    found
}

/// Paths that clients without a login ask for, and that the configuration has a place of its own for.
fn public(project: &Project) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |path: &[u8]| {
        let known = endpoints::find(path).map(|endpoint| endpoint.path.to_owned());
        found.extend(known);
    };
    for data in &project.nginx {
        let policy = policy::nginx::Policy::new(nginx::Site { project, data });
        policy.places().filter_map(policy::nginx::Place::matched_path).for_each(&mut note);
    }
    for data in &project.apache {
        let policy = policy::apache::Policy::new(apache::Site { project, data });
        let locations =
            policy.places().filter(|place| place.kind() == policy::apache::Kind::Location);
        locations.filter_map(policy::apache::Place::path).for_each(|path| note(&path));
    }
    found
}

/// What the Dockerfiles and compose files of the folder say.
fn containers(folder: &Path, project: &Project, found: &mut Found) {
    let wanted = |_: &Path, name: &str| is_dockerfile(name) || is_compose(name);
    let mut kept = Vec::new();
    for path in config::files_below(&Disk, folder, &Options::default(), &wanted) {
        let is_short =
            std::fs::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() <= LONGEST);
        let Some(text) = is_short.then(|| std::fs::read_to_string(&path).ok()).flatten() else {
            continue;
        };
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let (own, shown) = (paths::folder(&path), seen_from(folder, &path));
        if is_compose(name) {
            let compose = compose::read(&text);
            found.images.extend(compose.images.iter().filter_map(|image| Image::of(image)));
            kept.extend(compose.kept(&own, &shown));
        } else {
            let image = dockerfile::read(&text);
            found.images.extend(image.base.as_deref().and_then(Image::of));
            // it is built in its own folder, or in one above it
            let top = paths::tidy(folder);
            let near = own.ancestors().map(Path::to_owned);
            let near: Vec<PathBuf> =
                near.take_while(|one| *one != top).chain([folder.to_owned()]).take(16).collect();
            kept.extend(image.kept(&near, &shown));
        }
    }
    let root = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    kept.retain_mut(|one| {
        let inside = one.here.canonicalize().is_ok_and(|path| path.starts_with(&root));
        one.here = PathBuf::from(seen_from(folder, &one.here));
        inside && is_the_servers(project, &one.server)
    });
    for one in &mut kept {
        one.server = paths::tidy(&one.server);
    }
    kept.sort();
    kept.dedup_by(|one, other| (&one.server, &one.here) == (&other.server, &other.here));
    found.kept = kept;
}

/// Whether a folder is one of the servers' own, or the configuration speaks of it.
fn is_the_servers(project: &Project, folder: &Path) -> bool {
    if SERVERS_FOLDERS.iter().any(|known| folder.starts_with(known)) {
        return true;
    }
    let text = folder.to_string_lossy();
    let text = text.trim_end_matches('/').as_bytes();
    let goes_on = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    text.len() > 1
        && project.sources.iter().any(|(_, file)| {
            let bytes = file.bytes();
            memchr::memmem::find_iter(bytes, text).any(|at| !goes_on(bytes.get(at + text.len())))
        })
}

fn is_dockerfile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["dockerfile", "containerfile"].iter().any(|known| {
        lower == *known
            || lower.strip_suffix(known).is_some_and(|rest| rest.ends_with('.'))
            || lower.strip_prefix(known).is_some_and(|rest| rest.starts_with('.'))
    })
}

fn is_compose(name: &str) -> bool {
    let ending = Path::new(name).extension();
    ending.is_some_and(|ending| ending == "yml" || ending == "yaml")
        && (name.starts_with("compose.") || name.starts_with("docker-compose"))
}

/// `path`, which lies in `folder`, as the settings file there names it.
fn seen_from(folder: &Path, path: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    paths::shown(&paths::tidy(path))
}
