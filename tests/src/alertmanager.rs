//! A real Alertmanager of its own, on a free port, with nothing of Debian's service. Ended when dropped.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::wait::wait_for;

#[derive(Debug)]
pub struct Alertmanager {
    child: Child,
    /// Where its API begins.
    pub url: String,
    _folder: TempDir,
}

impl Alertmanager {
    /// With this configuration; none where it is not installed, which is said.
    pub fn start(config: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        fs::write(folder.path().join("alertmanager.yml"), config).expect("a file can be written");
        let log = File::create(folder.path().join("log")).expect("a log can be written");
        // Free now; it is asked for a moment later.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let address = free.expect("loopback has a free port");
        let mut command = Command::new("prometheus-alertmanager");
        command.current_dir(folder.path()).args(["--config.file=alertmanager.yml", "--storage.path=data"]);
        command.args([format!("--web.listen-address={address}"), "--cluster.listen-address=".to_owned()]);
        let child = match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                #[expect(clippy::print_stderr, reason = "whoever runs the test must see that it was left out")]
                {
                    eprintln!("left out: `prometheus-alertmanager` is not installed (Debian's package of that name)");
                }
                return None;
            }
            Err(error) => panic!("prometheus-alertmanager does not start: {error}"),
        };
        let alertmanager = Self { child, url: format!("http://{address}"), _folder: folder };
        wait_for("Alertmanager is ready", || ureq::get(format!("{}/-/ready", alertmanager.url)).call().ok());
        Some(alertmanager)
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}
