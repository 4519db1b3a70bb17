//! The text that `/metrics` answers with: the daemon's own counters, and the node as it is at this moment.
//! Knows the node only through its [`NodeView`], and alerts through [`Alerts`].

use prometheus::{Gauge, IntGaugeVec, Opts, Registry, TextEncoder};
use tocsin_api::CheckStatus;

use super::{Metrics, gauge, kept};
use crate::alerts::Alerts;
use crate::http::NodeView;

impl Metrics {
    /// In Prometheus' text format.
    ///
    /// # Errors
    /// If two families share a name: a bug of this module.
    pub fn text(&self, node: &dyn NodeView, alerts: &Alerts) -> prometheus::Result<String> {
        // A registry of its own: what a scrape does not set must not be remembered from the one before.
        let now = Registry::new();
        uptime(&now, node)?;
        checks(&now, node)?;
        plugins(&now, node)?;
        super::alerts::scrape(&now, alerts)?;
        super::slos::scrape(&now, alerts)?;
        super::incidents::scrape(&now, alerts)?;
        let mut families = self.registry.gather();
        families.extend(now.gather());
        TextEncoder::new().encode_to_string(&families)
    }
}

fn uptime(now: &Registry, node: &dyn NodeView) -> prometheus::Result<()> {
    let status = node.status();
    let uptime = kept(now, Gauge::new("tocsin_uptime_seconds", "Time since the daemon started.")?)?;
    uptime.set(std::time::Duration::from_secs(status.uptime_seconds).as_secs_f64());
    gauge(now, "tocsin_ready", "1 while the node runs checks and can keep what it finds.")?
        .set(node.not_ready().is_none().into());
    Ok(())
}

fn checks(now: &Registry, node: &dyn NodeView) -> prometheus::Result<()> {
    let by_status = gauges(now, "tocsin_checks", "Configured checks by status.", &["status"])?;
    for status in CheckStatus::ALL {
        by_status.with_label_values(&[status.as_str()]).set(0);
    }
    let each = gauges(
        now,
        "tocsin_check_status",
        "Status of each check: 0 ok, 1 warning, 2 critical, 3 unknown, 4 stale.",
        &["check", "plugin"],
    )?;
    for check in node.checks() {
        by_status.with_label_values(&[check.status.as_str()]).inc();
        each.with_label_values(&[check.name.as_str(), check.plugin.as_str()]).set(code(check.status));
    }
    Ok(())
}

/// As Nagios numbers them, which has no word for stale.
const fn code(status: CheckStatus) -> i64 {
    match status {
        CheckStatus::Ok => 0,
        CheckStatus::Warning => 1,
        CheckStatus::Critical => 2,
        CheckStatus::Unknown => 3,
        CheckStatus::Stale => 4,
    }
}

fn plugins(now: &Registry, node: &dyn NodeView) -> prometheus::Result<()> {
    let info = gauges(
        now,
        "tocsin_plugin_info",
        "Always 1; what is installed, as labels.",
        &["plugin", "version", "kind", "digest"],
    )?;
    let loaded = gauges(now, "tocsin_plugin_loaded", "1 where the newest file serves.", &["plugin"])?;
    for plugin in node.plugins() {
        info.with_label_values(&[&plugin.name, &plugin.version, &plugin.kind, &plugin.digest]).set(1);
        let serves = plugin.state == tocsin_api::PluginState::Loaded;
        loaded.with_label_values(&[&plugin.name]).set(serves.into());
    }
    Ok(())
}

pub(super) fn gauges(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
    kept(registry, IntGaugeVec::new(Opts::new(name, help), labels)?)
}
