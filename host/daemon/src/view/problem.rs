//! Errors of the node as problem documents. Knows nothing of how they are sent.

use tocsin_api as api;
use tocsin_core::id::{CheckName, Digest, PluginName, RunId};
use tocsin_sandbox::package::PackageError;

use crate::control::ChangeError;
use crate::http::wire;
use crate::registry::{InstallError, chain};

pub(super) fn no_check(name: &CheckName) -> api::Problem {
    api::Problem::new(api::Code::CheckNotFound, format!("No check is named `{name}`; /api/v1/checks lists them."))
}

pub(super) fn no_plugin(name: &PluginName) -> api::Problem {
    api::Problem::new(api::Code::PluginNotFound, format!("No plugin is named `{name}`; /api/v1/plugins lists them."))
}

pub(super) fn no_run(id: &RunId) -> api::Problem {
    let detail =
        format!("No run `{id}` is kept: it never was, it is not written yet (half a second), or it is too old.");
    api::Problem::new(api::Code::RunNotFound, detail)
}

pub(super) fn no_transcript(id: &RunId) -> api::Problem {
    let detail = format!(
        "No transcript of `{id}` is kept. Those of healthy runs are sampled (`retention.transcript_sample`); a run on \
         demand always keeps its own."
    );
    api::Problem::new(api::Code::TranscriptNotKept, detail)
}

pub(super) fn no_component(plugin: &PluginName, digest: &Digest) -> api::Problem {
    let detail = format!("The component {digest} of `{plugin}` is no longer kept: it was replaced twice, or removed.");
    api::Problem::new(api::Code::PluginNotFound, detail)
}

pub(super) fn stopping() -> api::Problem {
    api::Problem::new(api::Code::ShuttingDown, "The node is shutting down.")
}

/// Why a change was refused; `offer` is what the component asks, where the change was an installation.
pub(super) fn change(error: &ChangeError, offer: Option<api::InstallRequest>) -> api::Problem {
    match error {
        ChangeError::Read(_) => api::Problem::new(api::Code::ConfigInvalid, chain(error)),
        ChangeError::Config(errors) | ChangeError::WouldBreak(errors) => {
            api::Problem { detail: error.to_string(), ..wire::config_problem(errors) }
        }
        ChangeError::InUse { .. } => api::Problem::new(api::Code::PluginInUse, error.to_string()),
        ChangeError::Stopping => stopping(),
        ChangeError::Install(error) => {
            let problem = api::Problem::new(install_code(error), chain(error));
            match offer {
                Some(offer) if has_offer(error) => problem.with_install(offer),
                _ => problem,
            }
        }
    }
}

const fn install_code(error: &InstallError) -> api::Code {
    match error {
        InstallError::Package(PackageError::SignatureMismatch { .. } | PackageError::SignatureUnreadable) => {
            api::Code::SignatureInvalid
        }
        InstallError::Package(_) => api::Code::PluginInvalid,
        InstallError::Digest { .. } => api::Code::DigestMismatch,
        InstallError::Unsigned { .. } => api::Code::Unsigned,
        InstallError::Untrusted { .. } => api::Code::SignerUntrusted,
        InstallError::GrantRequired { .. } => api::Code::GrantRequired,
        InstallError::Load { .. } => api::Code::PluginFailed,
        InstallError::Missing { .. } => api::Code::PluginNotFound,
        InstallError::NoPrevious { .. } => api::Code::NoPrevious,
        InstallError::Keep(_) | InstallError::Lock(_) => api::Code::Internal,
    }
}

/// Whether the answer lies in a yes that somebody can give.
const fn has_offer(error: &InstallError) -> bool {
    matches!(error, InstallError::Unsigned { .. } | InstallError::Untrusted { .. } | InstallError::GrantRequired { .. })
}
