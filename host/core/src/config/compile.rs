//! The compiler: all files in, one configuration or every error out. What spans files is decided here (names that are
//! given twice, what refers to what); what stands inside one entry is the other rooms'.

use std::path::PathBuf;
use std::sync::Arc;

use super::catalog::Catalog;
use super::error::{ConfigError, ConfigErrors};
use super::files::Files;
use super::names::Named;
use super::oncall::People;
use super::plugins::Plugins;
use super::read::{self, At, Fields};
use super::tree::{self, Node};
use super::{
    Check, Config, Detector, Place, SecretSource, alerting, budget_policy, check, command, detector, incident, node,
    playbook, receiver, rule, secret, slo,
};

/// More than one node runs; each costs memory for ever.
const CHECKS_MAX: usize = 50_000;
const DETECTORS_MAX: usize = 50_000;

/// One file's text. The first is `tocsin.yaml`, the others are those of `conf.d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As shown in messages.
    pub name: String,
    /// What relative paths in it are relative to.
    pub folder: PathBuf,
    pub text: String,
}

/// What holds where the configuration is silent, and only the shell can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// The host's name.
    pub node: String,
    /// The data folder.
    pub data: PathBuf,
}

/// A configuration that holds every rule, or everything that is wrong.
pub fn compile(files: &Files, catalog: &Catalog, defaults: &Defaults) -> Result<Config, ConfigErrors> {
    let mut errors = ConfigErrors::default();
    let mut draft = Draft {
        settings: node::silent(defaults),
        secrets: Named::default(),
        checks: Named::default(),
        detectors: Named::default(),
        plugins: Plugins::new(catalog),
        wanted: detector::Wanted::default(),
        people: People::default(),
        alerting: alerting::Settings::default(),
        account: receiver::Account::default(),
        receivers: Named::default(),
        rules: rule::Entries::default(),
        slos: slo::Settings::default(),
        budget_policies: budget_policy::Entries::default(),
        commands: command::Entries::default(),
        playbooks: playbook::Entries::default(),
    };
    for (index, source) in files.own.iter().enumerate() {
        let Some(root) = tree(source, &mut errors) else { continue };
        let at = At { source, path: String::new(), node: &root };
        let Some(mut fields) = Fields::of(&at, &mut errors) else { continue };
        if index == 0 {
            draft.settings = node::read(&mut fields, defaults, &mut errors);
            draft.alerting = alerting::read(&mut fields, &mut errors);
            draft.slos = slo::read(&mut fields, &mut errors);
            let receivers = &mut draft.people.receivers;
            draft.settings.incidents = Arc::new(incident::read(&mut fields, receivers, &mut errors));
            draft.account = fields.optional("sms", &mut errors, receiver::Account::read).unwrap_or_default();
        } else {
            node::refuse(&mut fields, &mut errors);
        }
        draft.read(fields, &mut errors);
    }
    draft.finish(files, errors)
}

/// The node's own settings as far as they can be read, for what must be set up before checks can be judged: the data
/// folder holds the plugins, and the plugins say what a check may be. Says nothing of errors: [`compile`] does.
#[must_use]
pub fn settings(source: &Source, defaults: &Defaults) -> Config {
    let mut unsaid = ConfigErrors::default();
    let root = tree(source, &mut unsaid);
    let at = root.as_ref().map(|node| At { source, path: String::new(), node });
    let fields = at.as_ref().and_then(|at| Fields::of(at, &mut unsaid));
    let Some(mut fields) = fields else { return node::silent(defaults) };
    let settings = node::read(&mut fields, defaults, &mut unsaid);
    let alertmanager_file = alerting::read(&mut fields, &mut unsaid).file;
    Config { alertmanager_file, slo_files: slo::read(&mut fields, &mut unsaid).patterns(), ..settings }
}

/// What was read so far, of all files.
#[derive(Debug)]
struct Draft<'c> {
    settings: Config,
    secrets: Named<SecretSource>,
    checks: Named<Check>,
    detectors: Named<Detector>,
    plugins: Plugins<'c>,
    wanted: detector::Wanted,
    people: People,
    alerting: alerting::Settings,
    account: receiver::Account,
    receivers: Named<receiver::Addition>,
    rules: rule::Entries,
    slos: slo::Settings,
    budget_policies: budget_policy::Entries,
    commands: command::Entries,
    playbooks: playbook::Entries,
}

impl Draft<'_> {
    /// Reads what every file may hold.
    fn read(&mut self, mut fields: Fields<'_>, errors: &mut ConfigErrors) {
        fields.optional("secrets", errors, |at, errors| secret::read(at, &mut self.secrets, errors));
        for at in fields.optional("checks", errors, read::list).unwrap_or_default() {
            if self.checks.count() >= CHECKS_MAX {
                errors.push(at.error("too-many", format!("this is one check more than the {CHECKS_MAX} a node runs")));
                break;
            }
            check::read(&at, &mut self.plugins, &mut self.checks, &mut self.wanted, errors);
        }
        for at in fields.optional("detectors", errors, read::list).unwrap_or_default() {
            if self.detectors.count() >= DETECTORS_MAX {
                errors.push(
                    at.error("too-many", format!("this is one detector more than the {DETECTORS_MAX} a node runs")),
                );
                break;
            }
            detector::read(&at, &mut self.plugins, &mut self.detectors, &mut self.wanted, errors);
        }
        self.people.read(&mut fields, errors);
        fields.optional("receivers", errors, |at, errors| {
            let mut references =
                receiver::Wanted { policies: &mut self.people.wanted_policies, secrets: &mut self.wanted.secrets };
            receiver::read(at, &self.account, &mut self.plugins, &mut references, &mut self.receivers, errors)
        });
        for at in fields.optional("rules", errors, read::list).unwrap_or_default() {
            self.rules.read(&at, errors);
        }
        for at in fields.optional("error_budget_policies", errors, read::list).unwrap_or_default() {
            self.budget_policies.read(&at, errors);
        }
        for at in fields.optional("commands", errors, read::list).unwrap_or_default() {
            self.commands.read(&at, errors);
        }
        for at in fields.optional("playbooks", errors, read::list).unwrap_or_default() {
            self.playbooks.read(&at, &mut self.plugins, &mut self.wanted, errors);
        }
        fields.finish(errors);
    }

    /// Decides what spans files.
    fn finish(mut self, files: &Files, mut errors: ConfigErrors) -> Result<Config, ConfigErrors> {
        self.wanted.checks.resolve(&self.checks, &mut errors);
        self.wanted.secrets.resolve(&self.secrets, &mut errors);
        let (wanted, ways) = (std::mem::take(&mut self.people.receivers), std::mem::take(&mut self.people.ways));
        self.people.finish(&self.checks, &mut self.settings, &mut errors);
        let dependents = self.wanted.edges.resolve(&mut errors);
        let alertmanager_file = self.alerting.file.clone();
        let given = alerting::Given { additions: self.receivers, account: self.account, wanted, ways };
        let before = errors.count();
        let alerting = alerting::compile(self.alerting, &self.settings, files, given, &mut errors);
        // Receivers that could not be read may well be those that are asked for: one mistake is one error.
        let receivers = (errors.count() == before).then(|| alerting.receivers.keys().cloned().collect());
        let slo_files = self.slos.patterns();
        let before = errors.count();
        let slos = slo::compile(self.slos, files, &self.checks, receivers, &mut errors);
        // An SLO that is wrong may well be one that is asked for.
        let is_whole = errors.count() == before;
        let budget_policies = self.budget_policies.bind(&slos.slos, is_whole, &mut errors);
        let whole =
            playbook::Whole { checks: &self.checks, slos: is_whole.then_some(&slos.slos), settings: &self.settings };
        let playbooks = self.playbooks.bind(&whole, &mut errors);
        let rules = self.rules.bind(&self.checks, &self.detectors, &self.settings, &mut errors);
        errors.into_result()?;
        Ok(Config {
            alertmanager_file,
            alerting: Arc::new(alerting),
            rules,
            secrets: self.secrets.into_things().collect(),
            checks: self.checks.into_things().map(|(_, check)| (check.name.clone(), check)).collect(),
            detectors: self.detectors.into_things().map(|(_, detector)| (detector.name.clone(), detector)).collect(),
            dependents,
            slo_files,
            slos: slos.slos,
            budget_policies,
            commands: self.commands.finish(),
            playbooks,
            slo_notes: slos.notes,
            ..self.settings
        })
    }
}

/// A file's tree, if it has one; its faults are reported.
pub(crate) fn tree(source: &Source, errors: &mut ConfigErrors) -> Option<Node> {
    let (root, faults) = tree::parse(&source.text);
    for tree::Fault { mark, path, code, message } in faults {
        let place = Place { file: source.name.clone(), line: mark.line, column: mark.column };
        errors.push(ConfigError { place, path, code, message, help: None });
    }
    root
}
