//! One bus, its address, and one question over it. Knows nothing of systemd.

use serde::Serialize;
use serde::de::DeserializeOwned;
use zbus::zvariant::DynamicType;
use zbus::{Connection, connection};

/// Where a message bus is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Bus {
    /// The machine's own; `DBUS_SYSTEM_BUS_ADDRESS` says where it is, if it is set.
    #[default]
    System,
    /// An address as D-Bus writes it: `unix:path=/run/dbus/system_bus_socket`.
    At(String),
}

/// Why a question over the bus was not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum BusError {
    #[error("the bus cannot be reached")]
    Connect(#[source] Box<zbus::Error>),
    /// The other side, or the bus in its place, answered with an error.
    #[error("{text} ({name})")]
    Said { name: String, text: String },
    #[error("the bus failed")]
    Failed(#[source] Box<zbus::Error>),
    #[error("the answer is none that was expected")]
    Answer(#[source] Box<zbus::Error>),
}

impl From<zbus::Error> for BusError {
    fn from(error: zbus::Error) -> Self {
        match error {
            zbus::Error::MethodError(name, text, _) => {
                Self::Said { name: name.to_string(), text: text.unwrap_or_else(|| "it says no more".to_owned()) }
            }
            error => Self::Failed(Box::new(error)),
        }
    }
}

impl Bus {
    pub(super) async fn connect(&self) -> Result<Connection, BusError> {
        let builder = match self {
            Self::System => connection::Builder::system(),
            Self::At(address) => connection::Builder::address(address.as_str()),
        };
        let failed = |error| BusError::Connect(Box::new(error));
        builder.map_err(failed)?.build().await.map_err(failed)
    }
}

/// Who is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) path: &'a str,
    pub(super) interface: &'a str,
}

impl Asked<'_> {
    pub(super) async fn call<B, R>(self, connection: &Connection, method: &str, body: &B) -> Result<R, BusError>
    where
        B: Serialize + DynamicType + Sync,
        R: DeserializeOwned + zbus::zvariant::Type,
    {
        let answer = connection.call_method(Some(self.name), self.path, Some(self.interface), method, body).await?;
        answer.body().deserialize().map_err(|error| BusError::Answer(Box::new(error)))
    }
}
