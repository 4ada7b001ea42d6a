//! Expressions of `<If>` and `Require expr`.

use super::Generator;

/// Each is decided by the request.
const TERMS: [&str; 27] = [
    "true",
    "false",
    "%{REQUEST_METHOD} == 'GET'",
    "%{REQUEST_METHOD} in {'POST', 'PUT'}",
    "%{HTTP:X-Env} == 'yes'",
    "%{HTTP:X-Env} -strmatch 'y*'",
    "-n %{HTTP:X-Env}",
    "-z %{HTTP:X-Env}",
    "req('X-Env') = 'yes'",
    "-T req('X-Env')",
    "%{REQUEST_URI} =~ m#^/sub/#",
    "%{REQUEST_URI} !~ /html$/",
    "%{REQUEST_URI} -fnmatch '/sub/*'",
    "%{QUERY_STRING} == 'x=a'",
    "%{QUERY_STRING} =~ /x=(a|b)/",
    "%{HTTP_HOST} =~ /^s/i",
    "%{SERVER_NAME} == 'nowhere'",
    "%{REMOTE_ADDR} == '127.0.0.1'",
    "%{REMOTE_ADDR} -ipmatch '127.0.0.2'",
    "-R '127.0.0.0/31'",
    "reqenv('trusted') == '1'",
    "-n reqenv('trusted')",
    "%{HTTP_USER_AGENT} =~ /bot/i",
    "%{HTTPS} == 'on'",
    "tolower(%{REQUEST_METHOD}) == 'get'",
    "%{THE_REQUEST} =~ m#^GET /f#",
    "1 -lt 2",
];

impl Generator {
    /// An expression that no user has a part in.
    pub(super) fn condition(&mut self) -> String {
        let one = self.rng.pick(&TERMS);
        match self.rng.below(10) {
            0 => format!("! ({one})"),
            1 => format!("{one} && {}", self.rng.pick(&TERMS)),
            2 => format!("{one} || {}", self.rng.pick(&TERMS)),
            3 => format!("({one} || {}) && {}", self.rng.pick(&TERMS), self.rng.pick(&TERMS)),
            _ => one.to_owned(),
        }
    }

    /// An expression of a Require.
    pub(super) fn requirement(&mut self) -> String {
        match self.rng.below(8) {
            0 | 1 => "%{REMOTE_USER} == 'alice'".to_owned(),
            2 => "%{REMOTE_USER} in {'bob', 'carol'}".to_owned(),
            3 => format!("%{{REMOTE_USER}} == 'alice' || {}", self.rng.pick(&TERMS)),
            4 => format!("{} && -n %{{REMOTE_USER}}", self.rng.pick(&TERMS)),
            _ => self.condition(),
        }
    }
}
