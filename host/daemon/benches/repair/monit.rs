//! The peer's side: Debian's monit, with the same test at the same interval and the same command. What it says is read from
//! its log as it is written, because the times in it are whole seconds.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use tempfile::TempDir;
use tocsin_tests::{clock, wait_until};

use crate::shop::Shop;
use crate::{Said, Side};

/// `@` is its folder.
const OWN: &str = "set daemon 1 with start delay 0\nset log @/log\nset pidfile @/pid\nset idfile @/id\nset statefile @/state\n\
    check host shop with address 127.0.0.1\n  start program = \"COMMAND\" with timeout 10 seconds\n  \
    if failed port PORT protocol http with timeout 1 seconds then start\n";
const START_MAX: Duration = Duration::from_secs(10);

pub(crate) struct Monit {
    process: Process,
    shop: Shop,
    log: File,
    /// What it wrote since the last fault.
    lines: String,
    folder: TempDir,
}

/// Ended when dropped, before the shop is: it must not start it again.
struct Process(Child);

impl Monit {
    /// None where it is not installed.
    pub(crate) fn start() -> Result<Option<Self>> {
        let (shop, folder) = (Shop::open()?, tempfile::tempdir()?);
        let at = folder.path().display().to_string();
        let own = OWN.replace('@', &at).replace("PORT", &shop.port().to_string());
        let file = folder.path().join("monitrc");
        fs::write(&file, own.replace("COMMAND", &shop.command()?.join(" ")))?;
        // It reads no file that others may.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        let log = folder.path().join("log");
        fs::write(&log, "")?;
        let mut command = Command::new("monit");
        command.arg("-I").arg("-c").arg(&file).stdin(Stdio::null());
        command.stdout(File::create(folder.path().join("said"))?).stderr(Stdio::null());
        let process = match command.spawn() {
            Ok(child) => Process(child),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut monit = Self { process, shop, log: File::open(log)?, lines: String::new(), folder };
        let until = clock() + START_MAX;
        while !monit.has_written("started")? {
            let ended = monit.process.0.try_wait()?;
            let said = fs::read_to_string(monit.folder.path().join("said"))?;
            ensure!(ended.is_none() && clock() < until, "monit does not start: {said}");
            wait_until(clock() + Duration::from_millis(50));
        }
        Ok(Some(monit))
    }

    fn has_written(&mut self, words: &str) -> Result<bool> {
        // Where it was read to; what was appended since follows.
        self.log.read_to_string(&mut self.lines)?;
        Ok(self.lines.contains(words))
    }
}

impl Side for Monit {
    fn name(&self) -> &'static str {
        "monit"
    }

    fn shop(&self) -> &Shop {
        &self.shop
    }

    fn is_calm(&mut self) -> Result<bool> {
        // A round ends with its word that the test passed: nothing else is under way.
        self.has_written("")?;
        self.lines.clear();
        Ok(true)
    }

    fn said(&mut self) -> Result<Said> {
        let detected = self.has_written("'shop' failed protocol test")?;
        let passed = self.has_written("'shop' connection succeeded")?;
        Ok(Said { detected, passed, verified: passed })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _status = self.0.wait();
    }
}
