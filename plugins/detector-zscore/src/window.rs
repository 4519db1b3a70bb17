//! The last values of one series, with their mean and deviation.

use std::collections::VecDeque;

/// A rolling window. Values are kept as `f32`: a detector needs no more, and the snapshot is half as large.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Window {
    values: VecDeque<f32>,
    /// How many values in a row were anomalies.
    pub(crate) out_in_a_row: u16,
    /// How many runs in a row had no value.
    pub(crate) missing: u16,
}

impl Window {
    pub(crate) fn new(values: impl IntoIterator<Item = f32>, out_in_a_row: u16, missing: u16) -> Self {
        Self { values: values.into_iter().collect(), out_in_a_row, missing }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = f32> + '_ {
        self.values.iter().copied()
    }

    /// Adds a value and forgets the oldest ones above `max`.
    #[expect(clippy::cast_possible_truncation, reason = "clamped; seven digits are enough for a mean and a deviation")]
    pub(crate) fn push(&mut self, value: f64, max: u16) {
        self.values.push_back(value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32);
        while self.values.len() > usize::from(max) {
            self.values.pop_front();
        }
    }

    /// In two passes: the one-pass formula loses all its digits for large values that vary little.
    #[expect(clippy::cast_precision_loss, reason = "a window has at most 65,535 values")]
    pub(crate) fn mean_and_deviation(&self) -> (f64, f64) {
        let count = self.values.len().max(1) as f64;
        let mean = self.values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
        let squares = self.values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>();
        (mean, (squares / (count - 1.0).max(1.0)).sqrt())
    }
}
