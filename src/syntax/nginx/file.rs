//! Tokens to a tree: `file`, `directive`, `block` and `entry` of the grammar, with a stack in place of recursion.
//!
//! What a single place shows to be missing is mended here and goes on as if it were there. Braces that do not balance
//! are only counted; `layout` then says where they belong, and the file is read once more with these mends.

use super::blocks::{Block, indent, starts_line};
use super::braces::object_len;
use super::lexer::{self, Token};
use super::lua::lua;
use crate::source::Span;
use crate::syntax::{
    Language, Node, NodeId, NodeKind, SyntaxError, SyntaxErrorKind, Tree, Word, WordFlags,
};
use memchr::memchr;

/// The size of the buffer that `ngx_conf_read_token` reads words and comments from.
pub(super) const BUFFER: usize = 4096;

/// How many Lua bodies may fail to end before the layout alone decides where they do: each looks at the whole text.
const LUA_FAILURES: usize = 8;

/// A byte to be taken as typed, or as not typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mend {
    /// The offset of the byte; those inserted come before what stands there.
    pub(super) at: u32,
    /// What is inserted or left out.
    pub(super) kind: MendKind,
}

/// The ways to mend braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MendKind {
    /// A `;` is missing, in front of a `}` that was taken for a part of the word.
    Semicolon,
    /// A `{` is missing.
    OpenBrace,
    /// A `}` is missing.
    CloseBrace,
    /// The `}` that stands here is too much.
    NoBrace,
}

/// What is believed of where a block of Lua ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LuaEnd {
    /// Its braces.
    ByBraces,
    /// The indentation, where the brace that they lead to stands further out than the block.
    ByLayout,
}

/// How the braces of a text come out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Balance {
    /// Blocks still open at the end.
    pub(super) open: usize,
    /// `}` without a `{`.
    pub(super) unexpected: usize,
}

/// A `{` that is still open.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// The block that it belongs to; `None` outside of all.
    block: Option<NodeId>,
    /// Whether it is the one that opens this block, rather than one without a directive before it.
    opens_block: bool,
    /// The free-form block whose lines are read as data.
    entries_of: Option<Block>,
}

pub(super) struct Reader<'t> {
    pub(super) text: &'t [u8],
    /// The template's values that are not behind us yet.
    pub(super) holes: &'t [Span],
    pub(super) at: usize,
    /// The first word of the directive that is being read.
    pub(super) first_word: usize,
    open: Vec<Open>,
    pub(super) tree: Tree,
    balance: Balance,
    lua_end: LuaEnd,
    lua_failures: usize,
    /// Whether plain directives are told from others first, which changes nothing but the time that it takes.
    quickly: bool,
}

/// `file`: reads `text` with `mends` (ascending) and says how its braces come out.
pub(super) fn file(
    text: &[u8],
    holes: &[Span],
    mends: &[Mend],
    lua_end: LuaEnd,
    quickly: bool,
) -> (Tree, Balance) {
    let mut tree = Tree::new(Language::Nginx);
    // measured on real files: a directive takes some 35 bytes, a word some 15
    tree.nodes.reserve(text.len() / 32);
    tree.words.reserve(text.len() / 14);
    let mut reader = Reader {
        text,
        holes,
        at: 0,
        first_word: 0,
        open: Vec::new(),
        tree,
        balance: Balance::default(),
        lua_end,
        lua_failures: 0,
        quickly,
    };
    // bytes are read up to the next mend, then that is taken as if it were one
    for mend in mends {
        reader.tokens(mend.at as usize);
        reader.mend(*mend);
    }
    reader.tokens(text.len());
    reader.end();
    (reader.tree, reader.balance)
}

impl Reader<'_> {
    /// Takes the tokens in front of `limit`.
    fn tokens(&mut self, limit: usize) {
        let text = self.text;
        while self.quickly && self.plain(limit) {}
        while let Ok((rest, token)) = lexer::token(text.get(self.at..limit).unwrap_or_default()) {
            self.at = limit - rest.len();
            self.token(token);
            while self.quickly && self.plain(limit) {}
        }
    }

    /// Takes the token that ends at `self.at`.
    fn token(&mut self, token: Token<'_>) {
        match token {
            Token::Semicolon => self.semicolon(),
            Token::Open if self.is_object() => {}
            Token::Open => self.open_brace(),
            Token::Close => self.close_brace(),
            Token::Comment(comment) => {
                let span = Span::new((self.at - comment.len()) as u32, self.at as u32);
                self.tree.comments.push(span);
                if comment.len() >= BUFFER && self.text.len() > span.start as usize + BUFFER {
                    self.error(SyntaxErrorKind::TooLongWord, span, None);
                }
            }
            Token::Word(word, flags) => self.word(self.at - word.len(), flags),
        }
    }

    /// Takes a mend, unless an earlier one has changed what stands here.
    fn mend(&mut self, mend: Mend) {
        let at = Span::empty(mend.at);
        let in_directive = !self.pending().is_empty();
        let fits = match mend.kind {
            MendKind::Semicolon | MendKind::OpenBrace => in_directive,
            MendKind::CloseBrace => !in_directive && !self.open.is_empty(),
            MendKind::NoBrace => true,
        };
        if !fits || self.at > mend.at as usize {
            return;
        }
        match mend.kind {
            MendKind::Semicolon => self.missing_semicolon(mend.at),
            MendKind::OpenBrace => self.missing_open_brace(),
            MendKind::CloseBrace => {
                let because = self.block().map(|block| self.tree.node(block).head);
                self.error(SyntaxErrorKind::MissingCloseBrace, at, because);
                self.close_block(mend.at, mend.at);
            }
            MendKind::NoBrace => {
                self.at = mend.at as usize + 1;
                let brace = Span::new(mend.at, mend.at + 1);
                self.error(SyntaxErrorKind::UnexpectedCloseBrace, brace, None);
            }
        }
    }

    pub(super) fn error(&mut self, kind: SyntaxErrorKind, at: Span, because: Option<Span>) {
        self.tree.errors.push(SyntaxError { kind, at, because });
    }

    /// The words of the directive that is being read.
    pub(super) fn pending(&self) -> &[Word] {
        &self.tree.words[self.first_word..]
    }

    pub(super) fn name(&self) -> &[u8] {
        self.pending().first().map_or(&[], |word| word.inner().of(self.text))
    }

    /// The innermost open block.
    pub(super) fn block(&self) -> Option<NodeId> {
        self.open.last().and_then(|open| open.block)
    }

    pub(super) fn entries_of(&self) -> Option<Block> {
        self.open.last().and_then(|open| open.entries_of)
    }

    /// The end of the last word.
    fn words_end(&self) -> u32 {
        self.tree.words.last().map_or(0, |word| word.span.end)
    }

    /// Takes `{"ready": true}` for the word that was meant.
    fn is_object(&mut self) -> bool {
        let start = self.at - 1;
        if self.pending().is_empty() || self.name().ends_with(b"_by_lua_block") {
            return false;
        }
        let Some(len) = object_len(&self.text[start..]) else { return false };
        self.at = start + len;
        let span = Span::new(start as u32, self.at as u32);
        self.error(SyntaxErrorKind::UnquotedBrace, span, None);
        self.tree.words.push(Word { span, flags: WordFlags::default() });
        true
    }

    /// A `;` ends a directive or an entry.
    fn semicolon(&mut self) {
        if self.pending().is_empty() {
            let at = Span::new(self.at as u32 - 1, self.at as u32);
            return self.error(SyntaxErrorKind::UnexpectedTerminator, at, None);
        }
        self.simple(self.at as u32);
    }

    /// The words read so far are a directive or an entry whose head ends at `end`.
    fn simple(&mut self, end: u32) {
        let kind = match self.entries_of() {
            None => {
                self.check_name();
                NodeKind::Simple
            }
            Some(block) => {
                if block.takes_pairs() && self.pending().len() > 2 {
                    self.split_entries();
                }
                let include = block.takes_include() && self.pending().len() == 2;
                if include
                    && self.pending()[0].decode(Language::Nginx, self.text) == &b"include"[..]
                {
                    NodeKind::Simple
                } else {
                    NodeKind::Entry
                }
            }
        };
        self.node(kind, self.tree.words.len(), end);
    }

    /// No directive's name ends in a quote: there a `;` of a value stands whose first quote is missing.
    fn check_name(&mut self) {
        let Some(&name) = self.pending().first() else { return };
        let last = Span::new(name.span.end - 1, name.span.end);
        if matches!(last.of(self.text), b"\"" | b"'") && !name.is_quoted() {
            // outside of all blocks it could be a line of data that a `map` includes
            let block = self.block().map(|block| self.tree.name(block).inner().of(self.text));
            if block.and_then(Block::named).is_some() {
                self.error(SyntaxErrorKind::MissingQuote, last, None);
            }
        }
    }

    /// Makes a node of the words from the first one up to `last_word`.
    pub(super) fn node(&mut self, kind: NodeKind, last_word: usize, head_end: u32) -> NodeId {
        let id = NodeId(self.tree.nodes.len() as u32);
        let start = self.tree.words[self.first_word].span.start;
        let head = Span::new(start, head_end);
        self.tree.nodes.push(Node {
            kind,
            parent: self.block(),
            end: id.0 + 1,
            first_word: self.first_word as u32,
            word_count: (last_word - self.first_word) as u32,
            head,
            body: Span::empty(head_end),
            span: head,
        });
        self.first_word = last_word;
        id
    }

    fn missing_semicolon(&mut self, at: u32) {
        self.error(SyntaxErrorKind::MissingSemicolon, Span::empty(at), None);
        self.simple(at);
    }

    pub(super) fn missing_open_brace(&mut self) {
        let end = self.words_end();
        self.error(SyntaxErrorKind::MissingOpenBrace, Span::empty(end), None);
        self.open_block(end);
    }

    /// Splits entries of two words that run into each other because a `;` is missing at the end of a line.
    fn split_entries(&mut self) {
        let words = self.first_word + 1..self.tree.words.len();
        let starts: Vec<usize> =
            words.filter(|&word| starts_line(self.tree.words[word].span, self.text)).collect();
        for start in starts {
            if start - self.first_word <= 2 {
                let end = self.tree.words[start - 1].span.end;
                self.error(SyntaxErrorKind::MissingSemicolon, Span::empty(end), None);
                self.node(NodeKind::Entry, start, end);
            }
        }
    }

    /// A `{` opens a block.
    fn open_brace(&mut self) {
        let brace = Span::new(self.at as u32 - 1, self.at as u32);
        if self.pending().is_empty() {
            self.error(SyntaxErrorKind::UnexpectedTerminator, brace, None);
            let doubled = self.text[..self.at - 1].trim_ascii_end().ends_with(b"{");
            if !doubled {
                let entries_of = self.entries_of();
                self.open.push(Open { block: self.block(), opens_block: false, entries_of });
            }
            return;
        }
        let block = Block::named(self.name());
        if self.entries_of().is_some() {
            self.error(SyntaxErrorKind::NestedFreeForm, brace, None);
        } else if block.is_none() {
            self.split_before_block();
        }
        self.open_block(self.at as u32);
    }

    /// A directive that opens no block, a line break and then one that does: the first lacks its `;`. Without arguments
    /// it may as well be a block that lacks its `{`.
    fn split_before_block(&mut self) {
        let second = self.pending().iter().skip(2).position(|word| {
            let name = word.span.of(self.text);
            !word.is_quoted() && Block::named(name).is_some() && starts_line(word.span, self.text)
        });
        if let Some(second) = second {
            let last_word = self.first_word + 2 + second;
            let end = self.tree.words[last_word - 1].span.end;
            self.error(SyntaxErrorKind::MissingSemicolon, Span::empty(end), None);
            self.node(NodeKind::Simple, last_word, end);
        }
    }

    /// The words read so far are the head of a block, which ends at `head_end`.
    fn open_block(&mut self, head_end: u32) {
        let kind = Block::named(self.name());
        if kind == Some(Block::Lua) && self.entries_of().is_none() {
            return self.lua_block(head_end);
        }
        let entries_of = match kind {
            Some(kind) if kind.is_free_form() => Some(kind),
            Some(_) => None,
            None => self.entries_of(),
        };
        let block = self.node(NodeKind::Block, self.tree.words.len(), head_end);
        self.open.push(Open { block: Some(block), opens_block: true, entries_of });
    }

    /// A block of Lua, up to its closing brace.
    fn lua_block(&mut self, head_end: u32) {
        let id = self.node(NodeKind::Foreign, self.tree.words.len(), head_end);
        let body_start = self.at;
        let code = &self.text[self.at..];
        let found = if self.lua_failures < LUA_FAILURES { lua(code).ok() } else { None };
        let head = self.tree.node(id).head;
        let found = found
            .map(|(_, body)| body_start + body.len())
            .filter(|&end| !self.is_too_far_out(end, head.start));
        let (body_end, end) = if let Some(end) = found {
            (end, end + 1)
        } else {
            self.lua_failures += 1;
            let (body_end, brace) =
                lua_end_by_layout(self.text, body_start, head.start, self.lua_end);
            let at = Span::empty(body_end as u32);
            self.error(SyntaxErrorKind::MissingCloseBrace, at, Some(head));
            (body_end, brace.map_or(body_end, |brace| brace + 1))
        };
        self.at = end;
        let node = &mut self.tree.nodes[id.index()];
        node.body = Span::new(body_start as u32, body_end as u32);
        node.span.end = self.at as u32;
    }

    /// Whether the brace at `end` cannot be that of the Lua block at `head`, if its layout is to be believed.
    fn is_too_far_out(&self, end: usize, head: u32) -> bool {
        let far_out = |brace| indent(head, self.text).is_some_and(|block| brace < block);
        self.lua_end == LuaEnd::ByLayout && indent(end as u32, self.text).is_some_and(far_out)
    }

    /// A `}` closes a block.
    fn close_brace(&mut self) {
        let brace = Span::new(self.at as u32 - 1, self.at as u32);
        if !self.pending().is_empty() {
            self.finish_pending();
        }
        if self.open.is_empty() {
            self.balance.unexpected += 1;
            self.error(SyntaxErrorKind::UnexpectedCloseBrace, brace, None);
        } else {
            self.close_block(brace.start, brace.end);
        }
    }

    /// Words that a `}` or the end of the file follows: a directive without `;`, or the head of a block without `{`.
    fn finish_pending(&mut self) {
        let is_head = self.entries_of().is_none()
            && Block::named(self.name()).is_some_and(|block| {
                block.head_len(self.pending(), self.text) == self.pending().len()
            });
        if is_head && Block::named(self.name()) == Some(Block::Lua) {
            // the `}` has been read already: a body could only begin behind it
            let end = self.words_end();
            self.error(SyntaxErrorKind::MissingOpenBrace, Span::empty(end), None);
            self.simple(end);
        } else if is_head {
            self.missing_open_brace();
        } else if self.pending().last().is_some_and(|word| word.flags.has(WordFlags::UNCLOSED)) {
            // the `;` may have been lost together with the quote, which says enough
            self.simple(self.words_end());
        } else {
            self.missing_semicolon(self.words_end());
        }
    }

    /// Closes the innermost block: its body ends at `body_end`, the block itself at `end`.
    fn close_block(&mut self, body_end: u32, end: u32) {
        let Some(Open { block: Some(block), opens_block: true, .. }) = self.open.pop() else {
            return;
        };
        let next = self.tree.nodes.len() as u32;
        let node = &mut self.tree.nodes[block.index()];
        node.body = Span::new(node.head.end, body_end);
        node.span.end = end;
        node.end = next;
    }

    /// The end of the text: what is still open ends here.
    fn end(&mut self) {
        if !self.pending().is_empty() {
            let open = self.open.len();
            self.finish_pending();
            if self.open.len() > open {
                // a head without `{` says enough; its `}` is not missed as well
                let end = self.words_end();
                self.close_block(end, end);
            }
        }
        self.balance.open = self.open.len();
        let end = text_end(self.text, &self.tree, self.block());
        if let Some(innermost) = self.block() {
            let because = Some(self.tree.node(innermost).head);
            self.error(SyntaxErrorKind::MissingCloseBrace, Span::empty(end), because);
        }
        while !self.open.is_empty() {
            self.close_block(end, end);
        }
        self.tree.errors.sort_by_key(|error| error.at.start);
    }
}

/// Where the last thing of a text ends: there a `}` that is missing at its end is to be typed. A comment that stands no
/// further in than the block that is open does not belong to it, nor does what follows that.
fn text_end(text: &[u8], tree: &Tree, open: Option<NodeId>) -> u32 {
    let words_end = tree.words.last().map_or(0, |word| word.span.end);
    let nodes_end = tree.nodes.iter().map(|node| node.span.end).max().unwrap_or(0);
    let read = words_end.max(nodes_end);
    let after = tree.comments.partition_point(|comment| comment.start < read);
    let block = open.and_then(|block| indent(tree.node(block).span.start, text));
    let is_outside =
        |comment: &Span| indent(comment.start, text).is_some_and(|width| Some(width) <= block);
    let last = match tree.comments[after..].iter().find(|comment| is_outside(comment)) {
        Some(outside) => outside.start as usize,
        None => text.len(),
    };
    let blanks =
        text[..last].iter().rev().take_while(|&&byte| lexer::is_blank(byte)).count() as u32;
    read.max(last as u32 - blanks)
}

/// Where Lua code from `start` on ends that does not balance its braces: at the first `}` that stands on its line no
/// further in than the directive at `head`; by layout, in front of any such line once the code was further in. The end
/// of the code, and the brace.
fn lua_end_by_layout(
    text: &[u8],
    start: usize,
    head: u32,
    lua_end: LuaEnd,
) -> (usize, Option<usize>) {
    let deepest = indent(head, text).unwrap_or(0);
    let mut was_deeper = false;
    let mut at = start;
    while let Some(newline) = memchr(b'\n', &text[at..]) {
        at += newline + 1;
        let line = text[at..].trim_ascii_start();
        let first = text.len() - line.len();
        let further_in = indent(first as u32, text).is_none_or(|width| width > deepest);
        let ends = line.starts_with(b"}") || (lua_end == LuaEnd::ByLayout && was_deeper);
        if !further_in && ends && !line.is_empty() {
            let code = without_last_blanks(&text[start..first]);
            return (start + code.len(), Some(first).filter(|_| line.starts_with(b"}")));
        }
        was_deeper |= further_in;
        at = first;
    }
    (start + without_last_blanks(&text[start..]).len(), None)
}

/// A form feed is a blank to Lua and to no one else here.
fn without_last_blanks(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| !lexer::is_blank(byte)).map_or(0, |last| last + 1);
    &text[..end]
}
