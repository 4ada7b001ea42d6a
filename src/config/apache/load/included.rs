//! What is read in the place of a directive: the files that an Include names, and what a macro makes.

use super::super::{Include, InclusionId, MacroFault, Outcome, include};
use super::{DEEPEST, INCLUDE_OPTIONAL, MOST_INCLUSIONS, Reader, Step};
use crate::config::paths;
use crate::source::{FileId, Location};
use crate::syntax::NodeId;
use std::path::Path;

impl Reader<'_, '_> {
    /// Reads what an Include names.
    pub(super) fn include(
        &mut self,
        inclusion: InclusionId,
        file: usize,
        node: NodeId,
        argument: Option<&Option<Vec<u8>>>,
    ) -> Step {
        let start = self.site.inclusions.len() as u32;
        let outcome = match argument {
            Some(Some(name)) => self.follow(inclusion, node, &paths::from_bytes(name)),
            Some(None) => Outcome::Unknown,
            // without an argument httpd does not start
            None => Outcome::Read,
        };
        let read = start..self.site.inclusions.len() as u32;
        let optional = self.site.files[file].names[node.index()] == INCLUDE_OPTIONAL.0;
        if outcome.is_unknown() {
            self.anything_may_follow();
        }
        match &outcome {
            Outcome::Missing(path) | Outcome::Dangling(path) | Outcome::NoFolder(path)
                if !optional =>
            {
                self.loader.not_read(path, "does not exist");
            }
            Outcome::Unreadable(path, error) => self.loader.not_read(path, error.to_string()),
            Outcome::Elsewhere => {
                if let Some(Some(name)) = argument {
                    self.loader.not_read(&paths::from_bytes(name), "not here");
                }
            }
            _ => {}
        }
        let beside = include::beside(self.loader, &outcome);
        let include = Include { node, read: read.clone(), outcome, beside };
        self.site.inclusions[inclusion.index()].includes.push(include);
        Step::Read(read)
    }

    fn follow(&mut self, inclusion: InclusionId, node: NodeId, named: &Path) -> Outcome {
        let (files, mut outcome) =
            include::expand(self.loader, named, self.site.server_root.as_deref());
        for path in files {
            if self.loader.leaves_checkout(&path) {
                outcome = Outcome::Elsewhere;
                continue;
            }
            if self.site.inclusions.len() >= MOST_INCLUSIONS
                || self.depths[inclusion.index()] >= DEEPEST
            {
                return Outcome::TooMany;
            }
            match self.loader.read(&path) {
                Ok(included) if self.is_being_read(inclusion, included) => {
                    outcome = Outcome::Cycle(path);
                }
                Ok(included) => {
                    self.enter(included, Some((inclusion, node)), None);
                }
                Err(error) => outcome = Outcome::Unreadable(path, error),
            }
        }
        outcome
    }

    /// Whether `file` is among the files that led to this inclusion.
    fn is_being_read(&self, inclusion: InclusionId, file: FileId) -> bool {
        let mut at = Some(inclusion);
        while let Some(current) = at {
            let inclusion = &self.site.inclusions[current.index()];
            if self.site.files[inclusion.file as usize].file == file {
                return true;
            }
            at = inclusion.parent.map(|(above, _)| above);
        }
        false
    }

    /// Notes that httpd does not start on a directive about macros.
    pub(super) fn refused(&mut self, inclusion: InclusionId, node: NodeId, fault: MacroFault) {
        let read = self.site.inclusions.len() as u32;
        self.site.inclusions[inclusion.index()].includes.push(Include {
            node,
            read: read..read,
            outcome: Outcome::Refused(fault),
            beside: Vec::new(),
        });
    }

    /// Reads what a macro makes of these arguments, the name first.
    pub(super) fn use_macro(
        &mut self,
        inclusion: InclusionId,
        file: usize,
        node: NodeId,
        arguments: &[Option<Vec<u8>>],
    ) -> Step {
        let is_full = self.site.inclusions.len() >= MOST_INCLUSIONS
            || self.depths[inclusion.index()] >= DEEPEST;
        let within = self.macros_around(inclusion);
        let at = Location::new(self.site.files[file].file, self.head(file, node));
        let made = self.macros.expand(self.loader, at, arguments, &self.literals, &within);
        let text = match made {
            Ok(text) => text.filter(|_| !is_full && !self.is_optional(file, node)),
            Err(fault) => {
                self.refused(inclusion, node, fault);
                return Step::On;
            }
        };
        let start = self.site.inclusions.len() as u32;
        let outcome = if let Some(text) = text {
            self.enter(text, Some((inclusion, node)), None);
            Outcome::Read
        } else {
            self.anything_may_follow();
            Outcome::Unknown
        };
        let read = start..self.site.inclusions.len() as u32;
        let include = Include { node, read: read.clone(), outcome, beside: Vec::new() };
        self.site.inclusions[inclusion.index()].includes.push(include);
        Step::Read(read)
    }

    /// The expansions that an inclusion stands in, innermost first. What a macro includes is read anew: httpd tells
    /// recursion by the name of what it reads.
    fn macros_around(&self, inclusion: InclusionId) -> Vec<FileId> {
        let mut around = Vec::new();
        let mut at = Some(inclusion);
        while let Some(current) = at {
            let inclusion = &self.site.inclusions[current.index()];
            let file = self.site.files[inclusion.file as usize].file;
            if self.loader.project.sources.get(file).expansion.is_none() {
                break;
            }
            around.push(file);
            at = inclusion.parent.map(|(above, _)| above);
        }
        around
    }
}
