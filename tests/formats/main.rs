//! Every report format as its readers take it: real reports against published schemas, against the parsers of programs
//! that read them, and against the JSON report of the same run.

mod github;
mod json;
mod markdown;
mod report;
mod sarif;
mod validators;
mod xml;
