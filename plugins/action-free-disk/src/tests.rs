//! An incident, a disk and folders in; a plan or a refusal out.

use tocsin_sdk::mock::{self, Host};
use tocsin_sdk::{Finding, Observation, entry};

use super::*;

const NOW_MS: i64 = 1_767_225_600_000;
const DAY_MS: i64 = 86_400_000;

fn disk(mount: &str, used: u64, available: u64) -> Disk {
    Disk {
        mount: mount.into(),
        device: format!("/dev/{used}"),
        file_system: "ext4".into(),
        read_only: false,
        total: used + available,
        free: available,
        available,
        inodes: 0,
        inodes_free: 0,
    }
}

/// A host of two disks, `/` and `/var`; the second is `used` per mille full. Files of `/var` are 10 bytes and two days old.
fn host(used: u64, files: &[&str]) -> Host {
    let host = mock::host();
    host.disks(vec![disk("/", 100, 900), disk("/var", used, 1_000 - used)]);
    for path in files {
        host.file(path, [0; 10]);
        host.file_modified(path, NOW_MS - 2 * DAY_MS);
    }
    host
}

fn var_is_full() -> Input {
    let finding = Finding::critical("disk-used", "disk used of /var is 95 %").about("/var");
    mock::incident("disk").evidence("disks", Observation::ok("").finding(finding)).input()
}

fn decide(folders: &str, more: &str) -> Decision {
    let config = format!(r#"{{"folders": [{folders}]{more}}}"#);
    plan(entry::config(&config).unwrap(), var_is_full()).unwrap()
}

fn refusal(folders: &str, more: &str) -> String {
    match decide(folders, more) {
        Decision::Refuse(reason) => reason,
        Decision::Plan(plan) => panic!("planned: {plan:?}"),
    }
}

fn steps(folders: &str, more: &str) -> Vec<DeleteFiles> {
    let plan = match decide(folders, more) {
        Decision::Plan(plan) => plan,
        Decision::Refuse(reason) => panic!("refused: {reason}"),
    };
    let delete = plan.steps.into_iter().map(|step| match step.verb {
        Verb::DeleteFiles(delete) => delete,
        other => panic!("{other:?}"),
    });
    delete.collect()
}

const LOGS: &str =
    r#"{"path": "/var/log/app", "pattern": "*.log", "older_than": "1d", "count_max": 100, "bytes_max": 1000}"#;
const CACHE: &str =
    r#"{"path": "/var/cache/app", "pattern": "*.tmp", "older_than": "1d", "count_max": 100, "bytes_max": 1000}"#;
const SHARES: &str = r#", "over": 0.92, "free_to": 0.91"#;

#[test]
fn files_go_folder_by_folder_until_as_much_as_is_wanted() {
    let logs = ["/var/log/app/a.log", "/var/log/app/b.log", "/var/log/app/keep.txt"];
    let cache: Vec<_> = (0..9).map(|n| format!("/var/cache/app/{n}.tmp")).collect();
    let files: Vec<&str> = logs.into_iter().chain(cache.iter().map(String::as_str)).collect();
    let _host = host(950, &files);
    // 950 of 1000 are in use, 910 are to be: 40 bytes, of which the logs have 20.
    let planned = steps(&format!("{LOGS}, {CACHE}"), SHARES);
    let shown: Vec<_> = planned.iter().map(|one| (one.folder.as_str(), one.count_max, one.bytes_max)).collect();
    assert_eq!(shown, [("/var/log/app", 2, 20), ("/var/cache/app", 2, 20)]);
    assert_eq!((planned[0].pattern.as_str(), planned[0].older_than_seconds), ("*.log", 86_400));
    // Enough in the first folder: the second is not touched.
    let planned = steps(&format!("{CACHE}, {LOGS}"), SHARES);
    assert_eq!(
        planned.iter().map(|one| (one.folder.as_str(), one.count_max)).collect::<Vec<_>>(),
        [("/var/cache/app", 4)]
    );
}

#[test]
fn a_plan_says_what_goes_and_why() {
    let _host = host(950, &["/var/log/app/a.log", "/var/log/app/b.log", "/var/log/app/c.log"]);
    let Decision::Plan(plan) = decide(LOGS, r#", "over": 0.94, "free_to": 0.93"#) else { panic!("refused") };
    assert_eq!(plan.summary, "free 20 B of /var");
    assert_eq!(plan.why, "disks is critical: disk used of /var is 95 %; /var is at 95 %");
    assert_eq!(plan.steps[0].why, "2 files of 20 B in /var/log/app that fit `*.log` and were not written to for 1d");
    assert_eq!(plan.verification.checks, ["disks"]);
}

#[test]
fn the_oldest_go_first_and_the_young_the_folders_and_the_too_large_stay() {
    let host = host(950, &["/var/log/app/old.log", "/var/log/app/older.log", "/var/log/app/deep/x.log"]);
    host.file_modified("/var/log/app/older.log", NOW_MS - 9 * DAY_MS);
    host.file("/var/log/app/young.log", [0; 10]);
    host.file_modified("/var/log/app/young.log", NOW_MS - DAY_MS / 2);
    host.file("/var/log/app/oldest-and-large.log", [0; 500]);
    host.file_modified("/var/log/app/oldest-and-large.log", NOW_MS - 10 * DAY_MS);
    let bounded = LOGS.replace("1000", "499");
    let planned = steps(&bounded, r#", "over": 0.94, "free_to": 0.9"#);
    assert_eq!((planned[0].count_max, planned[0].bytes_max), (2, 20));
    let planned = steps(LOGS, r#", "over": 0.94, "free_to": 0.9"#);
    assert_eq!((planned[0].count_max, planned[0].bytes_max), (1, 500), "one large file is all that is wanted");
}

#[test]
fn an_empty_file_counts_as_one_that_goes() {
    let host = host(950, &["/var/log/app/a.log", "/var/log/app/b.log"]);
    host.file("/var/log/app/0.log", []);
    host.file_modified("/var/log/app/0.log", NOW_MS - 9 * DAY_MS);
    // Else the host, for which it is the oldest, would take it instead of one that has what is wanted.
    let planned = steps(LOGS, r#", "over": 0.94, "free_to": 0.93"#);
    assert_eq!((planned[0].count_max, planned[0].bytes_max), (3, 20));
}

#[test]
fn a_file_that_fits_two_patterns_counts_once() {
    let _host = host(950, &["/var/log/app/a.log", "/var/log/app/b.log"]);
    let twice = format!("{LOGS}, {}", LOGS.replace("*.log", "a*"));
    let planned = steps(&twice, r#", "over": 0.94, "free_to": 0.9"#);
    assert_eq!(planned.len(), 1);
}

#[test]
fn a_disk_that_is_not_over_its_threshold_any_more_is_left_alone() {
    let _host = host(950, &["/var/log/app/a.log"]);
    assert_eq!(refusal(LOGS, r#", "over": 0.95"#), "/var is not over 95 % any more: it is at 95 %");
    assert_eq!(refusal(LOGS, r#", "over": 0.9, "mount": "/""#), "/ is not over 90 % any more: it is at 10 %");
}

#[test]
fn what_would_not_help_is_not_done() {
    let _host = host(950, &["/var/log/app/a.log"]);
    let cases = [
        (LOGS.replace("/var/log/app", "/var/log/gone"), "cannot be listed (there is no `/var/log/gone`)"),
        (LOGS.replace("*.log", "*.gz"), "has no file of `*.gz` that is older than 1d"),
        (LOGS.replace("1d", "3d"), "older than 3d"),
        (LOGS.replace("/var/log/app", "/srv/app"), "/srv/app is not on /var"),
        (LOGS.replace("/var/log/app", "/various/app"), "/various/app is not on /var"),
        (LOGS.to_owned(), "would free 10 B of /var, and 50 B are needed to get below 90 %"),
    ];
    for (folders, reason) in cases {
        let refused = refusal(&folders, "");
        assert!(refused.contains(reason), "{folders}: {refused}");
    }
    assert!(
        refusal(LOGS, r#", "mount": "/srv""#)
            .contains("no disk of this node is mounted at `/srv` (there are: /, /var)")
    );
}

#[test]
fn the_disk_is_the_one_the_finding_is_about_and_it_must_be_critical() {
    let _host = host(950, &["/var/log/app/a.log"]);
    let config = || entry::config(&format!(r#"{{"folders": [{LOGS}], "only_if": "disk-used"}}"#)).unwrap();
    let warned = Observation::critical("").finding(Finding::warning("disk-used", "").about("/var"));
    let nameless = Observation::ok("").finding(Finding::critical("disk-used", "full"));
    for (observation, reason) in [(warned, "is no critical finding"), (nameless, "is about no disk")] {
        let decision = plan(config(), mock::incident("disk").evidence("disks", observation).input()).unwrap();
        let Decision::Refuse(refused) = decision else { panic!("planned") };
        assert!(refused.contains(reason), "{refused}");
    }
}

#[test]
fn a_config_that_could_delete_too_much_is_refused() {
    let _host = host(950, &["/var/log/app/a.log"]);
    let cases = [
        (LOGS.replace("*.log", "*"), "fits every file"),
        (LOGS.replace("*.log", "**"), "fits every file"),
        (LOGS.replace("*.log", "*.*"), "fits every file"),
        (LOGS.replace("*.log", "**/*.log"), "is more than a file's name"),
        (LOGS.replace("/var/log/app", "/"), "is no folder's path in full"),
        (LOGS.replace("/var/log/app", "var/log"), "is no folder's path in full"),
        (LOGS.replace("/var/log/app", "/var/*/app"), "is no folder's path in full"),
        (LOGS.replace("/var/log/app", "/var/log/../lib"), "is no folder's path in full"),
        (LOGS.replace("/var/log/app", "/etc/ssl"), "belongs to the system"),
        (LOGS.replace("/var/log/app", "/usr"), "belongs to the system"),
        (LOGS.replace("1d", "59s"), "`older_than` of /var/log/app is less than a minute"),
        (LOGS.replace("/var/log/app", "/var"), "`/var` is as much as everything"),
        (LOGS.replace("100,", "0,"), "0 is nothing"),
        (LOGS.replace("1000", "0"), "0 is nothing"),
        (String::new(), "`folders` is empty"),
    ];
    for (folders, reason) in cases {
        let refused = refusal(&folders, "");
        assert!(refused.contains(reason), "{folders}: {refused}");
    }
    for more in [r#", "over": 0.8"#, r#", "over": 1.5"#, r#", "free_to": -0.1"#] {
        assert!(refusal(LOGS, more).contains("`free_to` is below `over`"), "{more}");
    }
}
