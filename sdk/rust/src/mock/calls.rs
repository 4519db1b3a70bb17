//! The host's functions as the mock host answers them, under the names that the component's imports have.

use std::time::Duration;

use crate::bindings::host::{dns, files, http, icmp, log, node, secrets, state, tcp};

pub(crate) use super::tcp::TcpConnection;
use super::with;

pub(crate) fn log_write(level: log::Level, message: &str) {
    with(|world| world.log.push((level, message.to_owned())));
}

pub(crate) fn clock_now() -> i64 {
    with(|world| world.now_ms)
}

pub(crate) fn clock_elapsed_ns() -> u64 {
    with(|world| u64::try_from(world.elapsed.as_nanos()).unwrap_or(u64::MAX))
}

pub(crate) fn clock_sleep_ms(duration: u32) {
    with(|world| world.advance(Duration::from_millis(duration.into())));
}

pub(crate) fn state_get(key: &str) -> Result<Option<Vec<u8>>, state::Error> {
    Ok(with(|world| world.state.get(key).cloned()))
}

pub(crate) fn state_set(key: &str, value: &[u8]) -> Result<(), state::Error> {
    with(|world| world.state.insert(key.to_owned(), value.to_owned()));
    Ok(())
}

pub(crate) fn state_delete(key: &str) -> Result<(), state::Error> {
    with(|world| world.state.remove(key));
    Ok(())
}

pub(crate) fn secrets_available(name: &str) -> Result<bool, secrets::Error> {
    Ok(with(|world| world.secrets.contains_key(name)))
}

pub(crate) fn secrets_reveal(name: &str) -> Result<String, secrets::Error> {
    with(|world| world.secrets.get(name).cloned()).ok_or_else(|| secrets::Error::Missing(name.to_owned()))
}

#[expect(clippy::result_large_err, reason = "the import's own type")]
pub(crate) fn http_send(request: &http::Request) -> Result<http::Response, http::Error> {
    with(|world| {
        world.requests.push(request.clone());
        let (call, url) = (format!("{} {}", request.method, request.url), &request.url);
        let mut answer = world.http.next(url, &call, &format!("mock::host().http({url:?}).responds(200, \"body\")"))?;
        if let Some(max) = request.body_max.map(|max| max as usize).filter(|max| answer.body.len() > *max) {
            answer.body.truncate(max);
            answer.body_truncated = true;
        }
        Ok(answer)
    })
}

pub(crate) fn tcp_connect(target: &tcp::Target) -> Result<TcpConnection, tcp::Error> {
    let (host, port) = (&target.host, target.port);
    let program = format!("mock::host().tcp({host:?}, {port}).opens()");
    let key = format!("{host}:{port}");
    with(|world| world.tcp.next(&key, &format!("connect to {key}"), &program)).map(TcpConnection::new)
}

pub(crate) fn dns_query(input: &dns::QueryInput) -> Result<dns::Answer, dns::Error> {
    let (name, call) = (&input.name, format!("{:?} of {}", input.record_type, input.name));
    with(|world| world.dns.next(name, &call, &format!("mock::host().dns({name:?}, &[(\"A\", \"192.0.2.1\")])")))
}

pub(crate) fn icmp_echo(host: &str, _size: u16, _timeout_ms: Option<u32>) -> Result<icmp::Reply, icmp::Error> {
    with(|world| world.icmp.next(host, &format!("echo {host}"), &format!("mock::host().icmp({host:?}, Ok(reply))")))
}

pub(crate) fn node_who() -> Result<node::Identity, node::Error> {
    with(|world| world.who.next("", "node::who", "mock::host().who(identity)"))
}

pub(crate) fn node_cpu() -> Result<node::Cpu, node::Error> {
    with(|world| world.cpu.next("", "node::cpu", "mock::host().cpu(cpu)"))
}

pub(crate) fn node_memory() -> Result<node::Memory, node::Error> {
    with(|world| world.memory.next("", "node::memory", "mock::host().memory(memory)"))
}

pub(crate) fn node_disks() -> Result<Vec<node::Disk>, node::Error> {
    with(|world| world.disks.next("", "node::disks", "mock::host().disks(vec![disk])"))
}

pub(crate) fn node_network() -> Result<Vec<node::InterfaceCounters>, node::Error> {
    with(|world| world.network.next("", "node::network", "mock::host().network(vec![interface])"))
}

pub(crate) fn node_load() -> Result<node::Load, node::Error> {
    with(|world| world.load.next("", "node::load", "mock::host().load(load)"))
}

pub(crate) fn node_pressure() -> Result<node::Pressure, node::Error> {
    with(|world| world.pressure.next("", "node::pressure", "mock::host().pressure(pressure)"))
}

pub(crate) fn node_processes(name: &str) -> Result<Vec<node::Process>, node::Error> {
    let program = format!("mock::host().processes({name:?}, vec![process])");
    with(|world| world.processes.next(name, &format!("node::processes({name:?})"), &program))
}

pub(crate) fn node_units(_names: &[String]) -> Result<Vec<node::Unit>, node::Error> {
    with(|world| world.units.next("", "node::units", "mock::host().units(vec![unit])"))
}

pub(crate) fn node_containers() -> Result<Vec<node::Container>, node::Error> {
    with(|world| world.containers.next("", "node::containers", "mock::host().containers(vec![container])"))
}

pub(crate) fn files_read(path: &str, offset: u64, max: u32) -> Result<files::Content, files::Error> {
    with(|world| {
        let body = world.files.get(path).ok_or_else(|| files::Error::NotFound(path.to_owned()))?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = body.iter().skip(offset).take(max as usize).copied().collect();
        Ok(files::Content { bytes, size: body.len() as u64, modified_at: world.now_ms })
    })
}

pub(crate) fn files_stat(path: &str) -> Result<files::Entry, files::Error> {
    with(|world| world.entry(path)).ok_or_else(|| files::Error::NotFound(path.to_owned()))
}

pub(crate) fn files_list(path: &str, max: u32) -> Result<Vec<files::Entry>, files::Error> {
    with(|world| {
        let entries =
            world.children(path).filter_map(|child| world.entry(&child)).take(max as usize).collect::<Vec<_>>();
        if entries.is_empty() { Err(files::Error::NotFound(path.to_owned())) } else { Ok(entries) }
    })
}
