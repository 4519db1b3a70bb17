//! pluginctl: builds, inspects and runs plugins on this machine, and talks to a node over HTTP. It changes a node in no
//! other way. One module a subcommand; what they share is [`client`] (the node), [`output`] (the reader), [`words`] and
//! [`observation`] (how things are said), [`files`] (configurations on this machine), [`moment`] and [`clock`].
#![forbid(unsafe_code)]

pub mod ack;
pub mod alerts;
pub mod build;
pub mod check_config;
pub mod checks;
pub mod client;
pub mod clock;
pub mod escalation;
pub mod files;
pub mod grant;
pub mod incident;
pub mod inspect;
pub mod install;
pub mod key;
pub mod local;
pub mod maintenance;
pub mod moment;
pub mod new;
pub mod observation;
pub mod oncall;
pub mod output;
pub mod playbook;
pub mod plugins;
pub mod reload;
pub mod remediation;
pub mod replay;
pub mod route;
pub mod run;
pub mod run_check;
pub mod silence;
pub mod slo;
pub mod status;
pub mod why;
pub mod words;
