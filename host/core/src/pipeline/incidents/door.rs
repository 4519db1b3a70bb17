//! The door for acts: whether this can be done about that incident now. Knows nothing of who may.

use super::INCIDENTS_OPEN_MAX;
use crate::id::IncidentId;
use crate::incident::postmortem::{ACTIONS_MAX, Act, Postmortem};
use crate::incident::{ActError, Incident, IncidentAct, Signed};
use crate::pipeline::State;

/// The act as it can be told by [`Event::IncidentActed`](crate::pipeline::Event::IncidentActed). What changes until then may
/// still leave it without effect.
///
/// # Errors
/// Why it cannot be done, naming the field or the state.
pub fn admit_incident_act(state: &State, id: &IncidentId, act: IncidentAct) -> Result<IncidentAct, ActError> {
    let act = act.accept()?;
    let known = state.incidents.get(id);
    if let IncidentAct::Open { .. } = act {
        return match known {
            Some(_) => Err(ActError::Exists(id.clone())),
            None if state.incidents.open_len() >= INCIDENTS_OPEN_MAX => Err(ActError::TooManyOpen(INCIDENTS_OPEN_MAX)),
            None => Ok(act),
        };
    }
    let incident = known.ok_or_else(|| ActError::Unknown(id.clone()))?;
    let already = |signed: &Option<Signed>, what| match signed {
        Some(Signed { by, at }) => Err(ActError::Already { what, by: by.clone(), at: *at }),
        None => Ok(()),
    };
    let is_open = |what| {
        let state = incident.state().as_str();
        if incident.is_open() { Ok(()) } else { Err(ActError::State { state, what }) }
    };
    match &act {
        IncidentAct::Acknowledge => {
            is_open("acknowledged")?;
            already(&incident.acknowledged, "acknowledged")?;
        }
        IncidentAct::Mitigate => {
            is_open("mitigated")?;
            already(&incident.mitigated, "mitigated")?;
        }
        IncidentAct::Resolve => already(&incident.resolved, "resolved")?,
        IncidentAct::Reopen if incident.is_open() => {
            return Err(ActError::State { state: incident.state().as_str(), what: "reopened" });
        }
        IncidentAct::Postmortem(act) => learn(incident, act)?,
        _ => {}
    }
    Ok(act)
}

fn learn(incident: &Incident, act: &Act) -> Result<(), ActError> {
    if incident.postmortem.is_none() && incident.is_open() {
        return Err(ActError::NoPostmortem);
    }
    let none = Postmortem::default();
    let postmortem = incident.postmortem.as_ref().unwrap_or(&none);
    match act {
        Act::ChangeAction { number, .. } | Act::Done { number, .. }
            if !postmortem.actions.iter().any(|item| item.number == *number) =>
        {
            Err(ActError::NoAction(*number))
        }
        Act::AddAction { .. } if postmortem.actions.len() >= ACTIONS_MAX => Err(ActError::TooManyActions(ACTIONS_MAX)),
        _ => Ok(()),
    }
}
