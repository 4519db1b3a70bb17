//! What the configuration says of incidents. Knows nothing of files.

/// The defaults are those of a node whose configuration says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {}
