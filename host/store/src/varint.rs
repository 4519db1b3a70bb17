//! Whole numbers as few bytes. Knows nothing of what they count.

/// Bytes that end in the middle of a number, or go on for too long.
#[derive(Debug, thiserror::Error)]
#[error("a number ends early or is too long")]
pub(crate) struct Malformed;

/// Seven bits a byte, the least first.
pub(crate) fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    bytes.push(low_byte(value));
}

pub(crate) fn take(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(Malformed)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Malformed)
}

#[expect(clippy::cast_possible_truncation, reason = "the low byte is what is asked for")]
pub(crate) const fn low_byte(bits: u64) -> u8 {
    bits as u8
}

/// Numbers near zero, of either sign, as small ones.
pub(crate) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

pub(crate) const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}
