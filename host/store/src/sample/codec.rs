//! Points as bytes: series by series in order, times as differences of differences, values as differences of bits,
//! byte by byte, under zstd. Knows no table.

use tocsin_core::anomaly::Sample;
use tocsin_core::time::Timestamp;

use super::Point;
use crate::varint::{self, low_byte, put, take, unzigzag, zigzag};

/// Written for a sample without a value; what was accepted is finite.
const NO_VALUE: u64 = 0x7FF8_0000_0000_0001;
const VALUE_BYTES: usize = 8;

/// Damaged or foreign bytes.
#[derive(Debug, thiserror::Error)]
#[error("a block of samples ends early or counts wrongly")]
pub(super) struct Malformed;

impl From<varint::Malformed> for Malformed {
    fn from(_: varint::Malformed) -> Self {
        Self
    }
}

/// Puts the points in order, and writes them.
pub(super) fn encode(points: &mut [Point]) -> Vec<u8> {
    points.sort_by_key(|point| (point.series, point.sample.at));
    let mut head = Vec::with_capacity(points.len().saturating_mul(2));
    let mut bits = Vec::with_capacity(points.len());
    put(&mut head, points.len() as u64);
    let (mut series, mut series_before) = (points, 0_u32);
    while let Some(first) = series.first() {
        let id = first.series;
        let (run, rest) = series.split_at_mut(series.iter().take_while(|point| point.series == id).count());
        put(&mut head, u64::from(id - series_before));
        put(&mut head, run.len() as u64);
        encode_run(run, &mut head, &mut bits);
        (series, series_before) = (rest, id);
    }
    // Neighbouring values share their upper bytes: side by side, they pack to next to nothing.
    head.reserve(bits.len() * VALUE_BYTES);
    for shift in (0..u64::BITS).step_by(8).rev() {
        head.extend(bits.iter().map(|bits| low_byte(bits >> shift)));
    }
    head
}

fn encode_run(run: &[Point], head: &mut Vec<u8>, bits: &mut Vec<u64>) {
    let (mut at, mut step, mut value) = (0_i64, 0_i64, 0_u64);
    for point in run {
        let next = point.sample.at.as_millis();
        let next_step = next.wrapping_sub(at);
        put(head, zigzag(next_step.wrapping_sub(step)));
        let next_value = point.sample.value.map_or(NO_VALUE, f64::to_bits);
        bits.push(next_value ^ value);
        (at, step, value) = (next, next_step, next_value);
    }
}

/// Calls `each` for every point of the wanted series (all, where none is named).
pub(super) fn decode(bytes: &[u8], wanted: Option<u32>, mut each: impl FnMut(Point)) -> Result<(), Malformed> {
    let mut head = bytes;
    let total = usize::try_from(take(&mut head)?).map_err(|_| Malformed)?;
    let planes_bytes = total.checked_mul(VALUE_BYTES).filter(|size| *size <= bytes.len()).ok_or(Malformed)?;
    let planes = bytes.get(bytes.len() - planes_bytes..).ok_or(Malformed)?;
    let (mut series, mut index) = (0_u32, 0_usize);
    while index < total {
        series = u32::try_from(take(&mut head)?).ok().and_then(|delta| series.checked_add(delta)).ok_or(Malformed)?;
        let count = usize::try_from(take(&mut head)?).map_err(|_| Malformed)?;
        let end = index.checked_add(count).filter(|end| *end <= total && count > 0).ok_or(Malformed)?;
        let is_wanted = wanted.is_none_or(|wanted| wanted == series);
        let (mut at, mut step, mut value) = (0_i64, 0_i64, 0_u64);
        for place in index..end {
            step = step.wrapping_add(unzigzag(take(&mut head)?));
            at = at.wrapping_add(step);
            if is_wanted {
                value ^= bits_at(planes, total, place)?;
                each(Point { series, sample: Sample { at: Timestamp::from_millis(at), value: read(value) } });
            }
        }
        if wanted.is_some() && is_wanted {
            return Ok(());
        }
        index = end;
    }
    Ok(())
}

fn bits_at(planes: &[u8], total: usize, place: usize) -> Result<u64, Malformed> {
    let byte = |plane: usize| planes.get(plane * total + place).copied().ok_or(Malformed);
    (0..VALUE_BYTES).try_fold(0_u64, |bits, plane| Ok((bits << 8) | u64::from(byte(plane)?)))
}

const fn read(bits: u64) -> Option<f64> {
    if bits == NO_VALUE { None } else { Some(f64::from_bits(bits)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points() -> impl Strategy<Value = Vec<Point>> {
        let value =
            proptest::option::of(prop_oneof![any::<f64>().prop_filter("finite", |v| v.is_finite()), Just(-0.0)]);
        let point = (0_u32..6, prop_oneof![0_i64..10_000, any::<i64>()], value);
        let point = point
            .prop_map(|(series, at, value)| Point { series, sample: Sample { at: Timestamp::from_millis(at), value } });
        proptest::collection::vec(point, 0..200)
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(mut points in points()) {
            let bytes = encode(&mut points);
            let mut back = Vec::new();
            decode(&bytes, None, |point| back.push(point)).unwrap();
            prop_assert_eq!(&back, &points);
            for series in 0..6 {
                let mut one = Vec::new();
                decode(&bytes, Some(series), |point| one.push(point)).unwrap();
                prop_assert!(one.iter().eq(points.iter().filter(|point| point.series == series)));
            }
        }

        #[test]
        fn noise_is_an_error_or_some_points_but_never_a_panic(noise in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&noise, None, |_| ());
        }
    }
}
