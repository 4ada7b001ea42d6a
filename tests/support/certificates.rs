//! Certificates for cases that speak TLS: of a server, and of a client by an authority that the server may trust. They are
//! made once in the build's own folder, and kept.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{fs, io};

/// What a tree gets of them.
const OF_A_SERVER: [&str; 3] = ["server.crt", "server.key", "ca.crt"];

/// Puts the certificate and the key of a server, and the authority of the clients, into a folder.
pub(crate) fn add(folder: &Path) -> io::Result<()> {
    let made = folder_of_all()?;
    for name in OF_A_SERVER {
        fs::copy(made.join(name), folder.join(name))?;
    }
    Ok(())
}

/// The certificate of the client and its key.
pub(crate) fn of_client() -> io::Result<(PathBuf, PathBuf)> {
    let made = folder_of_all()?;
    Ok((made.join("client.crt"), made.join("client.key")))
}

fn folder_of_all() -> io::Result<&'static Path> {
    static MADE: OnceLock<io::Result<PathBuf>> = OnceLock::new();
    let made = MADE.get_or_init(make).as_deref();
    made.map_err(|error| io::Error::new(error.kind(), error.to_string()))
}

fn make() -> io::Result<PathBuf> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let made = place.join("certificates");
    if made.is_dir() {
        return Ok(made);
    }
    // another test program may do the same at this moment: the first one that is done counts
    fs::create_dir_all(place)?;
    let new = tempfile::Builder::new().prefix("certificates-").tempdir_in(place)?;
    let own = |name: &str, subject: &str, more: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "36500"]);
        command.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.crt")]);
        command.args(["-subj", subject]).args(more).current_dir(new.path());
        let output = command.stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    };
    own("ca", "/CN=An authority", &[])?;
    own("server", "/CN=localhost", &[])?;
    own("client", "/C=DE/O=Example/CN=alice", &["-CA", "ca.crt", "-CAkey", "ca.key"])?;
    match fs::rename(new.keep(), &made) {
        Err(error) if !made.is_dir() => Err(error),
        _ => Ok(made),
    }
}
