//! Apache httpd: includes, conditions, .htaccess and the questions that rules ask.

use super::Project;

/// One Apache configuration as it was read.
#[derive(Debug)]
pub struct SiteData {}

/// An Apache configuration with everything a rule may ask of it.
#[derive(Clone, Copy, Debug)]
pub struct Site<'p> {
    /// The run that it is part of.
    pub project: &'p Project,
    /// What was read.
    pub data: &'p SiteData,
}
