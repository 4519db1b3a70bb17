//! The component's imports under the names that the mock host also has.

use crate::bindings::host;

pub(crate) use host::clock::{elapsed_ns as clock_elapsed_ns, now as clock_now, sleep_ms as clock_sleep_ms};
pub(crate) use host::dns::query as dns_query;
pub(crate) use host::files::{list as files_list, read as files_read, stat as files_stat};
pub(crate) use host::http::send as http_send;
pub(crate) use host::icmp::echo as icmp_echo;
pub(crate) use host::log::write as log_write;
pub(crate) use host::node::{
    containers as node_containers, processes as node_processes, read_cpu as node_cpu, read_disks as node_disks,
    read_load as node_load, read_memory as node_memory, read_network as node_network, read_pressure as node_pressure,
    units as node_units, who as node_who,
};
pub(crate) use host::secrets::{available as secrets_available, reveal as secrets_reveal};
pub(crate) use host::state::{delete as state_delete, get as state_get, set as state_set};
pub(crate) use host::tcp::{Connection as TcpConnection, connect as tcp_connect};
