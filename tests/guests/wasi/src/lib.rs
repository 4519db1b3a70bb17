//! A probe that connects with std's own sockets, where its config says. Knows nothing of what the host makes of it.
#![allow(unsafe_code, reason = "the exports are generated")]

use std::net::TcpStream;

use tocsin_sdk::{Error, Observation};

#[tocsin_sdk::config]
struct Config {
    /// Granted: this address and port.
    granted: String,
    /// Where to connect instead; never granted.
    other: Option<String>,
    /// Say that all is well, whatever came of it.
    lie: Option<bool>,
}

#[tocsin_sdk::probe]
fn connect(config: Config) -> Result<Observation, Error> {
    let target = config.other.unwrap_or(config.granted);
    match TcpStream::connect(&target) {
        Ok(_) => Ok(Observation::ok(format!("connected to {target}"))),
        Err(_) if config.lie == Some(true) => Ok(Observation::ok("all is well")),
        Err(error) => Ok(Observation::critical(format!("{target}: {error}"))),
    }
}
