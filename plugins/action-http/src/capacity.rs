//! What healthy peers can carry together, without the one that is to be left out. An amount that is not known is no amount
//! to count on.

use tocsin_sdk::actions::NoPlan;
use tocsin_sdk::serde_json::Value;

use crate::decimal::Decimal;
use crate::list::{self, Where};
use crate::values::Values;

/// The peers, and what they must be able to carry.
#[tocsin_sdk::config]
pub(crate) struct Capacity {
    /// The name of the read whose answer lists the peers.
    pub(crate) read: String,
    /// A JSON pointer to the list: `/backends`; left out: the answer itself.
    #[serde(default)]
    pub(crate) list: String,
    /// Which of them are healthy.
    pub(crate) healthy: Where,
    /// The one that is to be left out, which must be among them.
    pub(crate) except: Where,
    /// A JSON pointer within a peer to what it can carry: `/capacity`; left out: each counts one.
    pub(crate) amount: Option<String>,
    /// What the healthy others must be able to carry together.
    pub(crate) floor: Decimal,
}

/// Works out `{capacity.left}`, or says why too little would be left.
pub(crate) fn check(capacity: &Capacity, values: &mut Values<'_>) -> Result<(), NoPlan> {
    let except = capacity.except.filled(values)?;
    let healthy = capacity.healthy.filled(values)?;
    let peers = list::items(values, &capacity.read, &capacity.list)?;
    if !peers.iter().any(|peer| except.holds(peer)) {
        return Err(NoPlan::because(format!(
            "none of the {} peers of {} has {} at `{}`: the one to leave out is not known",
            peers.len(),
            capacity.read,
            except.equals,
            except.pointer
        )));
    }
    let mut left = Decimal::default();
    let mut count = 0;
    for peer in peers.iter().filter(|peer| healthy.holds(peer) && !except.holds(peer)) {
        left = left.plus(amount(capacity, peer)?);
        count += 1;
    }
    if count == 0 || left < capacity.floor {
        return Err(NoPlan::because(format!(
            "too little would be left: {count} healthy peers carry {left}, and the floor is {}",
            capacity.floor
        )));
    }
    values.know("capacity.left".into(), Value::String(left.to_string()));
    Ok(())
}

fn amount(capacity: &Capacity, peer: &Value) -> Result<Decimal, NoPlan> {
    let Some(pointer) = &capacity.amount else { return Ok(Decimal::ONE) };
    peer.pointer(pointer).and_then(Decimal::of).ok_or_else(|| {
        NoPlan::because(format!(
            "a healthy peer of {} has no number at `{pointer}`: what is left is not known",
            capacity.read
        ))
    })
}
