//! What the name of a container image says of the server in it.

use super::super::target;
use crate::config::Target;

/// A server's image: values of `[target]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Image {
    /// As it is written.
    pub(super) name: String,
    /// Pairs of a key and a value.
    pub(super) target: Vec<(&'static str, String)>,
}

impl Image {
    /// What `nginx:1.25-alpine` says; `None` for the image of something else.
    pub(super) fn of(name: &str) -> Option<Self> {
        let named = name.split('@').next().unwrap_or_default();
        let (repository, tag) = match named.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, tag),
            _ => (named, ""),
        };
        let (key, prefix) = match repository.rsplit('/').next()? {
            "nginx" | "nginx-unprivileged" => ("nginx", ""),
            "openresty" => ("nginx", "openresty-"),
            "httpd" => ("apache", ""),
            _ => return None,
        };
        let version = tag.split('-').next().unwrap_or_default();
        // openresty counts its own releases behind nginx's
        let version: Vec<&str> = version.split('.').take(3).collect();
        let version = format!("{prefix}{}", version.join("."));
        let mut pairs = Vec::new();
        if target::set(&mut Target::default(), key, &version).is_ok() {
            pairs.push((key, version));
        }
        if tag.contains("alpine") {
            pairs.push(("libc", "musl".to_owned()));
        }
        Some(Self { name: name.to_owned(), target: pairs })
    }
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn tags_tell_version_and_library() {
        let of = |name: &str| {
            let image = Image::of(name)?;
            Some(
                image
                    .target
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        };
        assert_eq!(of("nginx:1.25.3-alpine").as_deref(), Some("nginx=1.25.3 libc=musl"));
        assert_eq!(of("docker.io/library/httpd:2.4.57@sha256:0").as_deref(), Some("apache=2.4.57"));
        assert_eq!(
            of("openresty/openresty:1.25.3.1-0-alpine").as_deref(),
            Some("nginx=openresty-1.25.3 libc=musl")
        );
        assert_eq!(of("nginx:alpine").as_deref(), Some("libc=musl"));
        assert_eq!(of("nginx").as_deref(), Some(""));
        assert_eq!(of("localhost:5000/nginx").as_deref(), Some(""));
        assert_eq!(of("node:20"), None);
        assert_eq!(of(""), None);
    }
}
