//! What changes the request or answers it: variables, redirects, rules of mod_rewrite, indexes, pages for errors.

use super::{Feature, Generator};
use crate::conf::{Node, line};

impl Generator {
    /// A variable that depends on the request, or one that comes too late to matter.
    pub(super) fn set_env(&mut self) -> Node {
        line(self.rng.pick(&[
            "SetEnvIf X-Env yes trusted",
            "SetEnvIf X-Env . trusted=1",
            "SetEnvIf X-Env yes !trusted",
            "SetEnvIfNoCase X-Env ^YES$ trusted other=x",
            "SetEnvIf Request_URI \"^/sub/\" trusted",
            "SetEnvIf Request_URI f\\.html$ other",
            "SetEnvIf Remote_Addr ^127\\.0\\.0\\.1$ trusted",
            "SetEnvIf Request_Method ^(GET|HEAD)$ trusted",
            "SetEnvIf Request_Protocol HTTP/1 other",
            "SetEnvIf trusted 1 other",
            "BrowserMatch bot trusted",
            "BrowserMatchNoCase ^BOT !trusted",
            "SetEnvIf Authorization \"(.+)\" HTTP_AUTHORIZATION=$1",
            "SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1",
            "SetEnvIf Host ^s trusted",
            "SetEnv trusted 1",
            "SetEnvIfExpr \"%{QUERY_STRING} == 'x=a'\" trusted",
            "UnsetEnv trusted",
        ]))
    }

    pub(super) fn error_document(&mut self) -> Node {
        let status = self.rng.pick(&["401", "401", "403", "403", "404", "500", "405"]);
        let page = self.rng.pick(&[
            "/err.html",
            "/err.html",
            "/sub/f.html",
            "/open/f.html",
            "/missing.html",
            "/f.html",
            "\"go away\"",
            "http://other.test/",
            "http://other.test/",
            "http://other.test/",
            "default",
            "/old/f.html",
            "/cgi/show",
            "/open/",
        ]);
        line(format!("ErrorDocument {status} {page}"))
    }

    /// DirectoryIndex, DirectorySlash and Options.
    pub(super) fn index(&mut self) -> Node {
        line(self.rng.pick(&[
            "DirectoryIndex f.html",
            "DirectoryIndex missing.html g.html index.html",
            "DirectoryIndex index.html f.html",
            "DirectoryIndex disabled",
            "DirectoryIndex /open/f.html",
            "DirectoryIndex missing.html",
            "DirectorySlash Off",
            "Options -Indexes",
            "Options +Indexes",
            "Options None",
            "Options Indexes FollowSymLinks",
            "FallbackResource /f.html",
            "FallbackResource disabled",
        ]))
    }

    pub(super) fn redirect(&mut self) -> Node {
        line(self.rng.pick(&[
            "Redirect /old /sub",
            "Redirect permanent /old http://other.test/x",
            "Redirect 303 /sub/old /f.html",
            "Redirect gone /gone",
            "Redirect 403 /forbid",
            "Redirect 401 /login",
            "Redirect 404 /sub/g.html",
            "RedirectMatch ^/old/(.*)$ /sub/$1",
            "RedirectMatch 403 \\.txt$",
            "RedirectMatch 410 ^/gone",
            "RedirectMatch seeother \"^/(a|b)\\.txt$\" /f.html?$1",
            "RedirectTemp /temp /f.html",
            "RedirectPermanent /perm /f.html",
        ]))
    }

    /// A condition of a rule, with its flags.
    fn rule_condition(&mut self) -> Node {
        line(self.rng.pick(&[
            "RewriteCond %{REQUEST_METHOD} =GET",
            "RewriteCond %{REQUEST_METHOD} !=GET",
            "RewriteCond %{REQUEST_METHOD} ^(POST|OPTIONS)$",
            "RewriteCond %{HTTP:X-Env} yes",
            "RewriteCond %{HTTP:X-Env} !YES [NC]",
            "RewriteCond %{HTTP:X-Env} ^$ [OR]",
            "RewriteCond %{QUERY_STRING} x=(a|b)",
            "RewriteCond %{QUERY_STRING} ^$",
            "RewriteCond %{REQUEST_URI} ^/sub/",
            "RewriteCond %{REQUEST_URI} !html$ [OR]",
            "RewriteCond %{REQUEST_FILENAME} !-f",
            "RewriteCond %{REQUEST_FILENAME} -f",
            "RewriteCond %{REQUEST_FILENAME} !-d",
            "RewriteCond %{DOCUMENT_ROOT}/f.html -f",
            "RewriteCond %{HTTP_HOST} ^s [NC]",
            "RewriteCond %{REMOTE_ADDR} ^127\\.0\\.0\\.1$",
            "RewriteCond %{HTTP_USER_AGENT} bot [NC]",
            "RewriteCond %{HTTP:Authorization} .",
            "RewriteCond %{HTTP:Authorization} ^$",
            "RewriteCond %{HTTPS} off",
            "RewriteCond %{THE_REQUEST} \"^GET /f\"",
            "RewriteCond %{ENV:REDIRECT_STATUS} ^$",
            "RewriteCond %{REMOTE_USER} =alice",
            "RewriteCond %{ENV:trusted} 1",
            "RewriteCond %{ENV:REDIRECT_trusted} 1",
            "RewriteCond expr \"%{REQUEST_METHOD} == 'GET'\"",
            "RewriteCond $1 ^f",
        ]))
    }

    fn rules(&mut self, rules: &[&'static str], sequences: &[&[&'static str]]) -> Vec<Node> {
        let mut nodes = Vec::new();
        for _ in 0..self.rng.between(1, 3) {
            for _ in 0..self.rng.one(&[0, 0, 1, 1, 2]) {
                nodes.push(self.rule_condition());
            }
            nodes.push(line(self.rng.pick(rules).replace("STUB", &self.ports.stub.to_string())));
        }
        if self.rng.chance(25) {
            nodes.extend(self.rng.one(sequences).iter().map(|rule| line(*rule)));
        }
        let engine = self.rng.pick(&["On", "On", "On", "On", "On", "Off"]);
        nodes.insert(0, line(format!("RewriteEngine {engine}")));
        nodes
    }

    /// Rules of a virtual host.
    pub(super) fn server_rules(&mut self) -> Vec<Node> {
        self.rules(
            &[
                "RewriteRule ^/old/(.*)$ /sub/$1 [L]",
                "RewriteRule ^/old/(.*)$ /sub/$1 [PT]",
                "RewriteRule ^/old - [F]",
                "RewriteRule ^/gone - [G]",
                "RewriteRule ^/login - [R=401,L]",
                "RewriteRule ^/(f|g)\\.html$ /sub/$1.html",
                "RewriteRule ^/sub/(.*) /$1 [R,L]",
                "RewriteRule ^/ext http://other.test/ [R=301,L]",
                "RewriteRule ^/ext http://other.test/",
                "RewriteRule . - [E=trusted:1]",
                "RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]",
                "RewriteRule ^/open/ - [L]",
                "RewriteRule !html$ - [F]",
                "RewriteRule ^/F\\.HTML$ /g.html [NC,L]",
                "RewriteRule ^/g\\.html$ /f.html?x=a [QSA,L]",
                "RewriteRule ^/p/(.*)$ http://127.0.0.1:STUB/$1 [P]",
                "RewriteRule ^/sub/ - [S=1]",
                "RewriteRule ^ - [END]",
                "RewriteRule ^/(.*)$ %{DOCUMENT_ROOT}/$1",
            ],
            &[
                &["RewriteRule ^/x - [C]", "RewriteRule ^ - [F]"],
                &[
                    "RewriteRule ^/f\\.html$ /g.html [C]",
                    "RewriteRule ^/g\\.html$ /sub/g.html [PT]",
                ],
                &[
                    "RewriteRule !^/sub/ - [C]",
                    "RewriteRule ^ - [E=trusted:1,C]",
                    "RewriteRule ^/g - [G]",
                ],
                &["RewriteRule ^/g\\.html$ - [S=1]", "RewriteRule ^/ - [F]"],
            ],
        )
    }

    /// Rules of a folder.
    pub(super) fn folder_rules(&mut self) -> Vec<Node> {
        let mut nodes = self.rules(
            &[
                "RewriteRule ^old/(.*)$ sub/$1 [L]",
                "RewriteRule ^old/(.*)$ /sub/$1 [L]",
                "RewriteRule ^old - [F]",
                "RewriteRule ^gone - [G]",
                "RewriteRule ^login - [R=401,L]",
                "RewriteRule ^(f|g)\\.html$ sub/$1.html [L]",
                "RewriteRule ^f\\.html$ g.html [L]",
                "RewriteRule ^f\\.html$ g.html [END]",
                "RewriteRule ^ext http://other.test/ [R=301,L]",
                "RewriteRule ^x(.*) f.html [R,L]",
                "RewriteRule ^ index.html [L]",
                "RewriteRule ^ index.html [END]",
                "RewriteRule . /index.html [L]",
                "RewriteRule ^index\\.html$ - [L]",
                "RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]",
                "RewriteRule .* - [F]",
                "RewriteRule !html$ - [F]",
                "RewriteRule ^$ f.html [L]",
                "RewriteRule ^deep/ - [L]",
                "RewriteRule ^(.*)$ $1",
                "RewriteRule ^g\\.html$ f.html?x=a [QSA,L]",
                "RewriteRule ^sub/(.*) http://127.0.0.1:STUB/$1 [P]",
                "RewriteRule ^old /cgi/show [E=HTTP_AUTHORIZATION:%{HTTP:Authorization},L]",
                "RewriteRule ^x /open/f.html [E=trusted:1,L]",
            ],
            &[
                &["RewriteRule ^f\\.html$ g.html [END]", "RewriteRule ^g\\.html$ - [F]"],
                &["RewriteRule ^index\\.html$ f.html [END]", "RewriteRule !^index - [G]"],
                &["RewriteRule ^x - [C]", "RewriteRule . - [F]"],
                &["RewriteRule ^f\\.html$ - [C]", "RewriteRule ^ /open/f.html [L]"],
                &[
                    "RewriteRule !^sub - [E=trusted:1,C]",
                    "RewriteRule ^g - [C]",
                    "RewriteRule ^ - [G]",
                ],
                &["RewriteRule ^g\\.html$ - [S=1]", "RewriteRule ^ - [F]"],
            ],
        );
        if self.rng.chance(10) {
            nodes.insert(
                1,
                line(format!("RewriteBase {}", self.rng.pick(&["/", "/sub/", "/open"]))),
            );
        }
        nodes
    }

    /// What stands directly in the virtual host.
    pub(super) fn host_code(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        if self.uses(Feature::Env, 70) {
            nodes.push(self.set_env());
        }
        if self.uses(Feature::ErrorDocument, 50) {
            nodes.push(self.error_document());
        }
        if self.uses(Feature::Redirect, 80) {
            nodes.push(self.redirect());
        }
        if self.uses(Feature::Rewrite, 90) {
            nodes.extend(self.server_rules());
        }
        if self.uses(Feature::Index, 40) {
            nodes.push(line(
                self.rng.pick(&["DirectoryIndex f.html", "DirectoryIndex index.html g.html"]),
            ));
        }
        if self.uses(Feature::RemoteIp, 100) {
            nodes.push(line(
                self.rng.pick(&["RemoteIPHeader X-Forwarded-For", "RemoteIPHeader X-Real-IP"]),
            ));
            for _ in 0..self.rng.below(3) {
                nodes.push(line(self.rng.pick(&[
                    "RemoteIPInternalProxy 127.0.0.1",
                    "RemoteIPInternalProxy 127.0.0.0/8",
                    "RemoteIPTrustedProxy 127.0.0.1",
                    "RemoteIPTrustedProxy 127.0.0.0/30 10.0.0.1",
                ])));
            }
        }
        nodes
    }
}
