//! The map as Markdown: a table a server, or for all servers whose places are alike. What a configuration says is shown as
//! text.

use super::Atlas;
use super::fold::fold;
use super::full::several;
use crate::report::markdown::{code, prose};
use std::io::{self, Write};

/// Names of servers in a head, and of places in a row.
const NAMED: usize = 5;

/// Writes the map as Markdown.
pub fn markdown(atlas: Atlas<'_>, out: &mut dyn Write) -> io::Result<()> {
    for group in fold(atlas) {
        writeln!(out, "### {}\n", prose(&several(&group.servers, NAMED, "servers")))?;
        if let Some(at) = group.at {
            writeln!(out, "{}\n", code(&super::place(atlas.project, at)))?;
        }
        writeln!(out, "| place | a stranger gets | who gets in | decided by |\n|---|---|---|---|")?;
        for row in &group.rows {
            let titles: Vec<String> = row.titles.iter().take(NAMED).map(|it| cell(it)).collect();
            let more = row.titles.len().saturating_sub(NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let methods =
                if row.methods.is_empty() { String::new() } else { format!(" ({})", row.methods) };
            let decided = row.at.map_or(String::new(), |at| {
                format!("{} {}", cell(&row.decided), cell(&super::place(atlas.project, at)))
            });
            writeln!(
                out,
                "| {}{more}{methods} | {} | {} | {decided} |",
                titles.join(", "),
                row.anonymous,
                prose(&row.who)
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// `text` as code in a cell of a table, where a bar would end the cell.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}
