//! Network interfaces and what went through them since they came up.

use procfs::FromRead as _;
use procfs::net::{DeviceStatus, InterfaceDeviceStatus};

use super::{Machine, unreadable};
use crate::world::v0_1::tocsin::plugin::node::{Error, InterfaceCounters};

impl Machine {
    /// In order of their names. `self`: the interfaces of the network namespace this runs in.
    pub(crate) fn network(&self) -> Result<Vec<InterfaceCounters>, Error> {
        let path = self.proc("self/net/dev");
        let InterfaceDeviceStatus(devices) =
            InterfaceDeviceStatus::from_file(&path).map_err(|error| unreadable(&path, &error))?;
        let mut interfaces: Vec<_> = devices.into_values().map(|device| self.counters(device)).collect();
        interfaces.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(interfaces)
    }

    fn counters(&self, device: DeviceStatus) -> InterfaceCounters {
        InterfaceCounters {
            up: self.is_up(&device.name),
            name: device.name,
            received_bytes: device.recv_bytes,
            received_packets: device.recv_packets,
            received_errors: device.recv_errs,
            received_dropped: device.recv_drop,
            sent_bytes: device.sent_bytes,
            sent_packets: device.sent_packets,
            sent_errors: device.sent_errs,
            sent_dropped: device.sent_drop,
        }
    }

    /// Loopback and tunnels have no carrier to speak of: the kernel calls them `unknown`, and they work.
    fn is_up(&self, name: &str) -> bool {
        let state = std::fs::read_to_string(self.sys("class/net").join(name).join("operstate"));
        state.is_ok_and(|state| matches!(state.trim(), "up" | "unknown"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::machine;

    #[test]
    fn interfaces_come_in_order_with_their_state() {
        let dev = "Inter-|   Receive                                                |  Transmit\n \
            face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    \
            lo:   11286     165    0    0    0     0          0         0    11286     165    0    0    0     0       0          0\n  \
            eth0: 100 2 3 4 0 0 0 0 200 5 6 7 0 0 0 0\n";
        let (_folder, machine) = machine(&[
            ("proc/self/net/dev", dev),
            ("sys/class/net/lo/operstate", "unknown\n"),
            ("sys/class/net/eth0/operstate", "down\n"),
        ]);
        let network = machine.network().unwrap();
        let seen: Vec<_> = network.iter().map(|i| (i.name.as_str(), i.up, i.received_bytes, i.sent_dropped)).collect();
        assert_eq!(seen, [("eth0", false, 100, 7), ("lo", true, 11_286, 0)]);
    }
}
