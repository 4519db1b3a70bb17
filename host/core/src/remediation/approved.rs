//! The permission to carry out one verb, once. It cannot be copied, kept or read from anywhere: gate code makes it from the
//! state that is committed, right before the verb.

use crate::verb::Order;

/// An order that every gate allows at this moment.
#[derive(Debug)]
pub struct Approved(Order);

impl Approved {
    pub(crate) const fn new(order: Order) -> Self {
        Self(order)
    }

    #[must_use]
    pub const fn order(&self) -> &Order {
        &self.0
    }
}
