//! mod_rewrite in one world: what a list of rules makes of a request, before it is mapped to a file and after.
//!
//! * `rule`: `RewriteCond` and `RewriteRule` as they are written (`cmd_rewritecond`, `cmd_rewriterule`)
//! * `expand`: `$1`, `%1`, `%{…}` and `${…}` (`do_expand`, `lookup_variable`)
//! * `condition`: whether a condition holds (`apply_rewrite_cond`)
//! * `lists`: the rules of each section, read once
//! * `list`: the rules, one after the other (`apply_rewrite_rule`, `apply_rewrite_list`)
//! * `outcome`: what becomes of the request (`hook_uri2file`, `hook_fixup`)
//! * `url`: URLs in substitutions
//!
//! Which rules count in a place is the caller's matter: it passes the lists of the sections in the order that `RewriteOptions`
//! gives them, only where the engine is on (`RewriteEngine` of the same place), and each list read for itself ([`RuleLists`]),
//! since conditions at the end of a section belong to no rule of another.

mod condition;
mod expand;
mod list;
mod lists;
mod outcome;
mod rule;
mod url;

pub(super) use lists::RuleLists;
pub(super) use outcome::{in_directory, in_server};
pub(super) use rule::Rule;

use super::expr::Lookup;
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::source::Location;

/// What rules ask beyond what expressions ask.
pub(super) trait Rewriting: Lookup {
    /// `[E=name:value]` of a rule, and `[E=!name]` where there is no value. From here on `env` and `reqenv` know it.
    fn set_env(&mut self, name: &[u8], value: Option<Text>);

    /// Where the client is, as it stands in front of a path: `http://www.example.org`, with a port where it is not the
    /// scheme's own (`ap_http_scheme`, `ap_get_server_name_for_url`, `ap_get_server_port`).
    fn own_url(&mut self) -> Text;

    /// Whether a URL of the request's own scheme with this host and port leads to the same server
    /// (`ap_matches_request_vhost`). Without a port it is the scheme's own.
    fn is_own_host(&mut self, host: &[u8], port: Option<u16>) -> bool;

    /// What a `RewriteMap` has for a key; `None` where it has nothing, or where there is no such map.
    fn map(&mut self, name: &[u8], key: &Text) -> Option<Text> {
        let (shown, key) = (String::from_utf8_lossy(name), key.shown());
        let cause = Cause::new(self.at(), format!("whether the map {shown} has {key}"));
        let value = Cause::new(self.at(), format!("what the map {shown} has for {key}"));
        self.world().holds(cause).then(|| value.into())
    }

    /// `%{LA-U:name}` and, where `is_file`, `%{LA-F:name}`: what a subrequest for `path` finds in a variable.
    fn look_ahead(&mut self, path: &Text, name: &[u8], is_file: bool) -> Text {
        let what = if is_file { "file" } else { "URL" };
        let name = String::from_utf8_lossy(name);
        let text = format!("what %{{{name}}} is in a subrequest for the {what} {}", path.shown());
        Cause::new(self.at(), text).into()
    }

    /// Whether something stands at `/name` in the server's file system: if so, a path that a rule of the server itself
    /// leads to is one of the file system, else one below the document root (`prefix_stat`).
    fn is_in_root(&mut self, name: &[u8]) -> bool {
        const USUAL: [&[u8]; 19] = [
            b"bin", b"boot", b"dev", b"etc", b"home", b"lib", b"lib64", b"media", b"mnt", b"opt",
            b"proc", b"root", b"run", b"sbin", b"srv", b"sys", b"tmp", b"usr", b"var",
        ];
        USUAL.contains(&name)
    }
}

/// A request as rules find it, and as they leave it.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct State {
    /// The decoded path of the URL: `r->uri`. Rules do not change it.
    pub(super) uri: Text,
    /// The path and the query as the client sent them: `r->unparsed_uri`.
    pub(super) unparsed_uri: Vec<u8>,
    /// The file that it is mapped to: `r->filename`. In the server, before that, the same as `uri`.
    pub(super) filename: Text,
    /// What of the path stands behind the file's name: `r->path_info`.
    pub(super) path_info: Text,
    /// The query, without its `?`.
    pub(super) args: Option<Text>,
    /// Whether this is a subrequest.
    pub(super) is_subrequest: bool,
    /// Whether it may send subrequests of its own: not where its URI is that of the request that sent it (`subreq_ok`).
    pub(super) may_look_ahead: bool,
    /// Whether it is already to be passed on to another server, `filename` being `proxy:…`.
    pub(super) is_proxied: bool,
    /// Whether a rule with `[END]` has been applied to this request, before an internal redirect, too.
    pub(super) has_ended: bool,
    /// What `[H=…]` of a rule says.
    pub(super) handler: Option<Text>,
    /// What `[T=…]` of a rule says.
    pub(super) content_type: Option<Text>,
}

/// What a directory's rules need to know of it.
#[derive(Clone, Debug)]
pub(super) struct Directory<'d> {
    /// What is taken off the file's name before it is matched, with a slash at its end: the folder of `<Directory>` or of
    /// .htaccess, for other sections their argument as it is written with a slash behind it. `None` where the section has
    /// no rule at all.
    pub(super) prefix: &'d [u8],
    /// `RewriteBase`.
    pub(super) base: Option<&'d [u8]>,
    /// `DocumentRoot`.
    pub(super) document_root: Option<&'d [u8]>,
    /// What Alias and its like mapped: the folder that the URL below it begins in, and the URL (`ap_context_document_root`,
    /// `ap_context_prefix`). `None` under `RewriteOptions IgnoreContextInfo`, too.
    pub(super) context: Option<(&'d [u8], &'d [u8])>,
    /// Whether FollowSymLinks or SymLinksIfOwnerMatch is on.
    pub(super) follows_links: bool,
    /// `RewriteOptions AllowNoSlash`.
    pub(super) allow_no_slash: bool,
}

/// What a list of rules makes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing: the next module looks at the request as it was.
    Declined,
    /// A rule ends the request with this status, and with no Location header.
    Status(u16),
    /// The module refuses the request with this status.
    Refused(u16),
    /// The client is sent on.
    Redirect {
        /// The status.
        status: u16,
        /// Where to.
        location: Text,
    },
    /// It is passed on to this URL, as long as mod_proxy is there; without it a rule of the server answers 403.
    Proxy(Text),
    /// `[PT]` in the server: the other modules map this URI instead, and it is `r->uri` from here on.
    PassThrough(Text),
    /// In the server: it is mapped, to this path of the file system or, where the flag says so, of the document root.
    Mapped {
        /// The path.
        path: Text,
        /// Whether it stands below the document root.
        in_document_root: bool,
    },
    /// In a directory: what the rules lead to is the file that it was. No other module of this phase's rules runs; `args`
    /// may have changed.
    Same,
    /// In a directory: an internal redirect to this URI, with the query of `args`.
    Internal(Text),
    /// What a rule says is not known.
    Unknown,
}

/// What came out.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    /// What becomes of the request.
    pub(super) outcome: Outcome,
    /// The request as the rules leave it: `args`, `has_ended`, `handler` and `content_type` count on.
    pub(super) state: State,
    /// The rules that were applied, each with what it did in a few words.
    pub(super) steps: Vec<(Location, String)>,
}

impl Applied {
    /// The rule that decided: the last one that was applied.
    pub(super) fn decided(&self) -> Option<Location> {
        self.steps.last().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests;
