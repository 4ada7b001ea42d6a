use super::rule::List;
use super::*;
use crate::policy::apache::expr::{FileTest, Function, Lookup};
use crate::policy::regex::{Regex, Regexes};
use crate::policy::world::{World, explore};
use crate::source::{FileId, Span};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A server that knows a few files, and a request to it.
struct Server<'w> {
    world: &'w mut World,
    regexes: Regexes,
    host: String,
    env: BTreeMap<Vec<u8>, Text>,
    variables: BTreeMap<String, String>,
    files: fn(FileTest, &str) -> bool,
}

impl Lookup for Server<'_> {
    fn variable(&mut self, name: &[u8]) -> Text {
        let name = String::from_utf8_lossy(name).into_owned();
        match self.variables.get(&name).map(String::as_str) {
            Some("?") => Cause::new(None, format!("the value of {name}")).into(),
            Some(value) => value.as_bytes().into(),
            None => Text::EMPTY,
        }
    }

    fn function(&mut self, function: Function, argument: &[u8]) -> Option<Text> {
        Some(match function {
            Function::Env | Function::ReqEnv => self.env.get(argument).cloned().unwrap_or_default(),
            Function::Req => {
                self.variable(format!("req:{}", String::from_utf8_lossy(argument)).as_bytes())
            }
            _ => Text::EMPTY,
        })
    }

    fn file_test(&mut self, test: FileTest, path: &Text) -> bool {
        (self.files)(test, &path.shown())
    }

    fn client(&mut self) -> Option<IpAddr> {
        None
    }

    fn regex(&mut self, pattern: &[u8], ignore_case: bool) -> Regex {
        self.regexes.get(pattern, ignore_case)
    }

    fn world(&mut self) -> &mut World {
        self.world
    }

    fn at(&self) -> Option<Location> {
        None
    }
}

impl Rewriting for Server<'_> {
    fn set_env(&mut self, name: &[u8], value: Option<Text>) {
        match value {
            Some(value) => self.env.insert(name.to_vec(), value),
            None => self.env.remove(name),
        };
    }

    fn own_url(&mut self) -> Text {
        format!("http://{}", self.host).into_bytes().into()
    }

    fn map(&mut self, _: &[u8], _: &Text) -> Option<Text> {
        None
    }

    fn is_own_host(&mut self, host: &[u8], port: Option<u16>) -> bool {
        // only a ServerName with a port is compared
        let own = format!("{}:{}", String::from_utf8_lossy(host), port.unwrap_or(80));
        self.host == own
    }
}

/// The rules of lines such as `RewriteRule ^a b`, each on a line of its own.
fn rules(lines: &str) -> Result<Vec<Rule>, String> {
    let mut list = List::default();
    for (number, line) in lines.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let (name, arguments) = line.split_once(' ').unwrap_or((line, ""));
        let at = Location::new(FileId::from_index(0), Span::new(number as u32, number as u32));
        list.add(name == "RewriteRule", at, Some(arguments.as_bytes()))
            .map_err(|refused| refused.why)?;
    }
    Ok(list.rules)
}

fn state(uri: &str, filename: &str) -> State {
    let (path, args) = match uri.split_once('?') {
        Some((path, args)) => (path, Some(args.as_bytes().into())),
        None => (uri, None),
    };
    State {
        uri: path.as_bytes().into(),
        unparsed_uri: uri.as_bytes().to_vec(),
        filename: if filename.is_empty() { path } else { filename }.as_bytes().into(),
        path_info: Text::EMPTY,
        args,
        is_subrequest: false,
        may_look_ahead: true,
        is_proxied: false,
        has_ended: false,
        handler: None,
        content_type: None,
    }
}

fn shown(applied: &Applied) -> String {
    let args = applied.state.args.as_ref();
    let args = args.map(|args| format!("?{}", args.shown())).unwrap_or_default();
    match &applied.outcome {
        Outcome::Status(status) | Outcome::Refused(status) => status.to_string(),
        Outcome::Redirect { status, location } => format!("{status} {}", location.shown()),
        Outcome::Proxy(url) => format!("proxy {}", url.shown()),
        Outcome::PassThrough(uri) => format!("as {}{args}", uri.shown()),
        Outcome::Mapped { path, in_document_root: true } => format!("{}{args}", path.shown()),
        Outcome::Mapped { path, in_document_root: false } => format!("file {}", path.shown()),
        Outcome::Internal(uri) => format!("{}{args}", uri.shown()),
        other => format!("{other:?}"),
    }
}

/// What the rules do in every world, each once.
fn all(
    lines: &str,
    variables: &[(&str, &str)],
    run: impl Fn(&[&Rule], &mut dyn Rewriting) -> Applied,
) -> Vec<String> {
    let rules = rules(lines).expect(lines);
    let rules: Vec<&Rule> = rules.iter().collect();
    let explored = explore(|world| {
        let mut server = Server {
            world,
            regexes: Regexes::default(),
            host: "own.test".to_owned(),
            env: BTreeMap::new(),
            variables: variables.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
            files: |test, path| test == FileTest::File && path.ends_with("/there"),
        };
        shown(&run(&rules, &mut server))
    });
    let mut all: Vec<String> = explored.worlds.into_iter().map(|(_, shown)| shown).collect();
    all.dedup();
    all
}

/// What rules of the server do with a request for `uri`.
fn server(lines: &str, uri: &str) -> String {
    all(lines, &[], |rules, on| in_server(rules, state(uri, ""), false, on)).join(" or ")
}

/// What rules of the folder /www/sub, which is /sub of the document root, do with a request for `uri` below it.
fn folder_with_base(lines: &str, uri: &str, base: Option<&str>) -> String {
    let directory = Directory {
        prefix: b"/www/sub/",
        base: base.map(str::as_bytes),
        document_root: Some(b"/www"),
        context: None,
        follows_links: true,
        allow_no_slash: false,
    };
    let filename = format!("/www{}", uri.split('?').next().unwrap_or_default());
    all(lines, &[], |rules, on| in_directory(rules, state(uri, &filename), &directory, on))
        .join(" or ")
}

fn folder(lines: &str, uri: &str) -> String {
    folder_with_base(lines, uri, None)
}

#[test]
fn rules_of_the_server() {
    for (rule, uri, expected) in [
        ("^/a/(.*)$ /b/$1", "/a/x?q", "/b/x?q"),
        ("^/a /b", "/c", "Declined"),
        ("!^/a /b", "/c", "/b"),
        ("^/a - [F]", "/a", "403"),
        ("^/a - [G]", "/a", "410"),
        ("^/a - [R=401,L]", "/a", "401"),
        ("^/a /b [R=404]", "/a", "404"),
        ("^/a /b [R=301]", "/a?q", "301 http://own.test/b?q"),
        ("^/a /b [R=seeother]", "/a", "303 http://own.test/b"),
        ("^/a /b [R=nonsense]", "/a", "302 http://own.test/b"),
        // a status of its own, but nowhere to go to
        ("^/a - [F,R=301]", "/a", "301"),
        ("^/a - [R=301,F]", "/a", "403"),
        ("^/a - [R]", "/a", "Declined"),
        ("^/a http://other.test/$0", "/a", "302 http://other.test//a"),
        ("\"^/(a b)\" /x/$1 [R]", "/a b", "302 http://own.test/x/a%20b"),
        ("^/(a%) /x/$1 [R,NE]", "/a%", "302 http://own.test/x/a%"),
        ("^/a(.*) /x$1 [R,B]", "/a/b?", "302 http://own.test/x%252fb?"),
        ("^/a /b [PT]", "/a", "as /b"),
        ("^/a b", "/a", "/b"),
        ("^/a http://other.test/b [P]", "/a?q", "proxy http://other.test/b?q"),
        ("^/a mailto:x@y?z [R]", "/a", "302 mailto:x@y?z"),
        // the first name of the path tells where it is looked for, if it is written out
        ("^/a(/.*) /tmp$1", "/a/x", "file /tmp/x"),
        ("^/a(/.*) $1", "/a/tmp/x", "/tmp/x"),
        ("^/a(/.*) $1 [UnsafePrefixStat]", "/a/tmp/x", "file /tmp/x"),
        ("^/a(.*) /tm$1/x", "/ap", "/tmp/x"),
        ("^/a(/.*) tmp$1", "/a/x", "/tmp/x"),
        // queries
        ("^/a /b?x", "/a?q", "/b?x"),
        ("^/a /b?x [QSA]", "/a?q", "/b?x&q"),
        ("^/a /b?x [QSA]", "/a", "/b?x"),
        ("^/a /b?", "/a?q", "/b"),
        ("^/a /b? [QSA]", "/a?q", "/b?q"),
        ("^/a /b [QSD]", "/a?q", "/b"),
        ("^/a /b?x?y", "/a", "/b?x?y"),
        ("^/a /b?x?y [QSL]", "/a", "/b?x?y"),
        ("^/a(.*) /b?x=$1", "/a ", "403"),
        ("^/a(.*) /b?x=$1 [R]", "/a ", "302 http://own.test/b?x=%20"),
        ("^/a(.*) /b?x=$1 [R,NE]", "/a ", "403"),
        // a `?` that comes from the client starts no query
        ("^/a /b%{QUERY_STRING}", "/a?x?y", "403"),
        ("^/a /b%{QUERY_STRING}?z", "/a?x?y", "403"),
        ("^/a /b%{QUERY_STRING}?z [QSL]", "/a?x?y", "/bx?y?z"),
        ("^/a /b?z%{QUERY_STRING}", "/a?x?y", "/b?zx?y"),
        ("^/a /b%{QUERY_STRING} [UnsafeAllow3F]", "/a?x?y", "/bx?y"),
        ("^/a /b%{QUERY_STRING} [B]", "/a?x?y", "403"),
        // slashes that a substitution did not begin with
        ("^(.*)$ /$1", "/a", "/a"),
        ("^(.*)$ /$1 [PT]", "/a", "as /a"),
        ("^(.*)$ /$1 [R]", "/a", "302 http://own.test//a"),
        ("^/(a) //$1", "/a", "//a"),
        ("^/a /../b", "/a", "file /../b"),
        // what is special stands behind a backslash for itself
        (r"^/(a) /\$1/%{NONE}$/%/${no:$1|d$1}", "/a", "/$1/$/%/da"),
        ("^/a /%{REQUEST_URI}/%{query_string}", "/a?q", "/a/q?q"),
        ("^/a /${open", "/a", "/${open"),
        ("^/a \"/b c\"", "/a", "/b c"),
        ("\"^/a b\" /c", "/a b", "/c"),
        (r"^/a\ b /c", "/a b", "/c"),
    ] {
        assert_eq!(server(&format!("RewriteRule {rule}"), uri), expected, "{rule} on {uri}");
    }
}

#[test]
fn rules_of_a_folder() {
    for (rule, uri, expected) in [
        ("^x$ y", "/sub/x?q", "/sub/y?q"),
        ("^/x y", "/sub/x", "Declined"),
        ("^x /y", "/sub/x", "/y"),
        ("^x /www/sub/y", "/sub/x", "/sub/y"),
        ("^(.*)$ $1", "/sub/x", "Same"),
        ("^x - [F]", "/sub/x", "403"),
        ("^$ y", "/sub", "Declined"),
        ("^$ y", "/sub/", "/sub/y"),
        ("^x y [R]", "/sub/x", "302 http://own.test/www/sub/y"),
        ("^x /y [R]", "/sub/x", "302 http://own.test/y"),
        ("^x http://other.test/ [P]", "/sub/x?q", "proxy http://other.test/?q"),
        ("^x /y [PT]", "/sub/x", "/y"),
        // with [PT] a URL is no longer taken for one
        ("^x http://other.test/ [PT,R]", "/sub/x", "400"),
    ] {
        assert_eq!(folder(&format!("RewriteRule {rule}"), uri), expected, "{rule} on {uri}");
    }
    let base =
        |rule: &str| folder_with_base(&format!("RewriteRule {rule}"), "/sub/x", Some("/base"));
    assert_eq!(base("^x y"), "/base/y");
    assert_eq!(base("^x y [R]"), "302 http://own.test/base/y");
    assert_eq!(base("^x /y"), "/y");
}

#[test]
fn conditions() {
    for (conditions, expected) in [
        ("%{REQUEST_URI} ^/sub/(x)", true),
        ("%{REQUEST_URI} !^/sub/(x)", false),
        ("%{REQUEST_URI} ^/SUB [NC]", true),
        ("%{REQUEST_FILENAME} =/www/sub/x", true),
        ("%{REQUEST_FILENAME} -f", false),
        ("%{REQUEST_FILENAME} !-f", true),
        ("%{DOCUMENT_ROOT}/there -f", true),
        ("$1 =x", true),
        // the longer one is the greater
        ("ab >b", true),
        ("ab \"<b\"", false),
        ("12abc -eq12", true),
        ("3 -lt10", true),
        ("x !-ne0", true),
        ("%{QUERY_STRING} =\"\"", false),
        ("%{QUERY_STRING} ^$", false),
        ("expr \"%{REQUEST_URI} =~ m#^/sub# && %{QUERY_STRING} == 'q'\"", true),
        ("expr \"file('/none') == ''\"", true),
        ("%{HTTP:X-None} ^$", true),
        ("%{no_such} ^$", true),
        ("%{ENV:} ^$", true),
        ("a ^b [OR]\nRewriteCond a ^a", true),
        ("a ^a [OR]\nRewriteCond a ^b\nRewriteCond a ^c", false),
        ("a ^a [OR]\nRewriteCond a ^b [OR]\nRewriteCond a ^c\nRewriteCond a ^a", true),
        // nothing is left that could hold, and that counts as if it did
        ("a ^b [OR]", true),
        ("%{REQUEST_URI} /(s)(u)b\nRewriteCond %2 =u", true),
        ("%{REQUEST_URI} /(s)(u)b\nRewriteCond %{REQUEST_URI} !(z)\nRewriteCond %1 =s", true),
    ] {
        let lines = format!("RewriteCond {conditions}\nRewriteRule ^(x)$ - [G]");
        let found = folder(&lines, "/sub/x?q") == "410";
        assert_eq!(found, expected, "{conditions}");
    }
}

#[test]
fn several_rules() {
    let lines = |flags: &str| {
        format!("RewriteRule ^/a$ /b [{flags}]\nRewriteRule ^/b$ /c\nRewriteRule ^/c$ /d")
    };
    assert_eq!(server(&lines("NC"), "/a"), "/d");
    assert_eq!(server(&lines("L"), "/a"), "/b");
    assert_eq!(server(&lines("END"), "/a"), "/b");
    assert_eq!(server(&lines("S=2"), "/a"), "/b");
    assert_eq!(server(&lines("C"), "/b"), "Declined");
    assert_eq!(server(&lines("C"), "/a"), "/d");
    assert_eq!(server("RewriteRule ^/z /y [C]\nRewriteRule ^ - [F]", "/a"), "Declined");
    assert_eq!(
        server(
            "RewriteRule ^/z /y [C]\nRewriteRule ^ - [F,C]\nRewriteRule ^ - [G]\nRewriteRule ^ - [R=402]",
            "/a"
        ),
        "402"
    );
    // one that has redirected goes through the rest as a URL
    assert_eq!(server("RewriteRule ^/a /b [R]\nRewriteRule ^http - [F]", "/a"), "403");
    assert_eq!(server("RewriteRule ^/a /b [R]\nRewriteRule ^http /c", "/a"), "Unknown");
    // where the query is that of a redirect, a blank in it does no harm
    let redirect = "RewriteRule ^/a \"/b?x y\" [R]\nRewriteRule ^http - [G]";
    assert_eq!(server(redirect, "/a"), "410");
    assert_eq!(server("RewriteRule ^/a \"/b?x y\"\nRewriteRule ^ - [G]", "/a"), "403");
    // [N]
    assert_eq!(server("RewriteRule ^(.*)_(.*)$ $1-$2 [N]", "/a_b_c"), "/a-b-c");
    assert_eq!(server("RewriteRule ^ /a [N]", "/a"), "500");
    assert_eq!(server("RewriteRule ^(.*)$ $1x [N]", "/a"), "Unknown");
    assert_eq!(server("RewriteRule ^(.*)$ $1x [N=4]", "/a"), "500");
    assert_eq!(server("RewriteRule ^(.*)$ $1$1$1$1 [N]", "/aaaaaaaaaa"), "500");
    // variables that rules set
    assert_eq!(
        server(
            "RewriteRule ^/(a) - [E=x:$1y]\nRewriteCond %{ENV:x} =ay\nRewriteRule ^ - [F]",
            "/a"
        ),
        "403"
    );
}

#[test]
fn what_is_not_known_is_asked() {
    let lines = "RewriteCond %{HTTP:X} =secret\nRewriteRule ^ - [F]";
    let run = |lines: &str| {
        all(lines, &[("req:X", "?")], |rules, on| in_server(rules, state("/a", ""), false, on))
    };
    assert_eq!(run(lines), ["Declined", "403"]);
    // an expression without a pattern leaves nothing that `%1` could stand for
    let lines = "RewriteCond expr true\nRewriteCond %1 ^$\nRewriteRule ^ - [F]";
    assert_eq!(run(lines), ["Declined", "403"]);
    assert_eq!(run("RewriteRule ^/a /%{HTTP:X}/b [R]"), ["302 http://own.test/…/b"]);
    assert_eq!(run("RewriteRule ^/a %{HTTP:X}"), ["/…", "302 …"]);
}

#[test]
fn httpd_refuses_what_it_cannot_read() {
    for (line, why) in [
        ("RewriteRule ^a", "RewriteRule: bad argument line '^a'"),
        ("RewriteRule ^a b [X]", "RewriteRule: unknown flag 'X'"),
        ("RewriteRule ^a b [L,]", "RewriteRule: unknown flag ''"),
        ("RewriteRule ^a b []", "RewriteRule: unknown flag ''"),
        ("RewriteRule ^a b [R=418]", "RewriteRule: invalid HTTP response code '418' for flag 'R'"),
        ("RewriteRule ^a b L", "RewriteRule: bad flag delimiters"),
        ("RewriteRule ^a b [L, R]", "RewriteRule: bad flag delimiters"),
        ("RewriteRule ^a b [R=999]", "RewriteRule: invalid HTTP response code '999' for flag 'R'"),
        ("RewriteCond a b [L]", "RewriteCond: unknown flag 'L'"),
        ("RewriteCond a", "RewriteCond: bad argument line 'a'"),
    ] {
        assert_eq!(rules(line).map(|_| ()), Err(why.to_owned()), "{line}");
    }
    assert!(rules("RewriteCond expr \"%{NONE} == 'a'\"\nRewriteRule a b").is_err());
    for line in [
        "RewriteRule ^a b \"[L, R ]\"",
        "RewriteRule ^a b [Dxyz,B=,S,E,H,N=0,UNC,unsafeprefixstat,R=200x]",
        "RewriteRule ^a ''",
        "RewriteCond a -q",
        "RewriteCond a -lt",
        "RewriteCond EXPR true",
    ] {
        assert_eq!(rules(line).map(|_| ()), Ok(()), "{line}");
    }
}
