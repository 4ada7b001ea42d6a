//! Whole configurations in memory, asked as rules ask them.

use super::{Directive, Outcome, Site};
use crate::config::{Options, Presence, Project};
use crate::grammar::nginx::Contexts;
use crate::source::{FileKind, Memory};
use std::path::PathBuf;

fn load(files: &[(&str, &str)], named: &str, options: &Options) -> Project {
    let mut fs = Memory::default();
    for (path, text) in files {
        fs.insert(*path, *text);
    }
    crate::config::load(&fs, &[PathBuf::from(named)], options)
}

#[track_caller]
fn site(project: &Project) -> Site<'_> {
    assert_eq!(project.nginx.len(), 1, "one site");
    Site { project, data: &project.nginx[0] }
}

fn args(directives: impl Iterator<Item = impl std::ops::Deref<Target = str>>) -> Vec<String> {
    directives.map(|arg| arg.to_string()).collect()
}

fn first_arg(directive: Directive<'_>) -> String {
    directive.arg(0).map(super::Value::lossy).unwrap_or_default()
}

#[test]
fn includes_are_read_in_glob_order_and_expanded_in_their_places() {
    let project = load(
        &[
            (
                "nginx.conf",
                "events {}\nhttp {\n  root /a;\n  include conf.d/*.conf;\n  root /z;\n}\n",
            ),
            ("conf.d/b.conf", "include snippets/x.conf;\nroot /b;\n"),
            ("conf.d/B.conf", "root /B;\n"),
            ("snippets/x.conf", "root /x;\n"),
            ("conf.d/snippets/x.conf", "root /wrong;\n"),
        ],
        "nginx.conf",
        &Options::default(),
    );
    let site = site(&project);
    let http = site.directives("http").next().expect("http");
    let roots: Vec<String> =
        http.children().filter(|child| child.is("root")).map(first_arg).collect();
    assert_eq!(roots, ["/a", "/B", "/x", "/b", "/z"]);
    assert_eq!(project.counts.mains, 1);
    assert_eq!(project.counts.includes, 3);
}

#[test]
fn a_snippet_is_one_file_with_many_inclusions() {
    let project = load(
        &[
            (
                "nginx.conf",
                "events {}\nhttp {\n  server { server_name a; include auth.inc; }\n  server { server_name b; location / { include auth.inc; } }\n}\n",
            ),
            ("auth.inc", "auth_basic x;\n"),
        ],
        "nginx.conf",
        &Options::default(),
    );
    let site = site(&project);
    assert_eq!(site.directives("auth_basic").count(), 1);
    let scopes: Vec<String> =
        site.occurrences("auth_basic").map(|at| at.scope().join(" > ")).collect();
    assert_eq!(scopes, ["http > server a", "http > server b > location /"]);
    let contexts: Vec<Contexts> = site.occurrences("auth_basic").map(Directive::contexts).collect();
    assert_eq!(contexts, [Contexts::SERVER, Contexts::LOCATION]);
}

#[test]
fn outcomes_of_includes() {
    let text = "events {}\nhttp {\n  include nginx.conf;\n  include none/*.conf;\n  include conf.d/*.none;\n  include missing.conf;\n  include /srv/none/x.conf;\n}\n";
    let project =
        load(&[("nginx.conf", text), ("conf.d/a", "")], "nginx.conf", &Options::default());
    let outcomes: Vec<&Outcome> =
        site(&project).includes().map(|(_, include)| &include.outcome).collect();
    assert_eq!(
        outcomes,
        [
            &Outcome::Cycle,
            &Outcome::NoFolder,
            &Outcome::NothingMatched(Some("conf.d/a".into())),
            &Outcome::Missing,
            &Outcome::Elsewhere
        ]
    );
}

#[test]
fn a_repository_that_holds_etc_nginx_needs_no_flags() {
    let project = load(
        &[
            (
                "deploy/nginx/nginx.conf",
                "events {}\nhttp {\n  include /etc/nginx/conf.d/*.conf;\n  include /etc/nginx/mime.types;\n}\n",
            ),
            ("deploy/nginx/conf.d/a.conf", "root /a;\n"),
            (".git/HEAD", ""),
        ],
        "deploy/nginx/nginx.conf",
        &Options::default(),
    );
    let site = site(&project);
    assert_eq!(site.directives("root").count(), 1);
    assert_eq!(
        site.includes().nth(1).map(|(_, include)| &include.outcome),
        Some(&Outcome::Elsewhere)
    );
    assert_eq!(args(project.not_read.iter().map(|note| &*note.path)), ["/etc/nginx/mime.types"]);
}

#[test]
fn a_named_fragment_finds_the_configuration_that_reads_it() {
    let files = [
        ("nginx.conf", "events {}\nhttp {\n  include conf.d/*.conf;\n}\n"),
        ("conf.d/a.conf", "server { root /a; }\n"),
        ("conf.d/b.conf", "server { root /b; }\n"),
        ("other/c.conf", "root /c;\n"),
    ];
    let project = load(&files, "conf.d/a.conf", &Options::default());
    assert!(site(&project).data.complete);
    let shown = project.shown.as_ref().expect("only what was named");
    let shown: Vec<&str> = shown.iter().map(|file| &*project.sources.get(*file).name).collect();
    assert_eq!(shown, ["conf.d/a.conf"]);

    let lone = load(&files, "other/c.conf", &Options::default());
    assert!(!site(&lone).data.complete);
    assert_eq!(lone.counts.fragments, 1);
}

#[test]
fn a_folder_is_its_mains_and_what_none_of_them_includes() {
    let project = load(
        &[
            ("etc/nginx.conf", "events {}\nhttp {\n  include sites-enabled/*;\n}\n"),
            ("etc/sites-enabled/a", "server { root /a; }\n"),
            ("etc/sites-available/old", "server { root /old; include snippets/s.conf; }\n"),
            ("etc/snippets/s.conf", "allow all;\n"),
        ],
        "etc",
        &Options::default(),
    );
    let names: Vec<(&str, bool)> = project
        .nginx
        .iter()
        .map(|site| (&*project.sources.get(site.main).name, site.complete))
        .collect();
    assert_eq!(names, [("etc/nginx.conf", true), ("etc/sites-available/old", false)]);
}

#[test]
fn fragments_stand_where_all_their_directives_may() {
    let context = |path: &str, text: &str| {
        let project = load(
            &[(path, text)],
            path,
            &Options { server: Some(crate::syntax::Language::Nginx), ..Options::default() },
        );
        let top = site(&project).top().next().expect("a directive");
        top.contexts()
    };
    assert_eq!(context("x.conf", "location / {}\n"), Contexts::SERVER.or(Contexts::LOCATION));
    assert_eq!(
        context("x.conf", "server {}\nupstream u {}\n"),
        Contexts::HTTP.or(Contexts::STREAM)
    );
    assert_eq!(context("conf.d/x.conf", "server {}\nupstream u {}\n"), Contexts::HTTP);
    assert_eq!(context("x.conf", "# lint401: context=http,server\nroot /x;\n"), Contexts::SERVER);
    assert_eq!(context("x.conf", "user x;\nlocation / {}\n"), Contexts::ANY);
}

#[test]
fn password_files_are_looked_for_where_nginx_looks() {
    let project = load(
        &[
            ("conf/nginx.conf", "events {}\nhttp {\n  include sub/a.conf;\n}\n"),
            (
                "conf/sub/a.conf",
                "auth_basic_user_file users;\nserver { auth_basic_user_file sub/users; }\nserver { auth_basic_user_file $x; }\n",
            ),
            ("conf/sub/users", "a:b\n"),
        ],
        "conf/nginx.conf",
        &Options::default(),
    );
    let references: Vec<_> = site(&project).references().map(|(_, reference)| reference).collect();
    assert_eq!(references[0].presence, Some(Presence::Missing));
    assert!(
        matches!(references[1].presence, Some(Presence::Here(meta)) if meta.kind == FileKind::File)
    );
    assert_eq!(references[2].presence, None);
    assert_eq!(project.credentials.len(), 1);
}
