//! `cargo xtask demo --scenario ...`: a shop of its own is broken, and the node answers without a hand. Every step is told as
//! the incident's timeline tells it; the demo fails where the story ends otherwise.

#![expect(clippy::indexing_slicing, reason = "a key that a JSON value does not have is null, and no panic")]

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::node::Node;
use super::receivers::Receivers;
use super::signals::Signals;
use super::{Args, free_port, install, pluginctl};
use crate::plugins;
use crate::say;
use crate::shop::Shop;
use crate::workspace::Workspace;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Scenario {
    /// The shop's process is killed; a playbook starts it again, and proves that it helped.
    Outage,
    /// The shop's stock is gone; what a playbook tries does not help, is taken back, and a person is told.
    BadRepair,
}

/// The whole of a story takes some twenty seconds.
const STORY_TICKS_MAX: u32 = 1_200;
const TICK: Duration = Duration::from_millis(100);
const PLUGINS: [&str; 3] = ["probe-http", "action-run-command", "action-http"];
/// What a node refuses that has no plugins yet.
const LATER: &str = "conf.d/shop.yaml";

pub(crate) fn run(workspace: &Workspace, args: &Args, scenario: Scenario) -> Result<()> {
    say::step("building pluginhost and pluginctl (the first time takes some minutes, Wasmtime being the most of it)");
    workspace.build_programs()?;
    let plugins = plugins::build_standard(workspace)?;
    let signals = Signals::watch()?;
    let told = |line: &str| say::result(&format!("told  {line}"));
    let receivers = Receivers::start(told).context("the demo's receivers found no port on loopback")?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port.unwrap_or_else(free_port)));
    let shop_port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let stage = Stage::set(workspace, address, shop_port, &receivers)?;

    say::step("starting the shop and pluginhost");
    stage.shop.start()?;
    let _closes = Closes(&stage.shop);
    let mut node =
        Node::start(&workspace.program("pluginhost"), &stage.folder.join("tocsin.yaml"), address, &stage.log())?;
    if !node.await_ready(&signals)? {
        return node.stop(&signals);
    }
    for plugin in plugins.iter().filter(|plugin| PLUGINS.contains(&plugin.name.as_str())) {
        install(workspace, &stage.data(), address, plugin)?;
    }
    stage.write(workspace, LATER)?;
    pluginctl(workspace, &stage.data(), address, &["reload"])?;
    let story = Story { workspace, node: &node, signals: &signals, stage: &stage, address };
    let ended = story.tell(scenario);
    say::step("stopping");
    node.stop(&signals)?;
    ended
}

/// The folder with this run's files, made anew each time.
struct Stage {
    folder: PathBuf,
    addresses: [(&'static str, SocketAddr); 4],
    shop: Shop,
}

impl Stage {
    fn set(workspace: &Workspace, node: SocketAddr, shop_port: u16, receivers: &Receivers) -> Result<Self> {
        let folder = workspace.target("demo-repair");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be made anew", folder.display()))?;
        }
        fs::create_dir_all(folder.join("conf.d"))?;
        let shop = Shop { address: SocketAddr::from((Ipv4Addr::LOCALHOST, shop_port)), folder: folder.clone() };
        let addresses = [
            ("127.0.0.1:7117", node),
            ("127.0.0.1:7118", shop.address),
            ("127.0.0.1:7119", receivers.webhook),
            ("127.0.0.1:7120", receivers.mail),
        ];
        let stage = Self { folder, addresses, shop };
        stage.write_shopctl()?;
        stage.write(workspace, "tocsin.yaml")?;
        stage.write(workspace, "alertmanager.yml")?;
        Ok(stage)
    }

    /// A file of `examples/self-repair`, with this run's addresses.
    fn write(&self, workspace: &Workspace, name: &str) -> Result<()> {
        let path = workspace.path("examples/self-repair").join(name);
        let mut text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        for (written, now) in &self.addresses {
            text = text.replace(written, &now.to_string());
        }
        let text = text.replace("/usr/local/bin/shopctl", &self.shopctl().display().to_string());
        fs::write(self.folder.join(name), text).with_context(|| format!("{name} cannot be written"))
    }

    /// What stands for a service's own control program.
    fn write_shopctl(&self) -> Result<()> {
        let program = std::env::current_exe()?;
        let (port, folder) = (self.shop.address.port(), self.folder.display());
        let text = format!("#!/bin/sh\nexec '{}' shop \"$@\" --port {port} --folder '{folder}'\n", program.display());
        fs::write(self.shopctl(), text)?;
        fs::set_permissions(self.shopctl(), fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    fn shopctl(&self) -> PathBuf {
        self.folder.join("shopctl")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("pluginhost.log")
    }
}

/// The shop is gone when the demo is.
struct Closes<'s>(&'s Shop);

impl Drop for Closes<'_> {
    fn drop(&mut self) {
        // It may be the very thing that was killed.
        let _gone = self.0.kill();
    }
}

struct Story<'s> {
    workspace: &'s Workspace,
    node: &'s Node,
    signals: &'s Signals,
    stage: &'s Stage,
    address: SocketAddr,
}

impl Story<'_> {
    fn tell(&self, scenario: Scenario) -> Result<()> {
        self.until("the shop is seen to be well", || {
            let well = |check| self.get(&format!("/api/v1/checks/{check}")).is_some_and(|it| it["status"] == "ok");
            (well("shop") && well("stock")).then_some(())
        })?;
        say::result(&format!("\nThe page: http://{}/\n", self.address));
        match scenario {
            Scenario::Outage => {
                say::step("killing the shop");
                self.stage.shop.kill()?;
            }
            Scenario::BadRepair => {
                say::step("taking the shop's stock away");
                self.ask("POST", "/break")?;
            }
        }
        let incident = self.until("an incident is open", || {
            let list = self.get("/api/v1/incidents")?;
            list["incidents"][0]["id"].as_str().map(str::to_owned)
        })?;
        let repair = self.follow(&incident)?;
        let how = repair["ended"]["how"].as_str().unwrap_or_default().to_owned();
        say::result(&format!(
            "      the repair ended {how}: {}",
            repair["ended"]["reason"].as_str().unwrap_or_default()
        ));
        match scenario {
            Scenario::Outage => {
                ensure!(how == "verified", "the repair of the outage was to be verified, and ended {how}");
            }
            Scenario::BadRepair => {
                ensure!(how == "undone", "the bad repair was to be undone, and ended {how}");
                ensure!(repair["ended"]["escalated"] == true, "nobody was told of the bad repair");
                let breaker = self.ask("GET", "/breaker")?;
                ensure!(breaker.trim() == "closed", "the breaker was to be closed again, and is {breaker}");
                say::result("      the breaker is closed again");
                self.until("a person is told", || {
                    let alerts = self.get("/api/v1/alerts?state=firing")?;
                    let alerts = alerts["alerts"].as_array()?.iter().any(|alert| alert["name"] == "RemediationFailed");
                    alerts.then_some(())
                })?;
                say::step("bringing the stock back");
                self.ask("POST", "/repair")?;
            }
        }
        self.until("the incident is resolved", || {
            let it = self.get(&format!("/api/v1/incidents/{incident}"))?;
            (it["state"] == "resolved").then_some(())
        })?;
        self.postmortem(&incident)
    }

    /// Prints the timeline as it grows, until a repair has ended.
    fn follow(&self, incident: &str) -> Result<Value> {
        let mut seen = 0;
        self.until("a repair has ended", || {
            let it = self.get(&format!("/api/v1/incidents/{incident}"))?;
            let entries = it["timeline"].as_array()?;
            for entry in entries.iter().skip(seen) {
                let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
                let time = text("at");
                let time = time.get(11..19).unwrap_or(&time);
                say::result(&format!("{time}  {:<15} {}", text("kind"), text("text")));
            }
            seen = seen.max(entries.len());
            let repairs = self.get(&format!("/api/v1/remediations?incident={incident}"))?;
            let acted = |it: &&Value| it["ended"].is_object() && it["plan"].is_object();
            repairs["remediations"].as_array()?.iter().find(acted).cloned()
        })
    }

    fn postmortem(&self, incident: &str) -> Result<()> {
        let file = self.stage.folder.join("postmortem.md");
        let path = file.display().to_string();
        let data = self.stage.data();
        pluginctl(self.workspace, &data, self.address, &["postmortem", "show", incident, "--output", &path])?;
        let text = fs::read_to_string(&file).context("the post-mortem was not written")?;
        ensure!(text.contains("## "), "the post-mortem has no parts:\n{text}");
        say::result(&format!(
            "\nThe incident is resolved. Its post-mortem: {}",
            self.workspace.shown(Path::new(&path))
        ));
        Ok(())
    }

    fn get(&self, path: &str) -> Option<Value> {
        serde_json::from_str(&self.node.body(path).ok()?).ok()
    }

    /// Of the shop.
    fn ask(&self, method: &str, path: &str) -> Result<String> {
        let ask = || -> io::Result<String> {
            let mut stream = TcpStream::connect(self.stage.shop.address)?;
            write!(stream, "{method} {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        let answer = ask().context("the shop does not answer")?;
        Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    fn until<T>(&self, what: &str, mut condition: impl FnMut() -> Option<T>) -> Result<T> {
        for _ in 0..STORY_TICKS_MAX {
            if let Some(found) = condition() {
                return Ok(found);
            }
            if self.signals.wait(Some(TICK))? {
                bail!("stopped before {what}");
            }
        }
        bail!("two minutes passed before {what}; {} says more", self.stage.log().display())
    }
}
