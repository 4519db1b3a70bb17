//! The keys `alerting` and `sms` of `tocsin.yaml`, and what comes of all files together: who can be told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::Config;
use super::error::{ConfigError, ConfigErrors};
use super::files::Files;
use super::names::{Named, References};
use super::read::{self, At, Fields};
use super::receiver::{Account, Addition};
use super::template;
use crate::alerting::{ALERTS_MAX, Alerting, receiver_of_user};
use crate::alertmanager::{self, Config as Alertmanager, EmailConfig, IntegrationKind};
use crate::id::{ReceiverName, UserName};
use crate::nearest::nearest;
use crate::oncall::Contact;
use crate::receiver::{Integration, Kind, Receiver};
use crate::route::Routes;

const ALERTS_CEILING: u32 = 10_000_000;

/// The key `alerting`, and where its file is named.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) file: Option<PathBuf>,
    /// The error that it is if that file cannot be read, without its message.
    unreadable: Option<ConfigError>,
    external_url: Option<String>,
    alerts_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { file: None, unreadable: None, external_url: None, alerts_max: ALERTS_MAX }
    }
}

pub(super) fn read(fields: &mut Fields<'_>, errors: &mut ConfigErrors) -> Settings {
    fields.optional("alerting", errors, settings).unwrap_or_default()
}

fn settings(at: &At<'_>, errors: &mut ConfigErrors) -> Option<Settings> {
    let mut settings = Settings::default();
    let mut fields = Fields::of(at, errors)?;
    settings.file = fields.optional("config", errors, |at, errors| {
        settings.unreadable = Some(at.error("file", ""));
        read::path(at, errors)
    });
    settings.external_url = fields.optional("external_url", errors, |at, errors| {
        Some(read::web_url(at, errors)?.as_str().trim_end_matches('/').to_owned())
    });
    let most = fields.optional("alerts_max", errors, |at, errors| read::whole(at, 1, ALERTS_CEILING, errors));
    settings.alerts_max = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(settings.alerts_max);
    fields.finish(errors);
    Some(settings)
}

/// What the files say of who can be told.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) additions: Named<Addition>,
    pub(super) account: Account,
    /// Receivers that are referred to.
    pub(super) wanted: References,
    /// Users' own ways to be reached.
    pub(super) ways: Vec<(UserName, Contact, ConfigError)>,
}

/// All of it as one value. Without Alertmanager's file there are only the receivers of our own.
pub(super) fn compile(
    settings: Settings,
    node: &Config,
    files: &Files,
    given: Given,
    errors: &mut ConfigErrors,
) -> Alerting {
    let Given { additions, account, wanted, ways } = given;
    let mut is_whole = true;
    let alertmanager = match &files.alertmanager {
        None => None,
        Some(Ok(source)) => match alertmanager::compile(source) {
            Ok(file) => Some(file),
            Err(found) => {
                errors.extend(found);
                is_whole = false;
                None
            }
        },
        Some(Err(unreadable)) => {
            let (path, reason) = (unreadable.path.display(), &unreadable.reason);
            let message = format!("Alertmanager's file {path} cannot be read: {reason}");
            errors.extend(settings.unreadable.clone().map(|error| ConfigError { message, ..error }));
            is_whole = false;
            None
        }
    };
    let templates = template::read(files, errors);
    if let (Some(templates), Some(file), Some(Ok(source))) = (&templates, &alertmanager, &files.alertmanager) {
        template::check_alertmanager(source, file, templates, errors);
    }
    let mut receivers = alertmanager.as_ref().map(of_alertmanager).unwrap_or_default();
    let known: BTreeSet<String> = receivers.keys().map(ToString::to_string).collect();
    if is_whole {
        let known = known.iter().map(String::as_str).chain(additions.names());
        wanted.resolve_among(&known.collect(), errors);
    }
    for (name, addition) in additions.into_things() {
        if is_whole && !known.contains(&name) && !addition.tells {
            errors.push(nobody(&name, &addition, alertmanager.as_ref()));
        }
        for (integration, at) in addition.receiver.integrations.iter().zip(&addition.places) {
            templates.iter().for_each(|templates| template::check(&integration.kind, at, templates, errors));
        }
        addition.join(&name, &mut receivers);
    }
    if is_whole {
        let mail = alertmanager.as_ref().and_then(|file| file.mail.as_ref());
        of_users(ways, mail, &account, &mut receivers, errors);
    }
    Alerting {
        routes: alertmanager.as_ref().map(|file| Routes::new(&file.route)),
        templates: templates.unwrap_or_default(),
        alertmanager: alertmanager.map(Arc::new),
        receivers,
        external_url: settings.external_url.unwrap_or_else(|| external_url(node)),
        alerts_max: settings.alerts_max,
        ..Alerting::default()
    }
}

/// A receiver for each user, with a way for each of their own contacts, in their order.
fn of_users(
    ways: Vec<(UserName, Contact, ConfigError)>,
    mail: Option<&EmailConfig>,
    account: &Account,
    receivers: &mut BTreeMap<ReceiverName, Receiver>,
    errors: &mut ConfigErrors,
) {
    for (user, contact, unreachable) in ways {
        let kind = match contact {
            Contact::Email(to) => mail.map(|mail| Kind::Email(EmailConfig { to, ..mail.clone() })),
            Contact::Sms(to) => account.message(&to, None).map(Kind::Sms),
            Contact::Receiver(_) => continue,
        };
        let Some(kind) = kind else {
            errors.push(unreachable);
            continue;
        };
        let name = receiver_of_user(&user);
        let receiver = receivers.entry(name.clone()).or_insert_with(|| Receiver::new(name));
        receiver.integrations.push(Integration { kind, send_resolved: true, timeout: None });
    }
}

/// A receiver that would tell nobody: most likely a name that is written wrong.
fn nobody(name: &str, addition: &Addition, alertmanager: Option<&Alertmanager>) -> ConfigError {
    let known = alertmanager.iter().flat_map(|file| &file.receivers).map(|receiver| receiver.name.as_str());
    let message = format!("Alertmanager's file has no receiver `{name}`, and this one tells nobody by itself");
    let error = ConfigError { message, ..addition.unknown.clone() };
    match nearest(name, known) {
        Some(word) => error.help(format!("did you mean `{word}`?")),
        None => error.help("give it `sms`, `tickets` or `notifiers`"),
    }
}

fn of_alertmanager(file: &Alertmanager) -> BTreeMap<ReceiverName, Receiver> {
    let receiver = |receiver: &alertmanager::Receiver| {
        let integrations = receiver.integrations.iter().map(integration).collect();
        let name = ReceiverName::new(&receiver.name);
        (name.clone(), Receiver { integrations, ..Receiver::new(name) })
    };
    file.receivers.iter().map(receiver).collect()
}

fn integration(from: &alertmanager::Integration) -> Integration {
    Integration { kind: kind(&from.kind), send_resolved: from.send_resolved, timeout: from.timeout }
}

pub(super) fn kind(from: &IntegrationKind) -> Kind {
    match from {
        IntegrationKind::Webhook(config) => Kind::Webhook(config.clone()),
        IntegrationKind::Email(config) => Kind::Email(config.clone()),
        IntegrationKind::Slack(config) => Kind::Slack(config.clone()),
        IntegrationKind::PagerDuty(config) => Kind::PagerDuty(config.clone()),
    }
}

/// Where nothing is said: as the node listens, under its own name where it listens on every address.
fn external_url(node: &Config) -> String {
    let port = node.listen.port();
    if node.listen.ip().is_unspecified() {
        format!("http://{}:{port}", node.node)
    } else {
        format!("http://{}", node.listen)
    }
}
