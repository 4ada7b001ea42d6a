//! What nginx answers to a request, and which directive decided each step.
//!
//! * `block`: what stands in each; `policy`: all of them, and what each inherits; `outline`: each in short
//! * `run`: one request on its way through the phases, which are one file each: `start`, `server` and `listen`, `location`,
//!   `rewrite`, `access`, `content`, `document` and `conditions`, `upstream` and `target`, `special` (nginx's own answers and `error_page`)
//! * `variables` and `map`: the values on the way
//! * `passing`: how a place hands requests on; `neighbours`: to which servers of the same configuration
//! * `place`, `addresses`, `methods`, `intent`: what holds in a place, whichever request comes
//! * `route`: where URIs and statuses lead from a place; `witness`: requests that show it

mod access;
mod addresses;
mod block;
mod cache;
mod conditions;
mod content;
mod document;
mod intent;
mod listen;
mod location;
mod logins;
mod map;
pub mod methods;
mod neighbours;
mod outline;
mod passing;
mod place;
mod policy;
mod reach;
mod realip;
mod rewrite;
mod route;
mod run;
mod server;
mod sockets;
mod special;
mod start;
mod target;
mod upstream;
mod uri;
mod variables;
pub mod witness;

pub use addresses::{AddressRule, Addresses, Covers};
pub use block::{Block, BlockId, Code, Kind};
pub use listen::{Address, Listen};
pub use location::Matcher;
pub use neighbours::Proof;
pub use passing::{CacheDirectives, MODULES, Module, Passing};
pub use place::{Basic, Place};
pub use policy::{Effective, List, Policy};
pub use route::{Guard, local_path, status_of};
pub use run::size;

use super::answer::Prediction;
use super::files::Files;
use super::request::Request;

impl Policy<'_> {
    /// What the server does with `request`.
    #[must_use]
    pub fn predict(&self, files: Files<'_>, request: &Request) -> Prediction {
        Prediction::of(|world| run::Run::new(self, files, request, world, 0).run().answer)
    }

    /// What a subrequest for `uri` comes to that `auth_request` sends for `request`.
    #[must_use]
    pub fn predict_subrequest(
        &self,
        files: Files<'_>,
        request: &Request,
        uri: &[u8],
    ) -> Prediction {
        Prediction::of(|world| run::Run::new(self, files, request, world, 0).ask(uri).answer)
    }
}
