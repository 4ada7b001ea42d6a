//! The tree that every parser builds: one flat list of directives in the order of the file, spans only.
//!
//! A directive knows its parent and where its descendants end, so walking needs no recursion, and skipping a block is
//! one step. A tree holds no text; give it the bytes that it was parsed from to read a word.

use crate::source::Span;
use std::borrow::Cow;

/// The index of a directive in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The position in [`Tree::nodes`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The configuration language of a tree, which decides how its words are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// nginx.conf and what it includes.
    Nginx,
    /// httpd.conf, what it includes, and .htaccess.
    Apache,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Nginx, Self::Apache];
}

/// How a word stands in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WordFlags(u8);

impl WordFlags {
    /// Between `"`; the span includes the quotes.
    pub const DOUBLE: Self = Self(1);
    /// Between `'`; the span includes the quotes.
    pub const SINGLE: Self = Self(2);
    /// Holds a backslash that decoding may have to look at.
    pub const ESCAPED: Self = Self(4);
    /// Overlaps a template's placeholder: the value is unknown.
    pub const TEMPLATED: Self = Self(8);
    /// The closing quote is missing; the span ends where the word was ended instead.
    pub const UNCLOSED: Self = Self(16);
    /// Holds a line continuation (Apache): the text between is not one run of bytes.
    pub const CONTINUED: Self = Self(32);

    /// Both sets of flags.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all flags of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One word of a directive: its name or an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text, quotes included.
    pub span: Span,
    /// How it stands there.
    pub flags: WordFlags,
}

impl Word {
    /// Whether it is quoted.
    #[must_use]
    pub fn is_quoted(self) -> bool {
        self.flags.has(WordFlags::DOUBLE) || self.flags.has(WordFlags::SINGLE)
    }

    /// The span of the text between the quotes, or of the whole bare word.
    #[must_use]
    pub fn inner(self) -> Span {
        if !self.is_quoted() {
            return self.span;
        }
        let end =
            if self.flags.has(WordFlags::UNCLOSED) { self.span.end } else { self.span.end - 1 };
        Span::new(self.span.start + 1, end)
    }

    /// What the server takes the word for: quotes removed, escapes resolved as `language` does it.
    ///
    /// nginx: `ngx_conf_read_token` resolves `\"`, `\'`, `\\`, `\t`, `\r`, `\n` in bare and quoted words alike and keeps
    /// every other backslash. httpd: `ap_getword_conf` resolves `\\` and, between quotes, a backslash before that quote.
    #[must_use]
    pub fn decode(self, language: Language, text: &[u8]) -> Cow<'_, [u8]> {
        let raw = self.inner().of(text);
        if !self.flags.has(WordFlags::ESCAPED) && !self.flags.has(WordFlags::CONTINUED) {
            return Cow::Borrowed(raw);
        }
        Cow::Owned(match language {
            Language::Nginx => super::nginx::unescape(raw),
            Language::Apache => super::apache::unescape(raw, self.flags),
        })
    }
}

/// What kind of thing a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// `name argument …;` (nginx) or `Name argument …` (Apache).
    Simple,
    /// A block of directives: `name argument … { }` (nginx), `<Name argument …> … </Name>` (Apache).
    Block,
    /// One line of a free-form block (`map`, `geo`, `types`, …): its words are data, not a directive.
    Entry,
    /// A block whose body is another language (`content_by_lua_block`, `<Perl>`, `<Macro>`): see [`Node::body`].
    Foreign,
}

/// One directive, block, or line of a free-form block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The block that it stands in; `None` at the top of the file.
    pub parent: Option<NodeId>,
    /// One past its last descendant in [`Tree::nodes`]; its own index + 1 when there are none.
    pub end: u32,
    /// The first of its words in [`Tree::words`]; that one is its name.
    pub first_word: u32,
    /// How many words it has, the name included. At least 1.
    pub word_count: u32,
    /// From its first byte to the end of its head: the `;` or `{` included (nginx), the whole `<…>` or line (Apache).
    pub head: Span,
    /// What lies between `{` and `}` or between `<X>` and `</X>`; empty and after the head for a simple directive.
    pub body: Span,
    /// From its first byte to its last: to the `;`, the `}`, the end of the line or of `</X>`.
    pub span: Span,
}

impl Node {
    /// Whether it opens a block, of directives or of anything else.
    #[must_use]
    pub fn is_block(&self) -> bool {
        matches!(self.kind, NodeKind::Block | NodeKind::Foreign)
    }
}

/// What a parser could not take as it stands. Each costs one finding; the tree goes on behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where a person would mend it: empty where something is to be typed in.
    pub at: Span,
    /// A second place that explains it: the `{` without a partner, the directive without its end.
    pub because: Option<Span>,
}

/// The ways in which a text can fail to be a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// nginx: a directive does not end in `;`.
    MissingSemicolon,
    /// nginx: a block's arguments are not followed by `{`.
    MissingOpenBrace,
    /// nginx: a block is still open at the end of the file.
    MissingCloseBrace,
    /// nginx: a `}` without a `{`.
    UnexpectedCloseBrace,
    /// nginx: a `;` or `{` without a directive before it.
    UnexpectedTerminator,
    /// A quote that is never closed (nginx: an error; Apache: the word runs to the end of the line).
    MissingQuote,
    /// nginx: text glued to a closing quote.
    TextAfterQuote,
    /// nginx: a word of more than 4096 bytes.
    TooLongWord,
    /// nginx: a bare word goes on behind a `{` that nginx takes for the start of a block, such as `[a-z]{2}`.
    UnquotedBrace,
    /// nginx: a block inside a free-form block.
    NestedFreeForm,
    /// Apache: a section is still open at the end of the file.
    MissingSectionEnd,
    /// Apache: `</X>` closes another section than the innermost open one. At the empty place behind the last line of a
    /// section whose own end is missing, or at an `</X>` for which no section is open.
    MismatchedSectionEnd,
    /// Apache: `</X>` without `<X>`.
    UnexpectedSectionEnd,
    /// Apache: a section's line lacks `>`.
    MissingAngle,
    /// Apache: the line of a section, or `/X>` at its end, lacks the `<` in front.
    MissingOpenAngle,
    /// Apache: `<X>` stands where `</X>` is meant.
    MissingEndSlash,
    /// Apache: text behind the `>` of a section without arguments, which httpd takes for its arguments.
    TextAfterSectionStart,
    /// Apache: text behind `</IfModule>` and its like, which are only known by the exact line.
    TextAfterSectionEnd,
    /// Apache: a logical line of more than 8192 bytes in a .htaccess file.
    TooLongLine,
}

/// A parsed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// Which language it was parsed as.
    pub language: Language,
    /// Every directive, parents before children, in the order of the file.
    pub nodes: Vec<Node>,
    /// The words of all nodes, in the order of the file.
    pub words: Vec<Word>,
    /// The comments, each from its `#` to the end of its (logical) line, line end excluded, in the order of the file.
    pub comments: Vec<Span>,
    /// What could not be taken as it stands, in the order of the file.
    pub errors: Vec<SyntaxError>,
    /// nginx: words inside of a directive that are spelt like a directive's name and stand first on their line, or behind
    /// the first argument, as positions in [`Tree::words`]. Where the server refuses such a directive, a `;` may be missing before them.
    pub run_ons: Vec<u32>,
}

impl Tree {
    /// An empty tree.
    #[must_use]
    pub const fn new(language: Language) -> Self {
        Self {
            language,
            nodes: Vec::new(),
            words: Vec::new(),
            comments: Vec::new(),
            errors: Vec::new(),
            run_ons: Vec::new(),
        }
    }

    /// The node with this id.
    ///
    /// # Panics
    /// When the id is of another, larger tree.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// All words of a node, the name first.
    #[must_use]
    pub fn words(&self, id: NodeId) -> &[Word] {
        let node = self.node(id);
        &self.words[node.first_word as usize..(node.first_word + node.word_count) as usize]
    }

    /// The word that names the directive.
    #[must_use]
    pub fn name(&self, id: NodeId) -> Word {
        self.words[self.node(id).first_word as usize]
    }

    /// The arguments of a node.
    #[must_use]
    pub fn args(&self, id: NodeId) -> &[Word] {
        &self.words(id)[1..]
    }

    /// The directives directly inside `parent`, or at the top of the file.
    pub fn children(&self, parent: Option<NodeId>) -> Children<'_> {
        let (next, end) = match parent {
            Some(id) => (id.0 + 1, self.node(id).end),
            None => (0, self.nodes.len() as u32),
        };
        Children { tree: self, next, end }
    }

    /// Every directive below `id`, at any depth.
    pub fn descendants(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (id.0 + 1..self.node(id).end).map(NodeId)
    }

    /// The blocks around `id`, innermost first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.node(id).parent, |&at| self.node(at).parent)
    }
}

/// The directives of one block, in order; see [`Tree::children`].
#[derive(Clone, Debug)]
pub struct Children<'t> {
    tree: &'t Tree,
    next: u32,
    end: u32,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        if self.next >= self.end {
            return None;
        }
        let id = NodeId(self.next);
        self.next = self.tree.node(id).end;
        Some(id)
    }
}
