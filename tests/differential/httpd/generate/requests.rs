//! Requests for a site: mostly for what it has, in every spelling.

use super::{Feature, Generator};
use crate::client::Sent;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::net::{Ipv4Addr, SocketAddrV4};

const USERS: [&str; 9] =
    ["alice", "bob", "apr", "md5", "sha256", "sha512", "bcrypt", "des", "plain"];

const USUAL: [&str; 16] = [
    "/f.html",
    "/f.html",
    "/g.html",
    "/sub/f.html",
    "/sub/f.html",
    "/sub/g.html",
    "/sub/deep/f.html",
    "/",
    "/sub/",
    "/sub",
    "/open/f.html",
    "/bare/",
    "/missing.html",
    "/sub/missing/x",
    "/index.html",
    "/err.html",
];

impl Generator {
    pub(super) fn requests(&mut self, each: usize) -> Vec<Sent> {
        (0..each).map(|_| self.request()).collect()
    }

    fn request(&mut self) -> Sent {
        let number = self.number;
        let mut target = self.target();
        if self.rng.chance(15) {
            target.push_str(self.rng.pick(&["?x=a", "?x=b", "?y", "?x=a&x=b"]));
        }
        let method = if self.rng.chance(70) {
            "GET"
        } else {
            self.rng.pick(&[
                "POST", "POST", "OPTIONS", "OPTIONS", "HEAD", "HEAD", "DELETE", "PUT", "PATCH",
                "PROPFIND", "FOO", "TRACE", "get",
            ])
        };
        let host = match self.rng.below(60) {
            0 => format!("S{number}.TEST"),
            1 => format!("s{number}.test."),
            2 => format!("s{number}.test:8080"),
            3 => format!("x.w{number}.test"),
            4 => "unknown.test".to_owned(),
            _ => format!("s{number}.test"),
        };
        let mut headers = Vec::new();
        let share = if self.has(Feature::Login) || self.has(Feature::Proxy) { 60 } else { 20 };
        if self.rng.chance(share) {
            headers.push(("Authorization".to_owned(), self.authorization()));
        }
        if self.rng.chance(40) {
            let value = self.rng.pick(&["yes", "yes", "YES", "no", ""]);
            headers.push(("X-Env".to_owned(), value.to_owned()));
        }
        if self.rng.chance(10) {
            let value = self.rng.pick(&["a bot", "Mozilla", "BOT/1.0"]);
            headers.push(("User-Agent".to_owned(), value.to_owned()));
        }
        if self.rng.chance(if self.has(Feature::RemoteIp) { 60 } else { 3 }) {
            let name = self.rng.pick(&["X-Forwarded-For", "X-Forwarded-For", "X-Real-IP"]);
            let value = self.rng.pick(&[
                "127.0.0.2",
                "10.0.0.1",
                "10.0.0.1, 127.0.0.1",
                "10.0.0.1,127.0.0.2, 127.0.0.1",
                "10.1.2.3",
                "::1",
                "127.0.0.1, 10.0.0.1",
                "10.0.0.1 127.0.0.2",
                "192.0.2.7 , 127.0.0.1",
                "",
            ]);
            headers.push((name.to_owned(), value.to_owned()));
        }
        let body = matches!(method, "POST" | "PUT" | "PATCH").then_some(0);
        Sent {
            to: SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.ports.main),
            from: Ipv4Addr::new(
                127,
                0,
                0,
                if self.rng.chance(65) { 1 } else { self.rng.between(2, 3) as u8 },
            ),
            method: method.to_owned(),
            target,
            host: Some(host).filter(|_| !self.rng.chance(1)),
            headers,
            body,
        }
    }

    fn target(&mut self) -> String {
        let path = if !self.paths.is_empty() && self.rng.chance(55) {
            self.rng.one(&self.paths)
        } else {
            self.rng.pick(&USUAL).to_owned()
        };
        if self.rng.chance(88) {
            return path;
        }
        match self.rng.below(10) {
            0 => format!("/{path}"),
            1 => format!("/open/..{path}"),
            2 => format!("/.{path}"),
            3 => path.replace('f', "%66"),
            4 => path.replacen('/', "/%2E/", 1),
            5 => format!("{path}/.."),
            6 => format!("{path}%2Ff"),
            7 => format!("{path}/info"),
            8 => self
                .rng
                .pick(&[
                    "/.htaccess",
                    "/sub/.htaccess",
                    "/sub/deep",
                    "/sub/deep/",
                    "/open/",
                    "/open",
                    "/bare/f.html",
                ])
                .to_owned(),
            _ => path.replacen('/', "//", 2),
        }
    }

    fn authorization(&mut self) -> String {
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        match self.rng.below(20) {
            8 | 9 => {
                let user = self.rng.pick(&USERS);
                let password =
                    self.rng.pick(&["secret", "secret", "wrong", "Secret", "", "secret:x"]);
                basic(&format!("{user}:{password}"))
            }
            10..=12 => basic("bob:secret"),
            13 => basic("alice:wrong"),
            14 => basic("carol:secret"),
            15 => "Bearer abc".to_owned(),
            16 => self
                .rng
                .pick(&[
                    "Basic",
                    "Basic ",
                    "Basic !!!",
                    "Digest a=b",
                    "Basic YWxpY2U=",
                    "Basic OnNlY3JldA==",
                    "Negotiate x",
                ])
                .to_owned(),
            17 => {
                basic("alice:secret").replacen("Basic ", self.rng.pick(&["basic ", "BASIC   "]), 1)
            }
            _ => basic("alice:secret"),
        }
    }
}
