//! `lint401 completions SHELL` and `lint401 man`: what packages install beside the binary.

use super::args::{Args, CompletionsArgs};
use super::{Failure, Status, print};
use clap::CommandFactory;

pub(super) fn completions(args: &CompletionsArgs) -> Result<Status, Failure> {
    // clap_complete panics where it cannot write, so it writes to memory
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), env!("CARGO_PKG_NAME"), &mut text);
    print(|out| out.write_all(&text))?;
    Ok(Status::Clean)
}

pub(super) fn man() -> Result<Status, Failure> {
    let mut command = Args::command();
    command.build();
    let mut page = Vec::new();
    let in_memory = |error| Failure::new(format!("the manual page: {error}"));
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(in_memory)?;
    // one page for all commands: the flags of each under a heading of its own
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        let mut flags = Vec::new();
        let man = clap_mangen::Man::new(command.clone());
        man.render_options_section(&mut flags).map_err(in_memory)?;
        let flags = String::from_utf8_lossy(&flags);
        let heading = format!(".SH \"OPTIONS OF {}\"", command.get_name().to_uppercase());
        page.extend_from_slice(flags.replacen(".SH OPTIONS", &heading, 1).as_bytes());
    }
    print(|out| out.write_all(&page))?;
    Ok(Status::Clean)
}
