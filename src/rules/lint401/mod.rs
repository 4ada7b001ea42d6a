//! The rules of `lint401`: about the comments that suppress findings, and about the contracts in lint401.toml.

mod contracts;

rules! {
    broken_contract
    suppression_without_reason
    undecided_contract
    unknown_suppression
    unused_suppression
}

/// Whether a comment that says `name` means a rule.
fn is_known(name: &str) -> bool {
    crate::rules::all().any(|rule| crate::config::suppressions::is_meant(name, rule.name))
}
