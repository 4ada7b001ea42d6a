//! Ordinary files that look like templates, templates of every notation, and bytes that are neither.

use super::HoleKind::{Lines, Statement, Value};
use super::*;

fn detect(name: &str, text: &str) -> Option<Template> {
    Template::detect(Path::new(name), text.as_bytes())
}

/// The text that parsers read of a file that must be a template.
fn masked(name: &str, text: &str) -> String {
    let template = detect(name, text).expect("a template");
    assert_eq!(template.masked().len(), text.len());
    String::from_utf8(template.masked().to_vec()).expect("UTF-8")
}

#[test]
fn ordinary_files_are_no_templates() {
    for text in [
        "http { server { listen 80; location / { return 200 ok; } } }",
        "location ~ ^/a{2}/[0-9]{2,3}$ { try_files $uri @app@; }",
        "location ~ /proxy/(?<proxy>.*)$ { proxy_pass http://${host}:8080; }",
        "listen ${PORT};",
        "CustomLog ${APACHE_LOG_DIR}/access.log combined",
        "LogFormat \"%h %l %u [%{%Y-%m-%d %H:%M:%S}t.%{usec_frac}t] %>s %h%l%u\" x",
        "ErrorLogFormat \"[%{cu}t] [%-m:%-l] %M% ,\\ referer\\ %{Referer}i\"",
        "RewriteCond %{HTTP_HOST} ^(.+)$\nRewriteRule ^ /caf%C3%A9/%E2%80%99x%20[L]",
        "<VirtualHost *:80>\n  <Directory /your-domain>\n  </Directory>\n</VirtualHost>",
        "# see http://<your-domain>/ and {{ nothing }}\nlisten 80; # <your-domain> @NAME@ __NAME__\n",
        "# %CopyrightBegin%\nListen 80",
        "content_by_lua_block {\n  local t = {{name}, {other}}\n  ngx.say({{a}})\n}\n",
        "sub_filter '{{ title }}' 'x'; sub_filter '<your-name>' 'y';",
        "Substitute s@FOO@BAR@",
        "return 200 '<html><head><title>x</title></head></html>';",
        "<Macro VHost $name @PATH@ %PORT%>\n  Alias /x @PATH@\n</Macro>",
        "set $__NAME__ 1;",
        "try_files $uri @backend; error_page 404 = @fallback;",
        "log_format j escape=json '{\"a\":{\"b\":\"$uri\"}}';",
    ] {
        assert_eq!(detect("nginx.conf", text), None, "{text}");
    }
    assert_eq!(detect("nginx.conf.template", "listen 80; return 301 https://${host}$uri;"), None);
}

#[test]
fn each_notation_is_masked_in_place() {
    for (name, text, expected) in [
        ("a.conf", "listen {{ port }};", "listen xxxxxxxxxx;"),
        ("a.conf", "listen {{port}};", "listen xxxxxxxx;"),
        ("a.conf", "root {{{path}}}/x;", "root xxxxxxxxxx/x;"),
        ("a.conf", "root {{ a | d(\"}}\") }};", "root xxxxxxxxxxxxxxxxx;"),
        ("a.conf", "root {{ {'a': {'b': 1}} }};", "root xxxxxxxxxxxxxxxxxxxxx;"),
        ("a.conf", "Listen <%= @port -%>:1", "Listen xxxxxxxxxxxxx:1"),
        ("a.conf", "Alias /x @DOCROOT@/x", "Alias /x xxxxxxxxx/x"),
        ("a.conf.in", "Alias /x @docroot@/x", "Alias /x xxxxxxxxx/x"),
        ("a.conf", "Listen %PORT%", "Listen xxxxxx"),
        ("a.tpl", "listen %ip%:%proxy_port%;", "listen xxxx:xxxxxxxxxxxx;"),
        ("a.conf", "root %%PREFIX%%/www;", "root xxxxxxxxxx/www;"),
        ("a.conf", "location __PATH__/ { }", "location xxxxxxxx/ { }"),
        ("a.conf", "server_name <your-domain>;", "server_name xxxxxxxxxxxxx;"),
        ("a.conf", "ServerName <DOMAIN>", "ServerName xxxxxxxx"),
        ("a.conf.template", "listen ${PORT} $HOST $host;", "listen xxxxxxx xxxxx $host;"),
        ("a.conf", "listen ${PORT:-80};", "listen xxxxxxxxxxx;"),
        ("a.tftpl", "listen ${var.port}; return $${host};", "listen xxxxxxxxxxx; return $${host};"),
        ("a.conf", "ServerName <TMPL_VAR HOSTNAME>:80", "ServerName xxxxxxxxxxxxxxxxxxx:80"),
    ] {
        assert_eq!(masked(name, text), expected);
    }
}

#[test]
fn statements_leave_blanks_but_do_not_split_words() {
    assert_eq!(
        masked("a.conf", "<Location{% if m %}Match{% endif %} \"{{ p }}\">"),
        "<LocationxxxxxxxxxxMatch            \"xxxxxxx\">"
    );
    assert_eq!(
        masked("a.conf", "pass http{% if tls %}s{% endif %}://x; {% if y %}gzip on;{% endif %}"),
        "pass httpxxxxxxxxxxxxsxxxxxxxxxxx://x;           gzip on;           "
    );
    assert_eq!(masked("a.conf", "a {# {{ no }} #} {% if b %};"), "a                          ;");
}

#[test]
fn a_value_alone_on_its_line_may_become_anything() {
    let text = "http {\n  {{ include }}\n  {{ a }} {{ b }};\n  {% if x %}{{ y }}{% endif %}\n}\n";
    let template = detect("a.conf", text).expect("a template");
    let kinds: Vec<HoleKind> = template.holes().iter().map(|hole| hole.kind).collect();
    assert_eq!(kinds, [Lines, Value, Value, Statement, Lines, Statement]);
}

#[test]
fn a_construct_of_many_lines_is_one_line() {
    let text = "# {{ a\n  | b }} c\nListen {{ d\n }}:{{ e }}\n<%-\n  x = 1\n-%>\n";
    let masked = masked("a.conf.erb", text);
    assert_eq!(masked.lines().count(), 3, "{masked}");
    assert!(masked.contains("Listen xxxxxxxx:xxxxxxx\n"));
}

#[test]
fn raw_text_stays_as_it_is() {
    assert_eq!(
        masked("a.conf", "{% raw %}a {{ b }}{% endraw %} {{ c }};"),
        "         a {{ b }}             xxxxxxx;"
    );
    assert_eq!(
        masked("a.conf", "x{% comment %} {{ b }} {% endcomment %} {{ c }};")
            .trim_start_matches('x')
            .trim_start(),
        "xxxxxxx;"
    );
}

/// The offsets of `needles` in `text`.
fn offsets<const N: usize>(text: &str, needles: [&str; N]) -> [u32; N] {
    needles.map(|needle| text.find(needle).expect("in the text") as u32)
}

#[test]
fn arms_of_one_block_exclude_each_other() {
    for (name, text) in [
        ("a", "{% if x %}\none;\n{% elif y %}\ntwo;\n{% else %}\nthree;\n{% endif %}\nfour;"),
        ("a", "{{ if .x }}\none;\n{{ else if .y }}\ntwo;\n{{ else }}\nthree;\n{{ end }}\nfour;"),
        ("a", "{{#if x}}\none;\n{{else if y}}\ntwo;\n{{else}}\nthree;\n{{/if}}\nfour;"),
        ("a", "<% if x %>\none;\n<%- elsif y -%>\ntwo;\n<% else %>\nthree;\n<% end -%>\nfour;"),
        (
            "a",
            "<% if $x { -%>\none;\n<% } elsif $y { -%>\ntwo;\n<% } else { %>\nthree;\n<% } %>\nfour;",
        ),
        ("a", "<TMPL_IF X>\none;\n<TMPL_ELSIF Y>\ntwo;\n<TMPL_ELSE>\nthree;\n</TMPL_IF>\nfour;"),
        ("a.tftpl", "%{ if x ~}\none;\n%{ else }\ntwo;\n%{ else }\nthree;\n%{ endif }${a}\nfour;"),
    ] {
        let template = detect(name, text).unwrap_or_else(|| panic!("no template: {text}"));
        let [one, two, three, four] = offsets(text, ["one", "two", "three", "four"]);
        assert!(template.excludes(one, two) && template.excludes(three, one), "{text}");
        assert!(template.excludes(two, three), "{text}");
        assert!(!template.excludes(one, one) && !template.excludes(one, four), "{text}");
        assert!(template.is_conditional(two) && !template.is_conditional(four), "{text}");
    }
}

#[test]
fn a_mustache_section_and_its_inverse_exclude_each_other() {
    let text = "{{#tls}}\none;\n{{/tls}}\n{{^tls}}\ntwo;\n{{/tls}}\n{{#other}}\nthree;\n{{/other}}";
    let template = detect("a", text).expect("a template");
    let [one, two, three] = offsets(text, ["one", "two", "three"]);
    assert!(template.excludes(one, two));
    assert!(!template.excludes(one, three) && !template.excludes(two, three));
}

#[test]
fn arms_nest() {
    let text = "{% if a %}{% for b in c %}one;{% endfor %}two;{% else %}{% if d %}three;{% endif %}{% endif %}";
    let template = detect("a", text).expect("a template");
    let [one, two, three] = offsets(text, ["one", "two", "three"]);
    assert!(template.excludes(one, three) && template.excludes(two, three));
    assert!(!template.excludes(one, two));
}

#[test]
fn ruby_blocks_are_told_by_their_ends() {
    let text = "<% x.each do |y| -%>\none;\n<%- end -%>\ntwo;\n<% if a then b end %>\nthree;\n<% [1].each |$p| { -%>\nfour;\n<% } -%>\nfive;";
    let template = detect("a.erb", text).expect("a template");
    let [one, two, three, four, five] = offsets(text, ["one", "two", "three", "four", "five"]);
    assert!(template.is_conditional(one) && !template.is_conditional(two));
    assert!(!template.is_conditional(three) && template.is_conditional(four));
    assert!(!template.is_conditional(five));
}

#[test]
fn what_is_never_closed_reaches_to_the_end() {
    let text = "{% endif %}{% if x %}one;{% endfor %}{% else %}two;{{ y";
    let template = detect("a", text).expect("a template");
    let [one, two] = offsets(text, ["one", "two"]);
    assert!(template.excludes(one, two));
}

#[test]
fn any_bytes_will_do_and_quickly() {
    let start = std::time::Instant::now();
    for piece in [
        "{{",
        "{{ ",
        "{% if x %}",
        "{% endfor %}",
        "{% raw %}",
        "<%",
        "<% ",
        "{#",
        "{{!--}}",
        "{{ '",
        "@A",
        "%A",
        "__A",
        "<a-",
        "${A",
        "<TMPL_",
        "{{a}}",
        "{{{",
        "<% { |",
        ":-${",
        "%%",
        "{% endif %}{{#x}}{{^x}}",
    ] {
        let mut text = piece.repeat(100_000 / piece.len());
        text.push_str("{{ x }} {% if y %} <%= z %> @NAME@ %NAME% __NAME__ <your-name> %%NAME%%");
        let found = detect("a.template", &text);
        if let Some(template) = &found {
            assert_eq!(template.masked().len(), text.len());
            let apart = template.spans().windows(2).all(|pair| pair[0].end <= pair[1].start);
            assert!(apart, "{piece}");
            for offset in (0..text.len() as u32).step_by(9_999) {
                let _ = template.excludes(offset, text.len() as u32 / 2);
            }
        }
    }
    assert!(start.elapsed().as_secs() < 20, "took {:?}", start.elapsed());
}
