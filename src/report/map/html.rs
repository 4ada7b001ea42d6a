//! The map as one page that needs nothing else: it works from a file, without a network, and without its script, which only
//! finds things. Whatever the configuration says is text.

use super::Atlas;
use super::fold::{Group, Row, fold};
use super::full::several;
use crate::map::{Access, METHODS};
use crate::policy::answer::Prediction;
use crate::policy::request::Request;
use crate::report::text::visible;
use crate::report::trace::{self, Trace};
use crate::report::xml::markup;
use std::borrow::Cow;
use std::io::{self, Write};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Rows whose stories are told; a page with more of them opens in no browser.
const STORIES: usize = 5000;

/// Names of servers in a head, and of places in a row; the rest is folded.
const NAMED: usize = 4;

/// The characters in a line of a story.
const WIDTH: usize = 96;

/// Tells the story of a request to the configuration with this number.
pub type Tell<'a> = dyn Fn(usize, &Request) -> Prediction + 'a;

/// Writes the page. `tell` makes the stories that its lines open.
pub fn html(atlas: Atlas<'_>, tell: &Tell<'_>, out: &mut dyn Write) -> io::Result<()> {
    let groups = fold(atlas);
    let rows: usize = groups.iter().map(|group| group.rows.len()).sum();
    let servers: usize = groups.iter().map(|group| group.servers.len()).sum();
    let places = atlas.entries().count();
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <title>lint401 map</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>Who gets in</h1>\n\
         <p>{servers} {}, {places} {}: what each of them gives to a stranger, and to whom it opens. A line opens the story of its request.</p>\n</header>\n",
        if servers == 1 { "server" } else { "servers" },
        if places == 1 { "place" } else { "places" },
    )?;
    form(out)?;
    out.write_all(b"<main>\n")?;
    let mut page = Page { atlas, tell, told: 0, out };
    for (number, group) in groups.iter().enumerate() {
        page.group(number, group)?;
    }
    if rows == 0 {
        page.out.write_all(b"<p>No place is like that.</p>\n")?;
    }
    write!(out, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n")
}

/// What is looked for. Without its script it would do nothing, and is not shown.
fn form(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(
        b"<form hidden role=\"search\">\n<input type=\"search\" aria-label=\"Find\" placeholder=\"Find servers, paths, directives (press /)\" autocomplete=\"off\" spellcheck=\"false\">\n",
    )?;
    for access in Access::ALL.map(Some).into_iter().chain([None]) {
        let (class, name) = kind(access);
        writeln!(
            out,
            "<label class=\"kind {class}\"><input type=\"checkbox\" value=\"{class}\" checked><span class=\"answer\">{name}</span></label>"
        )?;
    }
    out.write_all(b"<output aria-live=\"polite\"></output>\n</form>\n")
}

/// What a stranger gets, as a class of the style sheet and in words.
fn kind(access: Option<Access>) -> (&'static str, &'static str) {
    match access {
        Some(Access::Open) => ("open", "open"),
        Some(Access::Depends) => ("depends", "depends"),
        Some(Access::Login) => ("login", "login"),
        Some(Access::Refused) => ("refused", "refused"),
        Some(Access::Nothing) => ("nothing", "nothing there"),
        Some(Access::Fails) => ("fails", "fails"),
        None => ("unreached", "not reached"),
    }
}

struct Page<'a, 'o> {
    atlas: Atlas<'a>,
    tell: &'a Tell<'a>,
    /// Stories so far.
    told: usize,
    out: &'o mut dyn Write,
}

impl Page<'_, '_> {
    fn group(&mut self, number: usize, group: &Group) -> io::Result<()> {
        let place = group.at.map_or(String::new(), |at| super::place(self.atlas.project, at));
        writeln!(
            self.out,
            "<section data-names=\"{}\">\n<h2>{} <small>{}</small></h2>",
            escaped(&group.servers.join(" ")),
            escaped(&several(&group.servers, NAMED, "servers")),
            escaped(&place)
        )?;
        if group.servers.len() > NAMED {
            writeln!(
                self.out,
                "<details class=\"names\"><summary>all of them</summary>{}</details>",
                escaped(&group.servers.join(", "))
            )?;
        }
        self.out.write_all(b"<div class=\"strip\">\n")?;
        for (at, row) in group.rows.iter().enumerate() {
            let (class, _) = kind(row.access);
            for title in &row.titles {
                let text = format!("{title}: {}", row.anonymous);
                let text = escaped(&text);
                writeln!(
                    self.out,
                    "<a class=\"tile {class}\" href=\"#g{number}r{at}\" title=\"{text}\" aria-label=\"{text}\"></a>"
                )?;
            }
        }
        self.out.write_all(b"</div>\n")?;
        for (at, row) in group.rows.iter().enumerate() {
            self.row(&format!("g{number}r{at}"), row)?;
        }
        self.out.write_all(b"</section>\n")
    }

    fn row(&mut self, id: &str, row: &Row) -> io::Result<()> {
        let (class, _) = kind(row.access);
        let methods =
            if row.methods.is_empty() { String::new() } else { format!(" [{}]", row.methods) };
        let titles = several(&row.titles, NAMED, "places") + &methods;
        writeln!(
            self.out,
            "<details class=\"row {class}\" id=\"{id}\" data-kind=\"{class}\">\n<summary><span class=\"answer\">{}</span><span class=\"mono\">{}</span><span class=\"who\">{}</span></summary>\n<div class=\"more\">",
            escaped(&row.anonymous),
            escaped(&titles),
            escaped(&row.who)
        )?;
        if row.titles.len() > NAMED {
            writeln!(self.out, "<p class=\"mono\">{}</p>", escaped(&row.titles.join(", ")))?;
        }
        if let Some(at) = row.at {
            let place = super::place(self.atlas.project, at);
            writeln!(
                self.out,
                "<p>decided by <code>{}</code> ({})</p>",
                escaped(&row.decided),
                escaped(&place)
            )?;
        }
        let (map, entry) = row.first;
        let known = &self.atlas.maps[map];
        let entry = &known.entries[entry];
        if let Some(witness) = &known.spots[entry.spot].witness
            && self.told < STORIES
        {
            self.told += 1;
            let method = entry.methods.first().copied().unwrap_or(METHODS[0]);
            let request = Request { method: method.as_bytes().to_vec(), ..witness.clone() };
            let story = self.story(map, &request)?;
            writeln!(self.out, "<pre>{}</pre>", escaped(&story))?;
        }
        self.out.write_all(b"</div>\n</details>\n")
    }

    /// The story of a request as `trace` tells it.
    fn story(&self, map: usize, request: &Request) -> io::Result<String> {
        let Atlas { project, mask, .. } = self.atlas;
        let prediction = (self.tell)(map, request);
        let url = request.url();
        let trace = Trace { project, mask, url: &url, request, prediction: &prediction };
        let mut text = Vec::new();
        trace::full(trace, false, WIDTH, &mut text)?;
        Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
    }
}

/// `text` as text of HTML, in an attribute as well.
fn escaped(text: &str) -> Cow<'_, str> {
    let is_special = |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'');
    if !text.contains(is_special) && text.lines().count() <= 1 {
        return visible(text);
    }
    // HTML 4 does not know `&apos;`
    Cow::Owned(markup(text, "&#39;", "\n"))
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_is_text() {
        assert_eq!(
            escaped("</script><b a='x' c=\"y\">&"),
            "&lt;/script&gt;&lt;b a=&#39;x&#39; c=&quot;y&quot;&gt;&amp;"
        );
        assert_eq!(escaped("a\u{202e}b\n<c>"), "a\\u{202e}b\n&lt;c&gt;");
    }
}
