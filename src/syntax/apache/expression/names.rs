//! The functions and operators that httpd's core knows: `string_func_providers`, `unary_op_providers`,
//! `binary_op_providers` and `var_providers` of `util_expr_eval.c`.

use super::subnet::Subnet;

/// A function that makes a text of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `osenv`: a variable of the server's own environment.
    OsEnv,
    /// `env`: a note, a variable of the request or one of the server's environment.
    Env,
    /// `resp`: a header of the answer.
    Resp,
    /// `req`, `http` and `req_novary`: a header of the request.
    Req,
    /// `note`: a note that modules left.
    Note,
    /// `reqenv`: a variable of the request.
    ReqEnv,
    /// `tolower`
    ToLower,
    /// `toupper`
    ToUpper,
    /// `escape`: as in a URL.
    Escape,
    /// `unescape`: the reverse, but for `%2f`.
    Unescape,
    /// `file`: what a file holds.
    File,
    /// `filesize`
    FileSize,
    /// `base64`
    Base64,
    /// `unbase64`
    Unbase64,
    /// `sha1`, in hexadecimal digits.
    Sha1,
    /// `md5`, in hexadecimal digits.
    Md5,
    /// `ldap`: as in an LDAP filter.
    Ldap,
}

impl Function {
    /// The function of this name, in any letter case.
    #[must_use]
    pub fn named(name: &[u8]) -> Option<Self> {
        Some(match &*name.to_ascii_lowercase() {
            b"osenv" => Self::OsEnv,
            b"env" => Self::Env,
            b"resp" => Self::Resp,
            b"req" | b"http" | b"req_novary" => Self::Req,
            b"note" => Self::Note,
            b"reqenv" => Self::ReqEnv,
            b"tolower" => Self::ToLower,
            b"toupper" => Self::ToUpper,
            b"escape" => Self::Escape,
            b"unescape" => Self::Unescape,
            b"file" => Self::File,
            b"filesize" => Self::FileSize,
            b"base64" => Self::Base64,
            b"unbase64" => Self::Unbase64,
            b"sha1" => Self::Sha1,
            b"md5" => Self::Md5,
            b"ldap" => Self::Ldap,
            _ => return None,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OsEnv => "osenv",
            Self::Env => "env",
            Self::Resp => "resp",
            Self::Req => "req",
            Self::Note => "note",
            Self::ReqEnv => "reqenv",
            Self::ToLower => "tolower",
            Self::ToUpper => "toupper",
            Self::Escape => "escape",
            Self::Unescape => "unescape",
            Self::File => "file",
            Self::FileSize => "filesize",
            Self::Base64 => "base64",
            Self::Unbase64 => "unbase64",
            Self::Sha1 => "sha1",
            Self::Md5 => "md5",
            Self::Ldap => "ldap",
        }
    }

    /// Its name in the message where restricted expressions must not use it.
    #[must_use]
    pub const fn restricted(self) -> Option<&'static str> {
        match self {
            Self::File | Self::FileSize => Some(self.name()),
            _ => None,
        }
    }
}

/// An operator in front of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `-n`: it is not empty.
    NotEmpty,
    /// `-z`: it is empty.
    Empty,
    /// `-T`: it is neither empty nor `0`, `off`, `false` or `no`.
    True,
    /// `-R`: the client's address is in this network.
    Client(Subnet),
    /// `-d`
    Directory,
    /// `-e`
    Exists,
    /// `-f`
    File,
    /// `-s`: a file that is not empty.
    NotEmptyFile,
    /// `-L` and `-h`
    Link,
    /// `-x`
    Executable,
    /// `-F`: a subrequest for the file is let through.
    AccessibleFile,
    /// `-U` and `-A`: a subrequest for the URL is let through.
    AccessibleUrl,
}

/// An operator between two words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `-ipmatch`: the address is in this network.
    IpMatch(Subnet),
    /// `-fnmatch`: as a glob, whose `*` stops at a slash.
    FnMatch,
    /// `-strmatch`: as a glob.
    StrMatch,
    /// `-strcmatch`: as a glob, whatever the letter case.
    StrCaseMatch,
}

/// Whether there is a variable of this name, in capital letters: one of the core's, of mod_ssl's or of mod_http2's.
pub(super) fn is_variable(name: &[u8]) -> bool {
    const CORE: &str = "\
        TIME_YEAR TIME_MON TIME_DAY TIME_HOUR TIME_MIN TIME_SEC TIME_WDAY TIME SERVER_SOFTWARE API_VERSION \
        HTTP_USER_AGENT HTTP_PROXY_CONNECTION HTTP_REFERER HTTP_COOKIE HTTP_FORWARDED HTTP_HOST HTTP_ACCEPT \
        REQUEST_METHOD REQUEST_SCHEME REQUEST_URI REQUEST_FILENAME REMOTE_HOST REMOTE_IDENT REMOTE_USER SERVER_ADMIN \
        SERVER_NAME SERVER_PORT SERVER_PROTOCOL SCRIPT_FILENAME PATH_INFO QUERY_STRING IS_SUBREQ DOCUMENT_ROOT AUTH_TYPE \
        THE_REQUEST CONTENT_TYPE HANDLER REQUEST_LOG_ID SCRIPT_USER SCRIPT_GROUP DOCUMENT_URI LAST_MODIFIED \
        CONTEXT_PREFIX CONTEXT_DOCUMENT_ROOT REQUEST_STATUS REMOTE_ADDR REMOTE_PORT HTTPS IPV6 CONN_LOG_ID \
        CONN_REMOTE_ADDR HTTP2";
    let is_core = CORE.split_ascii_whitespace().any(|known| known.as_bytes() == name);
    is_core || module_of_variable(name).is_some()
}

/// The module without which httpd has no variable of this name; `None` for the core's.
#[must_use]
pub fn module_of_variable(name: &[u8]) -> Option<&'static str> {
    const HTTP2: [&[u8]; 6] =
        [b"H2PUSH", b"H2_PUSH", b"H2_PUSHED", b"H2_PUSHED_ON", b"H2_STREAM_ID", b"H2_STREAM_TAG"];
    if name.starts_with(b"SSL_") {
        Some("ssl_module")
    } else if HTTP2.contains(&name) {
        Some("http2_module")
    } else {
        None
    }
}
