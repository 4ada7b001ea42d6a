//! What can be typed: the directives that may stand at a place, and the names of rules in a comment of lint401's.

use super::analysis::Analysis;
use super::hover::places;
use super::position::Encoding;
use crate::config::nginx as config_nginx;
use crate::grammar::apache::{self, Overrides, Places};
use crate::grammar::nginx::{self, Body, Contexts};
use crate::rules;
use crate::source::{FileId, Span};
use crate::syntax::{Language, NodeId, Tree};
use gen_lsp_types::{
    CompletionItem, CompletionItemKind, Documentation, InsertTextFormat, MarkupContent, MarkupKind,
    TextEdit,
};

pub(super) fn completion(
    analysis: &Analysis,
    file: FileId,
    offset: u32,
    encoding: Encoding,
    snippets: bool,
) -> Vec<CompletionItem> {
    let source = analysis.source(file);
    let lines = source.lines();
    let start = lines.start(lines.line(offset));
    let before = Span::new(start, offset).of(source.bytes());
    if before.contains(&b'#') {
        return rule_names(analysis, file, before, offset, encoding);
    }
    let Some(tree) = analysis.project.tree(file) else { return Vec::new() };
    // a name stands first on its line, or behind what ends a directive
    let word = match tree.language {
        Language::Nginx => behind(before, |byte| matches!(byte, b';' | b'{' | b'}')),
        Language::Apache => before,
    };
    let word = word.trim_ascii_start();
    let (word, opens) = match (tree.language, word.strip_prefix(b"<")) {
        (Language::Apache, Some(rest)) => (rest, true),
        _ => (word, false),
    };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !word.iter().all(is_name) {
        return Vec::new();
    }
    let replaced = Span::new(offset - word.len() as u32, offset);
    let range = encoding.range(source, replaced);
    let block = analysis.block_at(file, replaced.start);
    let items = match tree.language {
        Language::Nginx => of_nginx(analysis, file, block, snippets),
        Language::Apache => of_apache(analysis, file, tree, block, opens),
    };
    items
        .into_iter()
        .map(|mut item| {
            let new_text = item.insert_text.take().unwrap_or_else(|| item.label.clone());
            item.text_edit = Some(TextEdit { range, new_text }.into());
            item
        })
        .collect()
}

/// What stands behind the last byte that `ends` something.
fn behind(text: &[u8], ends: impl Fn(&u8) -> bool) -> &[u8] {
    text.iter().rposition(ends).map_or(text, |at| &text[at + 1..])
}

fn item(label: &str, kind: CompletionItemKind, detail: String, text: &str) -> CompletionItem {
    let markup = MarkupContent { kind: MarkupKind::Markdown, value: text.to_owned() };
    CompletionItem {
        label: label.to_owned(),
        kind: Some(kind),
        detail: Some(detail),
        documentation: Some(Documentation::MarkupContent(markup)),
        ..CompletionItem::default()
    }
}

fn of_nginx(
    analysis: &Analysis,
    file: FileId,
    block: Option<NodeId>,
    snippets: bool,
) -> Vec<CompletionItem> {
    let contexts = nginx_contexts(analysis, file, block);
    let known = nginx::all().iter().filter(|known| known.contexts().meets(contexts));
    known
        .filter_map(|known| {
            let usage = known.usages_in(contexts).next()?;
            let detail = format!("{}, {}", usage.args, usage.module);
            let mut item = item(
                known.name,
                if usage.body.is_block() {
                    CompletionItemKind::Module
                } else {
                    CompletionItemKind::Property
                },
                detail,
                &format!("in {}", usage.contexts),
            );
            if snippets {
                item.insert_text_format = Some(InsertTextFormat::Snippet);
                item.insert_text = Some(match (usage.body, usage.args.most()) {
                    (Body::None, Some(0)) => format!("{};", known.name),
                    (Body::None, _) => format!("{} $1;", known.name),
                    (_, Some(0)) => format!("{} {{\n\t$0\n}}", known.name),
                    _ => format!("{} $1 {{\n\t$0\n}}", known.name),
                });
            }
            Some(item)
        })
        .collect()
}

/// Where the directives in `block` stand, or those at the top of `file`, in any reading of it.
fn nginx_contexts(analysis: &Analysis, file: FileId, block: Option<NodeId>) -> Contexts {
    let project = &analysis.project;
    let mut all = Contexts::NONE;
    for data in &project.nginx {
        let Some(known) = data.files.iter().find(|known| known.file == file) else { continue };
        let site = config_nginx::Site { project, data };
        for &inclusion in &known.inclusions {
            all = all.or(match block {
                None => data.inclusions[inclusion.index()].contexts,
                Some(id) => {
                    let block = config_nginx::Directive { site, inclusion, id };
                    config_nginx::inside(block.known(), block.contexts())
                }
            });
        }
    }
    if all.is_none() { Contexts::ANY } else { all }
}

fn of_apache(
    analysis: &Analysis,
    file: FileId,
    tree: &Tree,
    block: Option<NodeId>,
    opens: bool,
) -> Vec<CompletionItem> {
    let project = &analysis.project;
    let text = analysis.source(file).text();
    let is_htaccess = project.apache.iter().any(|data| {
        crate::config::apache::Site { project, data }.is_htaccess(file)
            || data.main == file && data.form == crate::config::apache::Form::Htaccess
    });
    // conditional sections and containers of Require change nothing about the place
    let mut blocks = block.into_iter().chain(block.into_iter().flat_map(|id| tree.ancestors(id)));
    let place = blocks.find_map(|id| {
        let name = tree.name(id).decode(tree.language, text).to_ascii_lowercase();
        match name.as_slice() {
            b"virtualhost" => Some(Places::VHOST),
            b"proxy" | b"proxymatch" => Some(Places::PROXY.or(Places::DIRECTORY)),
            b"directory" | b"directorymatch" | b"location" | b"locationmatch" | b"files"
            | b"filesmatch" | b"if" | b"elseif" | b"else" | b"limit" | b"limitexcept" => {
                Some(Places::DIRECTORY)
            }
            _ => None,
        }
    });
    let may_stand = |known: &apache::Directive| {
        if is_htaccess {
            return known.overrides() != Overrides::NONE;
        }
        known.places().meets(place.unwrap_or(Places::SERVER.or(Places::VHOST)))
    };
    let known = apache::all().iter().filter(|known| known.section == opens && may_stand(known));
    known
        .filter_map(|known| {
            let usage = known.usages.first()?;
            let kind =
                if opens { CompletionItemKind::Module } else { CompletionItemKind::Property };
            let detail = format!("{}, {}", usage.args, usage.module);
            Some(item(known.name, kind, detail, &format!("in {}", places(known.places()))))
        })
        .collect()
}

/// Rules, between the brackets of `# lint401: ignore[…]`; otherwise what such a comment begins with.
fn rule_names(
    analysis: &Analysis,
    file: FileId,
    before: &[u8],
    offset: u32,
    encoding: Encoding,
) -> Vec<CompletionItem> {
    let text = String::from_utf8_lossy(before);
    let Some((_, comment)) = text.split_once('#') else { return Vec::new() };
    let Some(rest) = comment.trim_start().strip_prefix("lint401:") else { return Vec::new() };
    let Some((word, list)) = rest.split_once('[') else { return Vec::new() };
    if !matches!(word.trim(), "ignore" | "ignore-file") || list.contains(']') {
        return Vec::new();
    }
    let typed = list.rsplit([',', ' ']).next().unwrap_or_default();
    let range =
        encoding.range(analysis.source(file), Span::new(offset - typed.len() as u32, offset));
    rules::all()
        .map(|rule| {
            let mut item =
                item(rule.name, CompletionItemKind::EnumMember, rule.summary.to_owned(), rule.page);
            item.text_edit = Some(TextEdit { range, new_text: rule.name.to_owned() }.into());
            item
        })
        .collect()
}
