//! One detector: a plugin that judges a metric of a check.

use super::Detector;
use super::depends::Edges;
use super::error::ConfigErrors;
use super::names::{Named, References};
use super::plugins::Plugins;
use super::read::{self, At, Fields};
use crate::id::{CheckName, DetectorName, MetricName};
use crate::manifest::Kind;
use crate::observation;

/// What entries refer to and other files may give.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) checks: References,
    pub(super) secrets: References,
    /// Which check depends on which.
    pub(super) edges: Edges,
}

/// Reads an entry of `detectors` and defines it under its name.
pub(super) fn read(
    at: &At<'_>,
    plugins: &mut Plugins<'_>,
    detectors: &mut Named<Detector>,
    wanted: &mut Wanted,
    errors: &mut ConfigErrors,
) {
    let Some(mut fields) = Fields::of(at, errors) else { return };
    let name = fields.required("name", errors, |at, errors| {
        let name = read::name(at, errors)?;
        detectors.claim("detector", name, at, errors);
        Some(name)
    });
    let plugin = plugins.read(Kind::Detector, &mut fields, &mut wanted.secrets, errors);
    let check = fields.required("check", errors, |at, errors| {
        let check = read::text(at, errors)?;
        wanted.checks.want(check, at.error("unknown-check", format!("there is no check `{check}`")));
        Some(check)
    });
    let metric = fields.required("metric", errors, metric);
    fields.finish(errors);
    let (Some(name), Some(plugin), Some(check), Some(metric)) = (name, plugin, check, metric) else { return };
    detectors.define(
        name,
        Detector {
            name: DetectorName::new(name),
            plugin: plugin.entry.manifest.name.clone(),
            check: CheckName::new(check),
            metric,
            config: plugin.config,
            rights: plugin.rights,
            limits: plugin.entry.manifest.limits,
            place: at.place(),
        },
    );
}

fn metric(at: &At<'_>, errors: &mut ConfigErrors) -> Option<MetricName> {
    let name = read::text(at, errors)?;
    if observation::is_metric_name(name) {
        return Some(MetricName::new(name));
    }
    errors.push(
        at.error("metric", format!("`{name}` is not a metric's name: [a-zA-Z_][a-zA-Z0-9_]* of at most 128 bytes")),
    );
    None
}
