//! The key `incidents`: what opens one, what belongs together, by when somebody is to answer, and who is told. A file that
//! does not say keeps [`Settings::default`].

use std::collections::BTreeSet;
use std::time::Duration;

use super::error::ConfigErrors;
use super::names::{Named, References};
use super::oncall::civil;
use super::read::{self, At, Fields};
use super::tree::Value;
use crate::id::ReceiverName;
use crate::incident::{Rule, Settings, Severity, Target, Update, Within};
use crate::rule::Text;

const RULES_MAX: usize = 200;
const SETS_MAX: usize = 20;
const NAMES_MAX: usize = 20;
const UPDATES_MAX: usize = 50;
/// A rule remembers a thousand begins.
const COUNT_MAX: u32 = 500;
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
const DURATION_MAX: Duration = Duration::from_secs(30 * 86_400);

const SEVERITIES: [(&str, Severity); 4] =
    [("SEV-1", Severity::Sev1), ("SEV-2", Severity::Sev2), ("SEV-3", Severity::Sev3), ("SEV-4", Severity::Sev4)];

pub(super) fn read(fields: &mut Fields<'_>, receivers: &mut References, errors: &mut ConfigErrors) -> Settings {
    fields.optional("incidents", errors, |at, errors| settings(at, receivers, errors)).unwrap_or_default()
}

fn settings(at: &At<'_>, receivers: &mut References, errors: &mut ConfigErrors) -> Option<Settings> {
    let mut settings = Settings::default();
    let mut fields = Fields::of(at, errors)?;
    let builtin = fields.optional("builtin_rules", errors, read::boolean).unwrap_or(true);
    let rules = fields.optional("rules", errors, rules).unwrap_or_default();
    let builtin = if builtin { Rule::builtin() } else { Vec::new() };
    settings.rules = rules.into_iter().chain(builtin).collect();
    fields.optional("correlate", errors, |at, errors| correlate(at, &mut settings, errors));
    let brief = |at: &At<'_>, errors: &mut ConfigErrors| read::duration(at, Duration::ZERO, DURATION_MAX, errors);
    set(&mut settings.resolve_after, fields.optional("resolve_after", errors, brief));
    set(&mut settings.reopen_within, fields.optional("reopen_within", errors, brief));
    fields.optional("targets", errors, |at, errors| targets(at, &mut settings, errors));
    set(&mut settings.business_hours, fields.optional("business_hours", errors, civil::hours));
    settings.war_room = fields.optional("war_room", errors, |at, errors| war_room(at, receivers, errors));
    let updates = fields.optional("updates", errors, |at, errors| {
        read::some(at, UPDATES_MAX, errors, |at, errors| update(at, receivers, errors))
    });
    settings.updates = updates.unwrap_or_default();
    set(&mut settings.postmortem_from, fields.optional("postmortem_from", errors, severity));
    fields.finish(errors);
    Some(settings)
}

fn rules(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Vec<Rule>> {
    let mut named = Named::default();
    let order = read::some(at, RULES_MAX, errors, |at, errors| {
        let mut fields = Fields::of(at, errors)?;
        let name = fields.required("name", errors, |at, errors| {
            let name = read::name(at, errors)?;
            named.claim("rule of incidents", name, at, errors);
            Some(name)
        });
        let rule = rule(name.unwrap_or_default(), &mut fields, errors);
        fields.finish(errors);
        named.define(name?, ());
        rule
    });
    let builtin: BTreeSet<String> = Rule::builtin().into_iter().map(|rule| rule.name).collect();
    for name in named.names().filter(|name| builtin.contains(*name)) {
        errors.push(at.error("duplicate-name", format!("`{name}` is a built-in rule")).help("choose another name"));
    }
    order
}

fn rule(name: &str, fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Option<Rule> {
    let severity = fields.required("severity", errors, severity);
    let before = errors.count();
    let matchers_at = fields.get("matchers");
    let matchers = matchers_at.as_ref().and_then(|at| super::rule::matchers(at, errors)).unwrap_or_default();
    let count_at = fields.get("count");
    let count = count_at.as_ref().and_then(|at| read::whole(at, 1, COUNT_MAX, errors)).unwrap_or(1);
    let within_at = fields.get("within");
    let within = within_at.as_ref().and_then(|at| read::duration(at, SECOND, DAY, errors));
    let by_at = fields.get("by");
    let by = by_at.as_ref().and_then(|at| read::some(at, NAMES_MAX, errors, label_name)).unwrap_or_default();
    let fast_burn = fields.optional("fast_burn", errors, read::boolean).unwrap_or(false);
    let node = fields.optional("node_alerts", errors, read::boolean).unwrap_or(false);
    if count == 1 {
        for (key, at) in [("within", &within_at), ("by", &by_at)] {
            if let Some(at) = at {
                let error =
                    at.error("incident-rule", format!("`{key}` says how alerts are counted, and one is enough"));
                errors.push(error.help("give the rule a `count` of at least 2"));
            }
        }
    }
    if matchers.is_empty() && (matchers_at.is_none() || errors.count() == before) && !fast_burn && count == 1 {
        let error = fields.at.error("incident-rule", "every alert would be an incident of its own");
        errors.push(error.help("give the rule `matchers`, `fast_burn: true` or a `count`"));
    }
    let new = Rule::new(name, severity?);
    let count = usize::try_from(count).unwrap_or(1);
    Some(Rule { matchers, count, within: within.unwrap_or(new.within), by, fast_burn, node, ..new })
}

/// `{labels: [service, [alertname, job]], window: 15m}`
fn correlate(at: &At<'_>, settings: &mut Settings, errors: &mut ConfigErrors) -> Option<()> {
    let mut fields = Fields::of(at, errors)?;
    let sets = fields.optional("labels", errors, |at, errors| {
        // None at all: only checks bring alerts together.
        if matches!(&at.node.value, Value::List(items) if items.is_empty()) {
            return Some(Vec::new());
        }
        read::some(at, SETS_MAX, errors, |at, errors| match &at.node.value {
            Value::List(_) => read::some(at, NAMES_MAX, errors, label_name),
            _ => Some(vec![label_name(at, errors)?]),
        })
    });
    set(&mut settings.correlate, sets);
    let window = |at: &At<'_>, errors: &mut ConfigErrors| read::duration(at, SECOND, DAY, errors);
    set(&mut settings.window, fields.optional("window", errors, window));
    fields.finish(errors);
    Some(())
}

/// By severity; what is not said of one stays as it is, and `none` takes it away.
fn targets(at: &At<'_>, settings: &mut Settings, errors: &mut ConfigErrors) -> Option<()> {
    let mut fields = Fields::of(at, errors)?;
    for (name, severity) in SEVERITIES {
        let target = settings.targets.get(&severity).copied().unwrap_or_default();
        let Some(read) = fields.optional(name, errors, |at, errors| target_of(at, target, errors)) else { continue };
        settings.targets.insert(severity, read);
    }
    fields.finish(errors);
    Some(())
}

fn target_of(at: &At<'_>, before: Target, errors: &mut ConfigErrors) -> Option<Target> {
    if is_none(at) {
        return Some(Target::default());
    }
    let mut fields = Fields::of(at, errors)?;
    let respond = fields.optional("respond", errors, within);
    let resolve = fields.optional("resolve", errors, within);
    fields.finish(errors);
    Some(Target { respond: respond.unwrap_or(before.respond), resolve: resolve.unwrap_or(before.resolve) })
}

/// `15m`, `{time: 2h, business: true}` or `none`.
fn within(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Option<Within>> {
    if is_none(at) {
        return Some(None);
    }
    let duration = |at: &At<'_>, errors: &mut ConfigErrors| read::duration(at, SECOND, DURATION_MAX, errors);
    if !matches!(at.node.value, Value::Map(_)) {
        return duration(at, errors).map(|time| Some(Within { time, business: false }));
    }
    let mut fields = Fields::of(at, errors)?;
    let time = fields.required("time", errors, duration);
    let business = fields.optional("business", errors, read::boolean).unwrap_or(false);
    fields.finish(errors);
    Some(Some(Within { time: time?, business }))
}

fn is_none(at: &At<'_>) -> bool {
    matches!(&at.node.value, Value::Text(text) if text == "none")
}

fn war_room(at: &At<'_>, receivers: &mut References, errors: &mut ConfigErrors) -> Option<(ReceiverName, Severity)> {
    let mut fields = Fields::of(at, errors)?;
    let receiver = fields.required("receiver", errors, |at, errors| receiver(at, receivers, errors));
    let from = fields.optional("from", errors, severity).unwrap_or(Severity::Sev1);
    fields.finish(errors);
    Some((receiver?, from))
}

fn update(at: &At<'_>, receivers: &mut References, errors: &mut ConfigErrors) -> Option<Update> {
    let mut fields = Fields::of(at, errors)?;
    let named = fields.required("receivers", errors, |at, errors| {
        read::some(at, NAMES_MAX, errors, |at, errors| receiver(at, receivers, errors))
    });
    let from = fields.optional("from", errors, severity).unwrap_or(Severity::Sev2);
    let text = fields.optional("text", errors, |at, errors| {
        let parsed = Text::parse(read::text(at, errors)?);
        parsed.map_err(|error| errors.push(at.error("template", error.to_string()))).ok()
    });
    fields.finish(errors);
    Some(Update { receivers: named?, from, text })
}

fn receiver(at: &At<'_>, receivers: &mut References, errors: &mut ConfigErrors) -> Option<ReceiverName> {
    let name = read::text(at, errors)?;
    receivers.want(name, at.error("unknown-receiver", format!("there is no receiver `{name}`")));
    Some(ReceiverName::new(name))
}

fn severity(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Severity> {
    read::word(at, &SEVERITIES, errors)
}

fn label_name(at: &At<'_>, errors: &mut ConfigErrors) -> Option<String> {
    read::text(at, errors).map(str::to_owned)
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}
