//! The reading of Apache configurations, on files in memory.

use super::{Condition, Directive, Form, MacroFault, Outcome, Site};
use crate::config::{Options, Presence, Project};
use crate::grammar::apache::{Overrides, Places};
use crate::source::Memory;
use crate::syntax::credentials::Kind;
use std::path::PathBuf;

/// httpd.conf and further files, all below `/srv`, with a line that shows where modules come from.
fn load(files: &[(&str, &str)]) -> Project {
    load_with(files, &Options::default())
}

fn load_with(files: &[(&str, &str)], options: &Options) -> Project {
    let mut fs = Memory::default();
    for (path, text) in files {
        fs.insert(format!("/srv/{path}"), *text);
    }
    crate::config::load(&fs, &[PathBuf::from("/srv").join(files[0].0)], options)
}

const START: &str = "ServerRoot /srv\nListen 80\nLoadModule alias_module modules/mod_alias.so\n";

fn main(text: &str) -> Project {
    load(&[("httpd.conf", &format!("{START}{text}"))])
}

fn site(project: &Project) -> Site<'_> {
    Site { project, data: &project.apache[0] }
}

/// Each outermost directive that counts, with its arguments.
fn top(project: &Project) -> Vec<String> {
    site(project).top().map(text).filter(|text| !START.contains(&**text)).collect()
}

fn text(directive: Directive<'_>) -> String {
    directive.args().fold(directive.name().into_owned(), |text, arg| {
        text + " "
            + &arg.known().map_or("?".into(), |known| String::from_utf8_lossy(&known).into_owned())
    })
}

#[track_caller]
fn condition(project: &Project, name: &str) -> Vec<String> {
    let site = site(project);
    let directive = site.directives(name).next().expect("the directive");
    match directive.condition() {
        Condition::Yes => vec!["yes".into()],
        Condition::No => vec!["no".into()],
        Condition::Unknown(literals) => literals
            .iter()
            .map(|&literal| {
                format!("{}{}", if literal.holds { "" } else { "not " }, site.atom(literal))
            })
            .collect(),
    }
}

#[test]
fn includes_are_read_in_their_places() {
    let project = load(&[
        ("httpd.conf", &format!("{START}Include conf.d/*.conf\nTimeOut 9")),
        ("conf.d/b.conf", "TimeOut 2"),
        ("conf.d/B.conf", "TimeOut 1\nInclude deep"),
        ("conf.d/.hidden.conf", "TimeOut 0"),
        ("conf.d/b.conf~", "TimeOut 0"),
        ("deep/z", "TimeOut 12"),
        ("deep/a/b", "TimeOut 11"),
    ]);
    assert_eq!(top(&project), ["TimeOut 1", "TimeOut 11", "TimeOut 12", "TimeOut 2", "TimeOut 9"]);
    assert_eq!((project.counts.mains, project.counts.includes), (1, 4));
}

#[test]
fn the_way_an_include_went_is_told() {
    let project = load(&[
        (
            "httpd.conf",
            &format!(
                "{START}Include conf.d/*.none\nInclude none/*.conf\nInclude none.conf\nInclude conf.d/self.conf\nInclude ${{X}}/a\n"
            ),
        ),
        ("conf.d/self.conf", "Include conf.d/self.conf"),
    ]);
    let outcomes: Vec<Outcome> =
        site(&project).includes().map(|(_, include)| include.outcome.clone()).collect();
    assert_eq!(
        outcomes,
        [
            Outcome::NothingMatched("/srv/conf.d".into()),
            Outcome::NoFolder("/srv/none".into()),
            Outcome::Missing("/srv/none.conf".into()),
            Outcome::Read,
            Outcome::Unknown,
            Outcome::Cycle("/srv/conf.d/self.conf".into()),
        ]
    );
}

#[test]
fn a_file_that_is_included_twice_is_one_file_with_two_readings() {
    let project = load(&[
        (
            "httpd.conf",
            &format!(
                "{START}Define WHERE one\n<VirtualHost a>\nServerName one\nInclude snippet\n</VirtualHost>\nDefine WHERE two\n<Directory /x>\nInclude snippet\n</Directory>\n"
            ),
        ),
        ("snippet", "DocumentRoot /srv/${where}"),
    ]);
    let site = site(&project);
    assert_eq!(site.directives("DocumentRoot").count(), 1);
    let scopes: Vec<_> = site
        .occurrences("DocumentRoot")
        .map(|directive| {
            (directive.scope().join(" > "), text(directive), directive.contexts().places)
        })
        .collect();
    assert_eq!(
        scopes,
        [
            ("VirtualHost one".into(), "DocumentRoot /srv/one".into(), Places::VHOST),
            ("Directory /x".into(), "DocumentRoot /srv/two".into(), Places::DIRECTORY),
        ]
    );
}

#[test]
fn modules_count_from_their_line_on() {
    let project = main(
        "<IfModule mod_dir.c>\nTimeOut 1\n</IfModule>\nLoadModule dir_module x\n<IfModule dir_module>\nTimeOut 2\n</IfModule>\n<IfModule !mod_dir.c>\nTimeOut 3\n</IfModule>\n<IfModule mod_dir>\nTimeOut 4\n</IfModule>",
    );
    assert_eq!(top(&project), ["LoadModule dir_module x", "TimeOut 2"]);
    assert_eq!(
        site(&project).directives("TimeOut").count(),
        4,
        "what is skipped is still there to ask for"
    );
}

#[test]
fn what_is_not_known_has_a_name() {
    let yes = main("<IfDefine SSL>\nKeepAlive on\n</IfDefine>");
    assert_eq!(condition(&yes, "KeepAlive"), ["whether SSL is defined"]);
    let both = main("<IfDefine SSL>\n<IfDefine !SSL>\nKeepAlive on\n</IfDefine>\n</IfDefine>");
    assert_eq!(condition(&both, "KeepAlive"), ["no"]);
    let loaded = main(
        "<IfDefine SSL>\nLoadModule ssl_module x\n</IfDefine>\n<IfModule mod_ssl.c>\nKeepAlive on\n</IfModule>",
    );
    assert_eq!(condition(&loaded, "KeepAlive"), ["whether mod_ssl.c is loaded"]);
    let guarded =
        main("<IfDefine !SSL>\nDefine SSL\n</IfDefine>\n<IfDefine SSL>\nKeepAlive on\n</IfDefine>");
    assert_eq!(condition(&guarded, "KeepAlive"), ["yes"]);
    let built_in =
        main("<IfModule core.c>\n<IfModule mod_unixd.c>\nKeepAlive on\n</IfModule></IfModule>");
    assert_eq!(condition(&built_in, "KeepAlive"), ["whether mod_unixd.c is loaded"]);
}

#[test]
fn a_file_that_is_not_here_may_load_anything() {
    let project = main(
        "<IfModule mod_dir.c>\nTimeOut 1\n</IfModule>\nInclude ${MODULES}\n<IfModule mod_dir.c>\nKeepAlive on\n</IfModule>\n<IfModule !dir_module>\nUseCanonicalName on\n</IfModule>",
    );
    assert_eq!(condition(&project, "TimeOut"), ["no"]);
    assert_eq!(condition(&project, "KeepAlive"), ["whether mod_dir.c is loaded"]);
    assert_eq!(condition(&project, "UseCanonicalName"), ["not whether mod_dir.c is loaded"]);
}

#[test]
fn versions_are_compared_with_every_release_that_may_be_meant() {
    let ask = |condition_text: &str, version| {
        let mut options = Options::default();
        options.target.apache = version;
        let text = format!("{START}<IfVersion {condition_text}>\nKeepAlive on\n</IfVersion>");
        condition(&load_with(&[("httpd.conf", &text)], &options), "KeepAlive").join("")
    };
    assert_eq!(ask(">= 2.4", None), "yes");
    assert_eq!(ask("< 2.4", None), "no");
    assert_eq!(ask("2.4", None), "no");
    assert_eq!(ask(">= 2.4.41", None), "not whether httpd's version is < 2.4.41");
    assert_eq!(ask("!< 2.4.41", None), "not whether httpd's version is < 2.4.41");
    assert_eq!(ask(">= 2.4.41", Some((2, 4, 57))), "yes");
}

#[test]
fn files_and_directives_can_be_asked_for() {
    let project = load(&[
        (
            "httpd.conf",
            &format!(
                "{START}<IfFile extra>\nTimeOut 1\n</IfFile>\n<IfFile !/srv/none>\nTimeOut 2\n</IfFile>\n<IfDirective Alias>\nTimeOut 3\n</IfDirective>\n<IfDirective RewriteRule>\nTimeOut 4\n</IfDirective>\n<IfSection Directory>\nTimeOut 5\n</IfSection>"
            ),
        ),
        ("extra", ""),
    ]);
    assert_eq!(top(&project), ["TimeOut 1", "TimeOut 2", "TimeOut 3", "TimeOut 5"]);
}

#[test]
fn variables_are_filled_in_where_they_are_known() {
    let project = load(&[
        (
            "apache2.conf",
            "Listen 80\nPidFile ${APACHE_PID_FILE}\nDefine A 1\nAuthName ${A}\nAuthName \"${A} ${B}\"\nUnDefine A\nAuthName ${A}",
        ),
        ("envvars", "export APACHE_PID_FILE=/run/apache2$SUFFIX.pid\n"),
    ]);
    let site = site(&project);
    let known: Vec<_> = site
        .directives("AuthName")
        .chain(site.directives("PidFile"))
        .map(|directive| text(directive))
        .collect();
    assert_eq!(known, ["AuthName 1", "AuthName ?", "AuthName ?", "PidFile /run/apache2.pid"]);
}

#[test]
fn conditional_sections_are_seen_through() {
    let project = main(
        "<Directory /x>\n<IfModule mod_alias.c>\nRequire all granted\n</IfModule>\n</Directory>",
    );
    let site = site(&project);
    let require = site.directives("Require").next().expect("Require");
    assert!(require.parent().is_some_and(|parent| parent.is_section("IfModule")));
    assert!(require.section().is_some_and(|section| section.is_section("Directory")));
    let directory = site.sections("Directory").next().expect("Directory");
    assert_eq!(directory.children().map(text).collect::<Vec<_>>(), ["Require all granted"]);
    assert_eq!(require.siblings().count(), 1);
    assert_eq!(require.scope(), ["Directory /x"]);
}

#[test]
fn a_fragment_may_stand_in_several_places() {
    let places = |text: &str| {
        let project = load(&[("some.conf", text)]);
        assert_eq!(project.apache[0].form, Form::Fragment);
        let first = site(&project).all().next().expect("a directive").contexts();
        first.places
    };
    assert_eq!(places("<VirtualHost *>\n</VirtualHost>"), Places::SERVER);
    assert_eq!(places("Alias /a /b\nErrorDocument 401 x"), Places(7));
    assert_eq!(places("Require all granted\n"), Places::DIRECTORY);
}

/// Each .htaccess file with the classes that are allowed in it.
fn htaccess(files: &[(&str, &str)]) -> Vec<(String, Vec<Option<Overrides>>)> {
    let project = load(files);
    let site = site(&project);
    site.htaccess()
        .map(|(htaccess, _)| {
            let allowed = htaccess.allowed.iter();
            let classes =
                allowed.map(|allowed| Some(allowed.overrides.as_ref()?.classes)).collect();
            (project.sources.get(htaccess.file).name.clone(), classes)
        })
        .collect()
}

#[test]
fn htaccess_files_are_read_as_far_as_allowoverride_lets_them() {
    let found = htaccess(&[
        (
            "httpd.conf",
            &format!(
                "{START}DocumentRoot /srv/www\n<Directory /srv/www>\nAllowOverride None\n</Directory>\n<Directory /srv/www/*/app>\nAllowOverride AuthConfig Limit\n</Directory>\n<Directory /srv/www/a/app/deep>\nAllowOverride all\n</Directory>\n"
            ),
        ),
        ("www/.htaccess", "x"),
        ("www/a/.htaccess", "x"),
        ("www/a/app/.htaccess", "Require valid-user"),
        ("www/a/app/in/.htaccess", "x"),
        ("www/a/app/deep/.htaccess", "x"),
        ("www/a/other/.htaccess", "x"),
    ]);
    let both = Overrides::AUTH_CONFIG.or(Overrides::LIMIT);
    assert_eq!(
        found,
        [
            ("/srv/www/a/app/.htaccess".into(), vec![Some(both)]),
            ("/srv/www/a/app/deep/.htaccess".into(), vec![Some(Overrides::ALL)]),
            ("/srv/www/a/app/in/.htaccess".into(), vec![Some(both)]),
        ]
    );
}

#[test]
fn without_any_allowoverride_the_file_is_read_and_nothing_is_allowed() {
    let found = htaccess(&[
        ("httpd.conf", &format!("{START}DocumentRoot www\n")),
        ("www/deep/.htaccess", "x"),
    ]);
    assert_eq!(found, [("/srv/www/deep/.htaccess".into(), vec![Some(Overrides::NONE)])]);
}

#[test]
fn each_server_has_its_own_allowoverride() {
    let found = htaccess(&[
        (
            "httpd.conf",
            &format!(
                "{START}<Directory /srv/www>\nAllowOverride All\n</Directory>\n<VirtualHost *>\nDocumentRoot /srv/www\n</VirtualHost>\n<VirtualHost *>\nDocumentRoot /srv/www\n<Directory /srv/www>\nAllowOverride FileInfo Nonfatal=Override\n</Directory>\n</VirtualHost>\n<VirtualHost *>\nAccessFileName .ht .other\nDocumentRoot /srv/www\n</VirtualHost>\n"
            ),
        ),
        ("www/.htaccess", "x"),
        ("www/.other", "x"),
    ]);
    assert_eq!(
        found,
        [
            ("/srv/www/.htaccess".into(), vec![Some(Overrides::ALL), Some(Overrides::FILE_INFO)]),
            ("/srv/www/.other".into(), vec![Some(Overrides::ALL)]),
        ]
    );
}

#[test]
fn the_name_of_htaccess_files_may_come_from_a_variable() {
    let found = htaccess(&[
        (
            "httpd.conf",
            &format!(
                "{START}Define OWN .access\nAccessFileName .ht ${{OWN}}\nUnDefine OWN\nDocumentRoot /srv/www\n<Directory /srv/www>\nAllowOverride All\n</Directory>\n"
            ),
        ),
        ("www/.access", "x"),
        ("www/.htaccess", "x"),
    ]);
    assert_eq!(found, [("/srv/www/.access".into(), vec![Some(Overrides::ALL)])]);
}

#[test]
fn conditions_in_htaccess_know_what_the_server_has_loaded() {
    let project = load(&[
        (
            "httpd.conf",
            &format!(
                "{START}Define WHO alice\n<Directory /srv/www>\nAllowOverride All\n</Directory>\nLoadModule dir_module x"
            ),
        ),
        (
            "www/.htaccess",
            "<IfModule mod_dir.c>\nRequire user ${WHO}\n</IfModule>\n<IfModule mod_none.c>\nRequire all granted\n</IfModule>",
        ),
    ]);
    let site = site(&project);
    let (_, top) = site.htaccess().next().expect("a .htaccess");
    let directives: Vec<Directive<'_>> = top.collect();
    assert_eq!(directives.iter().map(|&one| text(one)).collect::<Vec<_>>(), ["Require user alice"]);
    assert!(directives[0].htaccess().is_some() && directives[0].contexts().htaccess);
    assert!(directives[0].htaccess().is_some_and(|found| found.allowed[0].certain));
}

#[test]
fn password_files_are_read_as_their_authtype_says() {
    let project = load(&[
        (
            "httpd.conf",
            &format!(
                "{START}LoadModule auth_digest_module modules/mod_auth_digest.so\nUser www\n<Location /a>\nAuthType Basic\nAuthUserFile users\nAuthGroupFile /srv/groups\n</Location>\n<Location /b>\nAuthType Digest\nAuthUserFile digest\n</Location>\n<Location /c>\nAuthUserFile none\n</Location>\n<IfModule mod_none.c>\nAuthUserFile skipped\n</IfModule>\n"
            ),
        ),
        ("users", "alice:x\n"),
        ("groups", "staff: alice\n"),
        ("digest", "alice:Staff:0123456789abcdef0123456789abcdef\n"),
        ("skipped", "bob:x"),
    ]);
    let kinds: Vec<Kind> = project.credentials.iter().map(|file| file.credentials.kind).collect();
    assert_eq!(kinds, [Kind::Htpasswd, Kind::Htdigest, Kind::Group]);
    let presences: Vec<_> = site(&project)
        .references()
        .map(|(directive, reference)| {
            (
                text(directive),
                reference.found.as_ref().is_some_and(|found| found.presence == Presence::Missing),
            )
        })
        .collect();
    assert_eq!(
        presences,
        [
            ("AuthUserFile users".into(), false),
            ("AuthUserFile digest".into(), false),
            ("AuthUserFile none".into(), true),
            ("AuthGroupFile /srv/groups".into(), false),
        ]
    );
}

#[test]
fn files_that_include_each_other_twice_end() {
    let text = format!("{START}Include /srv/a\nInclude /srv/a");
    let mut files: Vec<(String, String)> = vec![("httpd.conf".into(), text)];
    for (name, next) in ('a'..='t').zip('b'..='u') {
        files.push((name.to_string(), format!("Include /srv/{next}\nInclude /srv/{next}")));
    }
    files.push(("u".into(), "TimeOut 1".into()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let project = load(&files);
    assert!(project.apache[0].inclusions.len() <= 1 << 17);
    let stopped = |outcome: &Outcome| *outcome == Outcome::TooMany;
    assert!(site(&project).includes().any(|(_, include)| stopped(&include.outcome)));
}

#[test]
fn a_macro_is_read_in_the_place_of_its_use() {
    let project = main(
        "Define ADMIN root\n\
         <Macro Host $name $port>\n  # $name\n  ServerName $name:$port\n  $name $ports ${ADMIN}\n</Macro>\n\
         <Macro both>\nUse HOST a 1\nUse host \"TimeOut 7\" \"\"\n</Macro>\n\
         Use Both\nTimeOut 9",
    );
    let read: Vec<String> =
        top(&project).into_iter().filter(|text| !text.starts_with("Define")).collect();
    assert_eq!(
        read,
        [
            "Macro Host $name $port",
            "Macro both",
            "ServerName a:1",
            "a 1s root",
            "ServerName TimeOut 7:",
            "TimeOut 7 s root",
            "TimeOut 9"
        ]
    );
}

#[test]
fn places_in_a_macro_are_those_of_its_body() {
    let project = main("<Macro m $who>\nRequire $who valid-user\n</Macro>\nUse m \"user alice\"\n");
    let directive = site(&project).directives("Require").next().expect("it is read");
    let written = |at| {
        let at = project.sources.written(at);
        String::from_utf8_lossy(project.sources.get(at.file).slice(at.span)).into_owned()
    };
    assert_eq!(text(directive), "Require user alice valid-user");
    assert_eq!(written(directive.location()), "Require $who valid-user");
    let words: Vec<String> = directive.args().map(|arg| written(arg.location())).collect();
    assert_eq!(words, ["$who", "$who", "valid-user"]);
    assert_eq!(project.sources.iter().count(), 1);
}

#[track_caller]
fn used(text: &str) -> Vec<Outcome> {
    let project = main(text);
    site(&project).includes().map(|(_, include)| include.outcome.clone()).collect()
}

#[test]
fn what_httpd_says_of_macros_is_known() {
    let refused = |text, fault: MacroFault| {
        assert_eq!(used(text).last(), Some(&Outcome::Refused(fault)), "{text}");
    };
    refused("Use a", MacroFault::Undefined);
    refused("UndefMacro a", MacroFault::Undefined);
    refused("<Macro a>\nTimeOut 1\n</Macro>\nUndefMacro A\nUse a", MacroFault::Undefined);
    refused("<Macro a>\nTimeOut 1\n</Macro>\nUse", MacroFault::NoName);
    refused("<Macro>\n</Macro>", MacroFault::NoName);
    refused("<Macro a $x \"\">\n</Macro>", MacroFault::EmptyParameter(1));
    refused("<Macro a $x $y $x>\n</Macro>", MacroFault::SameParameter(2));
    let recursive = used("<Macro a>\nUse b\n</Macro>\n<Macro b>\nUse a\n</Macro>\nUse a");
    assert!(
        matches!(
            recursive[..],
            [Outcome::Read, Outcome::Read, Outcome::Refused(MacroFault::Recursive { .. })]
        ),
        "{recursive:?}"
    );
    let counted = used("<Macro a $x>\nTimeOut $x\n</Macro>\nUse a 1 2");
    assert!(
        matches!(
            counted[..],
            [Outcome::Refused(MacroFault::Arguments { parameters: 1, given: 2, .. })]
        ),
        "{counted:?}"
    );
}

#[test]
fn what_a_macro_makes_may_be_unknown() {
    for text in [
        // a section that goes on behind the Use
        "<Macro a>\n<Location />\n</Macro>\nUse a\n</Location>",
        // how many arguments a variable is
        "<Macro a $x>\nTimeOut $x\n</Macro>\nUse a ${UNKNOWN}",
        "<IfDefine X>\n<Macro a>\nTimeOut 1\n</Macro>\n</IfDefine>\nUse a",
        "Include /elsewhere/macros.conf\nUse a",
    ] {
        assert_eq!(used(text).last(), Some(&Outcome::Unknown), "{text}");
    }
    assert_eq!(
        used("<IfDefine X>\n<Macro a>\nTimeOut 1\n</Macro>\nUse a\n</IfDefine>"),
        [Outcome::Read]
    );
}

#[test]
fn macros_that_use_each_other_twice_end() {
    let pairs = ('a'..='y').zip('b'..='z').map(|(name, next)| {
        format!("<Macro {name} $p>\nUse {next} $p\nUse {next} $p{name}\n</Macro>\n")
    });
    let text: String = pairs.collect();
    let text = format!("<Macro z $p>\nServerAlias $p\n</Macro>\n{text}Use a x");
    let project = main(&text);
    assert!(project.apache[0].inclusions.len() <= 1 << 17);
    assert!(site(&project).includes().any(|(_, include)| include.outcome == Outcome::Unknown));
    let long = "x".repeat(8000);
    let lines = "$p\n".repeat(4000);
    let used = used(&format!("<Macro a $p>\n{lines}</Macro>\nUse a {long}"));
    assert_eq!(used, [Outcome::Unknown]);
}
