//! The folder that relative names start from.

use crate::config::loader::Loader;
use crate::config::paths;
use std::path::{Path, PathBuf};

/// The folders that distributions and builds keep their configuration in: what ServerRoot is when nothing says it.
pub(super) const SERVER_FOLDERS: [&str; 8] = [
    "/etc/apache2",
    "/etc/httpd",
    "/usr/local/apache2",
    "/usr/local/etc/apache24",
    "/usr/local/etc/httpd",
    "/opt/homebrew/etc/httpd",
    "/opt/bitnami/apache",
    "/opt/bitnami/apache2",
];

/// The folder that relative names start from until ServerRoot says otherwise: httpd.conf lies in it, or in its `conf`.
pub(super) fn main_root(path: &Path) -> PathBuf {
    let folder = paths::folder(path);
    if folder.file_name().is_some_and(|name| name == "conf") { paths::up(&folder) } else { folder }
}

/// The folder that a fragment's relative includes start from, when its place in a usual layout shows it.
pub(super) fn fragment_root(loader: &Loader<'_>, path: &Path) -> Option<PathBuf> {
    const USUAL: [&str; 10] = [
        "sites-available",
        "sites-enabled",
        "conf-available",
        "conf-enabled",
        "mods-available",
        "mods-enabled",
        "conf.d",
        "conf.modules.d",
        "vhosts.d",
        "conf",
    ];
    let folder = paths::folder(path);
    let name = folder.file_name()?.to_str()?;
    let above = USUAL.contains(&name).then(|| paths::up(&folder))?;
    // what shows it is httpd's own files beside that folder
    ["apache2.conf", "httpd.conf", "conf/httpd.conf", "ports.conf", "envvars"]
        .iter()
        .any(|file| loader.fs.meta(&above.join(file)).is_ok())
        .then_some(above)
}
