//! A configuration as a tree, so that parts can be taken out of it again.

/// A directive, or a block with what stands in it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) words: String,
    pub(crate) inner: Option<Vec<Node>>,
}

/// A directive without a block.
pub(crate) fn line(words: impl Into<String>) -> Node {
    Node { words: words.into(), inner: None }
}

/// A block.
pub(crate) fn block(words: impl Into<String>, inner: Vec<Node>) -> Node {
    Node { words: words.into(), inner: Some(inner) }
}

impl Node {
    /// The first word.
    pub(crate) fn name(&self) -> &str {
        self.words.split(' ').next().unwrap_or_default()
    }
}
