//! A message bus of the test's own: Debian's `dbus-daemon` on a socket that nobody else knows.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

pub(super) struct PrivateBus {
    daemon: Child,
    _folder: tempfile::TempDir,
    pub(super) address: String,
}

impl PrivateBus {
    /// `None` where there is no `dbus-daemon`.
    pub(super) fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (config, socket) = (folder.path().join("bus.conf"), folder.path().join("bus"));
        std::fs::write(&config, CONFIG.replace("SOCKET", socket.to_str().unwrap())).unwrap();
        let mut daemon = Command::new("dbus-daemon");
        daemon.arg(format!("--config-file={}", config.display())).args(["--nofork", "--print-address"]);
        let Ok(mut daemon) = daemon.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() else {
            println!("not run here: dbus-daemon is not installed (Debian's package dbus-daemon, before 12 dbus)");
            return None;
        };
        // It says its address once it listens.
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(
            address.starts_with("unix:"),
            "dbus-daemon did not start: dbus-daemon --config-file={}",
            config.display()
        );
        Some(Self { daemon, _folder: folder, address: address.trim().to_owned() })
    }

    pub(super) fn stop(&mut self) {
        let _gone = self.daemon.kill();
        let _reaped = self.daemon.wait();
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        self.stop();
    }
}
