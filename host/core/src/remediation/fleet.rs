//! What other nodes allow: one word, asked before a node spends what all of them share. A node that stands alone asks
//! itself. Knows nothing of how nodes speak with each other.

use crate::playbook::Rate;
use crate::remediation::ledger::Account;
use crate::time::Timestamp;

/// The limits that all nodes share.
pub trait Fleet {
    /// Whether one more repair may begin now, on any node, at this rate.
    fn word(&self, rate: Rate, now: Timestamp) -> Word;
}

/// What the fleet says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// With what is left, in a sentence.
    Allow(String),
    Hold {
        until: Timestamp,
        reason: String,
    },
    Refuse(String),
    /// Nobody could be asked: the share of others is not known, so nothing is taken of it.
    Unreachable(String),
}

/// The fleet of a node that stands alone: what it has spent itself is all that was spent.
#[derive(Clone, Copy, Debug)]
pub struct Alone<'a> {
    /// Under [`LedgerKey::Fleet`](crate::remediation::LedgerKey::Fleet).
    pub account: &'a Account,
}

impl Fleet for Alone<'_> {
    fn word(&self, rate: Rate, now: Timestamp) -> Word {
        match self.account.bucket.room(rate, now) {
            Ok(left) => Word::Allow(format!("the fleet is this node alone, {left}")),
            Err(wait) => match wait.until {
                Some(until) => Word::Hold { until, reason: wait.reason },
                None => Word::Refuse(wait.reason),
            },
        }
    }
}
