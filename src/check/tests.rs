use super::*;
use crate::diagnostic::{Edit, Effect};
use crate::source::{Location, SourceFile, Span};

const TEXT: &str =
    "auth_basic Off;\nauth_basic_user_file users;\nproxy_set_header Authorization secret;\n";

fn project(files: &[(&str, &str)]) -> Project {
    let mut project = Project::default();
    for (name, text) in files {
        project.sources.push(SourceFile::new(*name, *name, text.as_bytes().to_vec()));
    }
    project
}

fn at(project: &Project, file: usize, text: &str) -> Location {
    let file = FileId::from_index(file);
    let bytes = project.sources.get(file).bytes();
    let start = bytes.windows(text.len()).position(|one| one == text.as_bytes()).expect("is there");
    Location::new(file, Span::new(start as u32, (start + text.len()) as u32))
}

fn finding(rule: &'static str, at: Location) -> Finding {
    Finding::new(rule, Severity::Warning, Effect::Unwanted401, at).message("wrong")
}

fn all(project: &Project, list: Vec<Finding>) -> Outcome {
    settle(project, &Settings::default(), list)
}

#[test]
fn the_order_is_path_line_column_rule() {
    let p = project(&[("b.conf", TEXT), ("a.conf", TEXT)]);
    let list = vec![
        finding("nginx/z", at(&p, 0, "Off")),
        finding("nginx/a", at(&p, 0, "Off")),
        finding("nginx/b", at(&p, 0, "auth_basic")),
        finding("nginx/c", at(&p, 1, "users")),
        finding("nginx/d", at(&p, 1, "Off")),
    ];
    let order = |list: Vec<Finding>| {
        all(&p, list).findings.iter().map(|one| one.finding.rule).collect::<Vec<_>>()
    };
    let expected = ["nginx/d", "nginx/c", "nginx/b", "nginx/a", "nginx/z"];
    assert_eq!(order(list.clone()), expected);
    assert_eq!(order(list.into_iter().rev().collect()), expected);
}

#[test]
fn what_several_servers_include_is_said_once_with_all_its_scopes() {
    let p = project(&[("a.conf", TEXT)]);
    let list = (0..300)
        .map(|server| {
            let mut one = finding("nginx/a", at(&p, 0, "Off"));
            one.scopes.push(vec!["http".into(), format!("server s{server}")]);
            one
        })
        .chain([finding("nginx/a", at(&p, 0, "Off")).message("other")])
        .collect();
    let outcome = all(&p, list);
    assert_eq!(outcome.findings.len(), 2);
    let same =
        &outcome.findings.iter().find(|one| one.finding.message == "wrong").expect("it").finding;
    assert_eq!((same.scopes.len(), same.scopes_total), (5, 300));
}

#[test]
fn of_two_instances_the_certain_one_stays() {
    let p = project(&[("a.conf", TEXT)]);
    let list = vec![
        finding("nginx/a", at(&p, 0, "Off")).depends_on("a module"),
        finding("nginx/a", at(&p, 0, "Off")),
    ];
    let outcome = all(&p, list);
    assert_eq!(outcome.findings.len(), 1);
    assert!(outcome.findings[0].finding.depends_on.is_empty());
}

#[test]
fn milder_findings_are_counted_and_hidden() {
    let p = project(&[("a.conf", TEXT)]);
    let list = vec![
        finding("nginx/a", at(&p, 0, "Off")).severity(Severity::Info),
        finding("nginx/b", at(&p, 0, "Off")),
    ];
    let outcome = all(&p, list.clone());
    assert_eq!(outcome.reported, Tally { warning: 1, ..Tally::default() });
    assert_eq!(outcome.hidden, Tally { info: 1, ..Tally::default() });
    let everything = Settings { severity: Severity::Info, ..Settings::default() };
    assert_eq!(settle(&p, &everything, list).reported.total(), 2);
}

#[test]
fn settings_change_levels() {
    let p = project(&[("a.conf", TEXT)]);
    let settings = Settings {
        levels: vec![("nginx/a", Level::Off), ("nginx/b", Level::At(Severity::Error))],
        ..Settings::default()
    };
    let list = vec![finding("nginx/a", at(&p, 0, "Off")), finding("nginx/b", at(&p, 0, "Off"))];
    let outcome = settle(&p, &settings, list);
    assert_eq!(outcome.reported, Tally { error: 1, ..Tally::default() });
}

#[test]
fn overrides_hold_below_their_paths_only() {
    let mut paths = ignore::gitignore::GitignoreBuilder::new("/repo");
    paths.add_line(None, "staging/**").expect("a pattern");
    let settings = Settings {
        overrides: vec![Override {
            paths: paths.build().expect("patterns"),
            folder: "/repo".into(),
            current: "/repo/web".into(),
            levels: vec![("nginx/a", Level::Off)],
        }],
        ..Settings::default()
    };
    let names = ["../staging/a.conf", "staging/b.conf", "/repo/staging/x/c.conf", "/etc/staging/d"];
    let p = project(&names.map(|name| (name, TEXT)));
    let list = (0..4).map(|file| finding("nginx/a", at(&p, file, "Off"))).collect();
    let outcome = settle(&p, &settings, list);
    let left: Vec<_> = outcome
        .findings
        .iter()
        .map(|one| p.sources.get(one.finding.primary.at.file).name.as_str())
        .collect();
    assert_eq!(left, ["/etc/staging/d", "staging/b.conf"]);
}

#[test]
fn a_named_path_shows_what_it_breaks_elsewhere() {
    let mut p = project(&[("snippet.conf", TEXT), ("site.conf", TEXT), ("other.conf", TEXT)]);
    p.shown = Some(vec![FileId::from_index(0)]);
    let list = vec![
        finding("nginx/a", at(&p, 0, "Off")),
        finding("nginx/b", at(&p, 1, "Off")).related(at(&p, 0, "users"), "set here"),
        finding("nginx/c", at(&p, 2, "Off")),
    ];
    let outcome = all(&p, list);
    let seen: Vec<_> = outcome.findings.iter().map(|one| (one.finding.rule, one.cause)).collect();
    assert_eq!(seen, [("nginx/b", Some(at(&p, 0, "users"))), ("nginx/a", None)]);
}

fn fingerprints(text: &str, secrets: Vec<Span>, marks: &[&str]) -> Vec<u64> {
    let mut p = project(&[("a.conf", text)]);
    p.secrets = vec![secrets].into();
    let list = marks.iter().map(|mark| finding("nginx/a", at(&p, 0, mark))).collect();
    all(&p, list).findings.iter().map(|one| one.fingerprint).collect()
}

#[test]
fn fingerprints_outlive_edits_elsewhere_and_a_new_password() {
    let before = fingerprints(TEXT, vec![], &["Off"]);
    let moved = format!("# new\n\n{}", TEXT.replace("auth_basic Off", "auth_basic \t Off"));
    assert_eq!(before, fingerprints(&moved, vec![], &["Off"]));
    assert_ne!(before, fingerprints(&TEXT.replace("Off", "OFF"), vec![], &["OFF"]));

    let secret = |text: &str, word: &str| {
        let start = text.find(word).expect("is there") as u32;
        fingerprints(text, vec![Span::new(start, start + word.len() as u32)], &["Authorization"])
    };
    assert_eq!(secret(TEXT, "secret"), secret(&TEXT.replace("secret", "q9"), "q9"));
}

#[test]
fn equal_directives_have_different_fingerprints() {
    let twice = format!("{TEXT}{TEXT}");
    let mut p = project(&[("a.conf", &twice)]);
    p.secrets = vec![vec![]].into();
    let first = at(&p, 0, "Off");
    let length = TEXT.len() as u32;
    let second =
        Location::new(first.file, Span::new(first.span.start + length, first.span.end + length));
    let outcome = all(&p, vec![finding("nginx/a", first), finding("nginx/a", second)]);
    assert_ne!(outcome.findings[0].fingerprint, outcome.findings[1].fingerprint);
}

#[test]
fn a_fix_that_would_touch_a_secret_is_for_a_person() {
    let mut p = project(&[("a.conf", TEXT)]);
    let secret = at(&p, 0, "secret");
    p.secrets = vec![vec![secret.span]].into();
    let list = vec![
        finding("nginx/a", secret).fix(Safety::Safe, "x", vec![Edit::delete(secret)]),
        finding("nginx/b", secret).fix(
            Safety::Safe,
            "x",
            vec![Edit::replace(at(&p, 0, "Off"), "off")],
        ),
    ];
    let outcome = all(&p, list);
    let safety: Vec<_> = outcome.findings.iter().map(|one| one.finding.fixes[0].safety).collect();
    assert_eq!(safety, [Safety::Manual, Safety::Safe]);
}

#[test]
fn a_finding_names_the_blocks_of_every_inclusion() {
    let mut fs = crate::source::Memory::default();
    fs.insert(
        "nginx.conf",
        "events {}\nhttp { server { server_name a.example; include auth.conf; }\n\
         server { location /x { include auth.conf; } } }\n",
    );
    fs.insert("auth.conf", "auth_basic Off;\n");
    let p = crate::config::load(&fs, &["nginx.conf".into()], &crate::config::Options::default());
    let file = p.sources.find(std::path::Path::new("auth.conf")).expect("was read").index();
    let outcome = all(&p, vec![finding("nginx/a", at(&p, file, "Off"))]);
    let finding = &outcome.findings[0].finding;
    let scopes = [vec!["http", "server a.example"], vec!["http", "server", "location /x"]];
    assert_eq!(finding.scopes, scopes);
    assert_eq!(finding.scopes_total, 2);
}

#[test]
fn deep_and_wide_files_are_settled_in_linear_time() {
    const DEPTH: usize = 10_000;
    let mut fs = crate::source::Memory::default();
    let text = format!("events {{}} {}{}", "a b {\n".repeat(DEPTH), "}\n".repeat(DEPTH));
    fs.insert("nginx.conf", text.clone());
    let p = crate::config::load(&fs, &["nginx.conf".into()], &crate::config::Options::default());
    let list = (0..text.len())
        .step_by(2)
        .map(|start| {
            let span = Span::new(start as u32, start as u32 + 1);
            finding("nginx/a", Location::new(FileId::from_index(0), span))
        })
        .collect();
    let start = std::time::Instant::now();
    assert_eq!(all(&p, list).findings.len(), text.len().div_ceil(2));
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let server = |number: usize| {
        format!(
            "server {{\n    server_name s{number}.test;\n    auth_basic Off;\n    location /a {{\n        auth_basic \"A\";\n        proxy_set_header Authorization \"\";\n        add_header Cache-Control public always;\n    }}\n}}\n"
        )
    };
    let servers: String = (0..1000).map(server).collect();
    let mut memory = crate::source::Memory::default();
    memory.insert("nginx.conf", format!("events {{}}\nhttp {{\n{servers}}}\n"));
    let options = crate::config::Options::default();
    let project = crate::config::load(&memory, &["nginx.conf".into()], &options);
    let with = |threads| {
        let severity = Severity::Info;
        run(&memory, &project, &Settings { severity, threads, ..Settings::default() })
    };
    let (one, four) = (with(1), with(4));
    assert!(one.findings.len() > 1000, "{}", one.findings.len());
    assert_eq!(format!("{one:?}"), format!("{four:?}"));
}
