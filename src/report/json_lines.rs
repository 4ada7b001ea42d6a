//! One JSON object a finding, each on a line of its own.

use super::Report;
use std::io::{self, Write};

pub(super) fn write(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    report
        .outcome
        .findings
        .iter()
        .try_for_each(|reported| super::json::write_line(report, reported, out))
}
