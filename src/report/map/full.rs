//! The map for people: a table a server, or for all servers whose places are alike.

use super::Atlas;
use super::fold::{Group, Row, fold};
use crate::map::Access;
use crate::report::text::{Paint, visible};
use std::io::{self, Write};

/// Names of servers in one head, and of places in one row.
const NAMED: usize = 3;

/// Writes the map for people, in lines of about `width`.
pub fn full(atlas: Atlas<'_>, color: bool, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let groups = fold(atlas);
    let mut table = Table { atlas, paint: Paint(color), width, out };
    for group in &groups {
        table.group(group)?;
    }
    table.end(&groups)
}

struct Table<'a, 'o> {
    atlas: Atlas<'a>,
    paint: Paint,
    width: usize,
    out: &'o mut dyn Write,
}

impl Table<'_, '_> {
    fn group(&mut self, group: &Group) -> io::Result<()> {
        let title = self.paint.bold(&several(&group.servers, NAMED, "servers"));
        let place = group
            .at
            .map_or(String::new(), |at| format!("  {}", super::place(self.atlas.project, at)));
        writeln!(self.out, "{title}{}", self.paint.dim(&place))?;
        let cells: Vec<[String; 3]> = group.rows.iter().map(Self::cells).collect();
        let widest = |column: usize, most: usize| {
            cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0).min(most)
        };
        let (first, second) = (widest(0, self.width / 2), widest(1, 16));
        for (row, [title, answer, who]) in group.rows.iter().zip(&cells) {
            let answer = self.paint.wrap(tint(row.access), answer)
                + &" ".repeat(second.saturating_sub(answer.chars().count()));
            let line = format!("  {title:first$}  {answer}  {who}");
            writeln!(self.out, "{}", line.trim_end())?;
            if let Some(at) = row.at {
                let cited =
                    format!("{}  {}", super::place(self.atlas.project, at), visible(&row.decided));
                writeln!(self.out, "  {:first$}  {}", "", self.paint.dim(&cited))?;
            }
        }
        writeln!(self.out)
    }

    fn cells(row: &Row) -> [String; 3] {
        let mut title = several(&row.titles, NAMED, "places");
        if !row.methods.is_empty() {
            title = format!("{title}  [{}]", row.methods);
        }
        [title, row.anonymous.clone(), visible(&row.who).into_owned()]
    }

    /// How much that is.
    fn end(&mut self, groups: &[Group]) -> io::Result<()> {
        let mut counts = [0usize; Access::ALL.len()];
        let mut places = 0;
        for (_, entry) in self.atlas.entries() {
            places += 1;
            let access = entry.access();
            if let Some(at) = Access::ALL.iter().position(|kind| Some(*kind) == access) {
                counts[at] += 1;
            }
        }
        let told: Vec<String> = counts
            .iter()
            .zip(Access::ALL)
            .filter(|(count, _)| **count > 0)
            .map(|(count, access)| format!("{count} {}", told(access)))
            .collect();
        let servers: usize = groups.iter().map(|group| group.servers.len()).sum();
        let line = format!(
            "{servers} {}, {places} {}; to strangers {}",
            if servers == 1 { "server" } else { "servers" },
            if places == 1 { "place" } else { "places" },
            if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
        );
        writeln!(self.out, "{}", self.paint.dim(&line))
    }
}

/// The first few of `names`, and how many there are.
pub(super) fn several(names: &[String], most: usize, what: &str) -> String {
    let shown: Vec<_> = names.iter().take(most).map(|name| visible(name)).collect();
    let shown = shown.join(", ");
    if names.len() > most { format!("{shown} … ({} {what})", names.len()) } else { shown }
}

/// What places of this kind do to strangers.
fn told(access: Access) -> &'static str {
    match access {
        Access::Open => "open",
        Access::Depends => "depending",
        Access::Login => "asking for a login",
        Access::Refused => "closed",
        Access::Nothing => "with nothing to get",
        Access::Fails => "failing",
    }
}

/// The colour of what a stranger gets.
fn tint(access: Option<Access>) -> &'static str {
    match access {
        Some(Access::Open) => "32",
        Some(Access::Login) => "33",
        Some(Access::Refused) => "31",
        Some(Access::Fails) => "1;31",
        Some(Access::Depends) => "36",
        Some(Access::Nothing) | None => "2",
    }
}
