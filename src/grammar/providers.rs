//! Services that answer for `auth_request`: how each is recognised, and what it needs to be asked.

/// One service.
#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name, as its project writes it.
    pub name: &'static str,
    /// Words in the name of an upstream or host that give it away.
    pub hosts: &'static [&'static str],
    /// How the path ends at which it answers checks; one with a slash or a dash at its end may go on.
    pub checks: &'static [&'static str],
    /// The headers that a check cannot do without: all of one of these lists. None where there are no lists.
    pub headers: &'static [&'static [&'static str]],
    /// What becomes of a check without them.
    pub why: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/providers.rs"));

impl Provider {
    /// The service that `authority`, the host of a `proxy_pass` or the name of an upstream, is named after.
    #[must_use]
    pub fn named(authority: &str) -> Option<&'static Self> {
        let authority = authority.to_ascii_lowercase();
        let holds = |word: &str| {
            authority.match_indices(word).any(|(at, _)| {
                let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                let (before, behind) = (&authority[..at], &authority[at + word.len()..]);
                !is_letter(before.chars().next_back()) && !is_letter(behind.chars().next())
            })
        };
        PROVIDERS.iter().find(|provider| provider.hosts.iter().any(|host| holds(host)))
    }

    /// Whether it answers checks at `path`.
    #[must_use]
    pub fn checks_at(&self, path: &str) -> bool {
        self.checks.iter().any(|check| {
            if check.ends_with(['/', '-']) { path.contains(check) } else { path.ends_with(check) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_told_by_their_names() {
        let named = |authority: &str| Provider::named(authority).map(|provider| provider.name);
        assert_eq!(named("authelia:9091"), Some("Authelia"));
        assert_eq!(named("$upstream_authelia"), Some("Authelia"));
        assert_eq!(named("auth-oauth2-proxy.svc:4180"), Some("oauth2-proxy"));
        assert_eq!(named("vouchers.example"), None);
        assert_eq!(named("127.0.0.1:9091"), None);
    }

    #[test]
    fn checks_are_told_by_the_end_of_their_paths() {
        let provider = |name: &str| Provider::named(name).expect("one of them");
        assert!(provider("oauth2-proxy").checks_at("/oauth2/auth"));
        assert!(!provider("oauth2-proxy").checks_at("/"));
        assert!(provider("authelia").checks_at("/authelia/api/verify"));
        assert!(provider("authentik").checks_at("/outpost.goauthentik.io/auth/nginx"));
        assert!(!provider("authentik").checks_at("/outpost.goauthentik.io"));
    }
}
