//! Where braces belong in a text that does not balance them. nginx notices at the end of the file; a person sees it in
//! the indentation, and in a `server` that stands in another one.
//!
//! Every place that looks wrong is tried: the text is walked as if it were mended there, what still looks wrong is
//! counted, and the place that leaves least wins.

use super::blocks::{Block, indent, looks_like_name, starts_line};
use super::file::{Balance, Mend, MendKind};
use crate::source::Span;
use crate::syntax::{Node, NodeId, NodeKind, SyntaxErrorKind, Tree};

/// How many places are tried; each costs a walk over all directives.
const TRIALS: usize = 32;

// What counts how much. Only the order matters: a brace without partner is certain, a `server` inside a `server` nearly
// so, indentation is a habit.
const NO_PARTNER: u32 = 12;
const CANNOT_STAND_HERE: u32 = 6;
const UNLIKE_ITS_BRACE: u32 = 2;
const NOT_INSIDE: u32 = 2;
const UNLIKE_ITS_SIBLING: u32 = 1;
const EMPTY_BLOCK: u32 = 3;
const EMPTY_TOP_BLOCK: u32 = 9;
const HEAD_WITHOUT_BLOCK: u32 = 4;

/// Of a block in which nothing is indented so many directives count: more of them make it a habit.
const FLAT: u32 = 3;

/// The best mend for the first of the braces that `balance` misses or has too many of. `None` when the end of the text is
/// as good a place as any.
///
/// `tree` was read with the mends in `found`.
pub(super) fn mend(text: &[u8], tree: &Tree, balance: Balance, found: &[Mend]) -> Option<Mend> {
    let events = events(text, tree, found);
    let (as_it_is, odd) = walk(&events, None, u32::MAX);
    let trials = if balance.unexpected > 0 {
        let mut trials = missing_open_braces(text, tree, &events);
        trials.truncate(TRIALS / 2);
        trials.extend(extra_close_braces(&events, &odd));
        trials
    } else {
        let mut trials = glued_close_braces(text, tree, &events);
        trials.truncate(TRIALS / 2);
        trials.extend(missing_close_braces(&events, &odd));
        trials
    };
    // a mend at the end of the text would take away just one brace without partner
    let mut limit = as_it_is.checked_sub(NO_PARTNER)?;
    let mut best: Option<(u32, Mend)> = None;
    for trial in trials.iter().take(TRIALS) {
        let cost = walk(&events, Some(trial), limit).0 + trial.doubt;
        let is_better = best.is_none_or(|(least, mend)| (cost, trial.mend.at) < (least, mend.at));
        if cost <= limit && is_better {
            best = Some((cost, trial.mend));
            limit = cost;
        }
    }
    best.map(|(_, mend)| mend)
}

/// What a walk over a text meets.
#[derive(Clone, Copy, Debug)]
struct Event {
    kind: EventKind,
    /// Where it starts and ends; of a block only its head.
    span: Span,
    /// How far in it stands, if it is the first on its line.
    indent: Option<u32>,
    /// The node, for what is one.
    node: Option<NodeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EventKind {
    Directive,
    /// A directive that starts like a block.
    Head,
    Open(Option<Block>),
    Close,
}

/// A mend, and what a walk meets in place of one event.
struct Trial {
    mend: Mend,
    /// How odd the mend itself is, on the same scale.
    doubt: u32,
    event: usize,
    instead: Vec<Event>,
}

/// The directives, blocks and braces of a text, in order.
fn events(text: &[u8], tree: &Tree, found: &[Mend]) -> Vec<Event> {
    let close = |at: u32| {
        let typed = text.get(at as usize) == Some(&b'}');
        let span = Span::new(at, at + u32::from(typed));
        let indent = if typed { indent(at, text) } else { None };
        Event { kind: EventKind::Close, span, indent, node: None }
    };
    // blocks still open at the end have no brace there
    let has_brace = |block: &&Node| {
        block.body.end < block.span.end || found.iter().any(|mend| mend.at == block.body.end)
    };
    let closes = |block: &Node| Some(block).filter(has_brace).map(|block| close(block.body.end));
    let mut unexpected = tree
        .errors
        .iter()
        .filter(|error| error.kind == SyntaxErrorKind::UnexpectedCloseBrace)
        .map(|error| error.at.start)
        .filter(|&at| !found.iter().any(|mend| mend.at == at))
        .peekable();
    let mut events = Vec::with_capacity(tree.nodes.len() + tree.nodes.len() / 4);
    let mut open: Vec<&Node> = Vec::new();
    for (index, node) in tree.nodes.iter().enumerate() {
        while let Some(block) = open.pop_if(|block| block.end as usize <= index) {
            events.extend(closes(block));
        }
        while let Some(at) = unexpected.next_if(|&at| at < node.span.start) {
            events.push(close(at));
        }
        let name = tree.words[node.first_word as usize].inner().of(text);
        let kind = if node.kind == NodeKind::Block {
            open.push(node);
            EventKind::Open(Block::named(name))
        } else if starts_like_block(text, tree, node) {
            EventKind::Head
        } else {
            EventKind::Directive
        };
        let indent = indent(node.span.start, text);
        events.push(Event { kind, span: node.head, indent, node: Some(NodeId(index as u32)) });
    }
    while let Some(block) = open.pop() {
        events.extend(closes(block));
    }
    events.extend(unexpected.map(close));
    events
}

/// Whether a directive without a block goes on where the block that it is named after would open.
fn starts_like_block(text: &[u8], tree: &Tree, node: &Node) -> bool {
    let first = node.first_word as usize;
    let words = &tree.words[first..first + node.word_count as usize];
    let block = Block::named(words[0].inner().of(text));
    let is_head = block.is_some_and(|block| block.head_len(words, text) < words.len());
    // `server address;` in an upstream
    is_head && node.kind == NodeKind::Simple && block != Some(Block::Server)
}

/// A block on the stack of a walk, or the file itself.
#[derive(Clone, Copy, Debug, Default)]
struct Frame {
    block: Option<Block>,
    indent: Option<u32>,
    /// How far in its first directive stands.
    inside: Option<u32>,
    /// How many of its directives stand as far in as the first one and no further than the block.
    flat: u32,
}

/// Walks over the events, as mended by `trial`, until more than `limit` looks wrong. How much does, and which events do.
fn walk(events: &[Event], trial: Option<&Trial>, limit: u32) -> (u32, Vec<usize>) {
    let mut cost = 0;
    let mut odd = Vec::new();
    let mut stack: Vec<Frame> = Vec::new();
    let mut file = Frame::default();
    for (index, event) in events.iter().enumerate() {
        let instead = trial.filter(|trial| trial.event == index).map(|trial| &trial.instead[..]);
        let before = cost;
        for event in instead.unwrap_or(std::slice::from_ref(event)) {
            cost += step(event, &mut file, &mut stack);
        }
        if cost > limit {
            break;
        }
        if cost > before && odd.len() < TRIALS && trial.is_none() {
            odd.push(index);
        }
    }
    (cost + stack.len() as u32 * NO_PARTNER, odd)
}

/// Takes one event. How much looks wrong with it.
fn step(event: &Event, file: &mut Frame, stack: &mut Vec<Frame>) -> u32 {
    if event.kind == EventKind::Close {
        return match stack.pop() {
            None => NO_PARTNER,
            Some(Frame { indent: Some(opened), .. })
                if event.indent.is_some_and(|closed| closed != opened) =>
            {
                UNLIKE_ITS_BRACE
            }
            Some(_) => 0,
        };
    }
    let around = stack.last_mut().unwrap_or(file);
    let mut cost = 0;
    if let Some(indent) = event.indent {
        let sibling = *around.inside.get_or_insert(indent);
        cost += if sibling == indent { 0 } else { UNLIKE_ITS_SIBLING };
        if around.indent.is_some_and(|outer| indent <= outer) {
            around.flat += u32::from(sibling == indent);
            cost += if sibling == indent && around.flat > FLAT { 0 } else { NOT_INSIDE };
        }
    }
    if event.kind == EventKind::Head {
        cost += HEAD_WITHOUT_BLOCK;
    }
    if let EventKind::Open(block) = event.kind {
        if let (Some(block), Some(parent)) = (block, around.block)
            && !block.fits_in(parent)
        {
            cost += CANNOT_STAND_HERE;
        }
        if stack.is_empty() && block == Some(Block::Top) {
            file.block = Some(Block::File);
        }
        stack.push(Frame { block, indent: event.indent, ..Frame::default() });
    }
    cost
}

/// A `}` before each event that looks wrong.
fn missing_close_braces<'e>(
    events: &'e [Event],
    odd: &'e [usize],
) -> impl Iterator<Item = Trial> + 'e {
    odd.iter().filter_map(|&event| {
        let at = events[event.checked_sub(1)?].span.end;
        let close =
            Event { kind: EventKind::Close, span: Span::empty(at), indent: None, node: None };
        let mend = Mend { at, kind: MendKind::CloseBrace };
        let doubt = match events[event - 1].kind {
            // `events` is often empty
            EventKind::Open(Some(Block::Top))
                if events[event].kind != EventKind::Open(Some(Block::Top)) =>
            {
                EMPTY_TOP_BLOCK
            }
            EventKind::Open(_) => EMPTY_BLOCK,
            _ => 1,
        };
        Some(Trial { mend, doubt, event, instead: vec![close, events[event]] })
    })
}

/// No `}` where one looks wrong, or where something behind it does.
fn extra_close_braces<'e>(
    events: &'e [Event],
    odd: &'e [usize],
) -> impl Iterator<Item = Trial> + 'e {
    odd.iter().filter_map(|&odd| {
        let event = (0..=odd).rev().find(|&index| events[index].kind == EventKind::Close)?;
        let mend = Mend { at: events[event].span.start, kind: MendKind::NoBrace };
        Some(Trial { mend, doubt: 1, event, instead: Vec::new() })
    })
}

/// A `{` in each directive that starts like a block and goes on like one.
fn missing_open_braces(text: &[u8], tree: &Tree, events: &[Event]) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let Some(id) = event.node else { continue };
        let words = tree.words(id);
        let block = Block::named(words[0].inner().of(text));
        let next_line =
            words.iter().skip(1).position(|word| starts_line(word.span, text)).map(|at| at + 1);
        let in_upstream = tree.node(id).parent.is_some_and(|parent| {
            Block::named(tree.name(parent).inner().of(text)) == Some(Block::Upstream)
        });
        let head = match block {
            // `server address;`
            Some(Block::Server) if in_upstream => next_line,
            Some(block) => Some(block.head_len(words, text)),
            None => next_line.filter(|&at| looks_like_name(words[at].span.of(text))),
        };
        for head in [head, next_line.filter(|_| head != next_line)].into_iter().flatten() {
            if head < words.len() && trials.len() < TRIALS {
                let at = words[head - 1].span.end;
                let open = EventKind::Open(block);
                let open = Event { kind: open, span: Span::new(event.span.start, at), ..*event };
                let rest = rest_of(text, tree, *event, head);
                let mend = Mend { at, kind: MendKind::OpenBrace };
                let doubt = u32::from(block.is_none());
                trials.push(Trial { mend, doubt, event: index, instead: vec![open, rest] });
            }
        }
    }
    trials
}

/// A `;` before each `}` that stands at the end of a bare word which holds no `{`.
fn glued_close_braces(text: &[u8], tree: &Tree, events: &[Event]) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let Some(id) = event.node else { continue };
        for (number, word) in tree.words(id).iter().enumerate() {
            let Some(inner) = word.span.of(text).strip_suffix(b"}") else { continue };
            if word.is_quoted()
                || inner.is_empty()
                || inner.contains(&b'{')
                || trials.len() == TRIALS
            {
                continue;
            }
            let at = word.span.end - 1;
            let directive = Event { kind: EventKind::Directive, ..*event };
            let close = Event { kind: EventKind::Close, indent: None, node: None, ..*event };
            let mut instead = vec![directive, close];
            if number + 1 < tree.words(id).len() {
                instead.push(rest_of(text, tree, *event, number + 1));
            }
            let mend = Mend { at, kind: MendKind::Semicolon };
            trials.push(Trial { mend, doubt: 0, event: index, instead });
        }
    }
    trials
}

/// What is left of a directive without its first `head` words.
fn rest_of(text: &[u8], tree: &Tree, event: Event, head: usize) -> Event {
    let words = event.node.map_or(&[][..], |id| tree.words(id));
    let Some(word) = words.get(head) else { return event };
    let kind = match event.kind {
        EventKind::Open(_) => EventKind::Open(Block::named(word.span.of(text))),
        _ => EventKind::Directive,
    };
    let span = Span::new(word.span.start, event.span.end);
    Event { kind, span, indent: indent(word.span.start, text), node: None }
}
