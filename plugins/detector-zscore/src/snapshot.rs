//! The windows of all series as bytes. Bounded: the series that were quiet the longest are forgotten first.
//! A snapshot that cannot be read (of another version, or damaged) is a fresh start, never an error.
//!
//! Layout, little endian: `z` and the version 1; then by series: key (u64), out in a row (u16), missing (u16), count
//! (u16), values (f32 each). Series last used come last.

use tocsin_sdk::detectors::Series;

use crate::window::Window;

const MAGIC: [u8; 2] = [b'z', 1];
/// Below the least cap a node gives a detector's snapshot by default.
const BYTES_MAX: usize = 960 * 1024;

/// Windows by the series' key, in the order of their last use.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Snapshot(Vec<(u64, Window)>);

impl Snapshot {
    pub(crate) fn decode(bytes: Option<&[u8]>) -> Self {
        bytes.and_then(|bytes| bytes.strip_prefix(&MAGIC)).and_then(read).unwrap_or_default()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let size = |window: &Window| 14 + 4 * window.len();
        let mut room = BYTES_MAX;
        let fits = |(_, window): &&(u64, Window)| {
            let left = room.checked_sub(size(window));
            room = left.unwrap_or(0);
            left.is_some()
        };
        let mut kept = self.0.iter().rev().take_while(fits).collect::<Vec<_>>();
        kept.reverse();
        let mut bytes = MAGIC.to_vec();
        for (key, window) in kept {
            bytes.extend(key.to_le_bytes());
            bytes.extend(window.out_in_a_row.to_le_bytes());
            bytes.extend(window.missing.to_le_bytes());
            bytes.extend(u16::try_from(window.len()).unwrap_or(u16::MAX).to_le_bytes());
            bytes.extend(window.values().take(u16::MAX.into()).flat_map(f32::to_le_bytes));
        }
        bytes
    }

    /// Takes a series' window out, or a fresh one.
    pub(crate) fn take(&mut self, series: &Series) -> Window {
        let key = key(series);
        let known = self.0.iter().position(|(known, _)| *known == key);
        known.map(|index| self.0.remove(index).1).unwrap_or_default()
    }

    /// Puts a series' window back, as the one last used.
    pub(crate) fn put(&mut self, series: &Series, window: Window) {
        self.0.push((key(series), window));
    }
}

fn read(mut bytes: &[u8]) -> Option<Snapshot> {
    let mut windows = Vec::new();
    while !bytes.is_empty() {
        let key = u64::from_le_bytes(head(&mut bytes)?);
        let out_in_a_row = u16::from_le_bytes(head(&mut bytes)?);
        let missing = u16::from_le_bytes(head(&mut bytes)?);
        let count = u16::from_le_bytes(head(&mut bytes)?);
        let values = (0..count).map(|_| head(&mut bytes).map(f32::from_le_bytes)).collect::<Option<Vec<_>>>()?;
        windows.push((key, Window::new(values, out_in_a_row, missing)));
    }
    Some(Snapshot(windows))
}

fn head<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*head)
}

/// FNV-1a over what names a series: stable over restarts and versions, unlike std's.
fn key(series: &Series) -> u64 {
    let labels = series.labels.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    let parts = [series.check.as_str(), series.metric.as_str()].into_iter().chain(labels);
    let bytes = parts.flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(metric: &str) -> Series {
        let (check, metric, unit) = ("web".into(), metric.into(), String::new());
        Series { check, metric, unit, labels: Vec::new(), interval: 1_000, samples: Vec::new() }
    }

    #[test]
    fn a_snapshot_carries_every_window_over() {
        let mut before = Snapshot::default();
        before.put(&series("a"), Window::new([1.5, -2.0], 3, 4));
        before.put(&series("b"), Window::default());
        assert_eq!(Snapshot::decode(Some(&before.encode())), before);
    }

    #[test]
    fn what_is_no_snapshot_is_a_fresh_start() {
        let mut whole = Snapshot::default();
        whole.put(&series("a"), Window::new([1.0], 0, 0));
        let whole = whole.encode();
        let cut = whole.get(..whole.len() - 1).unwrap();
        for bytes in [None, Some(&b""[..]), Some(b"z"), Some(b"x\x01rest"), Some(cut)] {
            assert_eq!(Snapshot::decode(bytes), Snapshot::default(), "{bytes:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_the_series_quiet_the_longest() {
        let mut snapshot = Snapshot::default();
        for index in 0..300 {
            snapshot.put(&series(&format!("m{index}")), Window::new(vec![1.0; 1_000], 0, 0));
        }
        let bytes = snapshot.encode();
        assert!(bytes.len() <= BYTES_MAX + MAGIC.len());
        let mut kept = Snapshot::decode(Some(&bytes));
        assert_eq!((kept.take(&series("m0")).len(), kept.take(&series("m299")).len()), (0, 1_000));
    }
}
