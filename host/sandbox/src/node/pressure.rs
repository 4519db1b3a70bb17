//! Pressure-stall information: the shares of time in which something waited for a resource.

use std::io;

use super::{Machine, failed};
use crate::world::v0_1::tocsin::plugin::node::{Error, Pressure, PressureLine, Stall};

impl Machine {
    pub(crate) fn pressure(&self) -> Result<Pressure, Error> {
        Ok(Pressure { cpu: self.line("cpu")?, memory: self.line("memory")?, io: self.line("io")? })
    }

    fn line(&self, resource: &str) -> Result<PressureLine, Error> {
        let path = self.proc("pressure").join(resource);
        let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
            // Built without it, or switched off with `psi=0`: then the file is there and reading it fails.
            io::ErrorKind::NotFound | io::ErrorKind::Unsupported => Error::Unsupported(
                "this kernel keeps no pressure-stall information: it needs CONFIG_PSI, and `psi=1` on its command line where that is off by default"
                    .to_owned(),
            ),
            _ => failed(&path, &error),
        })?;
        parse(&text).ok_or_else(|| Error::Failed(format!("{} is not written as this version knows it", path.display())))
    }
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and for all but old kernels' CPUs a line `full`.
fn parse(text: &str) -> Option<PressureLine> {
    let (mut some, mut full) = (None, None);
    for line in text.lines() {
        let (kind, fields) = line.split_once(' ')?;
        let field = |name: &str| fields.split(' ').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        let stall = Stall {
            avg10: field("avg10")?.parse().ok()?,
            avg60: field("avg60")?.parse().ok()?,
            avg300: field("avg300")?.parse().ok()?,
            total_us: field("total")?.parse().ok()?,
        };
        match kind {
            "some" => some = Some(stall),
            "full" => full = Some(stall),
            _ => {}
        }
    }
    Some(PressureLine { some: some?, full })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::machine;
    use super::*;

    const SOME: &str = "some avg10=0.12 avg60=1.50 avg300=22.25 total=123456\n";

    #[test]
    fn an_old_kernel_says_nothing_of_full_cpu_stalls() {
        let both = format!("{SOME}full avg10=0.00 avg60=0.10 avg300=0.20 total=9\n");
        let (_folder, machine) =
            machine(&[("proc/pressure/cpu", SOME), ("proc/pressure/memory", &both), ("proc/pressure/io", &both)]);
        let pressure = machine.pressure().unwrap();
        assert_eq!((pressure.cpu.some.avg300, pressure.cpu.some.total_us, pressure.cpu.full), (22.25, 123_456, None));
        assert_eq!(pressure.io.full.map(|full| full.total_us), Some(9));
    }

    #[test]
    fn a_kernel_without_it_is_unsupported_not_failed() {
        let (_folder, machine) = machine(&[]);
        let error = machine.pressure().unwrap_err();
        assert!(matches!(&error, Error::Unsupported(message) if message.contains("CONFIG_PSI")), "{error:?}");
    }
}
