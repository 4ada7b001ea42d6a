//! What is known of the server that will read the configuration. Unset means: a finding must hold on every supported one.

/// The C library that a server calls `crypt()` of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Libc {
    /// glibc with libxcrypt: current Debian, Ubuntu, Fedora, RHEL.
    Glibc,
    /// musl: Alpine and the images built on it.
    Musl,
}

/// The target profile: `[target]` in lint401.toml and `--target`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// nginx's version as (major, minor, patch).
    pub nginx: Option<(u16, u16, u16)>,
    /// Whether nginx is the commercial build.
    pub nginx_plus: bool,
    /// httpd's version as (major, minor, patch).
    pub apache: Option<(u16, u16, u16)>,
    /// Whether another program (`LiteSpeed`) reads the .htaccess files.
    pub litespeed: bool,
    /// The C library.
    pub libc: Option<Libc>,
    /// Modules that are loaded besides those that the configuration loads.
    pub modules: Vec<String>,
    /// The user that the workers run as.
    pub user: Option<String>,
    /// The day that rules with a clock take for today, as seconds since 1970; `None` where nobody said.
    pub now: Option<i64>,
}
