//! Plans the deletion of old files while a disk is full: from the folders that the config names, in their order, and no
//! more than is wanted. It looks at the disk and into the folders first; the host deletes.

use tocsin_sdk::actions::{Decision, DeleteFiles, Input, NoPlan, Plan, Trigger, Verb};
use tocsin_sdk::node::{self, Disk};
use tocsin_sdk::{Error, text};

mod config;
mod folder;
mod pattern;
mod space;
#[cfg(test)]
mod tests;

use config::Config;
use folder::{Found, Look};
use space::Space;

#[tocsin_sdk::action]
fn plan(config: Config, input: Input) -> Result<Decision, Error> {
    Decision::of(free(&config, &input))
}

fn free(config: &Config, input: &Input) -> Result<Plan, NoPlan> {
    config.check()?;
    let trigger = input.trigger(config.only_if.as_deref())?;
    let disks = node::disks().map_err(Error::from)?;
    let disk = meant(config, &trigger, &disks)?;
    let space = Space::of(disk, config.over, config.free_to);
    if !space.is_over() {
        let (mount, over) = (&disk.mount, text::value(config.over, "ratio"));
        return Err(NoPlan::because(format!("{mount} is not over {over} any more: it is at {}", space.used())));
    }
    let found = look(config, &disks, disk, space.wanted())?;
    let freed: u64 = found.found.iter().map(|found| found.bytes).sum();
    if freed == 0 {
        return Err(NoPlan::because(format!("nothing of {} can be deleted: {}", disk.mount, found.passed_over())));
    }
    if freed < space.needed() {
        return Err(NoPlan::because(format!(
            "deleting all that may be deleted would free {} of {}, and {} are needed to get below {}: {}",
            bytes(freed),
            disk.mount,
            bytes(space.needed()),
            text::value(config.over, "ratio"),
            found.passed_over()
        )));
    }
    let summary = format!("free {} of {}", bytes(freed), disk.mount);
    let why = format!("{}; {} is at {}", trigger.says(), disk.mount, space.used());
    let plan = config.verify.plan(&trigger, summary, why)?;
    Ok(found.found.iter().fold(plan, |plan, found| step(config, plan, found)))
}

/// The disk that the config names, or else the one that the finding is about.
fn meant<'a>(config: &Config, trigger: &Trigger<'_>, disks: &'a [Disk]) -> Result<&'a Disk, NoPlan> {
    let Some(mount) = config.mount.as_deref().or(trigger.subject()) else {
        return Err(NoPlan::because(format!(
            "the finding of {} is about no disk: name its `mount` in the config",
            trigger.first().check
        )));
    };
    disks.iter().find(|disk| disk.mount == mount).ok_or_else(|| {
        let known = disks.iter().map(|disk| disk.mount.as_str()).collect::<Vec<_>>().join(", ");
        NoPlan::because(format!("no disk of this node is mounted at `{mount}` (there are: {known})"))
    })
}

/// What to delete, folder by folder, until as much as is wanted was found.
fn look<'a>(config: &'a Config, disks: &[Disk], disk: &Disk, wanted: u64) -> Result<Look<'a>, NoPlan> {
    let mut look = Look::default();
    for folder in &config.folders {
        let left = wanted.saturating_sub(look.found.iter().map(|found| found.bytes).sum());
        if left == 0 {
            break;
        }
        match space::disk_of(&folder.path, disks) {
            Some(home) if home.mount == disk.mount => look.at(folder, left)?,
            _ => look.pass_over(folder, format!("is not on {}", disk.mount)),
        }
    }
    Ok(look)
}

fn step(config: &Config, plan: Plan, found: &Found<'_>) -> Plan {
    let folder = found.folder;
    let delete = DeleteFiles {
        folder: folder.path.clone(),
        pattern: folder.pattern.clone(),
        older_than_seconds: folder.older_than_seconds(),
        count_max: found.count,
        bytes_max: found.bytes,
    };
    let files = if found.count == 1 { "1 file".to_owned() } else { format!("{} files", found.count) };
    let why = format!(
        "{files} of {} in {} that fit `{}` and were not written to for {}",
        bytes(found.bytes),
        folder.path,
        folder.pattern,
        folder.older_than
    );
    plan.step(Verb::DeleteFiles(delete), why, config.timeout.into())
}

#[expect(clippy::cast_precision_loss, reason = "for people, who read two digits of it")]
fn bytes(bytes: u64) -> String {
    text::value(bytes as f64, "bytes")
}
