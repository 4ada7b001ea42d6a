//! Requests for a server block: mostly for what it has, in every spelling.

use super::{Feature, Generator};
use crate::client::Sent;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::net::{Ipv4Addr, SocketAddrV4};

const USERS: [&str; 9] =
    ["alice", "apr", "sha", "ssha", "md5", "sha256", "sha512", "bcrypt", "des"];

impl Generator {
    pub(super) fn requests(&mut self, number: usize, each: usize) -> Vec<Sent> {
        let mut all: Vec<Sent> = (0..each).map(|_| self.request(number)).collect();
        if self.has(Feature::Proxy) {
            // what caches hold shows when somebody else asks for the same
            for at in 0..each / 4 {
                let other = self.request(number);
                let target = all[at].target.clone();
                all.push(Sent { target, ..other });
            }
        }
        all
    }

    fn request(&mut self, number: usize) -> Sent {
        let mut target = self.target();
        if self.rng.chance(45) {
            target.push('?');
            for at in 0..self.rng.between(1, 2) {
                if at > 0 {
                    target.push('&');
                }
                target.push_str(self.rng.pick(&[
                    "x=a",
                    "x=b",
                    "x=",
                    "x=0",
                    "x=0",
                    "x=A",
                    "x=a/f",
                    "y=a",
                    "y=1",
                    "x=%61",
                    "realm=off",
                    "realm=OFF",
                    "realm=none",
                    "to=a",
                    "to=A",
                    "to=b",
                    "to=c",
                    "to=d",
                    "file=f",
                    "ip=127.0.0.2",
                    "ip=10.1.1.1",
                    "X=A",
                    "z",
                    "x=b/",
                ]));
            }
        }
        let method = if self.rng.chance(70) {
            "GET"
        } else {
            self.rng.pick(&[
                "HEAD", "POST", "POST", "OPTIONS", "PUT", "DELETE", "PURGE", "TRACE", "PATCH",
            ])
        };
        let body = (method == "POST" || method == "PUT")
            .then(|| if self.has(Feature::BodySize) { self.rng.below(24) } else { 0 });
        let host = match self.rng.below(40) {
            0 => format!("S{number}.TEST"),
            1 => format!("s{number}.test."),
            2 => format!("s{number}.test:8080"),
            3 => format!("deep.wild{number}.test"),
            4 => "unknown.test".to_owned(),
            5 if self.rng.chance(20) => "bad..test".to_owned(),
            _ => format!("s{number}.test"),
        };
        let mut headers = Vec::new();
        if self.rng.chance(if self.has(Feature::Basic) || self.has(Feature::Proxy) {
            55
        } else {
            10
        }) {
            headers.push(("Authorization".to_owned(), self.authorization()));
            if self.rng.chance(1) {
                headers.push(("Authorization".to_owned(), self.authorization()));
            }
        }
        if self.rng.chance(12) {
            let value = self.rng.pick(&["a", "b", "A", "127.0.0.2"]);
            let name = self.rng.pick(&["X-Tag", "x-tag", "X_Tag"]);
            headers.push((name.to_owned(), value.to_owned()));
        }
        if self.rng.chance(3) {
            let (name, value) = self.rng.one(&[
                ("If-None-Match", "*"),
                ("If-None-Match", "\"x\""),
                ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
                ("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
                ("If-Match", "\"x\""),
                ("If-Match", "*"),
                ("Range", "bytes=0-0"),
                ("Range", "bytes=9-"),
            ]);
            headers.push((name.to_owned(), value.to_owned()));
        }
        if self.rng.chance(8) {
            let value = self.rng.pick(&["c=a", "c=b; d=1", "d=1; c=a", "C=f", "cc=a;c=0"]);
            headers.push(("Cookie".to_owned(), value.to_owned()));
        }
        if self.rng.chance(if self.has(Feature::RealIp) { 50 } else { 4 }) {
            let name = self.rng.pick(&["X-Real-IP", "X-Forwarded-For", "X-Forwarded-For"]);
            for _ in 0..=(self.rng.between(1, 10) / 9) {
                let value = self.rng.pick(&[
                    "127.0.0.2",
                    "10.1.2.3",
                    "10.1.2.3, 127.0.0.1",
                    "10.1.2.3,127.0.0.2, 127.0.0.1",
                    "garbage",
                    "10.1.2.3:80",
                    "::1",
                    "[::1]:80",
                    "127.0.0.1, garbage",
                    "garbage, 127.0.0.2",
                    "unknown",
                    "",
                    "192.0.2.7 , 127.0.0.1",
                ]);
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        Sent {
            to: SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.ports.main),
            from: Ipv4Addr::new(
                127,
                0,
                0,
                if self.rng.chance(60) { 1 } else { self.rng.between(2, 3) as u8 },
            ),
            method: method.to_owned(),
            target,
            host: Some(host).filter(|_| !self.rng.chance(1)),
            headers,
            body,
        }
    }

    fn target(&mut self) -> String {
        let path = match self.rng.below(20) {
            0 => self.rng.pick(&["/auth/200", "/auth/401", "/auth/other"]).to_owned(),
            1 => self
                .rng
                .pick(&[
                    "/a/f",
                    "/b/",
                    "/dir/sub/f",
                    "/x.php",
                    "/empty/",
                    "/empty",
                    "/dir/index.php",
                    "/a/index.html",
                ])
                .to_owned(),
            _ => {
                let mut path = self.path();
                if self.rng.chance(25) {
                    path.push_str(self.rng.pick(&[
                        "/",
                        "b",
                        "x.php",
                        "/f",
                        "a/",
                        "index.html",
                        ".php",
                    ]));
                }
                if self.rng.chance(8) {
                    path.pop();
                }
                path
            }
        };
        let path = if path.starts_with('/') { path } else { format!("/{path}") };
        if self.rng.chance(85) {
            return path;
        }
        match self.rng.below(9) {
            0 => format!("/{path}"),
            1 => format!("/b/..{path}"),
            2 => format!("/.{path}"),
            3 => path.replace('a', "%61"),
            4 => path.replace('f', "%66").replacen('/', "/%2E/", 1),
            5 => format!("{path}/.."),
            6 => format!("{path}%2Ff"),
            7 => format!(
                "{path}{}",
                self.rng.pick(&[
                    "%00",
                    "%zz",
                    "%",
                    "%20x",
                    "%3Fx",
                    "#frag",
                    "%25",
                    "/../../../..",
                    "/..."
                ])
            ),
            _ => path.replacen('/', "//", 2),
        }
    }

    fn authorization(&mut self) -> String {
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        match self.rng.below(20) {
            9 | 10 => {
                let user = self.rng.pick(&USERS);
                let password =
                    self.rng.pick(&["secret", "secret", "wrong", "Secret", "", "secret:x"]);
                basic(&format!("{user}:{password}"))
            }
            11 | 12 => basic("alice:wrong"),
            13 => basic("nobody:secret"),
            14 => "Bearer abc".to_owned(),
            15 => self
                .rng
                .pick(&[
                    "Basic",
                    "Basic ",
                    "Basic !!!",
                    "Digest a=b",
                    "Basic YWxpY2U=",
                    "Basic OnNlY3JldA==",
                    "Basic YWxpY2U6c2VjcmV0==",
                ])
                .to_owned(),
            16 => basic("alice:secret").replacen(
                "Basic ",
                self.rng.pick(&["basic ", "BASIC   ", "Basic\t", "Basic: "]),
                1,
            ),
            17 => basic("alice:secret").trim_end_matches('=').to_owned(),
            _ => basic("alice:secret"),
        }
    }
}
