//! A request over TLS, by `openssl s_client`: it renegotiates where a server asks for a certificate later on.

use crate::support::case::Tls;
use crate::support::certificates;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

/// Sends a head and gives what comes back.
pub(crate) fn round_trip(address: SocketAddr, tls: Tls, head: &str) -> io::Result<Vec<u8>> {
    let mut command = Command::new("timeout");
    command.args(["10", "openssl", "s_client", "-quiet", "-servername", "localhost"]);
    command.arg("-connect").arg(address.to_string());
    if tls == Tls::Certificate {
        let (certificate, key) = certificates::of_client()?;
        command.arg("-cert").arg(certificate).arg("-key").arg(key);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = command.spawn()?;
    // a server that wants a certificate may close the connection first
    if let Some(mut input) = running.stdin.take() {
        let _ = input.write_all(head.as_bytes());
    }
    Ok(running.wait_with_output()?.stdout)
}
