//! The nginx configurations that benchmarks read: the same ones every time.

use std::fmt::Write as _;

/// A main configuration with `http` in its http block.
pub(crate) fn nginx(http: &str) -> String {
    format!(
        "events {{}}\nhttp {{\n    server_names_hash_max_size 65536;\n    server_names_hash_bucket_size 128;\n{http}}}\n"
    )
}

/// Virtual hosts of at least so many bytes.
pub(crate) fn servers(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 4096);
    let mut number = 0;
    while text.len() < bytes {
        text += &server(number);
        number += 1;
    }
    text
}

/// A virtual host as people write them: a login, an exemption, locations that are proxied, comments.
pub(crate) fn server(number: usize) -> String {
    let mut text = format!(
        "# service {number}, kept by team {}\nserver {{\n    listen 127.0.0.1:8401;\n    server_name s{number}.example www.s{number}.example;\n    root /srv/www/s{number}/public;\n",
        number % 31
    );
    if number.is_multiple_of(3) {
        text += "    auth_basic \"Restricted\";\n    auth_basic_user_file htpasswd;\n";
    }
    text += "    location ^~ /.well-known/acme-challenge/ {\n        auth_basic off;\n        try_files $uri =404;\n    }\n";
    for part in 0..8 {
        let _ = write!(
            text,
            "    location /part{part}/ {{\n        # proxied to the application\n        proxy_http_version 1.1;\n        proxy_set_header Host $host;\n        proxy_set_header X-Real-IP $remote_addr;\n        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n        proxy_read_timeout {}s;\n        allow 10.0.0.0/8;\n        deny all;\n        proxy_pass http://127.0.0.1:{};\n    }}\n",
            10 + number % 90,
            9000 + number % 500
        );
    }
    text + "    location ~* \\.(?:css|js|png|jpe?g)$ {\n        expires 30d;\n        add_header Cache-Control \"public, max-age=2592000\" always;\n    }\n}\n\n"
}
