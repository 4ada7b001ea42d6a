//! Dumps as the servers print them, and texts that are none.

use super::*;
use crate::source::{DumpOrigin, FileId};

fn split(text: &str) -> Dump {
    Dump::split(text.as_bytes()).expect("a dump")
}

fn paths(dump: &Dump) -> Vec<&str> {
    dump.files.iter().map(|file| file.path.to_str().expect("UTF-8")).collect()
}

fn text<'d>(dump: &'d Dump, path: &str) -> &'d str {
    let file = dump.files.iter().find(|file| file.path.to_str() == Some(path)).expect("a file");
    std::str::from_utf8(&file.text).expect("UTF-8")
}

/// The line of `needle` in a file, counted from 1.
fn line(dump: &Dump, path: &str, needle: &str) -> usize {
    let text = text(dump, path);
    text[..text.find(needle).expect("in the file")].matches('\n').count() + 1
}

/// Every directive of every file stands at the place of the dump that the runs name.
fn check_runs(dump: &Dump, source: &str) {
    for file in &dump.files {
        let origin = DumpOrigin { dump: FileId::from_index(0), runs: file.runs.clone() };
        let mut at = 0;
        for line in file.text.split_inclusive(|&byte| byte == b'\n') {
            let word = line.trim_ascii();
            if !word.is_empty() && !word.starts_with(b"Include ") {
                let there = origin.to_dump(at) as usize;
                assert!(source.as_bytes()[there..].starts_with(line.trim_ascii_end()));
            }
            at += line.len() as u32;
        }
    }
}

#[test]
fn whole_files_come_back_as_they_were() {
    let source = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n\
                  # configuration file /etc/nginx/nginx.conf:\nevents {}\nhttp { include a.conf; }\n\n\
                  # configuration file /etc/nginx/a.conf:\nserver { listen 80; }\n\
                  # configuration file /etc/nginx/empty.conf:\n\n";
    let dump = split(source);
    assert_eq!(dump.format, DumpFormat::Whole);
    assert_eq!(
        paths(&dump),
        ["/etc/nginx/nginx.conf", "/etc/nginx/a.conf", "/etc/nginx/empty.conf"]
    );
    assert_eq!(text(&dump, "/etc/nginx/nginx.conf"), "events {}\nhttp { include a.conf; }\n");
    assert_eq!(text(&dump, "/etc/nginx/a.conf"), "server { listen 80; }");
    assert_eq!(text(&dump, "/etc/nginx/empty.conf"), "");
    check_runs(&dump, source);
}

#[test]
fn other_texts_are_no_dumps() {
    for text in [
        "",
        "events {}\n# configuration file /etc/nginx/nginx.conf:\n",
        "# configuration file for the shop\nevents {}\n",
        "# In file: \n",
        "Listen 80\n# In file: /etc/apache2/apache2.conf\n",
    ] {
        assert_eq!(Dump::split(text.as_bytes()), None, "{text}");
    }
}

const DIRECTIVES: &str = "[Sat Nov 21 23:03:52 2026] [core:warn] a message\n\
# In file: /s/httpd.conf\n#   2:\nServerName x\n#  13:\n<Directory \"/tmp\">\n  #  15:\n  Require all         granted\n</Directory>\n\
# In file: /s/conf.d/a.conf\n#   1:\nKeepAlive On\n\
# In file: /s/conf.d/b.conf\n#   1:\n<VirtualHost *:1>\n\
# In file: /s/x.inc\n  #   3:\n  ServerSignature On\n\
# In file: /s/y.inc\n  #   1:\n  Options None\n\
# In file: /s/conf.d/b.conf\n</VirtualHost>\n#   5:\n<VirtualHost *:2>\n\
# In file: /s/x.inc\n  #   3:\n  ServerSignature On\n  #   3:\n  ServerSignature On\n\
# In file: macro 'm' (defined on line 22 of \"/s/httpd.conf\") used on line 9 of \"/s/conf.d/b.conf\"\n  #   1:\n  <Location /a>\n    #   2:\n    Require all denied\n  </Location>\n\
# In file: /s/conf.d/b.conf\n</VirtualHost>\n\
# In file: /s/httpd.conf\n#  28:\nTimeout 3\nSyntax OK\n";

#[test]
fn directives_stand_on_their_lines() {
    let dump = split(DIRECTIVES);
    assert_eq!(dump.format, DumpFormat::Directives);
    let macro_body = "/s/httpd.conf (macro m, used on line 9)";
    assert_eq!(
        paths(&dump),
        [
            "/s/httpd.conf",
            "/s/conf.d/a.conf",
            "/s/conf.d/b.conf",
            "/s/x.inc",
            "/s/y.inc",
            macro_body
        ]
    );
    assert_eq!(line(&dump, "/s/httpd.conf", "<Directory"), 13);
    assert_eq!(line(&dump, "/s/httpd.conf", "Require"), 15);
    assert_eq!(line(&dump, "/s/httpd.conf", "Timeout"), 28);
    assert_eq!(line(&dump, "/s/x.inc", "ServerSignature"), 3);
    assert_eq!(line(&dump, macro_body, "<Location"), 23);
    assert_eq!(dump.files[5].name, "/s/httpd.conf");
    assert!(!text(&dump, "/s/httpd.conf").contains("Syntax OK"));
    check_runs(&dump, DIRECTIVES);
}

#[test]
fn what_a_file_reads_is_included_in_its_place() {
    let dump = split(DIRECTIVES);
    let words = |path: &str| text(&dump, path).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words("/s/httpd.conf").ends_with(
        "</Directory> Include \"/s/conf.d/a.conf\" Include \"/s/conf.d/b.conf\" Timeout 3"
    ));
    assert_eq!(
        words("/s/conf.d/b.conf"),
        "<VirtualHost *:1> Include \"/s/x.inc\" Include \"/s/y.inc\" </VirtualHost> \
         <VirtualHost *:2> Include \"/s/x.inc\" Include \"/s/x.inc\" \
         Include \"/s/httpd.conf (macro m, used on line 9)\" </VirtualHost>"
    );
}

#[test]
fn a_file_that_came_out_differently_is_another_file() {
    let dump = split(
        "# In file: /s/h\n# 1:\n<VirtualHost *:1>\n# In file: /s/x\n# 1:\nServerName a\n# In file: /s/h\n</VirtualHost>\n\
         # 4:\n<VirtualHost *:2>\n# In file: /s/x\n# 1:\nServerName b\n# In file: /s/h\n</VirtualHost>\n",
    );
    assert_eq!(paths(&dump), ["/s/h", "/s/x", "/s/x#2"]);
    assert_eq!(dump.files[2].name, "/s/x");
}

#[test]
fn any_dump_is_taken_apart_in_linear_time() {
    let start = std::time::Instant::now();
    for piece in [
        "# 1:\nX\n",
        "# 4000000000:\nX\n",
        "# In file: a\n# 1:\nX\n# In file: b\n# 1:\nX\n",
        "# In file: a\n# In file: b\n</X>\n",
        "# configuration file a:\n",
        "</X>\n",
    ] {
        let text = format!("# In file: m\n{}", piece.repeat(100_000 / piece.len()));
        let _ = Dump::split(text.as_bytes());
        let deep: Vec<String> =
            (0..10_000).map(|n| format!("# In file: f{n}\n# 1:\nX\n")).collect();
        let deep = deep.concat();
        let dump = split(&format!("# In file: m\n# 1:\nX\n{deep}# In file: m\n# 9:\nY\n"));
        assert_eq!(dump.files.len(), 10_001);
    }
    assert!(start.elapsed().as_secs() < 20, "took {:?}", start.elapsed());
}
