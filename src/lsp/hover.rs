//! What is told of the word under the pointer: a directive and the auth in effect there, or a rule.

use super::analysis::Analysis;
use super::auth::Auths;
use super::position::Encoding;
use crate::grammar::{apache, nginx};
use crate::report::visible;
use crate::rules;
use crate::source::{FileId, Span};
use crate::syntax::{Language, NodeId, NodeKind};
use gen_lsp_types::{Hover, MarkupContent, MarkupKind};
use std::fmt::Write;

/// Parts of the auth in effect that are told.
const PARTS: usize = 8;

/// Different readings that are told.
const READINGS: usize = 4;

pub(super) fn hover(
    analysis: &Analysis,
    file: FileId,
    offset: u32,
    encoding: Encoding,
) -> Option<Hover> {
    let (text, span) =
        rule(analysis, file, offset).or_else(|| directive(analysis, file, offset))?;
    let range = encoding.range(analysis.source(file), span);
    let contents = MarkupContent { kind: MarkupKind::Markdown, value: text };
    Some(Hover { contents: contents.into(), range: Some(range) })
}

/// The page of the rule that a comment names at `offset`.
fn rule(analysis: &Analysis, file: FileId, offset: u32) -> Option<(String, Span)> {
    let comment = analysis.comment_at(file, offset)?;
    let bytes = analysis.source(file).slice(comment);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'_');
    let at = (offset - comment.start) as usize;
    let before = bytes[..at].iter().rev().take_while(|&byte| is_name(byte)).count();
    let after = bytes[at..].iter().take_while(|&byte| is_name(byte)).count();
    let name = std::str::from_utf8(&bytes[at - before..at + after]).ok()?;
    let rule = rules::find(name)?;
    let span = Span::new(offset - before as u32, offset + after as u32);
    Some((rule.page.to_owned(), span))
}

/// What the directive at `offset` is, and what is asked of clients where it stands.
fn directive(analysis: &Analysis, file: FileId, offset: u32) -> Option<(String, Span)> {
    let tree = analysis.project.tree(file)?;
    let (id, _) = analysis.word_at(file, offset)?;
    let node = tree.node(id);
    if node.kind == NodeKind::Entry {
        return None;
    }
    let name = tree.name(id);
    let text = name.decode(tree.language, analysis.source(file).text());
    let mut out = match tree.language {
        Language::Nginx => of_nginx(&text),
        Language::Apache => of_apache(&text),
    }
    .unwrap_or_else(|| format!("**{}**", visible(&String::from_utf8_lossy(&text))));
    let blocks: Vec<NodeId> = std::iter::once(id).chain(tree.ancestors(id)).collect();
    let auths = Auths::of_file(analysis, file).at(file, &blocks);
    for (number, auth) in auths.iter().take(READINGS).enumerate() {
        let title = if number == 0 {
            "asked of clients here"
        } else {
            "or, where another file includes this one"
        };
        let _ = write!(out, "\n\n{title}: **{}**\n", code(&auth.summary));
        for (part, at) in auth.parts.iter().take(PARTS) {
            let _ = write!(out, "\n- {} at {}", code(part), analysis.link(*at));
        }
    }
    if auths.len() > READINGS {
        let _ = write!(out, "\n\nand {} more", auths.len() - READINGS);
    }
    Some((out, name.span))
}

/// `text` as code in Markdown, whatever it holds.
pub(super) fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    if longest == 0 { format!("{ticks}{text}{ticks}") } else { format!("{ticks} {text} {ticks}") }
}

fn of_nginx(name: &[u8]) -> Option<String> {
    let known = nginx::lookup(name)?;
    let mut out = format!("**{}**", known.name);
    let mut modules: Vec<&str> = Vec::new();
    for usage in known.usages {
        if modules.contains(&usage.module) {
            continue;
        }
        modules.push(usage.module);
        let _ = write!(out, "\n\n{} in {} (`{}`)", usage.args, usage.contexts, usage.module);
    }
    if known.is_core()
        && let Some(first) = known.usages.first()
    {
        let page = if first.module.starts_with("ngx_") { first.module } else { "ngx_core_module" };
        let _ = write!(
            out,
            "\n\n[nginx.org](https://nginx.org/en/docs/{}.html#{})",
            page_of(page),
            known.name
        );
    }
    Some(out)
}

/// The page of nginx's documentation that tells of a module.
fn page_of(module: &str) -> String {
    let folders = [("ngx_http_", "http"), ("ngx_stream_", "stream"), ("ngx_mail_", "mail")];
    let folder = folders.iter().find(|(start, _)| module.starts_with(start));
    folder.map_or_else(|| module.to_owned(), |(_, folder)| format!("{folder}/{module}"))
}

fn of_apache(name: &[u8]) -> Option<String> {
    let known = apache::lookup(name).or_else(|| apache::lookup_section(name))?;
    let title = if known.section { format!("<{}>", known.name) } else { known.name.to_owned() };
    let mut out = format!("**{}**", code(&title));
    for usage in known.usages {
        let places = places(usage.places);
        let htaccess = if usage.overrides == apache::Overrides::NONE { "" } else { ", .htaccess" };
        let _ = write!(out, "\n\n{} in {places}{htaccess} (`{}`)", usage.args, usage.module);
    }
    if known.is_core()
        && let Some(first) = known.usages.first()
    {
        let page = match first.module {
            "core_module" => "core".to_owned(),
            module => format!("mod_{}", module.strip_suffix("_module").unwrap_or(module)),
        };
        let anchor = known.name.to_ascii_lowercase();
        let _ = write!(
            out,
            "\n\n[httpd.apache.org](https://httpd.apache.org/docs/2.4/mod/{page}.html#{anchor})"
        );
    }
    Some(out)
}

/// `server config, virtual host`.
pub(super) fn places(places: apache::Places) -> String {
    let names = [
        (apache::Places::SERVER, "server config"),
        (apache::Places::VHOST, "virtual host"),
        (apache::Places::DIRECTORY, "directory"),
    ];
    let here = names.iter().filter(|(place, _)| places.meets(*place)).map(|&(_, name)| name);
    here.collect::<Vec<_>>().join(", ")
}
