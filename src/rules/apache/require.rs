//! Require as mod_authz_core takes it apart: `[not] provider argument …`.

use super::reading::{every, is_container, is_limit};
use crate::config::apache::{Alike, Directive, Requires, Site, Value};
pub(super) use crate::policy::addresses::network;

/// A Require.
#[derive(Clone, Debug)]
pub(super) struct Requirement<'p> {
    /// The directive.
    pub(super) directive: Directive<'p>,
    /// Whether `not` stands before the provider.
    pub(super) negated: bool,
    /// The provider.
    pub(super) provider: Value<'p>,
    /// How many words stand before those that the provider gets.
    first: usize,
}

impl<'p> Requirement<'p> {
    /// What stands behind the provider.
    pub(super) fn words(
        &self,
    ) -> impl ExactSizeIterator<Item = Value<'p>> + DoubleEndedIterator + use<'p> {
        self.directive.args().skip(self.first)
    }

    /// Whether it asks this provider; letter case counts.
    pub(super) fn asks(&self, provider: &str) -> bool {
        self.provider.is(provider.as_bytes())
    }
}

/// A Require taken apart; `None` for one without a provider.
pub(super) fn requirement(directive: Directive<'_>) -> Option<Requirement<'_>> {
    let mut args = directive.args();
    let mut provider = args.next()?;
    let negated = provider.is_ignoring_case(b"not");
    if negated {
        provider = args.next()?;
    }
    Some(Requirement { directive, negated, provider, first: 1 + usize::from(negated) })
}

/// Every Require that httpd reads, or may read, and that asks one of these providers, taken apart.
pub(super) fn asking<'p>(
    site: &Site<'p>,
    providers: &[&str],
) -> impl Iterator<Item = Requirement<'p>> {
    directives_asking(site, providers).filter_map(requirement)
}

/// Those of them of which `holds`, which may depend on the words of the line alone: it is asked once of lines that are alike.
pub(super) fn asking_where<'p>(
    site: &Site<'p>,
    providers: &[&str],
    holds: impl Fn(&Requirement<'p>) -> bool,
) -> impl Iterator<Item = Requirement<'p>> {
    let holds = move |directive| requirement(directive).is_some_and(|require| holds(&require));
    every(lines_asking(site, providers), holds).filter_map(requirement)
}

/// The lines of every Require that asks one of these providers.
fn lines_asking<'p>(site: &Site<'p>, providers: &[&str]) -> impl Iterator<Item = Alike<'p>> {
    let asks = |group: &Requires<'_>| {
        group.provider.is_some_and(|name| providers.iter().any(|one| one.as_bytes() == name))
    };
    site.requires().filter(asks).flat_map(Requires::lines)
}

/// Every Require that httpd reads, or may read, and that asks one of these providers.
pub(super) fn directives_asking<'p>(
    site: &Site<'p>,
    providers: &[&str],
) -> impl Iterator<Item = Directive<'p>> {
    lines_asking(site, providers).flat_map(Alike::directives)
}

/// The container that a Require, or another container, is a member of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Container<'p> {
    /// `<RequireAll>`, `<RequireAny>` or `<RequireNone>`.
    Explicit(Directive<'p>),
    /// The section itself, or the .htaccess file: it counts like `<RequireAny>`.
    Implicit,
    /// What is around the file is not known.
    Unknown,
}

/// The container of `directive`; `<Limit>` sections make none.
pub(super) fn container(directive: Directive<'_>) -> Container<'_> {
    match directive.sections().find(|section| !is_limit(*section)) {
        Some(section) if is_container(section) => Container::Explicit(section),
        Some(_) => Container::Implicit,
        None if directive.htaccess().is_some() => Container::Implicit,
        None => Container::Unknown,
    }
}

/// Whether a word can only be meant as an IP address or network.
pub(super) fn is_address(word: &[u8]) -> bool {
    network(word).is_some() && word.iter().any(u8::is_ascii_digit)
}

/// Whether a word is an address of this machine's own.
pub(super) fn is_loopback(word: &[u8]) -> Option<ipnet::IpNet> {
    // nearly every word is something else, which is quickly seen
    let may_be = word.starts_with(b"127") || memchr::memchr(b':', word).is_some();
    network(word).filter(|net| may_be && net.addr().is_loopback())
}

/// Whether an expression fills in a part of a word for each request.
pub(super) fn is_expression(word: &[u8]) -> bool {
    memchr::memmem::find(word, b"%{").is_some()
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn networks_as_httpd_reads_them() {
        for (word, expected) in [
            ("192.0.2.7", "192.0.2.7/32"),
            ("10", "10.0.0.0/8"),
            ("10.1", "10.1.0.0/16"),
            ("10.1.2.", "10.1.2.0/24"),
            ("10.1.2.3/8", "10.1.2.3/8"),
            ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::1", "::1/128"),
        ] {
            assert_eq!(
                network(word.as_bytes()).map(|net| net.to_string()).as_deref(),
                Some(expected)
            );
        }
        for word in [
            "localhost",
            "10.1/16",
            "0.0.0.0/0",
            "::/0",
            "10.0.0.0/33",
            "10.0.0.256",
            "1.2.3.4.5",
            "10..1",
            "10.0.0.*",
            "10.0.0.0-10.0.0.9",
            "",
            "[::1]",
            "::ffff:10.0.0.1",
            "10.0.0.1:80",
        ] {
            assert_eq!(network(word.as_bytes()), None, "{word}");
        }
    }
}
