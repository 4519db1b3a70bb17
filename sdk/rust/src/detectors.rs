//! What a detector is given and returns: a batch of samples and the last snapshot in, anomalies and the next snapshot out.

pub use crate::bindings::detector::{Anomaly, AnomalyKind, Input, Output, Series};

impl Output {
    /// Nothing strange, with the snapshot to carry on from.
    #[must_use]
    pub const fn quiet(snapshot: Vec<u8>) -> Self {
        Self { anomalies: Vec::new(), snapshot, warm: true }
    }
}
