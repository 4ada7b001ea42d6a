//! nginx: `policy::nginx` beside each nginx that is here.

mod generate;
mod items;
mod server;
mod text;

use crate::conf::Node;
use crate::items::Item;
use crate::kind::{Kind, Round};
use crate::support::binary::Binary;
use crate::support::case::Server;
use crate::support::server::NotStarted;
use lint401::config::Target;
use lint401::config::target::Libc;
use std::any::Any;
use std::io;
use std::ops::Range;
use std::path::Path;

/// Server blocks of a round, and requests to each.
const SITES: usize = 60;
const REQUESTS: usize = 40;

/// Any nginx.
#[derive(Debug)]
pub(crate) struct Nginx;

impl Kind for Nginx {
    fn server(&self) -> Server {
        Server::Nginx
    }

    fn seeds(&self) -> Range<u64> {
        1..11
    }

    fn items(&self) -> &'static [Item] {
        &items::ITEMS
    }

    fn round(&self, seed: u64, ports: &[u16; 9], folder: &Path) -> io::Result<Round> {
        let named = folder.display().to_string();
        let round = generate::round(seed, server::ports(ports), &named, SITES, REQUESTS);
        server::write(&round, folder)?;
        Ok(Round { nodes: round.http, requests: round.requests })
    }

    fn write(&self, nodes: &[Node], folder: &Path) -> io::Result<()> {
        server::write_main(nodes, folder)
    }

    fn text(&self, nodes: &[Node]) -> String {
        text::text(nodes)
    }

    fn start_stub(&self, binary: &Binary, ports: &[u16; 9]) -> Result<Box<dyn Any>, NotStarted> {
        Ok(Box::new(server::start_stub(binary, server::ports(ports).stub)?))
    }

    /// In every other round the version is told.
    fn target(&self, binary: &Binary, seed: u64) -> Target {
        let part =
            |at: usize| u16::try_from(binary.version.get(at).copied().unwrap_or(0)).unwrap_or(0);
        Target {
            nginx: seed.is_multiple_of(2).then(|| (part(0), part(1), part(2))),
            libc: Some(if binary.libc == "musl" { Libc::Musl } else { Libc::Glibc }),
            ..Target::default()
        }
    }
}
