//! Virtual hosts that differ by addresses and names only; each answers with a status of its own.

use super::Generator;
use crate::client::Sent;
use crate::conf::{Node, block, line};
use std::net::{Ipv4Addr, SocketAddrV4};

/// The statuses that tell them apart.
const MARKS: [u16; 16] =
    [402, 405, 406, 409, 410, 411, 412, 413, 415, 416, 417, 422, 423, 424, 428, 429];

const NAMES: [&str; 8] =
    ["a.test", "b.test", "www.a.test", "*.a.test", "x.*", "A.B.test", "c?.test", "127.0.0.2"];

impl Generator {
    pub(super) fn hosts(&mut self) -> (Vec<Node>, Vec<Sent>) {
        let mut nodes = Vec::new();
        let mut requests = Vec::new();
        for port in self.ports.shared {
            let mut marks = MARKS.to_vec();
            self.rng.shuffle(&mut marks);
            for mark in marks.into_iter().take(self.rng.between(1, 7)) {
                let mut addresses = Vec::new();
                for _ in 0..self.rng.one(&[1, 1, 1, 2]) {
                    let address = self.rng.pick(&[
                        "*",
                        "*",
                        "127.0.0.1",
                        "127.0.0.1",
                        "127.0.0.2",
                        "_default_",
                    ]);
                    let port = if self.rng.chance(15) { "*".to_owned() } else { port.to_string() };
                    let address = format!("{address}:{port}");
                    // a second one that is the same is no virtual host
                    if !addresses.contains(&address) {
                        addresses.push(address);
                    }
                }
                let mut inner = vec![line(format!("Redirect {mark} /"))];
                if self.rng.chance(80) {
                    inner.push(line(format!(
                        "ServerName {}",
                        self.rng.pick(&["a.test", "b.test", "www.a.test", "A.B.test", "127.0.0.2"])
                    )));
                }
                if self.rng.chance(40) {
                    inner.push(line(format!(
                        "ServerAlias {} {}",
                        self.rng.pick(&NAMES),
                        self.rng.pick(&NAMES)
                    )));
                }
                self.rng.shuffle(&mut inner);
                nodes.push(block(format!("VirtualHost {}", addresses.join(" ")), inner));
            }
            for _ in 0..30 {
                requests.push(self.asked(port));
            }
        }
        (nodes, requests)
    }

    fn asked(&mut self, port: u16) -> Sent {
        let to =
            self.rng.one(&[Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 2)]);
        let host = self.rng.pick(&[
            "a.test",
            "A.TEST",
            "b.test",
            "www.a.test",
            "x.a.test",
            "a.b.test",
            "x.y.z",
            "c1.test",
            "nowhere.test",
            "a.test.",
            "a.test:80",
            "127.0.0.2",
            "",
        ]);
        Sent {
            to: SocketAddrV4::new(to, port),
            from: Ipv4Addr::LOCALHOST,
            method: "GET".to_owned(),
            target: self.rng.pick(&["/", "/f.html", "/x"]).to_owned(),
            host: Some(host.to_owned()).filter(|_| !self.rng.chance(3)),
            headers: Vec::new(),
            body: None,
        }
    }
}
