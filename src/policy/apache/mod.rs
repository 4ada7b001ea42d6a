//! What httpd answers to a request, and which directive decided each step.

use super::answer::{Answer, Outcome, Prediction};
use super::files::Files;
use super::request::Request;
use super::world::explore;
use crate::config::apache::Site;

/// An Apache configuration, ready to be asked what it answers.
#[derive(Debug)]
pub struct Policy<'p> {
    /// The configuration.
    pub site: Site<'p>,
}

impl<'p> Policy<'p> {
    /// Reads the sections of `site`.
    #[must_use]
    pub fn new(site: Site<'p>) -> Self {
        Self { site }
    }

    /// What the server does with `request`.
    #[must_use]
    pub fn predict(&self, _files: Files<'_>, _request: &Request) -> Prediction {
        Prediction::new(explore(|_| Answer {
            outcome: Outcome::Anything,
            challenge: None,
            forwarded: super::answer::Forwarded::default(),
            steps: Vec::new(),
            decided: None,
        }))
    }
}
