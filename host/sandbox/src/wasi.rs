//! WASI 0.2 for plugins built for `target = "wasi"`, so that any language's standard library works: the same rights, the
//! same policy. Clocks and random numbers are answered here and recorded; whatever else reaches outside makes the run
//! one that cannot be replayed, and says so.

use std::sync::{Arc, Mutex, PoisonError};

use tocsin_core::capability::{Refused, Rights};
use tokio::time::Instant;
use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::p2::bindings::{clocks, filesystem, random};
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

use crate::Network;
use crate::world::guest::Guest;

mod clock;
mod folders;
mod output;
mod randomness;
mod shareable;

use output::Output;
use shareable::Shareable;

/// Links all of WASI's command-line interfaces, then our own recorded ones over them.
pub(crate) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    type Own = HasSelf<Guest>;
    fn own(guest: &mut Guest) -> &mut Guest {
        guest
    }
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    clocks::wall_clock::add_to_linker::<Guest, Own>(linker, own)?;
    clocks::monotonic_clock::add_to_linker::<Guest, Own>(linker, own)?;
    random::random::add_to_linker::<Guest, Own>(linker, own)?;
    random::insecure::add_to_linker::<Guest, Own>(linker, own)?;
    random::insecure_seed::add_to_linker::<Guest, Own>(linker, own)?;
    filesystem::preopens::add_to_linker::<Guest, Own>(linker, own)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// What a run that uses WASI has beside the rest. Made at the first use: most runs read a clock at most.
pub(crate) struct Wasi {
    ctx: WasiCtx,
    output: Output,
    notes: Arc<Mutex<Notes>>,
}

/// What WASI's own code found out, which has no way to the store.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Whether a socket was used.
    pub(crate) connected: bool,
    pub(crate) refused: Option<Refused>,
}

impl Wasi {
    /// For a run with these rights; none at all in a replay, which must not touch the world.
    fn new(rights: &Arc<Rights>, network: &Network, deadline: Instant, replaying: bool) -> Self {
        let (output, notes) = (Output::default(), Arc::<Mutex<Notes>>::default());
        let mut builder = WasiCtx::builder();
        builder.stdout(output.stream("stdout")).stderr(output.stream("stderr"));
        builder.allow_udp(false).allow_ip_name_lookup(false).allow_tcp(!replaying);
        if !replaying {
            let (noted, rights, network) = (Arc::clone(&notes), Arc::clone(rights), network.clone());
            builder.socket_addr_check(move |target, purpose| {
                let (noted, rights, network) = (Arc::clone(&noted), Arc::clone(&rights), network.clone());
                Box::pin(Shareable::new(async move {
                    match purpose {
                        SocketAddrUse::TcpConnect => {}
                        // What the system does by itself before it connects.
                        SocketAddrUse::TcpBind if target.ip().is_unspecified() && target.port() == 0 => return true,
                        _ => return false,
                    }
                    let checked = network.check_socket(target, &rights, deadline).await;
                    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                    noted.connected = true;
                    let allowed = checked.is_ok();
                    noted.refused = noted.refused.take().or(checked.err());
                    allowed
                }))
            });
        }
        for path in rights.files.iter().filter(|_| !replaying) {
            // A granted file is read through `files`; WASI can only be given folders.
            if std::path::Path::new(path).is_dir()
                && let Err(error) = builder.preopened_dir(path, path, FsPerms::ReadOnly)
            {
                tracing::warn!(path, "a granted folder was not opened for a plugin: {error:#}");
            }
        }
        Self { ctx: builder.build(), output, notes }
    }

    /// Lines of stdout and stderr, and what the sockets noted.
    pub(crate) fn into_parts(self) -> (Vec<String>, Notes) {
        let notes = std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner));
        (self.output.lines(), notes)
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let (deadline, replaying) = (self.ends_at(), self.tape.is_replaying());
        let wasi =
            self.wasi.get_or_insert_with(|| Box::new(Wasi::new(&self.rights, &self.network, deadline, replaying)));
        WasiCtxView { ctx: &mut wasi.ctx, table: &mut self.table }
    }
}
