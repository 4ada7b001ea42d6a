//! `<Macro>` and `Use` as `mod_macro` reads them: the lines of a macro's body, its parameters replaced, are read in the
//! place of the Use. What comes out is a text of its own that knows where it is written ([`Expansion`]), and a Use of it
//! is an inclusion like an Include's.

use super::condition::Literal;
use super::places::is_balanced;
use crate::config::loader::{Loader, ParseAs};
use crate::source::{Expansion, FileId, Location, SourceFile, Span};
use crate::syntax::NodeId;
use crate::syntax::apache::Flavour;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// More bytes than all macros of a configuration make: macros that use each other twice, thirty deep.
const MOST_BYTES: usize = 1 << 24;

/// What a text takes beside its bytes.
const OVERHEAD: usize = 1 << 10;

/// `MAX_STRING_LEN`: a line of a macro has to fit in.
const LONGEST_LINE: usize = 8192;

/// Why httpd does not start on a directive about macros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MacroFault {
    /// It names none.
    NoName,
    /// It names one that is not defined above.
    Undefined,
    /// The definition has an empty parameter, its number.
    EmptyParameter(usize),
    /// The definition has the same parameter twice, the number of the second one.
    SameParameter(usize),
    /// It is used with another number of arguments than it has parameters.
    Arguments {
        /// How many it has.
        parameters: usize,
        /// How many are given.
        given: usize,
        /// The head of the definition.
        defined: Location,
    },
    /// The macro is used in its own body, or in that of one that it uses.
    Recursive {
        /// The head of the definition.
        defined: Location,
    },
}

/// A macro at a certain point of the reading.
#[derive(Debug)]
struct Macro {
    /// The section that defines it.
    at: (FileId, NodeId),
    parameters: Vec<Vec<u8>>,
    /// What must hold for that section to count.
    condition: Vec<Literal>,
}

/// The section that defines a macro, and the arguments that it is used with.
type Call = ((FileId, NodeId), Vec<Vec<u8>>);

/// The macros at a certain point of the reading, by name in small letters, and what has been made of them.
#[derive(Debug, Default)]
pub(super) struct Macros {
    /// `None` where it is not known which one has the name.
    known: HashMap<Vec<u8>, Option<Macro>>,
    /// Whether directives above are not known: they may define any name.
    may_have_others: bool,
    /// By definition and arguments: the text, `None` for one that cannot be read by itself.
    made: HashMap<Call, Option<FileId>>,
    /// The bytes of all of them.
    bytes: usize,
    /// The names of the macros that texts were made of.
    names: HashMap<FileId, Vec<u8>>,
}

impl Macros {
    /// Directives that are not known here: they may define any name.
    pub(super) fn anything_may_follow(&mut self) {
        self.may_have_others = true;
    }

    /// A `<Macro>`, with what stands in its head.
    pub(super) fn define(
        &mut self,
        at: (FileId, NodeId),
        arguments: &[Option<Vec<u8>>],
        condition: &[Literal],
    ) -> Result<(), MacroFault> {
        let Some(name) = name(arguments)? else {
            self.may_have_others = true;
            return Ok(());
        };
        let parameters: Option<Vec<Vec<u8>>> = arguments[1..].iter().cloned().collect();
        // one mistake is enough: nothing is said of the uses of what httpd refuses
        self.known.insert(name.clone(), None);
        let defined = match parameters {
            None => None,
            Some(parameters) => {
                if let Some(empty) = parameters.iter().position(Vec::is_empty) {
                    return Err(MacroFault::EmptyParameter(empty));
                }
                let mut seen = HashSet::new();
                if let Some(second) = parameters.iter().position(|name| !seen.insert(name)) {
                    return Err(MacroFault::SameParameter(second));
                }
                Some(Macro { at, parameters, condition: condition.to_vec() })
            }
        };
        self.known.insert(name, defined);
        Ok(())
    }

    /// An `UndefMacro`.
    pub(super) fn undefine(
        &mut self,
        argument: Option<&Option<Vec<u8>>>,
        condition: &[Literal],
    ) -> Result<(), MacroFault> {
        let Some(name) = name(argument.map(std::slice::from_ref).unwrap_or_default())? else {
            self.known.values_mut().for_each(|one| *one = None);
            return Ok(());
        };
        if !self.known.contains_key(&name) && !self.may_have_others {
            return Err(MacroFault::Undefined);
        }
        if condition.is_empty() {
            self.known.remove(&name);
        } else {
            self.known.insert(name, None);
        }
        Ok(())
    }

    /// What the Use at `at` with these arguments, the name first, makes httpd read; `None` where that is not known.
    /// `around`: the expansions that it stands in.
    pub(super) fn expand(
        &mut self,
        loader: &mut Loader<'_>,
        at: Location,
        arguments: &[Option<Vec<u8>>],
        condition: &[Literal],
        around: &[FileId],
    ) -> Result<Option<FileId>, MacroFault> {
        let Some(name) = name(arguments)? else { return Ok(None) };
        let defined = match self.known.get(&name) {
            Some(Some(defined)) => defined,
            None if !self.may_have_others => return Err(MacroFault::Undefined),
            Some(None) | None => return Ok(None),
        };
        if !defined.condition.iter().all(|literal| condition.contains(literal)) {
            return Ok(None);
        }
        let (file, node) = defined.at;
        let Some(tree) = &loader.project.trees[file.index()] else { return Ok(None) };
        let head = Location::new(file, tree.node(node).head);
        if around.iter().any(|text| self.names.get(text) == Some(&name)) {
            return Err(MacroFault::Recursive { defined: head });
        }
        // a word that is not known may be several
        let given: Option<Vec<Vec<u8>>> = arguments[1..].iter().cloned().collect();
        let Some(given) = given else { return Ok(None) };
        if given.len() != defined.parameters.len() {
            let (parameters, given) = (defined.parameters.len(), given.len());
            return Err(MacroFault::Arguments { parameters, given, defined: head });
        }
        let key = (defined.at, given);
        if let Some(&known) = self.made.get(&key) {
            return Ok(known);
        }
        let body = tree.node(node).body;
        let left = MOST_BYTES.saturating_sub(self.bytes + OVERHEAD);
        let expansion = Expansion::new(file, at);
        let text = text(loader, body, &defined.parameters, &key.1, expansion, left);
        let made = text.and_then(|(text, expansion)| {
            self.bytes += text.len() + OVERHEAD;
            read(loader, text, expansion)
        });
        if let Some(made) = made {
            self.names.insert(made, name);
        }
        self.made.insert(key, made);
        Ok(made)
    }
}

/// The name that comes first, in small letters; `None` where it is not known.
fn name(arguments: &[Option<Vec<u8>>]) -> Result<Option<Vec<u8>>, MacroFault> {
    match arguments.first() {
        None => Err(MacroFault::NoName),
        Some(Some(name)) if name.is_empty() => Err(MacroFault::NoName),
        Some(name) => Ok(name.as_ref().map(|name| name.to_ascii_lowercase())),
    }
}

/// The body of a macro with its parameters replaced; `None` when that is more than `left` bytes, or more in a line than
/// httpd has room for.
fn text(
    loader: &Loader<'_>,
    body: Span,
    parameters: &[Vec<u8>],
    given: &[Vec<u8>],
    mut expansion: Expansion,
    left: usize,
) -> Option<(Vec<u8>, Expansion)> {
    let source = loader.project.sources.get(expansion.of);
    let written = body.of(source.text());
    let named: usize = parameters.iter().map(Vec::len).sum();
    if source.template().is_some() || named > LONGEST_LINE || written.len() >= left {
        return None;
    }
    // `next_substitution`: the first one that is found, and of those that begin there the longest
    let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(parameters);
    let finder = finder.ok()?;
    let mut text = Vec::with_capacity(written.len());
    let span = |part: Range<usize>| {
        Span::new(body.start + part.start as u32, body.start + part.end as u32)
    };
    let mut copied = 0;
    for found in finder.find_iter(written) {
        let number = found.pattern().as_usize();
        if copied < found.start() {
            expansion.copy(text.len() as u32, span(copied..found.start()));
            text.extend_from_slice(&written[copied..found.start()]);
        }
        if text.len() + given[number].len() > left {
            return None;
        }
        if !given[number].is_empty() {
            expansion.replace(text.len() as u32, span(found.range()), number as u32);
            text.extend_from_slice(&given[number]);
        }
        copied = found.end();
    }
    expansion.copy(text.len() as u32, span(copied..written.len()));
    text.extend_from_slice(&written[copied..]);
    let is_long = |line: &[u8]| line.len() >= LONGEST_LINE;
    let fits = text.len() <= left && !text.split(|&byte| byte == b'\n').any(is_long);
    fits.then_some((text, expansion))
}

/// Takes a text up among the files; `None` when a section goes on where it ends, for httpd reads on behind the Use then.
fn read(loader: &mut Loader<'_>, text: Vec<u8>, expansion: Expansion) -> Option<FileId> {
    let of = loader.project.sources.get(expansion.of);
    let mut source = SourceFile::new(of.path.clone(), of.name.clone(), text);
    source.expansion = Some(expansion);
    let file = loader.project.sources.push(source);
    loader.project.trees.push(None);
    loader.parse(file, ParseAs::Apache(Flavour::Server));
    loader.project.tree(file).is_some_and(is_balanced).then_some(file)
}
