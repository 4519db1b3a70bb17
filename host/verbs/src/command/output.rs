//! What a command prints, cut to 16 KiB: its beginning, and its end. Knows nothing of processes.

use std::collections::VecDeque;

use tokio::net::unix::pipe::Receiver;

/// Of the beginning, and of the end: together with the line between them below 16 KiB.
const PART_BYTES_MAX: usize = 8_000;
/// What a pipe may still hold when a program has ended.
const DRAIN_BYTES_MAX: usize = 1 << 20;

#[derive(Debug, Default)]
pub(super) struct Output {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    left_out: u64,
}

impl Output {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let room = PART_BYTES_MAX.saturating_sub(self.head.len()).min(bytes.len());
        let (head, rest) = bytes.split_at(room);
        self.head.extend(head);
        self.tail.extend(rest);
        let over = self.tail.len().saturating_sub(PART_BYTES_MAX);
        self.tail.drain(..over);
        self.left_out = self.left_out.saturating_add(u64::try_from(over).unwrap_or(u64::MAX));
    }

    /// What is there already; whoever still holds the other end is not waited for.
    pub(super) fn drain(&mut self, reader: &Receiver) {
        let mut buffer = [0; 16_384];
        let mut drained = 0_usize;
        while let Ok(count @ 1..) = reader.try_read(&mut buffer) {
            self.add(buffer.get(..count).unwrap_or_default());
            drained = drained.saturating_add(count);
            if drained >= DRAIN_BYTES_MAX {
                return;
            }
        }
    }

    pub(super) fn text(&self) -> String {
        let (head, tail) = (text(&self.head), text(&self.tail.iter().copied().collect::<Vec<u8>>()));
        if self.left_out == 0 {
            let mut whole = self.head.clone();
            whole.extend(&self.tail);
            return String::from_utf8(whole).unwrap_or_else(|_| head + &tail);
        }
        format!("{head}\n[… {} bytes left out …]\n{tail}", self.left_out)
    }
}

/// What is no text takes more room as text.
fn text(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    text.truncate(text.floor_char_boundary(PART_BYTES_MAX));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_kept_as_it_is() {
        let mut output = Output::default();
        for part in ["grün".as_bytes(), &[], b"\nrot\n"] {
            output.add(part);
        }
        assert_eq!(output.text(), "grün\nrot\n");
        let whole = "ä".repeat(PART_BYTES_MAX);
        let mut output = Output::default();
        whole.as_bytes().chunks(333).for_each(|part| output.add(part));
        assert_eq!(output.text(), whole);
    }

    #[test]
    fn of_too_much_the_beginning_and_the_end_are_kept() {
        let mut output = Output::default();
        output.add(b"first");
        for _ in 0..1_000 {
            output.add(&[b'x'; 1_000]);
        }
        output.add(b"last");
        let text = output.text();
        assert!(text.starts_with("firstxxx") && text.ends_with("xxxlast"), "{text}");
        assert!(text.contains(&format!("[… {} bytes left out …]", 1_000_009 - 2 * PART_BYTES_MAX)), "{text}");
        assert!(text.len() <= 16 << 10, "{}", text.len());
    }

    #[test]
    fn bytes_that_are_no_text_do_not_take_more_room() {
        let mut output = Output::default();
        for _ in 0..100 {
            output.add(&[0xff; 1_000]);
        }
        assert!(output.text().len() <= 16 << 10);
    }
}
