//! Which section a line stands in: the nesting of `<X>` and `</X>` as `ap_build_config_sub` checks it, and what to make
//! of a file in which it does not come out.

use super::line::Line;
use super::{ends_foreign, is_read_at_once};
use crate::source::Span;
use crate::syntax::{Node, NodeId, NodeKind, SyntaxError, SyntaxErrorKind, Tree, Word, WordFlags};

/// How many open sections a `</X>` is compared with before it counts as matching none.
const LOOK_UP: usize = 64;

/// A section that is still open.
#[derive(Clone, Copy, Debug)]
struct Open {
    node: NodeId,
    indent: u32,
    /// Whether its first line is indented more than it is; unknown before that line.
    indented: Option<bool>,
    /// Where a section with an indented body seems to end although nothing closes it.
    dedent: Option<Dedent>,
    /// For a section with a foreign body: how many of its own kind are open in it.
    depth: u32,
}

/// The first directive that is indented no more than the section it stands in.
#[derive(Clone, Copy, Debug)]
struct Dedent {
    /// Its place among the nodes.
    node: u32,
    /// The start of its line.
    at: u32,
    /// The end of what stands before it.
    before: u32,
}

/// Builds the tree line by line.
#[derive(Debug)]
pub(super) struct Sections<'t> {
    pub(super) text: &'t [u8],
    pub(super) tree: Tree,
    open: Vec<Open>,
    /// The end of what has been read, trailing white space excluded.
    end: u32,
    /// Sections that a wrong `</X>` has closed: their own `</Y>` may still follow and is no second mistake.
    closed_early: Vec<NodeId>,
}

impl<'t> Sections<'t> {
    pub(super) fn new(text: &'t [u8], tree: Tree) -> Self {
        Self { text, tree, open: Vec::new(), end: 0, closed_early: Vec::new() }
    }

    /// Whether the innermost open section has a body of another language.
    pub(super) fn in_foreign(&self) -> bool {
        self.open.last().is_some_and(|open| self.tree.node(open.node).kind == NodeKind::Foreign)
    }

    /// A line that is a comment.
    pub(super) fn comment(&mut self, line: &Line<'_>) {
        let span = line.span();
        self.end = span.end;
        if !self.in_foreign() {
            self.tree.comments.push(span);
        }
    }

    /// Adds a directive whose words are already in the tree from `first_word` on.
    pub(super) fn directive(&mut self, line: &Line<'_>, first_word: usize) {
        self.add(NodeKind::Simple, line, first_word);
    }

    /// Adds a section whose words are already in the tree from `first_word` on, and opens it.
    pub(super) fn open(&mut self, kind: NodeKind, line: &Line<'_>, first_word: usize) {
        let node = self.add(kind, line, first_word);
        self.open.push(Open { node, indent: line.indent, indented: None, dedent: None, depth: 1 });
    }

    fn add(&mut self, kind: NodeKind, line: &Line<'_>, first_word: usize) -> NodeId {
        let head = line.span();
        let count = self.tree.nodes.len() as u32;
        if let Some(open) = self.open.last_mut() {
            let indented = *open.indented.get_or_insert(line.indent > open.indent);
            if indented && line.indent <= open.indent && open.dedent.is_none() {
                open.dedent = Some(Dedent { node: count, at: line.row, before: self.end });
            }
        }
        self.end = head.end;
        self.tree.nodes.push(Node {
            kind,
            parent: self.open.last().map(|open| open.node),
            end: count + 1,
            first_word: first_word as u32,
            word_count: (self.tree.words.len() - first_word) as u32,
            head,
            body: Span::empty(head.end),
            span: head,
        });
        NodeId(count)
    }

    /// A line in a section with a foreign body, of which only the first word counts.
    pub(super) fn foreign(&mut self, line: &Line<'_>, first: &[u8]) {
        self.end = line.span().end;
        let Some(open) = self.open.last_mut() else { return };
        let name = self.tree.words[self.tree.nodes[open.node.index()].first_word as usize];
        let name = name.span.of(self.text);
        // the name alone can only be meant to be the end
        let lacks_angle =
            first.strip_prefix(b"</").is_some_and(|first| first.eq_ignore_ascii_case(name));
        if lacks_angle || ends_foreign(first, name) {
            open.depth -= 1;
            if open.depth == 0 {
                let node = open.node;
                self.open.pop();
                self.close(node, line.row, line.span().end);
                if lacks_angle {
                    let at = line.locate(0, first.len() as u32).0.end;
                    let because = Some(self.tree.node(node).head);
                    self.error(SyntaxErrorKind::MissingAngle, Span::empty(at), because);
                }
            }
        } else if name.eq_ignore_ascii_case(b"Macro")
            && first.strip_prefix(b"<").is_some_and(|first| first.eq_ignore_ascii_case(name))
        {
            open.depth += 1;
        }
    }

    /// Whether the innermost open section has this name.
    pub(super) fn is_innermost(&self, name: &[u8]) -> bool {
        self.open.last().is_some_and(|open| is_same_name(self.name(open.node), name))
    }

    /// A line `<X>` in the section X that can only be meant to end it.
    pub(super) fn end_without_slash(&mut self, line: &Line<'_>) {
        self.end_anyway(line, SyntaxErrorKind::MissingEndSlash, line.span());
    }

    /// A line `/X>` in the section X.
    pub(super) fn end_without_angle(&mut self, line: &Line<'_>) {
        let at = Span::empty(line.span().start);
        self.end_anyway(line, SyntaxErrorKind::MissingOpenAngle, at);
    }

    /// The innermost section ends at `line`, although that does not say so.
    fn end_anyway(&mut self, line: &Line<'_>, kind: SyntaxErrorKind, at: Span) {
        let Some(open) = self.open.pop() else { return };
        self.end = line.span().end;
        self.close(open.node, line.row, self.end);
        let because = Some(self.tree.node(open.node).head);
        self.error(kind, at, because);
    }

    /// A line that begins with `</`: `name` is its first word behind that.
    pub(super) fn end(&mut self, line: &Line<'_>, name: &[u8], word: Span) {
        let span = line.span();
        // nearly always it is the innermost one, and nothing follows
        if let Some(open) = self.open.last().copied()
            && line.bytes.len() == name.len() + 2
            && name.strip_suffix(b">") == Some(self.name(open.node))
        {
            self.open.pop();
            self.end = span.end;
            self.close(open.node, line.row, span.end);
            return;
        }
        let section = memchr::memchr(b'>', name).map_or(name, |end| &name[..end]);
        let is_named = |open: &Open| is_same_name(self.name(open.node), section);
        let matching = self.open.iter().rev().take(LOOK_UP).position(is_named);
        let Some(above) = matching else {
            self.unmatched(section, line, word);
            self.end = span.end;
            return;
        };
        let above = self.mend_slashes(above);
        if above > 0 {
            self.abandon(above, line.row, SyntaxErrorKind::MismatchedSectionEnd);
        }
        self.end = span.end;
        let Some(open) = self.open.pop() else { return };
        if above > 0 {
            self.forgive(open.node);
        }
        self.close(open.node, line.row, span.end);
        let because = Some(self.tree.node(open.node).head);
        if section.len() == name.len() {
            self.error(SyntaxErrorKind::MissingAngle, Span::empty(word.end), because);
        } else if section.len() + 1 < name.len()
            || (is_read_at_once(section) && line.bytes.len() > section.len() + 3)
        {
            let behind = word.start + 3 + section.len() as u32;
            let at = Span::new(behind.min(span.end), span.end);
            self.error(SyntaxErrorKind::TextAfterSectionEnd, at, because);
        }
    }

    /// `</X>` although no `<X>` is open.
    fn unmatched(&mut self, section: &[u8], line: &Line<'_>, word: Span) {
        let early = self
            .closed_early
            .iter()
            .rposition(|&node| self.name(node).eq_ignore_ascii_case(section));
        if let Some(early) = early {
            self.closed_early.remove(early);
            return;
        }
        let Some(open) = self.open.pop() else {
            self.error(SyntaxErrorKind::UnexpectedSectionEnd, word, None);
            return;
        };
        self.close(open.node, line.row, line.span().end);
        self.forgive(open.node);
        let because = Some(self.tree.node(open.node).head);
        self.error(SyntaxErrorKind::MismatchedSectionEnd, word, because);
    }

    /// Remembers a section that was closed before its own end came.
    fn forgive(&mut self, node: NodeId) {
        if self.closed_early.len() < LOOK_UP {
            self.closed_early.push(node);
        }
    }

    /// Ends the file: what is still open stays unclosed.
    pub(super) fn finish(mut self) -> Tree {
        let all = self.mend_slashes(self.open.len());
        self.abandon(all, self.text.len() as u32, SyntaxErrorKind::MissingSectionEnd);
        self.tree
    }

    /// Takes an innermost `<RequireAll>` with nothing in it for the end of the `<RequireAll>` that it stands in, where
    /// both are among the innermost `count` open sections and lack their ends. How many of those are left.
    fn mend_slashes(&mut self, mut count: usize) -> usize {
        while count >= 2
            && let [.., outer, inner] = &self.open[..]
            && let (outer, inner) = (outer.node, inner.node)
            && inner.index() + 1 == self.tree.nodes.len()
            && self.tree.node(inner).word_count == 1
            && self.name(outer).eq_ignore_ascii_case(self.name(inner))
            && let Some(typed) = self.tree.nodes.pop()
        {
            self.tree.words.truncate(typed.first_word as usize);
            self.open.truncate(self.open.len() - 2);
            self.close(outer, typed.head.start, typed.head.end);
            let because = Some(self.tree.node(outer).head);
            self.error(SyntaxErrorKind::MissingEndSlash, typed.head, because);
            count -= 2;
        }
        count
    }

    /// Gives up the innermost `count` open sections, the ends of which are missing before `at`, behind the last line there.
    /// A body that was indented ends where the indentation does, and what follows moves out: from the outermost section to
    /// the innermost, so that nothing moves twice.
    fn abandon(&mut self, count: usize, at: u32, kind: SyntaxErrorKind) {
        let given_up = self.open.split_off(self.open.len() - count);
        for open in &given_up {
            self.close(open.node, at, self.end);
        }
        for open in given_up {
            let Node { head, parent, .. } = *self.tree.node(open.node);
            let missing = open.dedent.map_or(self.end, |dedent| dedent.before);
            self.error(kind, Span::empty(missing), Some(head));
            if kind == SyntaxErrorKind::MismatchedSectionEnd {
                self.forgive(open.node);
            }
            let Some(dedent) = open.dedent else { continue };
            let node = &mut self.tree.nodes[open.node.index()];
            node.end = dedent.node;
            node.body = Span::new(head.end, dedent.at);
            node.span = Span::new(head.start, dedent.before);
            let mut next = dedent.node as usize;
            while let Some(moved) = self.tree.nodes.get_mut(next) {
                moved.parent = parent;
                next = moved.end as usize;
            }
        }
    }

    /// Sets the ends of a section: its body ends at `body_end`, all of it at `end`.
    fn close(&mut self, node: NodeId, body_end: u32, end: u32) {
        let count = self.tree.nodes.len() as u32;
        let node = &mut self.tree.nodes[node.index()];
        node.end = count;
        node.body = Span::new(node.head.end, body_end);
        node.span = Span::new(node.head.start, end);
    }

    #[inline]
    fn name(&self, node: NodeId) -> &[u8] {
        self.tree.name(node).span.of(self.text)
    }

    fn error(&mut self, kind: SyntaxErrorKind, at: Span, because: Option<Span>) {
        self.tree.errors.push(SyntaxError { kind, at, because });
    }
}

/// Whether both are one name; mostly they are written alike.
fn is_same_name(one: &[u8], other: &[u8]) -> bool {
    one == other || one.eq_ignore_ascii_case(other)
}

/// A word of the tree.
#[inline]
pub(super) fn tree_word(line: &Line<'_>, start: u32, end: u32, flags: WordFlags) -> Word {
    let (span, continued) = line.locate(start, end);
    Word { span, flags: if continued { flags.with(WordFlags::CONTINUED) } else { flags } }
}
