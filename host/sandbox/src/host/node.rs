//! `node`: what this machine says about itself.

use crate::transcript::exchange::{
    HostCall, NodeContainers, NodeCpu, NodeDisks, NodeLoad, NodeMemory, NodeNetwork, NodePressure, NodeProcesses,
    NodeUnits, NodeWho,
};
use crate::world::guest::{Guest, Turn};
use crate::world::v0_1::tocsin::plugin::node::{
    Container, Cpu, Disk, Error, Host, Identity, InterfaceCounters, Load, Memory, Pressure, Process, Unit,
};

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl Guest {
    fn unsupported<T, C: HostCall<Answer = Result<T, Error>>>(&mut self, request: C::Request) -> Answer<T> {
        match self.ask::<C>(request)? {
            Turn::Replayed(answer) => Ok(answer),
            Turn::Perform(request) => {
                self.answer::<C>(request, Err(Error::Unsupported(format!("this version has no `{}`", C::NAME))))
            }
        }
    }
}

impl Host for Guest {
    async fn who(&mut self) -> Answer<Identity> {
        self.unsupported::<_, NodeWho>(())
    }

    async fn read_cpu(&mut self) -> Answer<Cpu> {
        self.unsupported::<_, NodeCpu>(())
    }

    async fn read_memory(&mut self) -> Answer<Memory> {
        self.unsupported::<_, NodeMemory>(())
    }

    async fn read_disks(&mut self) -> Answer<Vec<Disk>> {
        self.unsupported::<_, NodeDisks>(())
    }

    async fn read_network(&mut self) -> Answer<Vec<InterfaceCounters>> {
        self.unsupported::<_, NodeNetwork>(())
    }

    async fn read_load(&mut self) -> Answer<Load> {
        self.unsupported::<_, NodeLoad>(())
    }

    async fn read_pressure(&mut self) -> Answer<Pressure> {
        self.unsupported::<_, NodePressure>(())
    }

    async fn processes(&mut self, name: String) -> Answer<Vec<Process>> {
        self.unsupported::<_, NodeProcesses>(name)
    }

    async fn units(&mut self, names: Vec<String>) -> Answer<Vec<Unit>> {
        self.unsupported::<_, NodeUnits>(names)
    }

    async fn containers(&mut self) -> Answer<Vec<Container>> {
        self.unsupported::<_, NodeContainers>(())
    }
}
