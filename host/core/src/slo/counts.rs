//! Arithmetic of sums. Sums grow for ever and may wrap: only differences of two are ever looked at, and those are exact
//! as long as one window holds fewer than 2^64, which `Shape::slot_max` sees to.

use super::Counts;

impl Counts {
    pub(crate) const ZERO: Self = Self { good: 0, total: 0 };

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self { good: self.good.wrapping_add(other.good), total: self.total.wrapping_add(other.total) }
    }

    pub(crate) const fn minus(self, other: Self) -> Self {
        Self { good: self.good.wrapping_sub(other.good), total: self.total.wrapping_sub(other.total) }
    }

    /// So many times; none for a negative number.
    pub(crate) const fn times(self, times: i64) -> Self {
        let times = if times < 0 { 0 } else { times.unsigned_abs() };
        Self { good: self.good.wrapping_mul(times), total: self.total.wrapping_mul(times) }
    }

    pub(crate) const fn is_zero(self) -> bool {
        self.total == 0
    }
}
