//! What httpd answers to a request, and which directive decided each step.
//!
//! * `policy`: the servers and sections; `build`: how they are read; `requirement`, `matcher`, `methods`: what they hold
//! * `merged`: what several sections come to, module by module
//! * `run`: one request on its way through the phases, which are one file each: `host`, `mapping`, `walk` (which sections
//!   apply), `compat` and `authz` and `authn` (access control), `content`, `errors` (ErrorDocument), `forward`
//! * `env`, `conditions`, `remoteip`: the values on the way
//! * `fault`: what makes httpd refuse a .htaccess file

mod access;
mod authn;
mod authz;
mod build;
mod cache;
mod compat;
mod conditions;
mod content;
mod disk;
mod env;
mod errors;
// the phases are about to call it
mod expr;
mod fault;
mod forward;
mod host;
mod index;
mod inventory;
mod mapping;
mod matcher;
mod merged;
mod methods;
mod place;
mod policy;
mod reach;
mod remoteip;
mod requirement;
mod rewrite;
mod rewriting;
mod run;
mod uri;
mod walk;
mod witness;

pub use fault::Fault;
pub use matcher::Matcher;
pub use merged::{Authorization, Merged, Required};
pub use methods::Methods;
pub use place::{Effective, Place};
pub use policy::{Kind, Own, Policy, Section, SectionId, Server, ServerId};
pub use requirement::{Container, Leaf, Operator, Requirement};

use super::answer::Prediction;
use super::files::Files;
use super::request::Request;
use super::world::explore;

impl Policy<'_> {
    /// What the server does with `request`. The steps have no words.
    #[must_use]
    pub fn predict(&self, files: Files<'_>, request: &Request) -> Prediction {
        let explored = explore(|world| run::Run::new(self, files, request, world, 0).run());
        Prediction::new(explored)
    }

    /// The same with words for every step, which take longer to find than the answer.
    #[must_use]
    pub fn story(&self, files: Files<'_>, request: &Request) -> Prediction {
        Prediction::new(explore(|world| {
            let run = run::Run::new(self, files, request, world, 0);
            run::Run { tells: true, ..run }.run()
        }))
    }
}
