//! One line of an error log: why a request was refused, in the server's own words.

use super::access::split_query;
use memchr::memmem;

/// Why a server refused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Nobody was named.
    NoUser,
    /// The user is in no password file.
    UnknownUser,
    /// The password is not the user's.
    WrongPassword,
    /// The client logged in another way than the one that is asked for.
    WrongScheme,
    /// The user is known, and not one of those who are let in.
    NotAllowed,
    /// The client's address is kept out, or everybody's.
    ClientDenied,
    /// A folder that shows no list of its files.
    NoIndex,
    /// The password file cannot be read.
    NoUserFile,
    /// `auth_request` got an answer that is neither yes nor no.
    BadSubrequest,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NoUser,
        Self::UnknownUser,
        Self::WrongPassword,
        Self::WrongScheme,
        Self::NotAllowed,
        Self::ClientDenied,
        Self::NoIndex,
        Self::NoUserFile,
        Self::BadSubrequest,
    ];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoUser => "no user",
            Self::UnknownUser => "user not found",
            Self::WrongPassword => "wrong password",
            Self::WrongScheme => "wrong scheme",
            Self::NotAllowed => "user not allowed",
            Self::ClientDenied => "client denied",
            Self::NoIndex => "folder without an index",
            Self::NoUserFile => "password file not readable",
            Self::BadSubrequest => "unexpected answer to auth_request",
        }
    }

    /// Whether the client sent a user.
    #[must_use]
    pub const fn has_user(self) -> bool {
        matches!(self, Self::UnknownUser | Self::WrongPassword | Self::NotAllowed)
    }

    /// The status that goes with it.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::ClientDenied | Self::NoIndex => 403,
            Self::NoUserFile | Self::BadSubrequest => 500,
            _ => 401,
        }
    }
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble<'l> {
    /// Why.
    pub reason: Reason,
    /// The client's address.
    pub client: Option<&'l [u8]>,
    /// The method, where the line tells it.
    pub method: Option<&'l [u8]>,
    /// The path of the URL, where the line tells it.
    pub path: Option<&'l [u8]>,
    /// The file or folder in its place.
    pub file: Option<&'l [u8]>,
    /// The host that was asked for.
    pub host: Option<&'l [u8]>,
}

/// The words of nginx by which a line is known.
const NGINX: [(&str, Reason); 6] = [
    ("no user/password was provided for basic authentication", Reason::NoUser),
    ("\" was not found in \"", Reason::UnknownUser),
    ("\": password mismatch", Reason::WrongPassword),
    ("access forbidden by rule", Reason::ClientDenied),
    ("directory index of \"", Reason::NoIndex),
    ("auth request unexpected status", Reason::BadSubrequest),
];

/// The numbers of httpd's messages, what each says, and where in it the path of the URL stands.
const HTTPD: [(&str, Reason, At); 17] = [
    ("AH01614:", Reason::WrongScheme, At::End),
    ("AH01617:", Reason::WrongPassword, At::Quotes),
    ("AH01618:", Reason::UnknownUser, At::End),
    ("AH01620:", Reason::NoUserFile, At::Nowhere),
    ("AH01629:", Reason::NoUser, At::End),
    ("AH01630:", Reason::ClientDenied, At::File),
    ("AH01631:", Reason::NotAllowed, At::Quotes),
    ("AH01663:", Reason::NotAllowed, At::Nowhere),
    ("AH01666:", Reason::NotAllowed, At::Nowhere),
    ("AH01667:", Reason::NotAllowed, At::Nowhere),
    ("AH01276:", Reason::NoIndex, At::Nowhere),
    ("AH01781:", Reason::WrongScheme, At::End),
    ("AH01790:", Reason::UnknownUser, At::End),
    ("AH01794:", Reason::WrongPassword, At::End),
    ("AH01797:", Reason::ClientDenied, At::File),
    ("AH01807:", Reason::WrongPassword, At::Quotes),
    ("AH01808:", Reason::UnknownUser, At::End),
];

/// Where a message names what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Nowhere,
    /// In quotes, the last ones.
    Quotes,
    /// Behind the last colon.
    End,
    /// A file behind the last colon, or `uri` and the path.
    File,
}

/// The words by which lines that matter are found.
pub fn phrases() -> impl Iterator<Item = &'static str> {
    NGINX.iter().map(|(words, _)| *words).chain(HTTPD.iter().map(|(number, ..)| *number))
}

/// Whether a line is one of an error log, whatever it says.
#[must_use]
pub fn is_error_line(line: &[u8]) -> bool {
    let shape = |pattern: &[u8]| {
        line.len() > pattern.len()
            && line.iter().zip(pattern).all(|(&byte, &sign)| match sign {
                b'0' => byte.is_ascii_digit(),
                b'a' => byte.is_ascii_alphabetic(),
                other => byte == other,
            })
    };
    shape(b"0000/00/00 00:00:00 [") || shape(b"[aaa aaa 00 00:00:00")
}

/// Reads a line; `None` where it says nothing about access.
#[must_use]
pub fn read(line: &[u8]) -> Option<Trouble<'_>> {
    if line.first() == Some(&b'[') { httpd(line) } else { nginx(line) }
}

fn nginx(line: &[u8]) -> Option<Trouble<'_>> {
    // what stands behind is the client's own text
    let told = memmem::find(line, b", client: ")?;
    let (said, about) = line.split_at(told);
    let (_, reason) =
        NGINX.iter().find(|(words, _)| memmem::find(said, words.as_bytes()).is_some())?;
    let client = between(about, b", client: ", b", ");
    let request = between(about, b", request: \"", b"\", ")
        .or_else(|| between(about, b", request: \"", b"\""))
        .unwrap_or_default();
    let mut words = request.splitn(2, |&byte| byte == b' ');
    let method = words.next().filter(|method| !method.is_empty());
    let target =
        words.next().map(|rest| &rest[..memmem::rfind(rest, b" HTTP/").unwrap_or(rest.len())]);
    let path = target.map(|target| split_query(target).0);
    let host = between(about, b"\", host: \"", b"\"");
    Some(Trouble { reason: *reason, client, method, path, file: None, host })
}

fn httpd(line: &[u8]) -> Option<Trouble<'_>> {
    let client = between(line, b"[client ", b"] ").map(|address| {
        // the port stands behind the last colon
        let end = memchr::memrchr(b':', address).unwrap_or(address.len());
        &address[..end]
    });
    let (number, reason, at) = HTTPD.iter().find_map(|(number, reason, at)| {
        memmem::find(line, number.as_bytes()).map(|place| (place + number.len(), *reason, *at))
    })?;
    let message = &line[number..];
    let end = memmem::rfind(message, b", referer: ").unwrap_or(message.len());
    let message = message[..end].trim_ascii();
    let behind = |text: &'static [u8]| {
        memmem::rfind(message, text).map(|place| message[place + text.len()..].trim_ascii())
    };
    let (mut path, mut file) = (None, None);
    match at {
        At::Nowhere => {}
        At::End => path = behind(b": "),
        At::Quotes => {
            let last = memchr::memrchr(b'"', message)?;
            let first = memchr::memrchr(b'"', &message[..last])?;
            path = Some(&message[first + 1..last]);
        }
        At::File => {
            let what = behind(b": ")?;
            match what.strip_prefix(b"uri ") {
                Some(uri) => path = Some(uri),
                None => file = Some(what),
            }
        }
    }
    let path = path.filter(|path| path.starts_with(b"/"));
    Some(Trouble { reason, client, method: None, path, file, host: None })
}

fn between<'l>(line: &'l [u8], before: &[u8], after: &[u8]) -> Option<&'l [u8]> {
    let start = memmem::find(line, before)? + before.len();
    let length = memmem::find(&line[start..], after)?;
    Some(&line[start..start + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nginx_tells_the_whole_request() {
        let line = b"2026/11/25 10:36:50 [error] 7#7: *1 user \"bob\" was not found in \"/etc/htpasswd\", client: 192.0.2.7, server: shop, request: \"POST /api/?k=v HTTP/1.1\", host: \"shop:8401\"";
        assert!(is_error_line(line));
        let trouble = read(line).expect("a reason");
        assert_eq!(trouble.reason, Reason::UnknownUser);
        assert_eq!(trouble.path, Some(&b"/api/"[..]));
        assert_eq!((trouble.method, trouble.host), (Some(&b"POST"[..]), Some(&b"shop:8401"[..])));
        assert_eq!(trouble.client, Some(&b"192.0.2.7"[..]));
        // the client's own words are no reason
        let line = b"2026/11/25 10:36:50 [error] 7#7: *1 open() failed, client: ::1, server: s, request: \"GET /access forbidden by rule HTTP/1.1\"";
        assert_eq!(read(line), None);
    }

    #[test]
    fn httpd_tells_a_path_or_a_file() {
        let head =
            "[Wed Nov 25 10:00:00.123456 2026] [x:error] [pid 1:tid 2] [client 127.0.0.1:5000] ";
        for (message, reason, path, file) in [
            (
                "AH01617: user alice: authentication failure for \"/a/\": Password Mismatch, referer: http://x/",
                Reason::WrongPassword,
                Some("/a/"),
                None,
            ),
            ("AH01618: user bob not found: /a/b", Reason::UnknownUser, Some("/a/b"), None),
            (
                "AH01630: client denied by server configuration: /srv/html/c",
                Reason::ClientDenied,
                None,
                Some("/srv/html/c"),
            ),
            (
                "AH01630: client denied by server configuration: uri /c",
                Reason::ClientDenied,
                Some("/c"),
                None,
            ),
        ] {
            let line = format!("{head}{message}");
            assert!(is_error_line(line.as_bytes()));
            let trouble = read(line.as_bytes()).expect("a reason");
            assert_eq!(trouble.reason, reason);
            assert_eq!(trouble.path, path.map(str::as_bytes));
            assert_eq!(trouble.file, file.map(str::as_bytes));
            assert_eq!(trouble.client, Some(&b"127.0.0.1"[..]));
        }
        assert_eq!(read(b"["), None);
        assert!(!is_error_line(b"") && !is_error_line(b"[25/Nov/2026"));
    }
}
