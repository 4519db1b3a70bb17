//! The counts of a block as bytes: stretches of equal slots, each as its length, by how much its total differs from the
//! one before, and its bad events. Knows no table.

use tocsin_core::slo::Counts;

use crate::varint::{Malformed, put, take, unzigzag, zigzag};

/// Damage must not eat memory.
const SLOTS_MAX: usize = 65_536;

pub(super) fn encode(counts: &[Counts]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(counts.len());
    let (mut rest, mut total) = (counts, 0_u64);
    while let Some(first) = rest.first() {
        let equal = rest.iter().take_while(|counts| *counts == first).count();
        put(&mut bytes, equal as u64);
        put(&mut bytes, zigzag(first.total.wrapping_sub(total).cast_signed()));
        put(&mut bytes, first.bad());
        total = first.total;
        rest = rest.get(equal..).unwrap_or_default();
    }
    bytes
}

pub(super) fn decode(mut bytes: &[u8]) -> Result<Vec<Counts>, Malformed> {
    let (mut counts, mut total) = (Vec::new(), 0_u64);
    while !bytes.is_empty() {
        let equal = usize::try_from(take(&mut bytes)?).map_err(|_| Malformed)?;
        total = total.wrapping_add(unzigzag(take(&mut bytes)?).cast_unsigned());
        let good = total.checked_sub(take(&mut bytes)?).ok_or(Malformed)?;
        if counts.len().saturating_add(equal) > SLOTS_MAX {
            return Err(Malformed);
        }
        counts.extend(std::iter::repeat_n(Counts { good, total }, equal));
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(slots in proptest::collection::vec((0_u64..9, any::<u64>(), 1_usize..5), 0..40)) {
            let slots = slots.into_iter().flat_map(|(bad, total, equal)| {
                std::iter::repeat_n(Counts { good: total.saturating_sub(bad), total }, equal)
            });
            let counts: Vec<Counts> = slots.collect();
            prop_assert_eq!(decode(&encode(&counts)).unwrap(), counts);
        }

        #[test]
        fn noise_is_an_error_or_some_counts_but_never_a_panic(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
            drop(decode(&noise));
        }
    }

    #[test]
    fn a_steady_block_takes_a_few_bytes_and_a_lively_one_three_a_slot() {
        let steady = [Counts { good: 12, total: 12 }; 64];
        assert!(encode(&steady).len() <= 4);
        let lively: Vec<Counts> =
            (0..64).map(|slot| Counts { good: 900 + slot * 37 % 100, total: 1_000 + slot * 53 % 60 }).collect();
        assert!(encode(&lively).len() <= 64 * 4);
    }
}
