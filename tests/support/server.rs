//! Starts a real server on a copied tree and stops it again.

use super::binary::Binary;
use super::case::Server;
use super::directory::Directory;
use super::php_fpm::PhpFpm;
use rustix::process::{Pid, Signal, geteuid, kill_process};
use std::ffi::OsString;
use std::net::{Ipv6Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it runs at most, in seconds, should this program be killed.
const LIFE: &str = "120";

/// A running server, with what runs beside it; they are stopped when dropped.
#[derive(Debug)]
pub(crate) struct Running(Child, (Option<PhpFpm>, Option<Directory>));

/// Why there is none.
#[derive(Debug)]
pub(crate) enum NotStarted {
    /// Another program was quicker to take a port.
    PortTaken,
    /// What the server said.
    Said(String),
}

/// Starts the server on `file` in `folder` and waits until it listens.
pub(crate) fn start(binary: &Binary, folder: &Path, file: &str) -> Result<Running, NotStarted> {
    let failed = |error: std::io::Error| NotStarted::Said(error.to_string());
    let php = PhpFpm::of_tree(folder, LIFE).map_err(NotStarted::Said)?;
    let directory = Directory::of_tree(folder, LIFE).map_err(NotStarted::Said)?;
    let output = folder.join("lint401.output");
    let sink = std::fs::File::create(&output).map_err(failed)?;
    let mut command = Command::new("timeout");
    // gives the server a process group of its own, which httpd ends as a whole when it stops
    command.args(["--kill-after=5", LIFE]).arg(&binary.path);
    command.args(arguments(binary, folder, file));
    if binary.server == Server::Apache {
        command.arg("-DFOREGROUND");
    }
    command.stdin(Stdio::null()).stderr(sink.try_clone().map_err(failed)?).stdout(sink);
    let mut running =
        Running(command.current_dir(folder).spawn().map_err(failed)?, (php, directory));
    let asked = Instant::now();
    // both servers listen before they write their pid
    while !pid_file(folder).metadata().is_ok_and(|pid| pid.len() > 0) {
        let ended = running.0.try_wait().map_err(failed)?.is_some();
        if ended || asked.elapsed() > PATIENCE {
            drop(running);
            let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
            let said = read(&output) + &read(&error_log(folder));
            let taken = said.contains("Address already in use");
            return Err(if taken { NotStarted::PortTaken } else { NotStarted::Said(said) });
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(running)
}

/// What the server's own test of the configuration says: whether it is accepted, and the words.
pub(crate) fn config_test(binary: &Binary, folder: &Path, file: &str) -> (bool, String) {
    let mut command = Command::new(&binary.path);
    command.arg("-t").args(arguments(binary, folder, file)).current_dir(folder);
    match command.stdin(Stdio::null()).output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            (output.status.success(), String::from_utf8_lossy(&said).into_owned())
        }
        Err(error) => (false, error.to_string()),
    }
}

/// The flags that keep a server in its folder: pid, logs, user.
fn arguments(binary: &Binary, folder: &Path, file: &str) -> Vec<OsString> {
    let path = folder.join(file);
    let text = std::fs::read(&path).unwrap_or_default();
    let lines = String::from_utf8_lossy(&text);
    let sets_user = lines.lines().any(|line| line.trim().to_lowercase().starts_with("user "));
    let as_user = geteuid().is_root() && !sets_user;
    let (pid, log) = (pid_file(folder), error_log(folder));
    match binary.server {
        Server::Nginx => {
            let user = if as_user { "user www-data;" } else { "" };
            let (pid, log) = (pid.display(), log.display());
            let globals = format!("daemon off; pid {pid}; error_log {log} info; {user}");
            let flags = [OsString::from("-p"), folder.into(), "-c".into(), path.into()];
            flags.into_iter().chain(["-g".into(), globals.into()]).collect()
        }
        Server::Apache => {
            let mut flags =
                [OsString::from("-d"), folder.into(), "-f".into(), path.into()].to_vec();
            let mut set = |when: &str, directive: String| {
                flags.extend([OsString::from(when), directive.into()]);
            };
            set("-c", format!("PidFile {}", pid.display()));
            set("-C", format!("ErrorLog {}", log.display()));
            let line = r#""%V:%p %h %l %u %t \"%r\" %>s %b""#;
            set("-C", format!("CustomLog {} {line}", access_log(folder).display()));
            set("-C", format!("DefaultRuntimeDir {}", folder.display()));
            set("-C", "ServerName localhost".into());
            if as_user {
                set("-C", "User www-data".into());
                set("-C", "Group www-data".into());
            }
            flags
        }
    }
}

fn pid_file(folder: &Path) -> PathBuf {
    folder.join("lint401.pid")
}

/// Where the server's errors go.
pub(crate) fn error_log(folder: &Path) -> PathBuf {
    folder.join("lint401.log")
}

/// Where it tells what it answered.
pub(crate) fn access_log(folder: &Path) -> PathBuf {
    folder.join("lint401.access")
}

/// What nginx writes of a request: everything that tells servers apart.
const LOG_FORMAT: &str =
    r#"$host $server_port $scheme $remote_addr - $remote_user [$time_local] "$request" $status"#;

/// Has nginx keep an access log in the folder, which no flag does, in a format of the configuration's own. No line moves.
pub(crate) fn keep_access_log(binary: &Binary, folder: &Path, file: &str) -> std::io::Result<()> {
    let path = folder.join(file);
    if binary.server == Server::Nginx {
        let text = std::fs::read(&path)?;
        let text = String::from_utf8_lossy(&text);
        let log = access_log(folder);
        let log = format!(
            "http {{ log_format lint401 '{LOG_FORMAT}'; access_log {} lint401;",
            log.display()
        );
        if text.contains("\nhttp {") {
            std::fs::write(path, text.replacen("http {", &log, 1))?;
        }
    }
    Ok(())
}

impl Drop for Running {
    fn drop(&mut self) {
        if let (Ok(None), Some(pid)) = (self.0.try_wait(), Pid::from_raw(self.0.id().cast_signed()))
        {
            // `timeout` hands it on, and the server takes its workers with it
            let _ = kill_process(pid, Signal::TERM);
        }
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Nine ports that are free on every address, below the range that connections take theirs from.
pub(crate) fn free_ports() -> [u16; 9] {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = (std::process::id() % 1000) as u16 * 10;
    std::array::from_fn(|_| {
        loop {
            let port = 12_000 + first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
            // an IPv6 socket takes the IPv4 port as well
            if TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).is_ok() {
                return port;
            }
        }
    })
}
