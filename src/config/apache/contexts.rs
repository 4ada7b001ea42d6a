//! Where a directive stands, in the words of httpd's tables, and what a lone fragment tells of the place that it belongs to.

use super::Form;
use crate::config::index::UNKNOWN;
use crate::grammar::apache::{Directive, Id, Places, lookup, lookup_section, section_id};
use crate::syntax::{NodeKind, Tree, WordFlags};
use std::path::Path;

/// The places in which a directive may stand: one when that is known, several in a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contexts {
    /// Which of the places outside of .htaccess; in .htaccess, per-directory configuration.
    pub places: Places,
    /// Whether it stands in a .htaccess file.
    pub htaccess: bool,
}

/// Every place outside of .htaccess.
pub(super) const ANYWHERE: Places =
    Places::SERVER.or(Places::VHOST).or(Places::DIRECTORY).or(Places::PROXY);

/// The sections that httpd opens or skips while it reads; what stands in them stands where they stand.
pub(super) const CONDITIONAL: [Id; 6] = [
    section_id("IfModule"),
    section_id("IfDefine"),
    section_id("IfVersion"),
    section_id("IfFile"),
    section_id("IfDirective"),
    section_id("IfSection"),
];

/// Whether httpd decides while it reads whether this section counts. `<If>` does not: it is decided for each request.
#[must_use]
pub fn is_conditional(name: u16) -> bool {
    CONDITIONAL.contains(&Id(name))
}

const VHOST: Id = section_id("VirtualHost");

/// mod_md's sections, which hold directives of the server (`md_config_sec_start` leaves the overrides alone).
const DOMAINS: [Id; 2] = [section_id("MDomain"), section_id("MDomainSet")];

/// The sections of mod_proxy, which `PROXY_CONF` directives may stand in as well.
const PROXY: [Id; 2] = [section_id("Proxy"), section_id("ProxyMatch")];

/// The place inside a section that stands in `outer`.
pub(super) fn inside(section: Option<&Directive>, outer: Places) -> Places {
    match section {
        Some(section) if section.id == VHOST => Places::VHOST,
        Some(section) if PROXY.contains(&section.id) => Places::DIRECTORY.or(Places::PROXY),
        Some(section) if is_conditional(section.id.0) || DOMAINS.contains(&section.id) => outer,
        Some(section) if section.is_core() => Places::DIRECTORY,
        // what a third party's section holds is that party's affair
        _ => ANYWHERE,
    }
}

/// Whether a file is a main configuration rather than a fragment: it says where the server lives or listens, and with
/// which modules.
#[must_use]
pub fn is_main(path: &Path, tree: &Tree, text: &[u8]) -> bool {
    let named = path.file_name().is_some_and(|name| name == "httpd.conf" || name == "apache2.conf");
    let (mut root, mut listen, mut modules, mut other) = (false, false, false, false);
    for (index, node) in tree.nodes.iter().enumerate() {
        if node.kind != NodeKind::Simple {
            continue;
        }
        let name = tree.words[tree.nodes[index].first_word as usize].span.of(text);
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        root |= is("ServerRoot");
        listen |= is("Listen");
        modules |= is("LoadModule");
        other |= is("PidFile") || is("Mutex") || is("DefaultRuntimeDir") || is("AccessFileName");
        let main = (root && (listen || modules)) || (listen && modules);
        if main || (named && (root || listen || modules || other)) {
            return true;
        }
    }
    false
}

/// The places in which a fragment's outermost directives may stand, when nothing here includes it: those that all of them
/// allow, narrowed by where distributions keep such files.
pub(super) fn guess(path: &Path, form: Form, text: &[u8], tree: &Tree) -> Places {
    match form {
        Form::Main => return Places::SERVER,
        Form::Htaccess => return Places::DIRECTORY,
        Form::Fragment => {}
    }
    let mut allowed = ANYWHERE;
    for id in tree.children(None) {
        let name = tree.name(id);
        if name.flags.has(WordFlags::TEMPLATED) {
            continue;
        }
        let name = name.decode(tree.language, text);
        let known = if tree.node(id).is_block() { lookup_section(&name) } else { lookup(&name) };
        if let Some(directive) = known {
            // virtual hosts do not nest
            let places = if directive.id == VHOST { Places::SERVER } else { directive.places() };
            allowed = Places(allowed.0 & places.0);
        }
    }
    if allowed.0 == 0 {
        return ANYWHERE;
    }
    let folder =
        path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let kept = match folder {
        "sites-available" | "sites-enabled" | "conf-available" | "conf-enabled"
        | "mods-available" | "mods-enabled" | "conf.d" | "conf.modules.d" | "vhosts.d" => {
            Places::SERVER
        }
        _ => ANYWHERE,
    };
    if allowed.meets(kept) { Places(allowed.0 & kept.0) } else { allowed }
}

/// What the tables say of the name with this number.
pub(super) fn known(name: u16) -> Option<&'static Directive> {
    (name != UNKNOWN).then(|| Id(name).directive())
}
