//! httpd.conf and .htaccess as `ap_cfg_getline`, `ap_getword_conf` and `ap_build_config_sub` read them. The parsers bear
//! the names of `grammars/apache.ebnf`.

pub mod expression;
mod line;
mod section;
#[cfg(test)]
mod tests;
mod word;

use super::tree::{Language, NodeId, NodeKind, SyntaxError, SyntaxErrorKind, Tree, WordFlags};
use crate::source::Span;
use line::{Line, Lines};
use memchr::memrchr;
use nom::IResult;
use section::{Sections, tree_word};
use word::{Raw, word};

pub(super) use word::unescape;

/// Which of httpd's two kinds of file a text is: they differ in how long a line may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// httpd.conf and what it includes: logical lines of up to 16 MiB.
    Server,
    /// .htaccess: logical lines of up to 8192 bytes.
    Htaccess,
}

/// Parses `text`. Words that overlap one of `holes` (ascending) are flagged as templated.
///
/// The name of a section stands without its `<` and `>`, its arguments without the last `>` of the line, behind which
/// httpd looks at nothing (`ap_strrchr_c(arg, '>')`): see [`behind_section`].
#[must_use]
pub fn parse(text: &[u8], flavour: Flavour, holes: &[Span]) -> Tree {
    parse_lines(text, flavour, holes, true)
}

/// [`parse`]; `quickly`: plain lines are told from others first, which changes nothing but the time that it takes.
fn parse_lines(text: &[u8], flavour: Flavour, holes: &[Span], quickly: bool) -> Tree {
    let mut tree = Tree::new(Language::Apache);
    tree.nodes.reserve(text.len() / 48);
    tree.words.reserve(text.len() / 16);
    let mut sections = Sections::new(text, tree);
    let mut lines = Lines::new(text, flavour);
    loop {
        let first_word = sections.tree.words.len();
        if quickly
            && !sections.in_foreign()
            && let Some(line) = lines.plain(&mut sections.tree.words)
        {
            plain(&mut sections, &line, first_word);
            continue;
        }
        let Some(line) = lines.next() else { break };
        if line.bytes[0] == b'#' {
            sections.comment(&line);
        } else {
            directive(&mut sections, &line);
        }
    }
    let too_long = lines.too_long;
    let mut tree = sections.finish();
    let refused = |at| SyntaxError { kind: SyntaxErrorKind::TooLongLine, at, because: None };
    tree.errors.extend(too_long.into_iter().map(refused));
    tree.errors.sort_by_key(|error| error.at.start);
    flag_templated(&mut tree, holes);
    tree
}

/// A line that is nothing but words, which are in the tree from `first_word` on.
fn plain(sections: &mut Sections<'_>, line: &Line<'_>, first_word: usize) {
    let (&[first, ..], [.., last]) = (line.bytes, line.bytes) else { return };
    let words = &mut sections.tree.words;
    let head = words[first_word];
    let is_alone = words.len() - first_word == 1;
    let name = head.span.of(sections.text);
    if first != b'<' && first != b'/' && *last != b'>' && !name.ends_with(b">") {
        return sections.directive(line, first_word);
    }
    if let Some(section) = name.strip_prefix(b"</") {
        words.truncate(first_word);
        return sections.end(line, section, head.span);
    }
    let inner = name[1..].strip_suffix(b">");
    let is_head = first == b'<'
        && *last == b'>'
        && inner.is_some() == is_alone
        && !inner.is_some_and(|inner| sections.is_innermost(inner));
    let words = &mut sections.tree.words;
    if !is_head {
        words.truncate(first_word);
        return directive(sections, line);
    }
    words[first_word].span.start += 1;
    // the last `>` of the line is no part of its last word
    match words.last_mut() {
        Some(word) if word.span.len() == 1 && !is_alone => {
            words.pop();
        }
        Some(word) => word.span.end -= 1,
        None => {}
    }
    open(sections, line, first_word);
}

/// One logical line: a directive, the head of a section, or the end of one.
fn directive(sections: &mut Sections<'_>, line: &Line<'_>) {
    let Ok((arguments, first)) = word(line.bytes) else { return };
    let decoded;
    let name = if first.flags.has(WordFlags::ESCAPED) {
        decoded = unescape(first.inner(), first.flags);
        &decoded
    } else {
        first.inner()
    };
    if sections.in_foreign() {
        sections.foreign(line, name);
    } else if let Some(section) = name.strip_prefix(b"</") {
        let (word, _) = line.locate(0, first.bytes.len() as u32);
        sections.end(line, section, word);
    } else if name.starts_with(b"<") {
        let meant = name[1..].strip_suffix(b">").filter(|_| arguments.is_empty());
        if meant.is_some_and(|name| takes_arguments(name) && sections.is_innermost(name)) {
            return sections.end_without_slash(line);
        }
        section(sections, line, first, arguments);
    } else if line.bytes.ends_with(b">") && is_section(name.strip_suffix(b">").unwrap_or(name)) {
        // no directive has the name of a section
        let (start, _) = line.locate(0, 1);
        let error = SyntaxErrorKind::MissingOpenAngle;
        let at = Span::empty(start.start);
        sections.tree.errors.push(SyntaxError { kind: error, at, because: Some(start) });
        section(sections, line, first, arguments);
    } else if let Some(end) = name.strip_prefix(b"/").and_then(|name| name.strip_suffix(b">"))
        && sections.is_innermost(end)
    {
        sections.end_without_angle(line);
    } else if !name.is_empty() {
        let first_word = sections.tree.words.len();
        push_name(sections, line, first);
        push_words(sections, line, line.bytes.len() - arguments.len(), arguments);
        sections.directive(line, first_word);
    }
}

/// The head of a section.
fn section(sections: &mut Sections<'_>, line: &Line<'_>, first: Raw<'_>, arguments: &[u8]) {
    let first_word = sections.tree.words.len();
    push_name(sections, line, first);
    let name = sections.tree.words[first_word].span;
    let start = line.bytes.len() - arguments.len();
    match section_arguments(arguments) {
        // `<RequireAll` alone on its line is enough for httpd
        _ if arguments.is_empty() => {}
        Ok((_, before)) => push_words(sections, line, start, before),
        Err(_) => {
            let (text, _) = line.locate(start as u32, line.bytes.len() as u32);
            let error = if first.inner().ends_with(b">") {
                SyntaxError {
                    kind: SyntaxErrorKind::TextAfterSectionStart,
                    at: text,
                    because: Some(name),
                }
            } else {
                push_words(sections, line, start, arguments);
                SyntaxError {
                    kind: SyntaxErrorKind::MissingAngle,
                    at: Span::empty(text.end),
                    because: Some(name),
                }
            };
            sections.tree.errors.push(error);
        }
    }
    open(sections, line, first_word);
}

/// Opens the section whose words are in the tree from `first_word` on.
fn open(sections: &mut Sections<'_>, line: &Line<'_>, first_word: usize) {
    let name = sections.tree.words[first_word].span.of(sections.text);
    let kind = if is_foreign(name) { NodeKind::Foreign } else { NodeKind::Block };
    sections.open(kind, line, first_word);
}

/// What stands before the last `>` of a section's line, and that with what follows.
fn section_arguments(input: &[u8]) -> IResult<&[u8], &[u8]> {
    match memrchr(b'>', input) {
        Some(end) => Ok((&input[end..], &input[..end])),
        None => Err(nom::Err::Error(nom::error::make_error(input, nom::error::ErrorKind::Char))),
    }
}

/// The name of a directive or section: the `<` before it and one `>` behind it are cut off.
fn push_name(sections: &mut Sections<'_>, line: &Line<'_>, first: Raw<'_>) {
    let inner = first.inner();
    let cut_start = usize::from(inner.starts_with(b"<"));
    let cut_end = usize::from(inner.len() > cut_start && inner.ends_with(b">"));
    let word = if cut_start + cut_end == 0 {
        tree_word(line, 0, first.bytes.len() as u32, first.flags)
    } else {
        let quote = usize::from(inner.len() != first.bytes.len());
        let start = quote + cut_start;
        let end = quote + inner.len() - cut_end;
        let escaped = if first.flags.has(WordFlags::ESCAPED) {
            WordFlags::ESCAPED
        } else {
            WordFlags::default()
        };
        tree_word(line, start as u32, end as u32, escaped)
    };
    sections.tree.words.push(word);
}

/// The words of `rest`, which stands at `start` in the line.
fn push_words(sections: &mut Sections<'_>, line: &Line<'_>, start: usize, rest: &[u8]) {
    let mut left = rest;
    while let Ok((after, word)) = word(left) {
        let from = start + rest.len() - left.len();
        let to = from + word.bytes.len();
        sections.tree.words.push(tree_word(line, from as u32, to as u32, word.flags));
        left = after;
    }
}

/// Flags the words that overlap a hole. Both are ascending.
fn flag_templated(tree: &mut Tree, holes: &[Span]) {
    let mut holes = holes.iter().peekable();
    for word in &mut tree.words {
        while holes.next_if(|hole| hole.end <= word.span.start).is_some() {}
        match holes.peek() {
            Some(hole) if hole.overlaps(word.span) => {
                word.flags = word.flags.with(WordFlags::TEMPLATED);
            }
            Some(_) => {}
            None => break,
        }
    }
}

/// Whether the body of a section is not made of directives: `mod_macro` keeps its lines for later, `mod_perl` and
/// `mod_lua` hand them to their interpreters.
fn is_foreign(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"Macro")
        || name.eq_ignore_ascii_case(b"Perl")
        || name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"Lua"))
}

/// Whether `first`, the first word of a line, ends the foreign section called `name`.
fn ends_foreign(first: &[u8], name: &[u8]) -> bool {
    let Some(rest) = first.strip_prefix(b"</") else { return false };
    rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && rest.get(name.len()) == Some(&b'>')
}

/// Whether a section of httpd's own modules has this name and stands with arguments.
fn takes_arguments(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 18] = [
        b"Directory",
        b"DirectoryMatch",
        b"Location",
        b"LocationMatch",
        b"Files",
        b"FilesMatch",
        b"VirtualHost",
        b"IfModule",
        b"IfDefine",
        b"IfVersion",
        b"IfFile",
        b"If",
        b"ElseIf",
        b"Limit",
        b"LimitExcept",
        b"Proxy",
        b"ProxyMatch",
        b"Macro",
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a section of httpd's own modules has this name.
fn is_section(name: &[u8]) -> bool {
    const BARE: [&[u8]; 4] = [b"RequireAll", b"RequireAny", b"RequireNone", b"Else"];
    takes_arguments(name) || BARE.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether httpd reads a section in one go (`ap_build_cont_config`) and knows its end only by the exact line `</X>`.
/// In a section that it skips (`ap_soak_end_container`) it looks at the first word only, as everywhere else.
#[must_use]
pub fn is_read_at_once(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 6] =
        [b"IfModule", b"IfDefine", b"IfVersion", b"IfFile", b"IfDirective", b"IfSection"];
    name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"If"))
        && NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The words of a logical line as `ap_getword_conf` takes them off, one after the other.
pub fn words(line: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut rest = line.trim_ascii_start();
    std::iter::from_fn(move || {
        let (after, word) = word(rest).ok()?;
        rest = after;
        Some(unescape(word.inner(), word.flags))
    })
}

/// The argument string of a directive as a `RAW_ARGS` directive gets it: from its first argument to the end of the
/// logical line. For a section, what stands before its last `>`.
#[must_use]
pub fn raw_arguments(tree: &Tree, id: NodeId) -> Span {
    let node = tree.node(id);
    match tree.args(id) {
        [] => Span::empty(node.head.end),
        [first, .., last] if node.is_block() => first.span.cover(last.span),
        [only] if node.is_block() => only.span,
        [first, ..] => Span::new(first.span.start, node.head.end),
    }
}

/// The text behind the last `>` of a section's line, which httpd does not look at; `None` when there is none.
#[must_use]
pub fn behind_section(tree: &Tree, id: NodeId, text: &[u8]) -> Option<Span> {
    let node = tree.node(id);
    let from = tree.words(id).last()?.span.end;
    let rest = Span::new(from, node.head.end);
    let behind = from + memrchr(b'>', rest.of(text))? as u32 + 1;
    let blanks = Span::new(behind, node.head.end)
        .of(text)
        .iter()
        .take_while(|&&byte| word::is_space(byte))
        .count() as u32;
    let span = Span::new(behind + blanks, node.head.end);
    (node.is_block() && !span.is_empty()).then_some(span)
}
