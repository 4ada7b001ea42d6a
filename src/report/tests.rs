use super::{Format, Look, Report, write};
use crate::check::{Outcome, Settings, settle};
use crate::config::{NotRead, Project, Trouble};
use crate::diagnostic::{Edit, Effect, Evidence, Finding, Safety, Severity};
use crate::source::{DumpOrigin, FileId, Location, SourceFile, Span};

const MAIN: &str = "events {}\nhttp {\n\tauth_basic           \"Staff only\";\n\tauth_basic_user_file htpasswd;\n\n\tinclude conf.d/*.conf;\n}\n";
const SITE: &str = "server {\n    listen 443 ssl;\n    server_name api.example.com;\n    proxy_set_header Authorization \"Basic Q0FOQVJZ\";\n\n    # certificates\n    #\n    #\n    location /.well-known/acme-challenge/ {\n        root /var/www/acme;\n    }\n}\n";

fn at(project: &Project, file: usize, text: &str) -> Location {
    let file = FileId::from_index(file);
    let bytes = project.sources.get(file).bytes();
    let start =
        bytes.windows(text.len()).position(|one| one == text.as_bytes()).expect("is in the file");
    Location::new(file, Span::new(start as u32, (start + text.len()) as u32))
}

/// Two files, one secret, and what a run says of them at its end.
fn project() -> Project {
    let mut project = Project::default();
    for (name, text) in [("nginx.conf", MAIN), ("conf.d/api.conf", SITE)] {
        project.sources.push(SourceFile::new(name, name, text.as_bytes().to_vec()));
    }
    let secret = at(&project, 1, "Basic Q0FOQVJZ").span;
    project.secrets = vec![vec![], vec![secret]].into();
    project.counts.mains = 1;
    project.counts.includes = 1;
    project.not_read.push(NotRead { path: "mime.types".into(), reason: "not here".into() });
    project.unknown.push("auth_request to sso:9091".into());
    project
}

/// A finding with everything that a finding can have.
fn rich(project: &Project) -> Finding {
    let block = at(project, 1, "location /.well-known/acme-challenge/ {");
    let inside = Location::new(block.file, Span::empty(block.span.end));
    let mut finding = Finding::new(
        "nginx/public-endpoint-under-auth",
        Severity::Error,
        Effect::Unwanted401,
        at(project, 1, "location /.well-known/acme-challenge/"),
    )
    .message("certificate renewal is answered 401, because this location inherits `auth_basic` from the http block")
    .label("asks for a login")
    .help("switch the login off in this location")
    .related(at(project, 0, "auth_basic           \"Staff only\""), "switched on here, for every server")
    .related(at(project, 0, "include conf.d/*.conf"), "conf.d/api.conf is read here")
    .related(at(project, 1, "\"Basic Q0FOQVJZ\""), "")
    .depends_on("whether modules.conf loads ngx_http_auth_basic_module")
    .fix(Safety::Unsafe, "add `auth_basic off;`", vec![Edit::insert(inside, "\n        auth_basic off;")]);
    finding.evidence = Some(Evidence {
        method: "GET".into(),
        url: "http://api.example.com/.well-known/acme-challenge/x".into(),
        answer: Some(401),
        after_fix: Some(None),
    });
    finding.scopes = vec![vec!["http".into(), "server api.example.com".into()]];
    finding.scopes_total = 3;
    finding
}

/// A finding with as little as a finding can have, in text that wants to harm the terminal.
fn hostile(project: &mut Project) -> Finding {
    let text = "a\t\"\x1b]0;owned\x07\u{202e}\" \u{9b}31m;\r\n";
    let name = "evil\x1b[2J\u{202e}.conf\n";
    let file = project.sources.push(SourceFile::new(name, name, text.as_bytes().to_vec()));
    Finding::new(
        "nginx/a",
        Severity::Warning,
        Effect::Hygiene,
        Location::new(file, Span::new(2, 15)),
    )
    .message("the realm is `\x1b]0;owned\x07\u{202e}`\nfake:1:1: error")
    .label("here\x1b[31m")
    .fix(
        Safety::Safe,
        "drop\x1b it",
        vec![Edit::replace(Location::new(file, Span::new(2, 15)), "\x1b[0m")],
    )
}

fn settled(project: &Project, list: Vec<Finding>) -> Outcome {
    settle(project, &Settings::default(), list)
}

fn render(format: Format, project: &Project, outcome: &Outcome, look: Look) -> String {
    let mut out = Vec::new();
    write(format, Report { project, outcome }, look, &mut out).expect("writing to memory");
    String::from_utf8(out).expect("reports are UTF-8")
}

const PLAIN: Look = Look { color: false, width: 100, quiet: false, statistics: false };

#[test]
fn full() {
    let p = project();
    let info = Finding::new("nginx/i", Severity::Info, Effect::Hygiene, at(&p, 0, "events"));
    let list = vec![
        info,
        rich(&p),
        Finding::new("nginx/b", Severity::Warning, Effect::Hygiene, at(&p, 0, "htpasswd"))
            .message("relative"),
    ];
    let outcome = settled(&p, list);
    insta::assert_snapshot!(render(Format::Full, &p, &outcome, PLAIN));
}

#[test]
fn full_with_colour_in_a_narrow_terminal() {
    let p = project();
    let outcome = settled(&p, vec![rich(&p)]);
    let look = Look { color: true, width: 60, quiet: true, statistics: false };
    let text = render(Format::Full, &p, &outcome, look);
    insta::assert_snapshot!(text.replace('\x1b', "^"));
}

#[test]
fn concise() {
    let mut p = project();
    p.shown = Some(vec![FileId::from_index(0)]);
    let outcome = settled(&p, vec![rich(&p)]);
    let look = Look { statistics: true, ..PLAIN };
    insta::assert_snapshot!(render(Format::Concise, &p, &outcome, look));
}

#[test]
fn json() {
    let mut p = project();
    p.errors
        .push(Trouble { path: "gone.conf".into(), message: "no such file or directory".into() });
    let outcome = settled(&p, vec![rich(&p)]);
    insta::assert_snapshot!(render(Format::Json, &p, &outcome, PLAIN));
}

/// What the formats for programs make of a finding with everything, one with little, and a path that cannot be read.
fn for_programs(format: Format) -> String {
    let mut p = project();
    p.errors
        .push(Trouble { path: "gone.conf".into(), message: "no such file or directory".into() });
    let at = at(&p, 0, "htpasswd");
    let little = Finding::new("nginx/b", Severity::Info, Effect::Hygiene, at).message("relative");
    let settings = Settings { severity: Severity::Info, ..Settings::default() };
    let outcome = settle(&p, &settings, vec![rich(&p), little]);
    render(format, &p, &outcome, PLAIN)
}

#[test]
fn markdown() {
    insta::assert_snapshot!(for_programs(Format::Markdown));
}

#[test]
fn sarif() {
    let mut log: serde_json::Value =
        serde_json::from_str(&for_programs(Format::Sarif)).expect("JSON");
    // one rule is enough to read
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().expect("a list");
    rules.retain(|rule| rule["id"] == "nginx/basic-off-misspelt");
    // a new rule moves those behind it
    for result in log["runs"][0]["results"].as_array_mut().expect("a list") {
        result["ruleIndex"] = "a number".into();
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).expect("JSON"));
}

#[test]
fn github() {
    insta::assert_snapshot!(for_programs(Format::Github));
}

#[test]
fn gitlab() {
    insta::assert_snapshot!(for_programs(Format::Gitlab));
}

#[test]
fn junit() {
    insta::assert_snapshot!(for_programs(Format::Junit));
}

#[test]
fn checkstyle() {
    insta::assert_snapshot!(for_programs(Format::Checkstyle));
}

#[test]
fn rdjson() {
    insta::assert_snapshot!(for_programs(Format::Rdjson));
}

#[test]
fn a_finding_in_a_dump_names_both_places() {
    let mut p = project();
    let dump = format!("# configuration file nginx.conf:\n{MAIN}");
    let dump = p.sources.push(SourceFile::new("dump.txt", "dump.txt", dump.into_bytes()));
    let mut file = SourceFile::new("/etc/nginx/nginx.conf", "/etc/nginx/nginx.conf", MAIN.into());
    file.dump = Some(DumpOrigin { dump, runs: vec![(0, 33)] });
    p.sources.push(file);
    let place = at(&p, 3, "htpasswd");
    let finding = Finding::new("nginx/b", Severity::Warning, Effect::Hygiene, place)
        .message("relative")
        .fix(Safety::Safe, "write it in full", vec![Edit::replace(place, "/etc/nginx/htpasswd")]);
    let outcome = settled(&p, vec![finding]);
    assert_eq!(
        render(Format::Concise, &p, &outcome, Look { quiet: true, ..PLAIN }),
        "/etc/nginx/nginx.conf:4:23: warning[nginx/b] relative (line 5 of dump.txt)\n"
    );
    let json: serde_json::Value =
        serde_json::from_str(&render(Format::Json, &p, &outcome, PLAIN)).expect("JSON");
    let finding = &json["findings"][0];
    assert_eq!(finding["location"]["dump"], serde_json::json!({ "path": "dump.txt", "line": 5 }));
    assert_eq!(finding["fixes"][0]["safety"], "manual", "a dump is a copy");
    let full = render(Format::Full, &p, &outcome, PLAIN);
    assert!(full.contains("read from: line 5 of dump.txt"), "{full}");
}

#[test]
fn no_format_lets_control_characters_or_secrets_through() {
    let mut p = project();
    let list = vec![rich(&p), hostile(&mut p)];
    let outcome = settled(&p, list);
    for format in Format::ALL {
        let text = render(format, &p, &outcome, PLAIN);
        assert!(!text.contains("Q0FOQVJZ"), "{} shows a secret", format.name());
        for line in text.lines() {
            let bad = line.chars().find(|&c| super::text::is_hidden(c));
            assert_eq!(bad, None, "{} lets {bad:?} through in {line:?}", format.name());
        }
        assert!(
            !text.lines().any(|line| line.starts_with("fake:1:1")),
            "{} can be forged",
            format.name()
        );
    }
    let full = render(Format::Full, &p, &outcome, PLAIN);
    insta::assert_snapshot!(
        full.split("\n\n").find(|one| one.contains("nginx/a")).unwrap_or_default()
    );
}

#[test]
fn json_lines_are_the_findings_of_json() {
    let mut p = project();
    let list = vec![rich(&p), hostile(&mut p)];
    let outcome = settled(&p, list);
    let whole: serde_json::Value =
        serde_json::from_str(&render(Format::Json, &p, &outcome, PLAIN)).expect("JSON");
    let lines: Vec<serde_json::Value> = render(Format::JsonLines, &p, &outcome, PLAIN)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(whole["findings"], serde_json::Value::Array(lines));
    // what was escaped is what was there
    assert_eq!(whole["findings"][1]["location"]["path"], "evil\x1b[2J\u{202e}.conf\n");
}

#[test]
fn json_keeps_to_its_schema() {
    let mut p = project();
    p.errors.push(Trouble { path: "gone.conf".into(), message: "gone".into() });
    let list = vec![rich(&p), hostile(&mut p)];
    let schema = super::schema().to_value();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for outcome in [settled(&p, list), Outcome::default()] {
        let json = serde_json::from_str(&render(Format::Json, &p, &outcome, PLAIN)).expect("JSON");
        let errors: Vec<_> = validator.iter_errors(&json).map(|one| one.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({ "schema": 1 })));
}

#[test]
fn nothing_found_is_still_an_object() {
    let project = Project::default();
    let text = render(Format::Json, &project, &Outcome::default(), PLAIN);
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["findings"], serde_json::json!([]));
    assert_eq!(json["summary"]["files"], 0);
}

proptest::proptest! {
    /// Any bytes, any places, any edits: a report comes out, and nothing in it that a terminal would obey.
    #[test]
    fn any_finding_can_be_written(
        text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400),
        lines in proptest::collection::vec("[a-z \t;{}\u{1b}\u{202e}é😀\r]{0,12}\n?", 0..30),
        places in proptest::collection::vec((0u32..900, 0u32..60), 1..20),
        secrets in proptest::collection::vec((0u32..900, 1u32..40), 0..4),
        insert in "[a-z\n\u{1b}]{0,9}",
    ) {
        let bytes = [text, lines.concat().into_bytes()].concat();
        let mut project = Project::default();
        let file = project.sources.push(SourceFile::new("a", "a", bytes.clone()));
        let at = |(start, length): (u32, u32)| {
            let end = bytes.len() as u32;
            Location::new(file, Span::new(start.min(end), (start + length).min(end)))
        };
        let mut masked: Vec<Span> = Vec::new();
        for secret in secrets {
            let span = at(secret).span;
            if masked.last().is_none_or(|last| last.end <= span.start) {
                masked.push(span);
            }
        }
        project.secrets = vec![masked].into();
        let mut finding = Finding::new("nginx/a", Severity::Error, Effect::Hygiene, at(places[0]));
        for (number, place) in places.iter().enumerate().skip(1) {
            finding = finding.related(at(*place), if number % 2 == 0 { "" } else { "here" });
        }
        let edits = places.iter().take(3).map(|&place| Edit::replace(at(place), insert.as_str()));
        let outcome = settled(&project, vec![finding.fix(Safety::Safe, "mend", edits.collect())]);
        for format in Format::ALL {
            // every SARIF log lists all rules, which takes its time and is the same each time
            if format == Format::Sarif && bytes.len() % 8 != 0 {
                continue;
            }
            let text = render(format, &project, &outcome, PLAIN);
            proptest::prop_assert!(!text.chars().any(|c| c != '\n' && super::text::is_hidden(c)));
        }
    }
}

#[test]
fn many_findings_on_one_long_line_take_no_more_than_their_share_each() {
    use std::time::{Duration, Instant};
    let report = |count: usize| {
        let mut project = Project::default();
        let text = "location / { auth_basic Off; } ".repeat(count);
        let file = project.sources.push(SourceFile::new("a", "a", text.into_bytes()));
        project.secrets = vec![vec![]].into();
        let finding = |number: usize| {
            let start = 31 * number as u32 + 24;
            let at = Location::new(file, Span::new(start, start + 3));
            let finding = Finding::new("nginx/a", Severity::Warning, Effect::Hygiene, at);
            finding.message("m").fix(Safety::Safe, "f", vec![Edit::replace(at, "off")])
        };
        let list: Vec<_> = (0..count).map(finding).collect();
        let started = Instant::now();
        let outcome = settled(&project, list);
        let look = Look { color: false, width: 100, quiet: false, statistics: false };
        for format in Format::ALL {
            render(format, &project, &outcome, look);
        }
        started.elapsed()
    };
    // 16 times as many; their square would be 256 times. Other programs run, too: the fastest of some readings counts
    let mut fastest = (Duration::MAX, Duration::MAX);
    let is_linear = (0..4).any(|_| {
        fastest = (fastest.0.min(report(400)), fastest.1.min(report(6400)));
        fastest.1 < fastest.0 * 32 + Duration::from_millis(50)
    });
    assert!(is_linear, "{fastest:?}");
}
