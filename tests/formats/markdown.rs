//! `markdown` as a parser of Markdown takes it: no link, no HTML and no heading but those of the format itself.

use super::report::all;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

#[test]
fn a_comment_holds_what_the_format_puts_there_and_nothing_else() {
    for run in all() {
        let text = run.text("markdown");
        assert!(text.len() < 65_536, "longer than a comment may be");
        let findings = run.findings();
        let (mut links, mut headings, mut opened, mut closed) = (0, 0, 0, 0);
        for event in Parser::new_ext(&text, Options::all()) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => {
                    links += 1;
                    assert!(dest_url.starts_with("https://docs.rs/crate/lint401/"), "{dest_url}");
                }
                Event::Start(Tag::Heading { .. }) => headings += 1,
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    assert_eq!(&*language, "diff");
                }
                Event::Start(
                    Tag::Image { .. }
                    | Tag::Table(_)
                    | Tag::BlockQuote(_)
                    | Tag::CodeBlock(_)
                    | Tag::FootnoteDefinition(_)
                    | Tag::Strikethrough
                    | Tag::Emphasis,
                ) => panic!("{event:?}"),
                Event::InlineMath(_)
                | Event::DisplayMath(_)
                | Event::Rule
                | Event::TaskListMarker(_) => {
                    panic!("{event:?}")
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    opened += html.matches("<details>").count();
                    closed += html.matches("</details>").count();
                    let known = [
                        "<details>",
                        "</details>",
                        "<summary>",
                        "</summary>",
                        "<br>",
                        "<sub>",
                        "</sub>",
                    ];
                    let rest =
                        known.iter().fold(html.to_string(), |rest, tag| rest.replace(tag, ""));
                    assert!(!rest.contains('<'), "{html}");
                }
                Event::End(TagEnd::Heading(_)) => assert_eq!(headings, 1),
                _ => {}
            }
        }
        assert_eq!(opened, closed, "what is folded ends");
        assert_eq!(headings, 1);
        let left_out =
            text.lines().find_map(|line| line.strip_prefix("… and ")?.strip_suffix(" more"));
        let left_out = left_out.map_or(0, |count| count.parse().expect("a figure"));
        assert_eq!(links + left_out, findings.len());
    }
}
