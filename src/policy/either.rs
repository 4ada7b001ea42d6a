//! A configuration of either server, ready to be asked what it answers.

use super::answer::Prediction;
use super::files::Files;
use super::reach::Reach;
use super::request::Request;
use super::{apache, nginx};
use crate::config::apache::Form;
use crate::config::{self, Project};
use crate::source::FileId;
use std::path::Path;

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
    /// The evaluator of the configuration that begins with `main`. The lone .htaccess files of a folder are one
    /// configuration: `root` is the local folder that stands for `/`, the file's own where nobody names one.
    #[must_use]
    pub fn of(project: &'p Project, main: FileId, root: Option<&Path>) -> Option<Self> {
        if let Some(data) = project.nginx.iter().find(|site| site.main == main) {
            return Some(Self::Nginx(nginx::Policy::new(config::nginx::Site { project, data })));
        }
        let data = project.apache.iter().find(|site| site.main == main)?;
        if let (Form::Htaccess, Some(root)) = (data.form, root) {
            let lone = project.apache.iter().filter(|site| site.form == Form::Htaccess);
            let beside: Vec<_> = lone
                .filter(|site| site.main != main)
                .map(|data| config::apache::Site { project, data })
                .collect();
            let site = config::apache::Site { project, data };
            return Some(Self::Apache(apache::Policy::of_htaccess(site, root, &beside)));
        }
        Some(Self::Apache(apache::Policy::new(config::apache::Site { project, data })))
    }

    /// The file that the configuration begins with.
    #[must_use]
    pub fn main(&self) -> FileId {
        match self {
            Self::Nginx(policy) => policy.site.data.main,
            Self::Apache(policy) => policy.site.data.main,
        }
    }

    /// Whether a request is for this configuration.
    #[must_use]
    pub fn reach(&self, request: &Request) -> Reach {
        match self {
            Self::Nginx(policy) => policy.reach(request),
            Self::Apache(policy) => policy.reach(request),
        }
    }

    /// A request that comes by each place, where there is one.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        match self {
            Self::Nginx(policy) => policy.places().filter_map(nginx::Place::request).collect(),
            Self::Apache(policy) => policy.places().filter_map(apache::Place::request).collect(),
        }
    }

    /// What the server does with `request`.
    #[must_use]
    pub fn predict(&self, files: Files<'_>, request: &Request) -> Prediction {
        match self {
            Self::Nginx(policy) => policy.predict(files, request),
            Self::Apache(policy) => policy.predict(files, request),
        }
    }

    /// The same with words for every step.
    #[must_use]
    pub fn story(&self, files: Files<'_>, request: &Request) -> Prediction {
        match self {
            Self::Nginx(policy) => policy.predict(files, request),
            Self::Apache(policy) => policy.story(files, request),
        }
    }
}
