//! Sites: a virtual host, sections for its folder here and there, and the .htaccess files in it.

use super::{Feature, Generator, Place};
use crate::conf::{Node, block, line};
use crate::httpd::text::file;

impl Generator {
    /// The virtual host of a site.
    pub(super) fn site(&mut self, number: usize) -> Node {
        self.number = number;
        self.paths.clear();
        self.draw_features();
        let mut nodes = vec![
            line(format!("ServerName s{number}.test")),
            line(format!("DocumentRoot \"{}\"", self.below(""))),
        ];
        if self.rng.chance(20) {
            nodes.push(line(format!("ServerAlias w{number}.test *.w{number}.test")));
        }
        nodes.extend(self.host_code());
        nodes.extend(self.mapping());
        self.htaccess(&mut nodes);
        for node in self.folders() {
            match self.rng.below(8) {
                place @ (0 | 1) => self.around[place].push(node),
                _ => nodes.push(node),
            }
        }
        nodes.extend(self.locations());
        if self.uses(Feature::If, 30) {
            // one that only this host has
            let mut chain = self.ifs(Place::Location, 1);
            nodes.append(&mut chain);
        }
        block(format!("VirtualHost 127.0.0.1:{}", self.ports.main), nodes)
    }

    /// Sections for the site's folder: they may stand outside of its virtual host.
    fn folders(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        if self.rng.chance(60) {
            let path = self.rng.pick(&["", "", "/"]);
            nodes.push(block(
                format!("Directory \"{}\"", self.below(path)),
                self.body(Place::Directory, 85, 1),
            ));
        }
        if self.rng.chance(15) {
            nodes.push(block(
                format!("Directory \"{}\"", self.below("")),
                self.body(Place::Directory, 40, 1),
            ));
        }
        if self.rng.chance(35) {
            let path = self.rng.pick(&[
                "/sub",
                "/sub",
                "/sub/",
                "/s*",
                "/*",
                "/sub/deep",
                "/*/deep",
                "/open",
                "/su?",
                "/missing",
            ]);
            nodes.push(block(
                format!("Directory \"{}\"", self.below(path)),
                self.body(Place::Directory, 35, 1),
            ));
        }
        if self.uses(Feature::Match, 60) {
            let pattern = self.rng.pick(&[
                "/",
                "/sub",
                "/sub/",
                "/(sub|open)",
                "/.*f\\.html$",
                "/s[a-z]+/deep",
            ]);
            let head = if self.rng.chance(70) { "DirectoryMatch" } else { "Directory ~" };
            let start = self.rng.pick(&["^", ""]);
            let path = self.below(pattern);
            nodes.push(block(
                format!("{head} \"{start}{path}\""),
                self.body(Place::Directory, 35, 1),
            ));
        }
        nodes
    }

    /// Sections that stand in the virtual host: in the main server they would be about every site.
    fn locations(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        if self.uses(Feature::Location, 90) {
            for _ in 0..self.rng.between(1, 2) {
                let path = self.rng.pick(&[
                    "/",
                    "/sub",
                    "/sub/",
                    "/f.html",
                    "/sub/f.html",
                    "/s*",
                    "/*.html",
                    "/al",
                    "/cgi",
                    "/p/",
                    "/old",
                    "/open",
                    "/missing",
                    "/sub/../sub",
                ]);
                let mut body = self.body(Place::Location, 45, 1);
                if self.uses(Feature::Redirect, 20) {
                    body.push(line("Redirect 302 http://other.test/"));
                }
                nodes.push(block(format!("Location {path}"), body));
            }
        }
        if self.uses(Feature::Match, 60) {
            let pattern =
                self.rng.pick(&["^/sub", "html$", "/(f|g)", "^/$", "^/(?!open)", "/deep/"]);
            let head = if self.rng.chance(70) { "LocationMatch" } else { "Location ~" };
            nodes.push(block(format!("{head} \"{pattern}\""), self.body(Place::Location, 35, 1)));
        }
        if self.uses(Feature::Files, 40) {
            let head = self.files_head();
            nodes.push(block(head, self.body(Place::Files, 35, 0)));
        }
        nodes
    }

    /// Aliases, programs and what is handed on.
    fn mapping(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        if self.uses(Feature::Alias, 100) {
            nodes.push(match self.rng.below(6) {
                0 => line(format!("AliasMatch ^/al/(.*)$ {}/$1", self.below("/sub"))),
                1 => line(format!("Alias /al/ {}/", self.below("/sub"))),
                2 => line(format!("Alias /sub {}", self.below("/open"))),
                3 => line(format!("Alias /al/f.html {}", self.below("/sub/g.html"))),
                4 => line(format!("AliasMatch ^/(f|g)\\.html {}/$1.html", self.below("/sub"))),
                _ => line(format!("Alias /al {}", self.below("/sub"))),
            });
            self.paths
                .extend(["/al/f.html", "/al/", "/al", "/alx", "/al/g.html"].map(String::from));
        }
        if self.uses(Feature::Cgi, 100) {
            nodes.push(line(format!("ScriptAlias /cgi/ \"{}/cgi/\"", self.folder)));
            if self.rng.chance(60) {
                nodes.push(block(
                    format!("Directory \"{}/cgi\"", self.folder),
                    self.body(Place::Directory, 60, 1),
                ));
            }
            self.paths.extend(
                ["/cgi/show", "/cgi/show", "/cgi/show/info", "/cgi/other", "/cgi/none", "/cgi/"]
                    .map(String::from),
            );
        }
        if self.uses(Feature::Proxy, 100) {
            let stub = self.ports.stub;
            if self.rng.chance(30) {
                nodes.push(line("ProxyPass /p/own !"));
            }
            if self.rng.chance(25) {
                nodes.push(block(
                    "Location /p/",
                    vec![line(format!("ProxyPass http://127.0.0.1:{stub}/"))],
                ));
            } else {
                nodes.push(line(format!("ProxyPass /p/ http://127.0.0.1:{stub}/")));
            }
            if self.rng.chance(50) {
                let head = match self.rng.below(4) {
                    0 => "Proxy *".to_owned(),
                    1 => "ProxyMatch ^http://127".to_owned(),
                    2 => format!("Proxy http://127.0.0.1:{stub}/x"),
                    _ => format!("Proxy http://127.0.0.1:{stub}/"),
                };
                nodes.push(block(head, self.body(Place::Location, 60, 0)));
            }
            if self.rng.chance(20) {
                nodes.push(line("RequestHeader unset Authorization"));
            }
            self.paths.extend(["/p/", "/p/x", "/p/x", "/p/own", "/p"].map(String::from));
        }
        if self.uses(Feature::Redirect, 100)
            || self.uses(Feature::Rewrite, 100)
            || self.uses(Feature::FolderRewrite, 100)
        {
            self.paths.extend(
                [
                    "/old/f.html",
                    "/old",
                    "/gone",
                    "/forbid",
                    "/login",
                    "/ext",
                    "/a.txt",
                    "/x",
                    "/temp",
                    "/F.HTML",
                ]
                .map(String::from),
            );
        }
        nodes
    }

    /// The .htaccess files of the site, and what lets httpd read them.
    fn htaccess(&mut self, nodes: &mut Vec<Node>) {
        // of several names the first one counts whose file is there
        let mut there: &[&str] = &[".htaccess"];
        if self.uses(Feature::Override, 40) {
            let names =
                self.rng.pick(&[".acl", ".missing .acl", ".acl .htaccess", ".htaccess .acl"]);
            nodes.push(line(format!("AccessFileName {names}")));
            there = self.rng.one(&[&[".htaccess"][..], &[".acl"], &[".htaccess", ".acl"]]);
        }
        let mut inner = vec![line("AllowOverride All")];
        if self.uses(Feature::Override, 80) {
            inner = self.overrides();
            // what AllowOverride drops below takes this away nevertheless
            if self.uses(Feature::Compat, 50) {
                inner.extend(self.compat());
            }
        }
        let path = self.below("");
        nodes.push(block(format!("Directory \"{path}\""), inner));
        if self.uses(Feature::Override, 30) {
            let inner = self.overrides();
            nodes.push(block(format!("Directory \"{path}/sub\""), inner));
        }
        let folders: [(&str, usize, usize); 4] =
            [("", 50, 85), ("/sub", 40, 35), ("/sub/deep", 10, 30), ("/open", 10, 30)];
        for (folder, share, full) in folders {
            if !self.rng.chance(share) {
                continue;
            }
            for name in there {
                let mut body = self.body(Place::Htaccess, full, 1);
                if self.uses(Feature::Broken, 40) {
                    body.extend(self.broken());
                }
                if folder == "/open" && self.rng.chance(60) {
                    body = vec![line(self.rng.pick(&[
                        "Require all granted",
                        "Satisfy any",
                        "AuthType None",
                        "AuthMerging Off",
                    ]))];
                }
                self.files.push(file(&format!("t{}{folder}/{name}", self.number), body));
            }
        }
    }

    fn overrides(&mut self) -> Vec<Node> {
        let mut nodes = vec![line(format!(
            "AllowOverride {}",
            self.rng.pick(&[
                "All",
                "None",
                "None",
                "AuthConfig",
                "AuthConfig",
                "AuthConfig Limit",
                "Limit",
                "FileInfo",
                "FileInfo AuthConfig Limit Indexes",
                "Options=Indexes AuthConfig",
                "AuthConfig Nonfatal=Override",
                "FileInfo Nonfatal=Override",
                "Nonfatal=Override",
                "Nonfatal=All AuthConfig",
                "Nonfatal=Unknown All",
                "All Nonfatal=Unknown",
                "None Nonfatal=All",
            ])
        ))];
        if self.rng.chance(25) {
            nodes.push(line(format!(
                "AllowOverrideList {}",
                self.rng.pick(&[
                    "None",
                    "Require",
                    "Require AuthType AuthName AuthUserFile",
                    "Order Allow Deny Satisfy",
                    "Redirect require"
                ])
            )));
        }
        nodes
    }
}
