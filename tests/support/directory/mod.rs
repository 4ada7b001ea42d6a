//! A directory for cases that require `slapd`: OpenLDAP with one user, one account that may read, and one group.

use rustix::process::{Pid, Signal, kill_process};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Its files, by their names in the tree.
pub(crate) const FILES: [(&str, &str); 3] = [
    ("directory/", ""),
    ("directory/slapd.conf", include_str!("slapd.conf")),
    ("directory/entries.ldif", include_str!("entries.ldif")),
];

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running directory; it is stopped when dropped.
#[derive(Debug)]
pub(crate) struct Directory(Child);

impl Directory {
    /// Starts it where the tree in `folder` has its files. `life`: how long it runs at most, in seconds.
    pub(crate) fn of_tree(folder: &Path, life: &str) -> Result<Option<Self>, String> {
        let conf = folder.join("directory/slapd.conf");
        let Ok(text) = std::fs::read_to_string(&conf) else { return Ok(None) };
        let url = text.lines().next().and_then(|line| line.strip_prefix("# "));
        let url = url.ok_or("slapd.conf begins with its URL")?;
        let mut add = Command::new("/usr/sbin/slapadd");
        add.arg("-f").arg(&conf).arg("-l").arg(folder.join("directory/entries.ldif"));
        let added = add.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        if !added.status.success() {
            return Err(format!("slapadd: {}", String::from_utf8_lossy(&added.stderr)));
        }
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", life, "/usr/sbin/slapd", "-d", "0", "-f"]).arg(&conf);
        command.args(["-h", url]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = Self(command.spawn().map_err(|error| error.to_string())?);
        let asked = Instant::now();
        let address = url.trim_start_matches("ldap://");
        while TcpStream::connect(address).is_err() {
            let ended = running.0.try_wait().map_err(|error| error.to_string())?.is_some();
            if ended || asked.elapsed() > PATIENCE {
                return Err(format!("slapd does not start on {address}"));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(Some(running))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let (Ok(None), Some(pid)) = (self.0.try_wait(), Pid::from_raw(self.0.id().cast_signed()))
        {
            // `timeout` hands it on
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.0.wait();
    }
}
