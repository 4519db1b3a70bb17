//! A disk that is full: the node runs on, gives history up and says so, keeps what it must, and recovers when there is
//! room. The disk is a small one of the test's own, mounted as the data folder, where the machine lets it.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tocsin_tests::{Answer, Home, Node, Said, Server, Sink, guest, record, wait_for};

/// Room for the component, its compiled image, the database and its log.
const DISK: &str = "size=16m";
const RESERVE: &str = "node:\n  name: test\nshutdown_grace: 5s\nretention:\n  reserve: 512KiB\n";

/// A disk in memory; gone when dropped.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// None where the machine does not let this user mount one.
    fn mount(folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", DISK, "tocsin-test"]).arg(folder);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then(|| Self { folder: folder.to_owned() })
    }

    /// Leaves no byte.
    fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.filler()).unwrap();
        for block in [64 * 1024, 4_096, 1] {
            let zeros = vec![0; block];
            while file.write_all(&zeros).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("somebody-elses")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a node that a failing test left behind may still hold it.
        let _unmounted = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}

/// A figure of `/metrics`; zero where it is not there yet.
fn metric(node: &Node<'_>, name: &str) -> f64 {
    let text = node.text("/metrics");
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
    value.unwrap_or(0.0)
}

fn count(node: &Node<'_>) -> f64 {
    node.check("counts")["observation"]["metrics"][0]["value"].as_f64().unwrap_or(0.0)
}

/// `/readyz` and the metrics say the same of the store.
fn assert_told_truly(node: &Node<'_>) {
    wait_for("/readyz says what /metrics says", || {
        let failing = metric(node, "tocsin_store_failing") > 0.0;
        let ready = node.status_of("/readyz") == Some(200);
        (ready != failing && (metric(node, "tocsin_ready") > 0.0) == ready).then_some(())
    });
}

/// A page of the node, as somebody asks for it.
fn asked(node: &Node<'_>, path: &str) -> Said {
    let command = format!("curl -s {}{path}", node.url);
    Said { command, code: 0, stdout: node.text(path), stderr: String::new() }
}

/// Runs the check until a run is kept. Each one is written behind, within half a second: what is told as shed meanwhile
/// was not kept, and so many in a row would be ten seconds of history.
fn await_kept(node: &Node<'_>) {
    let is_kept = |_| {
        let shed = metric(node, "tocsin_history_shed_total");
        let run = node.run_check("counts");
        let path = format!("/api/v1/runs/{}", run["id"].as_str().unwrap());
        wait_for("the run is kept or shed", || {
            let kept = node.status_of(&path) == Some(200);
            (kept || metric(node, "tocsin_history_shed_total") > shed).then_some(kept)
        })
    };
    assert!((0..20).any(is_kept), "no run is kept:\n{}", node.log());
}

#[test]
fn a_full_disk_costs_history_and_nothing_else_and_the_node_recovers_when_there_is_room() {
    let home = Home::new();
    home.write("tocsin.yaml", RESERVE);
    let Some(disk) = Disk::mount(&home.path("data")) else {
        println!("not run here: a small disk is mounted for this test, which this user may not; root may");
        return;
    };
    let target = Server::start(Answer::new(200, "here"));
    let checks = format!(
        "checks:\n  - {{name: counts, plugin: hostile, interval: 100ms, config: {{act: count}}}}\n  \
         - {{name: shop, plugin: hostile, interval: 100ms, config: {{act: fetch, url: \"{}\"}}}}\n",
        target.url()
    );
    let node = home.start_with(&[guest("hostile")], &checks);
    node.await_status("shop", "ok");
    await_kept(&node);
    assert_eq!(metric(&node, "tocsin_history_shed_total"), 0.0);

    // What the node gives back to make room is taken as well.
    let shed = wait_for("history is shed", || {
        disk.fill();
        Some(metric(&node, "tocsin_history_shed_total")).filter(|shed| *shed > 0.0)
    });
    let counted = count(&node);
    wait_for("the checks run on", || (count(&node) > counted + 5.0).then_some(()));
    assert_told_truly(&node);
    let full = [node.pluginctl(&["run-check", "shop"]).expect_code(0), asked(&node, "/readyz")];

    // A change of status is shown once it is committed, and survives the power going.
    drop(target);
    node.await_status("shop", "critical");
    assert_told_truly(&node);
    assert_eq!(node.status_of("/readyz"), Some(200), "state is committed, so the node is ready:\n{}", node.log());
    wait_for("shedding goes on and is counted", || (metric(&node, "tocsin_history_shed_total") > shed).then_some(()));

    disk.make_room();
    await_kept(&node);
    assert_told_truly(&node);
    let [found, ready] = full;
    record("Disk full", &[&found, &ready]);
    node.kill();
    let node = home.start();
    assert_eq!(node.check("shop")["status"], "critical", "as it was committed");
    drop(node);
}

/// Alerts so large that no reserve holds many of them. Answered once they are on disk, or after ten seconds.
fn post_large(home: &Home, url: &str, round: usize) {
    let token = fs::read_to_string(home.path("data/admin.token")).expect("the node made its token");
    let alert = |n: usize| {
        let annotations = json!({"text": "x".repeat(16_000)});
        json!({"labels": {"alertname": "Large", "n": format!("{round}.{n}")}, "annotations": annotations})
    };
    let body = serde_json::Value::from_iter((0..20).map(alert)).to_string();
    let request = ureq::post(format!("{url}/alertmanager/api/v2/alerts"));
    let request = request.header("authorization", format!("Bearer {}", token.trim()));
    // While the disk is full it is refused.
    let _refused = request.header("content-type", "application/json").send(&body);
}

#[test]
fn a_disk_without_room_even_for_state_is_told_of_although_nothing_can_be_kept_and_so_is_its_end() {
    let (home, sink) = (Home::new(), Sink::start());
    let file = json!({
        "route": {"receiver": "nobody", "routes": [{"receiver": "sink", "matchers": ["alertname=\"StoreFailing\""]}]},
        "receivers": [{"name": "nobody"}, {"name": "sink", "webhook_configs": [{"url": sink.url()}]}],
    });
    home.write("alertmanager.yml", file.to_string());
    let settings = fs::read_to_string(home.path("tocsin.yaml")).unwrap();
    home.write("tocsin.yaml", settings + "alerting: {config: alertmanager.yml}\n");
    let Some(disk) = Disk::mount(&home.path("data")) else {
        println!("not run here: a small disk is mounted for this test, which this user may not; root may");
        return;
    };
    let node = home.start();
    let told = |status: &str| {
        let is_it = |body: &str| body.contains("StoreFailing") && body.contains(&format!(r#""status":"{status}""#));
        sink.asked().iter().filter(|asked| is_it(&asked.body)).count()
    };
    let url = node.url.clone();
    std::thread::scope(|scope| {
        // Each waits for a commit that does not come.
        for round in 0..4 {
            disk.fill();
            let (home, url) = (&home, &url);
            scope.spawn(move || post_large(home, url, round));
        }
        wait_for("the full disk is told of", || {
            disk.fill();
            (told("firing") > 0).then_some(())
        });
        assert!(metric(&node, "tocsin_store_failing") > 0.0);
        assert_eq!(node.status_of("/readyz"), Some(503), "nothing can be kept:\n{}", node.log());
        disk.make_room();
        wait_for("its end is told of", || (told("resolved") > 0).then_some(()));
    });
    assert_eq!((told("firing"), told("resolved")), (1, 1), "once each");
    assert_told_truly(&node);
}
