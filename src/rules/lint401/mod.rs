//! The rules of `lint401`: about the comments that suppress findings.

rules! {
    suppression_without_reason
    unknown_suppression
    unused_suppression
}

/// Whether a comment that says `name` means a rule.
fn is_known(name: &str) -> bool {
    crate::rules::all().any(|rule| crate::config::suppressions::is_meant(name, rule.name))
}
