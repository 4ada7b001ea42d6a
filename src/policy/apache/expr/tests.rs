use super::eval::Failed;
use super::*;
use crate::policy::regex::Regexes;
use crate::policy::world::{Explored, explore};

/// A request with a few values; what is not among them is unknown where its name ends in `?`, else empty.
pub(in crate::policy::apache) struct Values<'v> {
    pub(in crate::policy::apache) world: &'v mut World,
    pub(in crate::policy::apache) known: &'v [(&'v str, &'v str)],
    pub(in crate::policy::apache) regexes: Regexes,
}

impl<'v> Values<'v> {
    pub(in crate::policy::apache) fn new(
        world: &'v mut World,
        known: &'v [(&'v str, &'v str)],
    ) -> Self {
        Self { world, known, regexes: Regexes::default() }
    }

    fn get(&self, name: &str) -> Text {
        match self.known.iter().find(|(known, _)| *known == name) {
            Some((_, "?")) => Cause::new(None, format!("the value of {name}")).into(),
            Some((_, value)) => value.as_bytes().into(),
            None => Text::EMPTY,
        }
    }
}

impl Lookup for Values<'_> {
    fn variable(&mut self, name: &[u8]) -> Text {
        self.get(&String::from_utf8_lossy(name))
    }

    fn function(&mut self, function: Function, argument: &[u8]) -> Option<Text> {
        let name = format!("{}:{}", function.name(), String::from_utf8_lossy(argument));
        (function != Function::File).then(|| self.get(&name))
    }

    fn file_test(&mut self, test: FileTest, path: &Text) -> bool {
        let name = format!("{} {}", path.shown(), test.words());
        self.known.iter().any(|(known, _)| *known == name)
    }

    fn client(&mut self) -> Option<IpAddr> {
        Some([10, 1, 2, 3].into())
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

fn worlds(text: &str, known: &[(&str, &str)]) -> Explored<Result<bool, Failed>> {
    let expr = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    explore(|world| expr.holds(&mut Values::new(world, known)))
}

fn holds(text: &str, known: &[(&str, &str)]) -> Result<bool, Failed> {
    let all = worlds(text, known);
    assert_eq!(all.worlds.len(), 1, "{text}");
    all.worlds[0].1
}

const KNOWN: &[(&str, &str)] = &[
    ("REQUEST_URI", "/Shop/a.php"),
    ("REQUEST_METHOD", "GET"),
    ("REMOTE_ADDR", "10.1.2.3"),
    ("QUERY_STRING", "12abc"),
    ("req:Accept", "text/html"),
    ("/srv/a is a file", ""),
];

#[test]
fn what_httpd_says() {
    for (text, expected) in [
        ("true && ! false", true),
        ("true || false && false", true),
        ("! true || true", true),
        ("! (true || true)", false),
        ("%{REQUEST_URI} == '/Shop/a.php'", true),
        ("%{REQUEST_URI} = '/shop/a.php'", false),
        ("tolower(%{REQUEST_URI}) = '/shop/a.php'", true),
        ("%{tolower:%{REQUEST_URI}} = '/shop/a.php'", true),
        ("%{REQUEST_URI} =~ m#^/shop/#i", true),
        ("%{REQUEST_URI} !~ m#^/shop/#", true),
        ("%{REQUEST_URI} =~ m#^/([a-z]+)/#i && $1 == 'Shop'", true),
        // a pattern without groups leaves them, one that does not match takes them away
        ("%{REQUEST_URI} =~ m#^/([a-z]+)/#i && %{REQUEST_URI} =~ /a/ && $1 == 'Shop'", true),
        ("%{REQUEST_URI} =~ m#^/([a-z]+)/#i && %{REQUEST_URI} !~ /(x)/ && $1 == ''", true),
        ("'10' > '9'", false),
        ("'10' -gt '9'", true),
        ("10 gt 9", true),
        ("%{QUERY_STRING} -eq 12", true),
        ("'x' -eq 0", true),
        ("%{REQUEST_METHOD} in { 'HEAD', 'GET' }", true),
        ("%{REQUEST_METHOD} in { 'HEAD', 'get' }", false),
        ("%{REMOTE_ADDR} -ipmatch '10.0.0.0/8'", true),
        ("%{REMOTE_ADDR} -ipmatch '192.168.0.0/16'", false),
        ("-R '10.1'", true),
        ("-R '10.2'", false),
        ("%{REQUEST_URI} -fnmatch '/*.php'", false),
        ("%{REQUEST_URI} -strmatch '/*.php'", true),
        ("%{REQUEST_URI} -strcmatch '/SHOP/*'", true),
        ("-n %{QUERY_STRING}", true),
        ("-z %{REMOTE_USER}", true),
        ("-T 'Off'", false),
        ("-T 'no'", false),
        ("-T '00'", true),
        ("-T ''", false),
        ("-f '/srv/a'", true),
        ("-d '/srv/a'", false),
        ("req('Accept') == 'text/html'", true),
        ("%{HTTP:Accept} == 'text/html'", true),
        ("'a' . 'b' . 3 == 'ab3'", true),
        ("base64('abc') == 'YWJj'", true),
        ("unbase64('YWJjZA') == 'abcd'", true),
        ("unbase64('YWJj*YWJj') == 'abc'", true),
        ("escape('a b%/?') == 'a%20b%25/%3f'", true),
        ("unescape('a%20b%2Fc') == 'a b%2Fc'", true),
        ("unescape('a%2') == ''", true),
        (r"'a\0b' == 'a'", true),
    ] {
        assert_eq!(holds(text, KNOWN), Ok(expected), "{text}");
    }
}

#[test]
fn httpd_gives_up() {
    assert_eq!(holds("file('/x') == 'a'", KNOWN), Err(Failed));
    assert_eq!(holds("true || file('/x') == 'a'", KNOWN), Ok(true));
    let nested = |count| format!("{}'a'{} == 'a'", "tolower(".repeat(count), ")".repeat(count));
    assert_eq!(holds(&nested(18), KNOWN), Ok(true));
    assert_eq!(holds(&nested(19), KNOWN), Err(Failed));
    // chains and parentheses are no nesting
    let chain = "true".to_owned() + &" && (true)".repeat(100);
    assert_eq!(holds(&chain, KNOWN), Ok(true));
}

#[test]
fn what_is_not_known_is_asked() {
    let known = &[("REMOTE_HOST", "?"), ("REQUEST_METHOD", "GET")];
    let all = worlds("%{REMOTE_HOST} == 'a.example'", known);
    assert_eq!(
        all.worlds.iter().map(|(_, holds)| *holds).collect::<Vec<_>>(),
        [Ok(false), Ok(true)]
    );
    let all = worlds("tolower(%{REMOTE_HOST}) =~ /(a)/ && $1 == 'a'", known);
    assert_eq!(all.worlds.len(), 3);
    assert_eq!(holds("%{REQUEST_METHOD} == 'PUT' && %{REMOTE_HOST} == 'a'", known), Ok(false));
    assert_eq!(holds("%{REMOTE_HOST} == %{REMOTE_HOST}", known), Ok(true));
}

#[test]
fn texts_are_filled_in() {
    let text = |template: &str| {
        let template = parse_string(template.as_bytes()).expect(template);
        let all = explore(|world| template.text(&mut Values::new(world, KNOWN)));
        all.worlds[0].1.clone().map(|text| text.shown().into_owned())
    };
    assert_eq!(text("plain"), Ok("plain".to_owned()));
    assert_eq!(text("x%{REQUEST_METHOD}-$1-%{req:Accept}"), Ok("xGET--text/html".to_owned()));
}
