//! Load averages, and what they are to be measured by: the number of cores.

use super::{Machine, read_text};
use crate::world::v0_1::tocsin::plugin::node::{Error, Load};

impl Machine {
    pub(crate) fn load(&self) -> Result<Load, Error> {
        let path = self.proc("loadavg");
        let text = read_text(&path)?;
        let cores = u32::try_from(self.kernel_stats()?.cpu_time.len()).unwrap_or(u32::MAX);
        parse(&text, cores)
            .ok_or_else(|| Error::Failed(format!("{} is not written as this version knows it", path.display())))
    }
}

/// `0.15 0.20 0.18 2/345 6789`
fn parse(text: &str, cores: u32) -> Option<Load> {
    let mut fields = text.split_whitespace();
    let (one, five, fifteen) = (fields.next()?, fields.next()?, fields.next()?);
    let (runnable, total) = fields.next()?.split_once('/')?;
    Some(Load {
        one: one.parse().ok()?,
        five: five.parse().ok()?,
        fifteen: fifteen.parse().ok()?,
        runnable: runnable.parse().ok()?,
        total: total.parse().ok()?,
        cores,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_read_to_the_digit() {
        let load = parse("0.15 1.20 12.08 2/345 6789\n", 2).unwrap();
        assert_eq!((load.one, load.five, load.fifteen), (0.15, 1.2, 12.08));
        assert_eq!((load.runnable, load.total, load.cores), (2, 345, 2));
        for cut in ["", "0.15 1.20", "0.15 1.20 12.08 2"] {
            assert!(parse(cut, 2).is_none(), "{cut:?}");
        }
    }

    #[test]
    fn this_machine_has_cores() {
        assert!(Machine::this().load().unwrap().cores > 0);
    }
}
