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
    print(|out| clap_mangen::Man::new(Args::command()).render(&mut { out }))?;
    Ok(Status::Clean)
}
