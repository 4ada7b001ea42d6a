//! Server blocks that are told apart by sockets and names.

use super::Generator;
use crate::client::Sent;
use crate::conf::{Node, block, line};
use std::net::{Ipv4Addr, SocketAddrV4};

const EXACT: [&str; 8] =
    ["a.test", "b.test", "x.a.test", "y.x.a.test", "www.a.test", "a.org", "www.b.org", "test"];
const WILD: [&str; 10] = [
    "*.a.test",
    "*.x.a.test",
    ".a.test",
    "*.test",
    "www.*",
    "a.*",
    "x.a.*",
    ".b.test",
    ".test",
    ".org",
];
const PATTERNS: [&str; 7] =
    [r"~^www\.", r"~a\.test$", r"~^(x|y)\.", "~test", "~^b", r"~^(?<seg>[a-z]+)\.org$", "~^WWW"];
const ASKED: [&str; 14] = [
    "www.a.com",
    "www.a.zz",
    "z.a.test",
    "q.y.x.a.test",
    "www.zz",
    "x.a.com",
    "nope",
    "A.TEST",
    "b.test.",
    "a.org:80",
    "127.0.0.1",
    "_",
    "www.a.org",
    "a..test",
];

impl Generator {
    /// Four ports: two that one group of servers shares, and two for another.
    pub(super) fn names(&mut self) -> (Vec<Node>, Vec<Sent>) {
        let (mut servers, mut requests) = (Vec::new(), Vec::new());
        for group in 0..2 {
            let ports = [self.ports.shared[group * 2], self.ports.shared[group * 2 + 1]];
            let sockets: Vec<(Option<Ipv4Addr>, u16)> = ports
                .iter()
                .flat_map(|&port| {
                    let address = |last| Some(Ipv4Addr::new(127, 0, 0, last));
                    [(address(1), port), (address(2), port), (None, port)]
                })
                .collect();
            let mut defaults = Vec::new();
            let mut used = Vec::new();
            for _ in 0..self.rng.between(3, 8) {
                servers.push(self.named_server(&sockets, &mut defaults, &mut used));
            }
            if self.rng.chance(40) {
                // names that fit at the same time: the longest one decides
                let port = ports[0];
                let mut pair = ["www.*", "www.a.*"].map(|name| {
                    let mark = self.mark();
                    let inner = [
                        format!("listen 127.0.0.1:{port}"),
                        format!("server_name {name}"),
                        format!("return {mark}"),
                    ];
                    block("server", inner.map(line).into())
                });
                self.rng.shuffle(&mut pair);
                servers.extend(pair);
                used.push((Some(Ipv4Addr::LOCALHOST), port));
            }
            for _ in 0..200 {
                let port = self.rng.one(&ports);
                let last = self.rng.between(1, 3) as u8;
                let address = Ipv4Addr::new(127, 0, 0, last);
                if !used.contains(&(Some(address), port)) && !used.contains(&(None, port)) {
                    continue;
                }
                let pool: &[&str] = if self.rng.chance(60) { &EXACT } else { &ASKED };
                let host = self.rng.pick(pool).to_owned();
                requests.push(Sent {
                    to: SocketAddrV4::new(address, port),
                    from: Ipv4Addr::LOCALHOST,
                    method: "GET".into(),
                    target: self.rng.pick(&["/", "/a", "/b/c"]).to_owned(),
                    host: Some(host).filter(|_| !self.rng.chance(2)),
                    headers: Vec::new(),
                    body: None,
                });
            }
        }
        (servers, requests)
    }

    fn named_server(
        &mut self,
        sockets: &[(Option<Ipv4Addr>, u16)],
        defaults: &mut Vec<(Option<Ipv4Addr>, u16)>,
        used: &mut Vec<(Option<Ipv4Addr>, u16)>,
    ) -> Node {
        let mut inner = Vec::new();
        let mut own = Vec::new();
        for _ in 0..self.rng.between(1, 3) {
            let socket = self.rng.one(sockets);
            if own.contains(&socket) {
                continue;
            }
            own.push(socket);
            used.push(socket);
            let (address, port) = socket;
            let name = match address {
                Some(address) => format!("{address}:{port}"),
                None if self.rng.chance(50) => format!("*:{port}"),
                None => port.to_string(),
            };
            let is_default = !defaults.contains(&socket) && self.rng.chance(20);
            if is_default {
                defaults.push(socket);
            }
            let default = if is_default { " default_server" } else { "" };
            inner.push(line(format!("listen {name}{default}")));
        }
        for _ in 0..self.rng.below(3) {
            let mut names: Vec<&str> = Vec::new();
            for _ in 0..self.rng.between(1, 2) {
                let pool: &[&str] = match self.rng.below(3) {
                    0 => &EXACT,
                    1 => &WILD,
                    _ => &PATTERNS,
                };
                names.push(self.rng.pick(pool));
            }
            inner.push(line(format!("server_name {}", names.join(" "))));
        }
        if self.rng.chance(10) {
            inner.push(line("server_name ''"));
        }
        self.rng.shuffle(&mut inner);
        let (one, other) = (self.mark(), self.mark());
        if self.rng.chance(20) {
            inner.push(block("if ($seg = a)", vec![line(format!("return {other}"))]));
        }
        inner.push(line(format!("return {one}")));
        block("server", inner)
    }
}
