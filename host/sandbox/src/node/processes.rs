//! Processes by name.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use procfs::FromRead as _;
use procfs::process::Stat;

use super::{Machine, failed};
use crate::world::v0_1::tocsin::plugin::node::{Error, Process};

/// The kernel keeps this much of a name.
const NAME_BYTES_KEPT: usize = 15;
/// More than these are counted no further.
const PROCESSES_MAX: usize = 1_000;
/// Of a command line, all arguments together.
const ARGUMENTS_BYTES_MAX: usize = 4_096;

impl Machine {
    /// Those whose name, or executable's file name, is `name`, in order of their ids. One that ends meanwhile is left out.
    pub(crate) fn processes(&self, name: &str) -> Result<Vec<Process>, Error> {
        if name.is_empty() {
            return Err(Error::Failed("the name of the processes to look for is empty".to_owned()));
        }
        let folder = self.proc("");
        let entries = fs::read_dir(&folder).map_err(|error| failed(&folder, &error))?;
        let boot_at_ms = self.boot_at_ms()?;
        let numbers = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().parse::<u32>().is_ok());
        let mut found: Vec<Process> =
            numbers.filter_map(|entry| look(&entry.path(), name, boot_at_ms)).take(PROCESSES_MAX).collect();
        found.sort_by_key(|process| process.pid);
        Ok(found)
    }
}

fn look(folder: &Path, name: &str, boot_at_ms: i64) -> Option<Process> {
    let stat = Stat::from_file(folder.join("stat")).ok()?;
    // Another user's executable cannot be seen; its name and command line can.
    let executable = fs::read_link(folder.join("exe")).ok().map(|path| path.to_string_lossy().into_owned());
    let executable = executable.map(|path| path.strip_suffix(" (deleted)").map_or(path.clone(), str::to_owned));
    let arguments = || arguments(&fs::read(folder.join("cmdline")).unwrap_or_default());
    let is_it = stat.comm == name
        || executable.as_deref().is_some_and(|path| file_name(path) == name)
        || (is_cut(&stat.comm, name) && arguments().first().is_some_and(|first| file_name(first) == name));
    if !is_it {
        return None;
    }
    let tick_ms = |ticks: u64| ticks.saturating_mul(1_000) / procfs::ticks_per_second().max(1);
    Some(Process {
        pid: stat.pid.cast_unsigned(),
        parent: stat.ppid.cast_unsigned(),
        state: state_word(stat.state).to_owned(),
        started_at: boot_at_ms.saturating_add(i64::try_from(tick_ms(stat.starttime)).unwrap_or(i64::MAX)),
        cpu_ms: tick_ms(stat.utime.saturating_add(stat.stime)),
        resident_bytes: stat.rss.saturating_mul(procfs::page_size()),
        threads: u32::try_from(stat.num_threads).unwrap_or(0),
        user_id: fs::metadata(folder).map_or(0, |metadata| metadata.uid()),
        open_files: fs::read_dir(folder.join("fd")).ok().map(|files| u32::try_from(files.count()).unwrap_or(u32::MAX)),
        arguments: arguments(),
        name: stat.comm,
        executable,
    })
}

/// Whether the kernel's name may be the beginning of a longer one.
fn is_cut(kept: &str, name: &str) -> bool {
    kept.len() == NAME_BYTES_KEPT && name.len() > NAME_BYTES_KEPT && name.starts_with(kept)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn arguments(line: &[u8]) -> Vec<String> {
    let line = line.strip_suffix(&[0]).unwrap_or(line);
    let line = line.get(..ARGUMENTS_BYTES_MAX).unwrap_or(line);
    if line.is_empty() {
        return Vec::new();
    }
    line.split(|byte| *byte == 0).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect()
}

const fn state_word(state: char) -> &'static str {
    match state {
        'R' => "running",
        'S' => "sleeping",
        'D' => "waiting",
        'T' => "stopped",
        't' => "traced",
        'Z' => "zombie",
        'X' | 'x' => "dead",
        'I' => "idle",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::machine;
    use super::*;

    /// Process 7, started one second after boot, two threads, a page of memory.
    fn stat(name: &str) -> String {
        let ticks = procfs::ticks_per_second();
        format!(
            "7 ({name}) S 1 7 7 0 -1 4194560 100 0 0 0 {ticks} {ticks} 0 0 20 0 2 0 {ticks} 4096 1 18446744073709551615 \
                 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
        )
    }

    const BOOT: &str = "cpu  1 0 1 1 0 0 0 0 0 0\ncpu0 1 0 1 1 0 0 0 0 0 0\nctxt 1\nbtime 1700000000\nprocesses 1\n\
                        procs_running 1\nprocs_blocked 0\n";

    #[test]
    fn a_process_is_found_by_its_name_its_executable_and_its_long_name() {
        let name = "a-very-long-name-indeed";
        let (folder, machine) = machine(&[
            ("proc/stat", BOOT),
            ("proc/7/stat", &stat("a-very-long-nam")),
            ("proc/7/cmdline", "/bin/a-very-long-name-indeed\0-x\0"),
        ]);
        assert_eq!(machine.processes("a-very-long-nam").unwrap().len(), 1, "by the kernel's name");
        assert_eq!(machine.processes(name).unwrap().len(), 1, "by the command line");
        assert!(machine.processes("a-very-long-name-other").unwrap().is_empty());
        std::os::unix::fs::symlink("/opt/tool (deleted)", folder.path().join("proc/7/exe")).unwrap();
        let found = machine.processes("tool").unwrap();
        assert_eq!(found[0].executable.as_deref(), Some("/opt/tool"));
    }

    #[test]
    fn what_is_found_is_told_in_milliseconds_bytes_and_words() {
        let (_folder, machine) =
            machine(&[("proc/stat", BOOT), ("proc/7/stat", &stat("tool")), ("proc/7/cmdline", "tool\0-v\0")]);
        let found = machine.processes("tool").unwrap();
        let process = &found[0];
        assert_eq!((process.pid, process.parent, process.threads, process.state.as_str()), (7, 1, 2, "sleeping"));
        assert_eq!((process.started_at, process.cpu_ms), (1_700_000_001_000, 2_000));
        assert_eq!((process.resident_bytes, process.open_files), (procfs::page_size(), None));
        assert_eq!(process.arguments, ["tool", "-v"]);
    }

    #[test]
    fn this_very_process_is_found_on_this_machine() {
        let name = std::env::current_exe().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let found = Machine::this().processes(&name).unwrap();
        let me = found.iter().find(|process| process.pid == std::process::id()).expect("this process");
        assert!(me.open_files.is_some() && me.resident_bytes > 0);
    }
}
