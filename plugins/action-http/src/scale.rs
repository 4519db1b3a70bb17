//! A number times a factor, held within a floor, a ceiling and what it may cost.

use tocsin_sdk::actions::NoPlan;
use tocsin_sdk::serde_json::Value;

use crate::decimal::Decimal;
use crate::values::Values;

/// The number to change, and its bounds.
#[tocsin_sdk::config]
pub(crate) struct Scale {
    /// The number as it is now: a value that was read, `{deployment.replicas}`.
    pub(crate) from: String,
    /// What it is multiplied by; what that gives is rounded up.
    pub(crate) factor: Decimal,
    /// It is never less than this.
    #[serde(default = "one")]
    pub(crate) floor: u64,
    /// It is never more than this.
    pub(crate) ceiling: u64,
    /// What one costs, in the unit of `cost_limit`.
    pub(crate) cost_per_unit: Option<Decimal>,
    /// What all of them may cost.
    pub(crate) cost_limit: Option<Decimal>,
}

fn one() -> u64 {
    1
}

/// Works out `{scale.from}` and `{scale.to}`, or says why the number stays.
pub(crate) fn check(scale: &Scale, values: &mut Values<'_>) -> Result<(), NoPlan> {
    let found = values.sole(&scale.from)?;
    let Some(from) = found.as_u64() else {
        return Err(NoPlan::because(format!("`{}` is {found}, which is no count", scale.from)));
    };
    let to = target(scale, from).map_err(NoPlan::Refused)?;
    values.know("scale.from".into(), Value::from(from));
    values.know("scale.to".into(), Value::from(to));
    Ok(())
}

fn target(scale: &Scale, from: u64) -> Result<u64, String> {
    let Scale { factor, floor, ceiling, .. } = *scale;
    if factor == Decimal::ONE || floor > ceiling || floor == 0 {
        return Err("config: `scale` wants a `factor` other than 1, and 1 <= `floor` <= `ceiling`".to_owned());
    }
    let (affordable, cost) = match (scale.cost_per_unit, scale.cost_limit) {
        (None, None) => (u64::MAX, String::new()),
        (Some(unit), Some(limit)) => {
            let affordable =
                limit.holds(unit).ok_or("config: `scale.cost_per_unit` is 0: leave out what costs nothing")?;
            (affordable, format!(", and the cost limit of {limit} pays for {affordable} at {unit} each"))
        }
        _ => return Err("config: `scale.cost_per_unit` and `scale.cost_limit` belong together".to_owned()),
    };
    let wanted = factor.times_up(from).max(floor);
    let most = ceiling.min(affordable);
    let bounds = format!(
        "there are {from}, {factor} times as many are {wanted}, the floor is {floor}, the ceiling {ceiling}{cost}"
    );
    let grows = factor > Decimal::ONE;
    let to = wanted.min(most);
    if from == 0 {
        Err("there are none now, and a factor makes no more of them".to_owned())
    } else if to < floor {
        Err(format!("fewer than the floor would be left: {bounds}"))
    } else if !grows && wanted > most {
        // Taking away more than the factor says, only to get below a limit, could take away what carries the load.
        Err(format!("even so many are more than there may be: {bounds}"))
    } else if (grows && to > from) || (!grows && to < from) {
        Ok(to)
    } else {
        Err(format!("the number has nowhere to go: {bounds}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(factor: f64, floor: u64, ceiling: u64, cost: Option<(f64, f64)>) -> Scale {
        let decimal = |number| Decimal::new(number).unwrap();
        Scale {
            from: String::new(),
            factor: decimal(factor),
            floor,
            ceiling,
            cost_per_unit: cost.map(|(unit, _)| decimal(unit)),
            cost_limit: cost.map(|(_, limit)| decimal(limit)),
        }
    }

    #[test]
    fn a_number_grows_by_half_up_to_its_ceiling_and_its_cost() {
        let cases = [
            (4, scale(1.5, 1, 12, None), Ok(6)),
            (5, scale(1.5, 1, 12, None), Ok(8)),
            (1, scale(1.5, 1, 12, None), Ok(2)),
            (10, scale(1.5, 1, 12, None), Ok(12)),
            (4, scale(1.5, 1, 12, Some((0.1, 0.5))), Ok(5)),
            (4, scale(1.5, 1, 12, Some((0.1, 0.6))), Ok(6)),
            (2, scale(1.5, 8, 12, None), Ok(8)),
            (12, scale(1.5, 1, 12, None), Err("nowhere to go")),
            (13, scale(1.5, 1, 12, None), Err("nowhere to go")),
            (4, scale(1.5, 1, 12, Some((0.1, 0.4))), Err("the cost limit of 0.4 pays for 4 at 0.1 each")),
            (4, scale(1.5, 2, 12, Some((1.0, 1.0))), Err("fewer than the floor")),
            (0, scale(1.5, 1, 12, None), Err("there are none now")),
            (9, scale(0.5, 2, 12, None), Ok(5)),
            (3, scale(0.5, 2, 12, None), Ok(2)),
            (2, scale(0.5, 2, 12, None), Err("nowhere to go")),
            (40, scale(0.5, 2, 12, None), Err("more than there may be")),
            (9, scale(0.5, 2, 12, Some((0.1, 0.4))), Err("more than there may be")),
            (4, scale(1.0, 1, 12, None), Err("config")),
            (4, scale(1.5, 13, 12, None), Err("config")),
            (4, scale(1.5, 0, 12, None), Err("config")),
            (4, scale(1.5, 1, 12, Some((0.0, 1.0))), Err("config")),
            (4, Scale { cost_limit: None, ..scale(1.5, 1, 12, Some((1.0, 1.0))) }, Err("belong together")),
        ];
        for (from, scale, expected) in cases {
            match (target(&scale, from), expected) {
                (Ok(to), Ok(expected)) => assert_eq!(to, expected, "{from} {scale:?}"),
                (Err(reason), Err(expected)) => assert!(reason.contains(expected), "{from} {scale:?}: {reason}"),
                (found, expected) => panic!("{from} {scale:?}: {found:?}, not {expected:?}"),
            }
        }
    }
}
