//! Verbs as rights: which there are, what each may be about, and whether a verb of a plan is one of them. Follows no link
//! and resolves no name: whoever carries a verb out asks again with what it arrived at.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::address::origin;
use super::entry::EntryProblem;
use super::reach::{Folder, Reach};
use super::{HttpRight, Refused, Rights};
use crate::config::read::is_name;
use crate::nearest::nearest;
use crate::plan::{HeaderValue, HttpCall, Verb};

/// A verb, and the one thing it may be about: a unit, an executable, a command, an origin, a folder, a key, a check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VerbRight {
    pub verb: VerbKind,
    /// In its normal form.
    pub target: String,
}

/// The verbs there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerbKind {
    RestartService,
    StartService,
    StopService,
    SignalProcess,
    RunCommand,
    HttpRequest,
    WriteFile,
    SetSysctl,
    DeleteFiles,
    RunCheck,
}

impl VerbKind {
    pub const ALL: [Self; 10] = [
        Self::RestartService,
        Self::StartService,
        Self::StopService,
        Self::SignalProcess,
        Self::RunCommand,
        Self::HttpRequest,
        Self::WriteFile,
        Self::SetSysctl,
        Self::DeleteFiles,
        Self::RunCheck,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RestartService => "restart-service",
            Self::StartService => "start-service",
            Self::StopService => "stop-service",
            Self::SignalProcess => "signal-process",
            Self::RunCommand => "run-command",
            Self::HttpRequest => "http-request",
            Self::WriteFile => "write-file",
            Self::SetSysctl => "set-sysctl",
            Self::DeleteFiles => "delete-files",
            Self::RunCheck => "run-check",
        }
    }

    /// What it does to its target, for people: `restart of`.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::RestartService => ("restart of the service", "named by"),
            Self::StartService => ("start of the service", "named by"),
            Self::StopService => ("stop of the service", "named by"),
            Self::SignalProcess => ("signals to processes of", "the executable in"),
            Self::RunCommand => ("run of the command", "named by"),
            Self::HttpRequest => ("http requests that change something, to", "the origin of"),
            Self::WriteFile => ("write to", "the path in"),
            Self::SetSysctl => ("change of the kernel setting", "named by"),
            Self::DeleteFiles => ("deletion of files in", "the folder in"),
            Self::RunCheck => ("run of the check", "named by"),
        }
    }

    /// The verb at the beginning of an entry, and what follows it. A verb is never filled in from a config.
    pub(super) fn split(entry: &str) -> Result<(Self, &str), EntryProblem> {
        let Some((word, target)) = entry.split_once(' ') else {
            return Err(if Self::named(entry).is_some() { EntryProblem::NoTarget } else { unknown(entry) });
        };
        let verb = Self::named(word).ok_or_else(|| unknown(word))?;
        if target.trim().is_empty() { Err(EntryProblem::NoTarget) } else { Ok((verb, target)) }
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == word)
    }

    /// A target in its normal form.
    fn target(self, text: &str) -> Result<String, EntryProblem> {
        match self {
            Self::RestartService | Self::StartService | Self::StopService => {
                if is_service_unit(text) {
                    Ok(text.to_owned())
                } else {
                    Err(EntryProblem::Unit)
                }
            }
            Self::SignalProcess | Self::WriteFile | Self::DeleteFiles => match Folder::parse(text)?.0 {
                all if all == "/" => Err(EntryProblem::Everything),
                path => Ok(path),
            },
            Self::RunCommand | Self::RunCheck => {
                if is_name(text) {
                    Ok(text.to_owned())
                } else {
                    Err(EntryProblem::Name)
                }
            }
            Self::HttpRequest => origin(text).map(|origin| origin.to_string()),
            Self::SetSysctl => {
                if is_sysctl_key(text) {
                    Ok(text.to_owned())
                } else {
                    Err(EntryProblem::SysctlKey)
                }
            }
        }
    }
}

fn unknown(word: &str) -> EntryProblem {
    let near = nearest(word, VerbKind::ALL.into_iter().map(VerbKind::as_str));
    EntryProblem::UnknownVerb { nearest: near.and_then(VerbKind::named).map(VerbKind::as_str) }
}

impl Verb {
    #[must_use]
    pub const fn kind(&self) -> VerbKind {
        match self {
            Self::RestartService { .. } => VerbKind::RestartService,
            Self::StartService { .. } => VerbKind::StartService,
            Self::StopService { .. } => VerbKind::StopService,
            Self::SignalProcess { .. } => VerbKind::SignalProcess,
            Self::RunCommand { .. } => VerbKind::RunCommand,
            Self::HttpRequest { .. } => VerbKind::HttpRequest,
            Self::WriteFile { .. } => VerbKind::WriteFile,
            Self::SetSysctl { .. } => VerbKind::SetSysctl,
            Self::DeleteFiles { .. } => VerbKind::DeleteFiles,
            Self::RunCheck { .. } => VerbKind::RunCheck,
        }
    }

    /// What it is about, as it is written.
    #[must_use]
    pub fn target(&self) -> &str {
        match self {
            Self::RestartService { unit } | Self::StartService { unit } | Self::StopService { unit } => unit,
            Self::SignalProcess { executable, .. } => executable,
            Self::RunCommand { command, .. } => command,
            Self::HttpRequest { request, .. } => &request.url,
            Self::WriteFile { path, .. } => path,
            Self::SetSysctl { key, .. } => key,
            Self::DeleteFiles { folder, .. } => folder,
            Self::RunCheck { check } => check.as_str(),
        }
    }
}

impl Reach for VerbRight {
    fn parse(text: &str) -> Result<Self, EntryProblem> {
        let (verb, target) = VerbKind::split(text)?;
        Ok(Self { verb, target: verb.target(target)? })
    }

    fn covers(&self, other: &Self) -> bool {
        self.verb == other.verb
            && match self.verb {
                VerbKind::WriteFile | VerbKind::DeleteFiles => {
                    Folder(self.target.clone()).covers(&Folder(other.target.clone()))
                }
                VerbKind::HttpRequest => match (origin(&self.target), origin(&other.target)) {
                    (Ok(granted), Ok(wanted)) => granted.covers(&wanted),
                    _ => false,
                },
                _ => self.target == other.target,
            }
    }

    fn is_wildcard(&self) -> bool {
        self.origin().is_some_and(|origin| origin.is_wildcard())
    }
}

impl VerbRight {
    /// Of `http-request` alone.
    pub(super) fn origin(&self) -> Option<HttpRight> {
        (self.verb == VerbKind::HttpRequest).then(|| origin(&self.target).ok())?
    }
}

impl fmt::Display for VerbRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb.as_str(), self.target)
    }
}

impl Rights {
    /// What requests of a plan may reach: the origins that its verbs name, and nothing that the plugin may only read.
    #[must_use]
    pub fn acting(&self) -> Self {
        Self { http: self.verbs.iter().filter_map(VerbRight::origin).collect(), ..self.clone() }
    }

    /// Whether a plan may ask for this verb: the verb, what it is about, where its compensation goes, and the secrets that
    /// its requests carry.
    ///
    /// # Errors
    /// The first of them that is outside these rights.
    pub fn permits_verb(&self, verb: &Verb) -> Result<(), Refused> {
        self.permits_target(verb.kind(), verb.target())?;
        let Verb::HttpRequest { request, compensate } = verb else { return Ok(()) };
        self.permits_secrets(request)?;
        let Some(compensate) = compensate else { return Ok(()) };
        self.permits_target(VerbKind::HttpRequest, &compensate.url)?;
        self.permits_secrets(compensate)
    }

    fn permits_target(&self, verb: VerbKind, target: &str) -> Result<(), Refused> {
        let asked = format!("{} {target}", verb.as_str());
        // A path that climbs would be compared as something it is not.
        let right = verb.target(target).map(|target| VerbRight { verb, target });
        let refused = |reason: String| Refused { capability: "verbs", target: asked.clone(), reason };
        let right = right.map_err(|problem| refused(format!("`{target}` {problem}")))?;
        if right.is_wildcard() {
            return Err(refused(format!("`{target}` {}", EntryProblem::Wildcard)));
        }
        if self.verbs.iter().any(|granted| granted.covers(&right)) {
            return Ok(());
        }
        let rights: Vec<String> = self.verbs.iter().map(ToString::to_string).collect();
        Err(refused(if rights.is_empty() {
            "this plugin, with this config, has no `verbs` right".to_owned()
        } else {
            format!("with this config it may only {}", rights.join(", "))
        }))
    }

    fn permits_secrets(&self, call: &HttpCall) -> Result<(), Refused> {
        call.headers.iter().try_for_each(|(_, value)| match value {
            HeaderValue::Text(_) => Ok(()),
            HeaderValue::Secret(name) | HeaderValue::Bearer(name) => self.permits_secret(name),
        })
    }
}

/// One service of systemd by its full name: no pattern, no template without its instance, and nothing that takes other
/// units with it, as a target or a slice would.
#[must_use]
pub fn is_service_unit(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    name.len() <= 255
        && name.strip_suffix(".service").is_some_and(|stem| {
            !stem.is_empty() && !stem.ends_with('@') && !stem.starts_with('-') && stem.chars().all(plain)
        })
}

/// `vm.swappiness`: at least two parts, and no way out of `/proc/sys`.
#[must_use]
pub fn is_sysctl_key(key: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '@'))
    };
    key.len() <= 255 && key.contains('.') && key.split('.').all(is_part)
}

#[cfg(test)]
mod tests;
