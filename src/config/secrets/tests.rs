//! Canaries: what must never show stands between `«` and `»`, and everything else must stay readable.

use crate::config::{Options, load};
use crate::source::Memory;
use std::path::PathBuf;

/// A text with stars over its secrets, byte for byte.
fn masked(name: &str, text: &str) -> String {
    let mut memory = Memory::default();
    memory.insert(name, text);
    let project = load(&memory, &[PathBuf::from(name)], &Options::default());
    let (id, _) = project.sources.iter().next().expect("a file");
    let mut bytes = text.as_bytes().to_vec();
    let secrets = project.secrets_of(id);
    assert!(secrets.windows(2).all(|pair| pair[0].end < pair[1].start), "{secrets:?}");
    for secret in secrets {
        bytes[secret.range()].fill(b'*');
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// Each line, put between `head` and `tail` without its marks, must show stars between them and nowhere else.
fn check(name: &str, head: &str, lines: &[&str], tail: &str) {
    for line in lines {
        let mut expected = String::new();
        for (index, part) in line.split(['«', '»']).enumerate() {
            expected += &if index % 2 == 0 { part.to_owned() } else { "*".repeat(part.len()) };
        }
        let text = format!("{head}{}{tail}", line.replace(['«', '»'], ""));
        assert_eq!(masked(name, &text), format!("{head}{expected}{tail}"));
    }
}

const NGINX: (&str, &str) =
    ("events {}\nhttp {\n  server {\n    location / {\n", "\n    }\n  }\n}\n");

#[test]
fn arguments_of_nginx() {
    check(
        "nginx.conf",
        NGINX.0,
        &[
            "proxy_set_header Authorization \"Basic «YWxpY2U6c2VjcmV0»\";",
            "proxy_set_header Authorization \"Bearer «my-secret-token»\";",
            "proxy_set_header X-Api-Key «hunter2»;",
            "proxy_set_header Authorization Bearer «quiet» «word»;",
            "proxy_set_header X-Api-Key '«it\\'s p@ss;word»';",
            "proxy_set_header Cookie \"session=«abc»; other=$cookie_other\";",
            "add_header Set-Cookie \"id=«12345»; Path=/; HttpOnly; SameSite=Lax\";",
            "fastcgi_param HTTP_AUTHORIZATION «abc$def»;",
            "more_set_input_headers 'Authorization: Bearer «abcd»' 'X-Other: abcd';",
            "set $token \"«t0ps3cret»\";",
            "if ($http_authorization = \"Bearer «static-word»\") { return 200; }",
            "if ($http_authorization ~ \"^Bearer «static-word»$\") { return 200; }",
            "if ($http_x_api_key != «abcdefg)» { return 401; }",
            "secure_link_md5 \"$secure_link_expires$uri «quiet word»\";",
            "set $jwt_prefix \"«abc$uri»\"; set $my_token \"$uri «abc»\";",
        ],
        NGINX.1,
    );
}

#[test]
fn harmless_words_of_nginx() {
    check(
        "nginx.conf",
        NGINX.0,
        &[
            "proxy_set_header Authorization $http_authorization;",
            "proxy_set_header Authorization \"Bearer $token\";",
            "proxy_set_header Authorization \"\";",
            "proxy_set_header Authorization \"Basic ${encoded}\";",
            "proxy_set_header Cookie $http_cookie;",
            "proxy_pass_header Authorization; proxy_hide_header Set-Cookie;",
            "auth_basic \"Basic authentication\"; auth_basic_user_file /etc/nginx/htpasswd;",
            "fastcgi_param HTTP_AUTHORIZATION $http_authorization if_not_empty;",
            "if ($http_authorization = \"\") { return 401; }",
            "if ($http_authorization ~* \"^Bearer (.+)$\") { set $token $1; }",
            "# basic authentication with a Bearer token: see https://example.com/user@host",
            "proxy_pass http://$user:$password@backend; rewrite ^/(.*)$ http://a.example/$1$is_args$args;",
            "add_header WWW-Authenticate 'Basic realm=\"x\"'; add_header Vary Cookie;",
            "set $auth_token off; proxy_set_header X-Api-Key $http_x-api-key;",
            "proxy_set_header X-Api-Key \"${http_x-api-key}\";",
            "# Basic IfModule",
        ],
        NGINX.1,
    );
}

#[test]
fn lines_of_a_map() {
    check(
        "nginx.conf",
        "events {}\nhttp {\n  map $http_authorization $who {\n",
        &[
            "default \"\"; \"Bearer «first-word»\" alice; \"~^Basic «c2VjcmV0»$\" bob;",
            "\"~^Bearer (?<rest>.+)$\" $rest; include tokens.map;",
            "\"Basic «YWxpY2U6c2VjcmV0»\" 1;",
        ],
        "\n  }\n}\n",
    );
    check(
        "nginx.conf",
        "events {}\nhttp {\n  map $host $api_token {\n",
        &["default \"\"; a.example «word»; b.example $host;"],
        "\n  }\n}\n",
    );
}

#[test]
fn arguments_of_apache() {
    check(
        "httpd.conf",
        "Listen 80\n",
        &[
            "RequestHeader set Authorization \"Basic «YWxpY2U6c2VjcmV0»\"",
            "RequestHeader set Authorization \"Bearer «quiet-word»\" env=FOO",
            "RequestHeader set Authorization \"Bearer %{OIDC_access_token}e\"",
            "RequestHeader set Authorization expr=%{HTTP:X-Auth}",
            "Header always set Set-Cookie \"a=«b»; Path=/\"",
            "SetEnv API_TOKEN «word»",
            "AuthLDAPBindPassword «p» «ssword»",
            "AuthLDAPBindPassword \"«p$1 % word»\"",
            "AuthLDAPBindPassword exec:/bin/password",
            "OIDCClientSecret «abc»",
            "SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1",
            "SetEnvIf Authorization \"^Bearer «quiet-word»$\" known",
            "RewriteCond %{HTTP:Authorization} ^(.+)$",
            "RewriteCond %{HTTP:Authorization} \"!=Bearer «quiet»\"",
            "RewriteCond %{HTTP_COOKIE} !wordpress_logged_in [NC]",
            "RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]",
            "<If \"%{HTTP:X-Api-Key} == '«word»'\">\n</If>",
            "<If \"%{HTTP:Authorization} =~ /^Bearer «quiet-word»$/ && %{HTTP_HOST} == 'a'\">\n</If>",
            "<If \"-n %{HTTP_COOKIE} && %{REQUEST_URI} == '/token'\">\n</If>",
            "SetEnvIfExpr \"%{HTTP:X-Auth-Token} -eq '«word»'\" ok",
            "<If \"%{HTTP:X-Api-Key} == ''\">\n</If>",
            "ProxyPass / ajp://backend:8009/ secret=«word»",
            "ProxyPass / http://user:«word»@backend/",
            "Require valid-user",
        ],
        "\n",
    );
}

#[test]
fn credentials_anywhere() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
    check(
        "nginx.conf",
        "events {}\nhttp {\n",
        &[
            "# proxy_set_header Authorization \"Basic «YWxpY2U6c2VjcmV0»\";",
            "# curl -H 'Authorization: Bearer «abcDEF123456»' http://alice:«word»@host/",
            &format!("# {}", ["«", jwt, "»"].concat()),
            "# http://backend/?user=alice&api_key=«quiet-word»&x=1 and /x?token=$arg_token",
            "location /x { proxy_pass http://backend/?access_token=«word»; }",
            "# alice:«$apr1$lint401x$abcdefghijklmnopqrstu/»",
            "# alice:«$2y$05$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzABCDEF»",
            "# alice:«{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=»",
            "# https://«ghp_abcdefABCDEF0123»@github.com/x.git",
            "# -----BEGIN RSA PRIVATE KEY-----«\n# MIIEow\n# »-----END RSA PRIVATE KEY-----",
            "init_by_lua_block { h = \"Basic «YWxpY2U6c2VjcmV0»\" }",
            "# -----BEGIN CERTIFICATE-----\n# MIIEow\n# -----END CERTIFICATE-----",
        ],
        "\n}\n",
    );
}

#[test]
fn what_stands_behind_a_name() {
    check(
        "htpasswd",
        "",
        &[
            "alice:«$apr1$lint401x$abc»",
            "alice:«plain»",
            "#« bob:{SHA}abc»",
            "#« the old one was hunter2»",
            "«alice»",
            "«$apr1$lint401x$abcdefghijklmnopqrstu/»",
        ],
        "\n",
    );
    check("htdigest", "", &["alice:Staff:«0123456789abcdef0123456789abcdef»"], "\n");
}

#[test]
fn what_a_template_fills_in_is_no_secret() {
    check(
        "nginx.conf.j2",
        NGINX.0,
        &[
            "proxy_set_header Authorization \"Bearer {{ token }}\";",
            "proxy_set_header X-Api-Key «a»{{ b }}«c»;",
        ],
        NGINX.1,
    );
}

#[test]
fn any_bytes_will_do_and_quickly() {
    let start = std::time::Instant::now();
    for piece in [
        "Basic ",
        "basic Basic\\",
        "://a:",
        "://",
        "eyJ",
        "$2y$",
        "$1$",
        "-----BEGIN PRIVATE KEY-----",
        "earer",
        "Bearer\\s",
        "?token=",
        "aaaaaaaa=",
        "=",
    ] {
        let text = piece.repeat(300_000 / piece.len());
        let _ = super::literals::find(text.as_bytes());
    }
    assert!(start.elapsed().as_secs() < 20, "took {:?}", start.elapsed());
}

#[test]
fn what_macros_are_given_and_what_their_bodies_hold() {
    let head = "ServerRoot /srv\nListen 80\nLoadModule macro_module x\n<Macro inner $dn $pw>\nAuthLDAPBindDN $dn\n";
    let middle = "</Macro>\n<Macro m $pw>\nUse inner cn=x \"$pw\"\n</Macro>\n";
    check(
        "httpd.conf",
        head,
        &[
            &format!(
                "AuthLDAPBindPassword $pw\n{middle}Use m «hunter2»\nUse m \"«quiet word»\"\nUse m «hunter2»"
            ),
            &format!("AuthLDAPBindPassword «hunter2»\n{middle}Use m other\nUse m another"),
        ],
        "\n",
    );
}
