//! Files that nginx itself installs: a configuration that names one and has none is no server's own.

use super::{Outcome, Site};

/// What nginx's packages put beside nginx.conf for configurations to include.
const SHIPPED: [&[u8]; 9] = [
    b"fastcgi.conf",
    b"fastcgi_params",
    b"koi-utf",
    b"koi-win",
    b"mime.types",
    b"proxy_params",
    b"scgi_params",
    b"uwsgi_params",
    b"win-utf",
];

impl Site<'_> {
    /// Whether it includes a file that nginx ships and that is not there: an example or an excerpt, then, and what else
    /// it names may be absent here as well.
    #[must_use]
    pub fn lacks_shipped_files(self) -> bool {
        self.includes().any(|(directive, include)| {
            let shipped = |name: &[u8]| {
                let last = name.rsplit(|&byte| byte == b'/').next();
                last.is_some_and(|last| SHIPPED.contains(&last))
            };
            matches!(include.outcome, Outcome::Missing | Outcome::Elsewhere)
                && directive.arg(0).is_some_and(|name| shipped(&name.decoded()))
        })
    }
}
