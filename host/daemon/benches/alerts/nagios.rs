//! A real Nagios 4 of its own: passive checks, flap detection as Debian configures it, notifications that end in a file.
//! Ended when dropped.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use tempfile::TempDir;
use tocsin_sandbox::WallClock as _;
use tocsin_tests::{clock, wait_until};

pub(crate) struct Nagios {
    child: Child,
    folder: TempDir,
}

/// `@` is its folder. Repeats come after four hours, sixty times as fast.
const OWN: &str = "log_file=@/nagios.log\ncfg_file=@/objects.cfg\nobject_cache_file=@/cache\nprecached_object_file=@/precache\n\
    resource_file=@/resource.cfg\nstatus_file=@/status\nstatus_update_interval=60\ncheck_external_commands=1\n\
    command_file=@/commands\nlock_file=@/lock\ntemp_file=@/temp\ntemp_path=@\nquery_socket=@/socket\n\
    check_result_path=@/results\nlog_rotation_method=n\nuse_syslog=0\nenable_notifications=1\nexecute_service_checks=0\n\
    accept_passive_service_checks=1\nexecute_host_checks=0\ninterval_length=1\nenable_flap_detection=1\n\
    low_service_flap_threshold=5.0\nhigh_service_flap_threshold=20.0\ncheck_for_updates=0\nretain_state_information=0\n";
const OBJECTS: &str = "define timeperiod {\n timeperiod_name always\n alias always\n sunday 00:00-24:00\n monday 00:00-24:00\n \
    tuesday 00:00-24:00\n wednesday 00:00-24:00\n thursday 00:00-24:00\n friday 00:00-24:00\n saturday 00:00-24:00\n}\n\
    define command {\n command_name told\n command_line /bin/echo $NOTIFICATIONTYPE$ $SERVICEDESC$ >> @/told\n}\n\
    define contact {\n contact_name team\n alias team\n host_notifications_enabled 0\n service_notifications_enabled 1\n \
    service_notification_period always\n host_notification_period always\n service_notification_options w,u,c,r,f\n \
    host_notification_options n\n service_notification_commands told\n host_notification_commands told\n}\n\
    define host {\n host_name node\n alias node\n address 127.0.0.1\n max_check_attempts 1\n check_period always\n \
    contacts team\n notification_period always\n notification_interval 240\n active_checks_enabled 0\n}\n";

impl Nagios {
    /// None where it is not installed.
    pub(crate) fn start(services: usize) -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let at = folder.path().display().to_string();
        let user = if rustix::process::geteuid().is_root() { "nagios_user=root\nnagios_group=root\n" } else { "" };
        let mut objects = OBJECTS.replace('@', &at);
        for service in 0..services {
            write!(
                objects,
                "define service {{\n host_name node\n service_description s{service}\n check_command told\n \
                 max_check_attempts 1\n check_interval 10\n retry_interval 10\n active_checks_enabled 0\n \
                 passive_checks_enabled 1\n check_period always\n notification_interval 240\n notification_period always\n \
                 notification_options w,u,c,r,f\n contacts team\n flap_detection_enabled 1\n}}\n"
            )?;
        }
        fs::create_dir(folder.path().join("results"))?;
        fs::write(folder.path().join("resource.cfg"), "")?;
        fs::write(folder.path().join("told"), "")?;
        fs::write(folder.path().join("objects.cfg"), objects)?;
        fs::write(folder.path().join("nagios.cfg"), OWN.replace('@', &at) + user)?;
        let mut command = Command::new("nagios4");
        command.arg(folder.path().join("nagios.cfg")).stdin(Stdio::null());
        command.stdout(File::create(folder.path().join("said"))?).stderr(Stdio::null());
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let nagios = Self { child, folder };
        let until = clock() + Duration::from_secs(10);
        while !nagios.folder.path().join("commands").exists() {
            ensure!(
                clock() < until,
                "nagios4 does not start: {}",
                fs::read_to_string(nagios.folder.path().join("said"))?
            );
            wait_until(clock() + Duration::from_millis(50));
        }
        Ok(Some(nagios))
    }

    /// Passive results, each with whether it is critical.
    pub(crate) fn submit(&self, results: &[(usize, bool)]) -> Result<()> {
        let now = pluginhost::clock::SystemClock.now().as_millis() / 1_000;
        let mut text = String::new();
        for (service, is_bad) in results {
            let status = if *is_bad { 2 } else { 0 };
            writeln!(text, "[{now}] PROCESS_SERVICE_CHECK_RESULT;node;s{service};{status};x")?;
        }
        let mut commands = OpenOptions::new().write(true).open(self.folder.path().join("commands"))?;
        Ok(commands.write_all(text.as_bytes())?)
    }

    /// How many notifications it sent, its words about flapping included.
    pub(crate) fn told(&self) -> Result<f64> {
        Ok(fs::read_to_string(self.folder.path().join("told"))?.lines().count() as f64)
    }
}

impl Drop for Nagios {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}
