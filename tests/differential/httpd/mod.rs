//! httpd: `policy::apache` beside the httpd that is here.

mod files;
mod generate;
mod items;
mod stub;
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
use std::ops::Range;
use std::path::Path;
use std::{fs, io};

/// Sites of a round, and requests to each.
const SITES: usize = 60;
const REQUESTS: usize = 40;

/// Any httpd.
#[derive(Debug)]
pub(crate) struct Httpd;

impl Kind for Httpd {
    fn server(&self) -> Server {
        Server::Apache
    }

    fn seeds(&self) -> Range<u64> {
        1..11
    }

    fn items(&self) -> &'static [Item] {
        &items::ITEMS
    }

    fn round(&self, seed: u64, ports: &[u16; 9], folder: &Path) -> io::Result<Round> {
        files::write(folder, SITES)?;
        Ok(generate::round(seed, ports, &folder.display().to_string(), SITES, REQUESTS))
    }

    fn write(&self, nodes: &[Node], folder: &Path) -> io::Result<()> {
        files::clear(folder)?;
        fs::write(folder.join("httpd.conf"), "")?;
        for (name, text) in text::files(nodes) {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    fn text(&self, nodes: &[Node]) -> String {
        text::text(nodes)
    }

    fn start_stub(&self, _: &Binary, ports: &[u16; 9]) -> Result<Box<dyn Any>, NotStarted> {
        // another program was quicker, or there are no ports at all
        let stub = stub::Stub::start(generate::Ports::of(ports).stub);
        Ok(Box::new(stub.map_err(|_| NotStarted::PortTaken)?))
    }

    /// In every other round the version is told.
    fn target(&self, binary: &Binary, seed: u64) -> Target {
        let part =
            |at: usize| u16::try_from(binary.version.get(at).copied().unwrap_or(0)).unwrap_or(0);
        Target {
            apache: seed.is_multiple_of(2).then(|| (part(0), part(1), part(2))),
            libc: Some(Libc::Glibc),
            user: Some("www-data".to_owned()),
            ..Target::default()
        }
    }
}
