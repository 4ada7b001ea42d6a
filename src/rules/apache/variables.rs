//! Which directives set variables, and whether they do it for a folder or for the server: for the rules of late variables.

use crate::config::apache::Directive;

/// The directives that set variables early enough.
pub(super) const EARLY: [&str; 7] = [
    "SetEnvIf",
    "SetEnvIfNoCase",
    "SetEnvIfExpr",
    "SetEnvIfPlus",
    "BrowserMatch",
    "BrowserMatchNoCase",
    "PassEnv",
];

/// The variables that a directive sets, and perhaps some more words; `None` where that is not known.
pub(super) fn names(directive: Directive<'_>) -> Option<Vec<Vec<u8>>> {
    if directive.is("RewriteRule") {
        let Some(flags) = directive.arg(2) else { return Some(Vec::new()) };
        let flags = flags.known()?;
        let flags = flags.split(|&byte| matches!(byte, b',' | b'[' | b']')).map(<[u8]>::trim_ascii);
        let values = flags
            .filter_map(|flag| flag.strip_prefix(b"E=").or_else(|| flag.strip_prefix(b"env=")));
        return Some(values.map(|value| until(value, b':')).collect());
    }
    let taken = if directive.is("SetEnv") { 1 } else { usize::MAX };
    directive.args().take(taken).map(|word| Some(until(&word.known()?, b'='))).collect()
}

/// What stands before `end`, in small letters.
fn until(text: &[u8], end: u8) -> Vec<u8> {
    text.split(|&byte| byte == end).next().unwrap_or_default().to_ascii_lowercase()
}

/// Whether a directive stands in a folder's configuration, rather than the server's.
pub(super) fn in_folder(directive: Directive<'_>) -> bool {
    directive.htaccess().is_some()
        || directive.sections().any(|section| !section.is_section("VirtualHost"))
}
