//! What the comparison needs to know of a server.

use crate::client::Sent;
use crate::conf::Node;
use crate::items::Item;
use crate::support::binary::Binary;
use crate::support::case::Server;
use crate::support::server::NotStarted;
use lint401::config::Target;
use std::any::Any;
use std::io;
use std::path::Path;

/// A configuration with its requests.
#[derive(Debug)]
pub(crate) struct Round {
    /// What [`Kind::write`] writes down, and what a disagreement is made small in.
    pub(crate) nodes: Vec<Node>,
    pub(crate) requests: Vec<Sent>,
}

/// A kind of server.
pub(crate) trait Kind: Sync {
    /// Which it is.
    fn server(&self) -> Server;

    /// The seeds of every run.
    fn seeds(&self) -> std::ops::Range<u64>;

    /// The parts of its behaviour.
    fn items(&self) -> &'static [Item];

    /// The round of a seed with so many sites; the files that do not change are written into `folder`.
    fn round(&self, seed: u64, ports: &[u16; 9], folder: &Path, sites: usize) -> io::Result<Round>;

    /// Writes the configuration down.
    fn write(&self, nodes: &[Node], folder: &Path) -> io::Result<()>;

    /// The configuration as text.
    fn text(&self, nodes: &[Node]) -> String;

    /// Directives with mistakes that have fixes, to be put into blocks by chance.
    fn slips(&self) -> &'static [&'static str];

    /// Starts what requests are handed on to; it runs until it is dropped.
    fn start_stub(&self, binary: &Binary, ports: &[u16; 9]) -> Result<Box<dyn Any>, NotStarted>;

    /// What is told of the server.
    fn target(&self, binary: &Binary, seed: u64) -> Target;
}
