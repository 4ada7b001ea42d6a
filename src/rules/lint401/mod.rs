//! The rules of `lint401`: about the comments that suppress findings.

rules! {
    suppression_without_reason
    unknown_suppression
    unused_suppression
}

/// Whether there is a rule of this name, whole or without what stands before the slash.
fn is_known(name: &str) -> bool {
    crate::rules::all().any(|rule| {
        rule.name == name || rule.name.split_once('/').is_some_and(|(_, short)| short == name)
    })
}
