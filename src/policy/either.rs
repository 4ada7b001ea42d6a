//! A configuration of either server, ready to be asked what it answers.

use super::answer::Prediction;
use super::files::Files;
use super::request::Request;
use super::{apache, nginx};
use crate::config::{self, Project};
use crate::source::FileId;

/// The evaluator of one configuration, of whichever server it is.
#[derive(Debug)]
// there is one of it in a run
#[allow(clippy::large_enum_variant)]
pub enum Policy<'p> {
    /// Of nginx.
    Nginx(nginx::Policy<'p>),
    /// Of httpd.
    Apache(apache::Policy<'p>),
}

impl<'p> Policy<'p> {
    /// The evaluator of the configuration that begins with `main`.
    #[must_use]
    pub fn of(project: &'p Project, main: FileId) -> Option<Self> {
        if let Some(data) = project.nginx.iter().find(|site| site.main == main) {
            return Some(Self::Nginx(nginx::Policy::new(config::nginx::Site { project, data })));
        }
        let data = project.apache.iter().find(|site| site.main == main)?;
        Some(Self::Apache(apache::Policy::new(config::apache::Site { project, data })))
    }

    /// What the server does with `request`.
    #[must_use]
    pub fn predict(&self, files: Files<'_>, request: &Request) -> Prediction {
        match self {
            Self::Nginx(policy) => policy.predict(files, request),
            Self::Apache(policy) => policy.predict(files, request),
        }
    }
}
