//! Refusals in logs for people: one line each with what it is due to, and below it what explains it.

use super::words;
use crate::config::Project;
use crate::logs::{Group, Logs, Why};
use crate::policy::answer::Handler;
use crate::report::text::{Paint, visible, wrap};
use crate::source::Location;
use std::io::{self, Write};

/// Writes what the logs say, in lines of `width` where words allow it.
pub fn full(
    project: &Project,
    logs: &Logs,
    color: bool,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page { project, paint: Paint(color), width, out };
    for group in &logs.attributed {
        page.group(group)?;
    }
    if !logs.unexplained.is_empty() {
        let title = page.paint.bold("not given by the configuration:");
        writeln!(page.out, "{title}\n")?;
        for group in &logs.unexplained {
            page.group(group)?;
        }
    }
    if !logs.reasons.is_empty() {
        let title = page.paint.bold("only in error logs:");
        writeln!(page.out, "{title} {}\n", listed(&logs.reasons))?;
    }
    page.end(logs)
}

struct Page<'p, 'o> {
    project: &'p Project,
    paint: Paint,
    width: usize,
    out: &'o mut dyn Write,
}

impl Page<'_, '_> {
    fn place(&self, at: Location) -> String {
        let at = self.project.sources.written(at);
        let file = self.project.sources.get(at.file);
        format!("{}:{}", visible(&file.name), file.position(at.span.start).line)
    }

    fn group(&mut self, group: &Group) -> io::Result<()> {
        let head = if group.count == 0 {
            format!("{} on {}", group.status, visible(&group.path))
        } else {
            format!("{} × {} on {}", group.count, group.status, visible(&group.path))
        };
        let why = self.why(group);
        let more = if group.more_clients { "+" } else { "" };
        let (head, text) = match group.clients {
            0 => (head + ":", why),
            1 if !group.more_clients => (head, format!("from 1 client: {why}")),
            many => (head, format!("from {many}{more} clients: {why}")),
        };
        let mut lines = wrap(&text, self.width, head.chars().count() + 1).into_iter();
        let title = self.paint.bold(&head);
        writeln!(self.out, "{title} {}", lines.next().unwrap_or_default())?;
        for line in lines {
            writeln!(self.out, "  {line}")?;
        }
        if !group.text.is_empty() {
            self.line("", &visible(&group.text))?;
        }
        for at in group.places.iter().take(3) {
            let cited = format!("{}  {}", self.place(*at), words(self.project, *at));
            writeln!(self.out, "    {}", self.paint.dim(&cited))?;
        }
        if let more @ 1.. = group.places.len().saturating_sub(3) {
            writeln!(self.out, "    {}", self.paint.dim(&format!("and {more} more places")))?;
        }
        if !group.reasons.is_empty() {
            self.line("error log: ", &listed(&group.reasons))?;
        }
        if group.paths.len() > 1 {
            let paths =
                group.paths.iter().map(|(path, count)| format!("{} ({count})", visible(path)));
            self.line("paths: ", &paths.collect::<Vec<_>>().join(", "))?;
        }
        if !group.top_clients.is_empty() {
            let clients = group.top_clients.iter();
            let clients = clients.map(|(address, count)| format!("{address} ({count})"));
            self.line("clients: ", &clients.collect::<Vec<_>>().join(", "))?;
        }
        writeln!(self.out)
    }

    fn line(&mut self, name: &str, text: &str) -> io::Result<()> {
        let used = name.chars().count();
        let name = self.paint.field(name);
        let mut lines = wrap(text, self.width.saturating_sub(4), used).into_iter();
        writeln!(self.out, "    {name}{}", lines.next().unwrap_or_default())?;
        for line in lines {
            writeln!(self.out, "    {line}")?;
        }
        Ok(())
    }

    /// `no credentials sent; OPTIONS preflight under auth_basic, conf.d/api.conf:9`.
    fn why(&self, group: &Group) -> String {
        let sent = match (group.status, group.has_user) {
            (401, false) => "no user sent",
            (401, true) => "the user that was sent is refused",
            (_, false) => "no user sent, and none asked for",
            (_, true) => "refused, whoever it is",
        };
        let what = if group.is_preflight { "OPTIONS preflight " } else { "" };
        let first = group.places.first();
        let place = first.map_or(String::new(), |at| format!(", {}", self.place(*at)));
        let name = first.map(|at| words(self.project, *at));
        let name = name.as_deref().and_then(|words| words.split_whitespace().next());
        let name = name.map_or(String::new(), |name| name.trim_start_matches('<').to_owned());
        // what tells them from others
        let also = match (group.is_preflight, group.has_user) {
            (true, _) => "OPTIONS preflight; ",
            (false, true) => "a user was sent; ",
            (false, false) => "",
        };
        match group.why {
            Why::Directive if first.is_some() => format!("{sent}; {what}under {name}{place}"),
            Why::Directive => format!("{sent}; {what}as the server does of its own accord"),
            Why::OneOf => format!("{sent}; {what}under one of {} directives", group.places.len()),
            Why::Elsewhere => {
                format!("{sent}; {what}under {name}, which asks what is not here{place}")
            }
            Why::Passed(Handler::File) => format!("{also}by now the file is served{place}"),
            Why::Passed(handler) => {
                format!(
                    "{also}it passes to its handler ({}), which answered{place}",
                    handler.name()
                )
            }
            Why::Otherwise(0) => format!("{also}by now it may be answered otherwise{place}"),
            Why::Otherwise(status) => format!("{also}by now it is answered {status}{place}"),
            Why::Nobody => format!("{also}no server of this configuration answers there"),
        }
    }

    /// What silence means.
    fn end(&mut self, logs: &Logs) -> io::Result<()> {
        let sum = |groups: &[Group]| groups.iter().map(|group| group.count).sum::<u64>();
        let bytes: u64 = logs.files.iter().map(|file| file.bytes).sum();
        let (given, open) = (sum(&logs.attributed), sum(&logs.unexplained));
        let mut notes = vec![
            format!("read {}, {}", files(logs.files.len()), size(bytes)),
            refusals(given + open + logs.lost),
            format!("{given} by the configuration"),
        ];
        if open > 0 {
            notes.push(format!("{open} not"));
        }
        if logs.by_folder > 0 {
            notes.push(format!(
                "{} of too many different paths, told by their folder",
                logs.by_folder
            ));
        }
        if logs.lost > 0 {
            notes.push(format!("{} of too many different folders, only counted", logs.lost));
        }
        if logs.odd_lines > 0 {
            notes.push(format!("{} not understood", lines(logs.odd_lines)));
        }
        if logs.long_lines > 0 {
            notes.push(format!("{} too long to be read", lines(logs.long_lines)));
        }
        if logs.servers_left_out > 0 {
            notes.push(format!(
                "no host in the log: {} servers were not asked",
                logs.servers_left_out
            ));
        }
        writeln!(self.out, "{}", notes.join(" · "))
    }
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

fn lines(count: u64) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}

fn refusals(count: u64) -> String {
    if count == 1 { "1 refusal".to_owned() } else { format!("{count} refusals") }
}

fn listed(reasons: &[(&'static str, u64)]) -> String {
    let listed = reasons.iter().map(|(reason, count)| format!("{reason} ({count})"));
    listed.collect::<Vec<_>>().join(", ")
}

/// `1.2 MB`.
fn size(bytes: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} bytes"),
    }
}
