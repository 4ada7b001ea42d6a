//! Who opens the password files: the account that the workers run as, and what it may read.
//!
//! Judged from owners and permission bits alone, never by trying: whoever runs lint401 is somebody else. Access control
//! lists and capabilities are not looked at.

use super::loader::Loader;
use crate::source::{FileSystem, Owner, ReadError};
use std::path::{Path, PathBuf};

/// An account of the server's machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// The numbers of its groups.
    pub gids: Vec<u32>,
}

/// The account called `name`, with the groups that it is in; `group` replaces its own first group where the server's
/// configuration names one. `None` where the machine's accounts are not known here.
pub(super) fn account(loader: &Loader<'_>, name: &str, group: Option<&str>) -> Option<Account> {
    // the accounts of the machine that lint401 runs on say nothing of a checkout's server
    if loader.paths.is_checkout() {
        return None;
    }
    let read = |path: &str| {
        let (path, _) = loader.locate(Path::new(path), Path::new(""));
        loader.fs.read(&path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let (users, groups) = (read("/etc/passwd")?, read("/etc/group")?);
    let fields: Vec<&str> = users
        .lines()
        .map(|line| line.split(':').collect())
        .find(|fields: &Vec<_>| fields[0] == name)?;
    let mut gids = vec![fields.get(3)?.parse().ok()?];
    for line in groups.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let Some(gid) = fields.get(2).and_then(|gid| gid.parse().ok()) else { continue };
        if group == Some(fields[0]) {
            gids[0] = gid;
        }
        if fields.get(3).is_some_and(|members| members.split(',').any(|member| member == name)) {
            gids.push(gid);
        }
    }
    Some(Account { name: name.to_owned(), uid: fields.get(2)?.parse().ok()?, gids })
}

/// The file at `path`, or the first folder above it, that the worker may not open. `None` when nothing shows that.
///
/// With an unknown account only what nobody but root may open is denied: workers never run as root unless the
/// configuration says so, and then the account is known. `main` is the main configuration: a private folder that holds
/// that, too, such as somebody's home, shows that the server runs elsewhere, and is passed over.
pub(super) fn denied(
    fs: &dyn FileSystem,
    path: &Path,
    main: &Path,
    account: Option<&Account>,
) -> Option<PathBuf> {
    let (canonical, main) = (fs.canonical(path).ok()?, fs.canonical(main).ok()?);
    let folders = canonical.ancestors().skip(1).filter(|folder| !main.starts_with(folder));
    let folders = folders.map(|folder| (folder, 0o1));
    let mut all: Vec<(&Path, u32)> = std::iter::once((&*canonical, 0o4)).chain(folders).collect();
    all.reverse();
    all.into_iter()
        .find(|(at, bit)| owner(fs, at).is_some_and(|owner| !may(owner, *bit, account)))
        .map(|(at, _)| at.to_owned())
}

fn owner(fs: &dyn FileSystem, path: &Path) -> Option<Owner> {
    let meta: Result<_, ReadError> = fs.meta(path);
    meta.ok()?.owner
}

/// Whether the account may do what `bit` stands for: 4 to read, 1 to search.
fn may(owner: Owner, bit: u32, account: Option<&Account>) -> bool {
    let Some(account) = account else {
        let by_user = owner.uid != 0 && owner.mode & (bit << 6) != 0;
        let by_group = owner.gid != 0 && owner.mode & (bit << 3) != 0;
        return by_user || by_group || owner.mode & bit != 0;
    };
    // the kernel looks at one class only: an owner without the bit is denied even when others have it
    let class = match account {
        Account { uid: 0, .. } => return true,
        Account { uid, .. } if *uid == owner.uid => bit << 6,
        Account { gids, .. } if gids.contains(&owner.gid) => bit << 3,
        _ => bit,
    };
    owner.mode & class != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn www() -> Account {
        Account { name: "www-data".into(), uid: 33, gids: vec![33, 100] }
    }

    #[test]
    fn one_class_of_bits_decides() {
        let owned = |mode, uid, gid| Owner { mode, uid, gid };
        assert!(may(owned(0o640, 0, 33), 4, Some(&www())));
        assert!(may(owned(0o640, 0, 100), 4, Some(&www())));
        assert!(!may(owned(0o640, 0, 0), 4, Some(&www())));
        assert!(
            !may(owned(0o044, 33, 0), 4, Some(&www())),
            "the owner's own bits count, not the others'"
        );
        assert!(may(
            owned(0o000, 0, 0),
            4,
            Some(&Account { name: "root".into(), uid: 0, gids: vec![0] })
        ));
    }

    #[test]
    fn without_an_account_only_roots_own_files_are_denied() {
        let owned = |mode, uid, gid| Owner { mode, uid, gid };
        assert!(!may(owned(0o600, 0, 0), 4, None));
        assert!(!may(owned(0o640, 0, 0), 4, None));
        assert!(may(owned(0o640, 0, 33), 4, None));
        assert!(may(owned(0o600, 33, 33), 4, None));
        assert!(may(owned(0o644, 0, 0), 4, None));
        assert!(!may(owned(0o000, 33, 33), 4, None));
    }

    /// A configuration in somebody's home is looked at, not run: only what is closed inside of it counts.
    #[cfg(unix)]
    #[test]
    fn a_private_folder_around_the_configuration_denies_nothing() {
        use std::fs;
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().expect("a folder");
        let at = |name: &str| home.path().join(name);
        fs::create_dir(at("closed")).expect("a folder");
        for name in ["nginx.conf", "users", "closed/users"] {
            fs::write(at(name), "").expect("a file");
        }
        for private in [home.path(), &at("closed")] {
            fs::set_permissions(private, fs::Permissions::from_mode(0o700)).expect("mode");
        }
        let denied = |name| {
            let denied = denied(&crate::source::Disk, &at(name), &at("nginx.conf"), Some(&www()))?;
            Some(denied.file_name()?.to_string_lossy().into_owned())
        };
        assert_eq!(denied("users"), None);
        assert_eq!(denied("closed/users"), Some("closed".into()));
    }
}
