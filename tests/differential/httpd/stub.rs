//! A server that is not part of the configuration: it answers 200 and tells which Authorization it got.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// It runs until it is dropped.
pub(super) struct Stub {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
}

impl Stub {
    pub(super) fn start(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let ends = Arc::new(AtomicBool::new(false));
        let stub = Self { address: listener.local_addr()?, ends: Arc::clone(&ends) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ends.load(Ordering::Relaxed) {
                    break;
                }
                std::thread::spawn(move || serve(&stream));
            }
        });
        Ok(stub)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // wakes the thread that waits for a connection
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut authorization, mut length) = (String::new(), 0usize);
        let mut is_first = true;
        let is_head = loop {
            let mut line = String::new();
            if reader.read_line(&mut line).is_ok_and(|count| count > 0) {
                let line = line.trim_end();
                if std::mem::take(&mut is_first) {
                    authorization.clear();
                    if line.starts_with("HEAD ") {
                        length = usize::MAX;
                    }
                } else if line.is_empty() {
                    break length == usize::MAX;
                } else if let Some((name, value)) = line.split_once(':') {
                    if name.eq_ignore_ascii_case("authorization") {
                        value.trim().clone_into(&mut authorization);
                    }
                    if name.eq_ignore_ascii_case("content-length") && length != usize::MAX {
                        length = value.trim().parse().unwrap_or(0);
                    }
                }
            } else {
                return;
            }
        };
        let body = if is_head { 0 } else { length };
        let mut rest = io::Read::take(&mut reader, body as u64);
        if io::copy(&mut rest, &mut io::sink()).is_err() {
            return;
        }
        let text = if is_head { "" } else { "stub" };
        let answer = format!(
            "HTTP/1.1 200 OK\r\nX-Stub: [{authorization}]\r\nContent-Length: 4\r\n\r\n{text}"
        );
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
