//! `node`: what this machine says about itself, part by part as granted.

use tocsin_core::capability::NodePart;

use super::blocking;
use crate::node::Machine;
use crate::transcript::exchange::{
    HostCall, NodeContainers, NodeCpu, NodeDisks, NodeLoad, NodeMemory, NodeNetwork, NodePressure, NodeProcesses,
    NodeUnits, NodeWho,
};
use crate::world::guest::{Guest, Turn};
use crate::world::v0_1::tocsin::plugin::node::{
    Container, Cpu, Disk, Error, Host, Identity, InterfaceCounters, Load, Memory, Pressure, Process, Unit,
};
use crate::world::v0_1::tocsin::plugin::types::Denial;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Guest {
    async fn ask_node<C, T>(
        &mut self,
        part: NodePart,
        request: C::Request,
        read: impl FnOnce(&Machine, &C::Request) -> Result<T, Error> + Send + 'static,
    ) -> Answer<T>
    where
        C: HostCall<Answer = Result<T, Error>>,
        C::Request: Send + 'static,
        T: Send + 'static,
    {
        match self.ask::<C>(request)? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) if !self.rights.node.contains(&part) => self.answer::<C>(request, Err(denied(part))),
            Turn::Perform(request) => {
                let asked = request.clone();
                let found = blocking::within(self.patience(None), move || read(&Machine::this(), &asked)).await;
                self.answer::<C>(request, found.unwrap_or_else(|why| Err(Error::Failed(why))))
            }
        }
    }
}

impl Host for Guest {
    async fn who(&mut self) -> Answer<Identity> {
        self.ask_node::<NodeWho, _>(NodePart::Who, (), |machine, ()| machine.who()).await
    }

    async fn read_cpu(&mut self) -> Answer<Cpu> {
        self.ask_node::<NodeCpu, _>(NodePart::Cpu, (), |machine, ()| machine.cpu()).await
    }

    async fn read_memory(&mut self) -> Answer<Memory> {
        self.ask_node::<NodeMemory, _>(NodePart::Memory, (), |machine, ()| machine.memory()).await
    }

    async fn read_disks(&mut self) -> Answer<Vec<Disk>> {
        self.ask_node::<NodeDisks, _>(NodePart::Disks, (), |machine, ()| machine.disks()).await
    }

    async fn read_network(&mut self) -> Answer<Vec<InterfaceCounters>> {
        self.ask_node::<NodeNetwork, _>(NodePart::Network, (), |machine, ()| machine.network()).await
    }

    async fn read_load(&mut self) -> Answer<Load> {
        self.ask_node::<NodeLoad, _>(NodePart::Load, (), |machine, ()| machine.load()).await
    }

    async fn read_pressure(&mut self) -> Answer<Pressure> {
        self.ask_node::<NodePressure, _>(NodePart::Pressure, (), |machine, ()| machine.pressure()).await
    }

    async fn processes(&mut self, name: String) -> Answer<Vec<Process>> {
        self.ask_node::<NodeProcesses, _>(NodePart::Processes, name, |machine, name| machine.processes(name)).await
    }

    async fn units(&mut self, names: Vec<String>) -> Answer<Vec<Unit>> {
        self.ask_node::<NodeUnits, _>(NodePart::Units, names, |_, _| Err(not_yet("systemd units"))).await
    }

    async fn containers(&mut self) -> Answer<Vec<Container>> {
        self.ask_node::<NodeContainers, _>(NodePart::Containers, (), |_, ()| Err(not_yet("containers"))).await
    }
}

fn denied(part: NodePart) -> Error {
    let target = part.as_str().to_owned();
    let reason = format!("`{target}` is not among the check's `node`");
    Error::Denied(Denial { capability: "node".to_owned(), target, reason })
}

fn not_yet(what: &str) -> Error {
    Error::Unsupported(format!("this version of Tocsin does not read {what} yet"))
}
