//! Alerts, groups, silences and the outbox, as rows. Knows nothing of what they mean.

use rusqlite::types::ToSql;
use rusqlite::{Connection, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tocsin_core::pipeline::{BookChange, BudgetChange, Kept};
use tocsin_core::rule::{Instance, InstanceKey};

use crate::json;

pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Kept> {
    Ok(Kept {
        alerts: all(connection, "SELECT body FROM alert")?,
        groups: all(connection, "SELECT body FROM alert_group")?,
        silences: all(connection, "SELECT body FROM silence")?,
        notices: all(connection, "SELECT body FROM notice")?,
        pages: all(connection, "SELECT body FROM page")?,
        windows: all(connection, "SELECT body FROM maintenance")?,
        progress: all(connection, "SELECT json_array(name, json(body)) FROM maintenance_progress")?,
    })
}

pub(crate) fn apply(tx: &Transaction<'_>, change: &BookChange) -> rusqlite::Result<()> {
    match change {
        BookChange::Alert(fingerprint, alert) => {
            let key = fingerprint.0.cast_signed();
            keep(
                tx,
                "INSERT OR REPLACE INTO alert (fingerprint, body) VALUES (?1, ?2)",
                "DELETE FROM alert WHERE fingerprint = ?1",
                &key,
                alert.as_deref(),
            )
        }
        BookChange::Group(key, group) => keep(
            tx,
            "INSERT OR REPLACE INTO alert_group (key, body) VALUES (?1, ?2)",
            "DELETE FROM alert_group WHERE key = ?1",
            &key.as_str(),
            group.as_deref(),
        ),
        BookChange::Silence(id, silence) => keep(
            tx,
            "INSERT OR REPLACE INTO silence (id, body) VALUES (?1, ?2)",
            "DELETE FROM silence WHERE id = ?1",
            &id.as_str(),
            silence.as_deref(),
        ),
        BookChange::Notice(id, notice) => keep(
            tx,
            "INSERT OR REPLACE INTO notice (id, body) VALUES (?1, ?2)",
            "DELETE FROM notice WHERE id = ?1",
            &id.as_str(),
            notice.as_deref(),
        ),
        BookChange::Page(id, page) => keep(
            tx,
            "INSERT OR REPLACE INTO page (id, body) VALUES (?1, ?2)",
            "DELETE FROM page WHERE id = ?1",
            &id.as_str(),
            page.as_deref(),
        ),
        BookChange::Window(name, window) => keep(
            tx,
            "INSERT OR REPLACE INTO maintenance (name, body) VALUES (?1, ?2)",
            "DELETE FROM maintenance WHERE name = ?1",
            &name.as_str(),
            window.as_deref(),
        ),
        BookChange::Progress(name, progress) => keep(
            tx,
            "INSERT OR REPLACE INTO maintenance_progress (name, body) VALUES (?1, ?2)",
            "DELETE FROM maintenance_progress WHERE name = ?1",
            &name.as_str(),
            progress.as_ref(),
        ),
        BookChange::Seen(..)
        | BookChange::Look(..)
        | BookChange::PageLook(..)
        | BookChange::Placed(..)
        | BookChange::Handed(..)
        | BookChange::Usage(..)
        | BookChange::Overflow(_) => Ok(()),
    }
}

/// What rules hold against checks.
pub(crate) fn load_instances(connection: &Connection) -> rusqlite::Result<Vec<(InstanceKey, Instance)>> {
    all(connection, "SELECT json_array(json(key), json(body)) FROM rule_instance")
}

pub(crate) fn apply_instance(
    tx: &Transaction<'_>,
    key: &InstanceKey,
    instance: Option<&Instance>,
) -> rusqlite::Result<()> {
    keep(
        tx,
        "INSERT OR REPLACE INTO rule_instance (key, body) VALUES (?1, ?2)",
        "DELETE FROM rule_instance WHERE key = ?1",
        &json::to_text(key)?,
        instance,
    )
}

/// How rules of error budget policies stand, and what was said of downtimes.
pub(crate) fn apply_budget(tx: &Transaction<'_>, change: &BudgetChange) -> rusqlite::Result<()> {
    match change {
        BudgetChange::Policy(key, state) => keep(
            tx,
            "INSERT OR REPLACE INTO slo_policy (key, body) VALUES (?1, ?2)",
            "DELETE FROM slo_policy WHERE key = ?1",
            &json::to_text(key)?,
            state.as_ref(),
        ),
        BudgetChange::Note(id, note) => keep(
            tx,
            "INSERT OR REPLACE INTO slo_downtime (id, body) VALUES (?1, ?2)",
            "DELETE FROM slo_downtime WHERE id = ?1",
            &id.as_str(),
            note.as_deref(),
        ),
    }
}

pub(crate) fn keep<T: Serialize>(
    tx: &Transaction<'_>,
    insert: &str,
    delete: &str,
    key: &dyn ToSql,
    value: Option<&T>,
) -> rusqlite::Result<()> {
    match value {
        Some(value) => tx.prepare_cached(insert)?.execute(rusqlite::params![key, json::to_text(value)?]).map(drop),
        None => tx.prepare_cached(delete)?.execute([key]).map(drop),
    }
}

pub(crate) fn all<T: DeserializeOwned>(connection: &Connection, select: &str) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare(select)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(json::from_text(0, row.get_ref(0)?.as_str()?)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use tocsin_core::alert::{Alert, Origin};
    use tocsin_core::group::Group;
    use tocsin_core::id::{GroupKey, NoticeId, ReceiverName, SilenceId};
    use tocsin_core::label::Labels;
    use tocsin_core::matcher::Matcher;
    use tocsin_core::notify::{Destination, Lane, Notice, NoticeAlert, Reason};
    use tocsin_core::pipeline::Change;
    use tocsin_core::suppress::silence::Silence;
    use tocsin_core::time::Timestamp;

    use super::*;
    use crate::fixture::store;
    use crate::{Options, Store};

    const AT: Timestamp = Timestamp::from_millis(1_000);

    fn alert() -> Alert {
        Alert {
            labels: Labels::overlay(BTreeMap::from([("alertname", "Down"), ("site", "x\"y")])),
            annotations: Labels::overlay([("summary", "gone")]),
            starts_at: AT,
            ends_at: None,
            timeout: false,
            updated_at: AT,
            generator_url: "http://x/".into(),
            origin: Origin::Check { rule: "CheckCritical".into(), check: "site".into() },
        }
    }

    fn notice() -> Notice {
        let frozen = NoticeAlert { status: alert().status(AT), alert: Arc::new(alert()) };
        Notice {
            id: NoticeId::new("n"),
            to: Destination { receiver: ReceiverName::new("team"), integration: 1 },
            group: GroupKey::new("{}:{}"),
            group_labels: Labels::default(),
            alerts: [frozen].into(),
            reason: Reason::First,
            remark: Some("level 2".into()),
            created_at: AT,
            attempts: 3,
            due_at: AT,
            last_error: Some("refused".into()),
        }
    }

    #[test]
    fn what_was_committed_of_the_book_is_what_is_loaded_until_it_is_taken_out() {
        let (folder, store) = store();
        let group = Group {
            key: GroupKey::new("{}:{}"),
            route: "{}".into(),
            receiver: ReceiverName::new("team"),
            labels: Labels::default(),
            tick_at: AT,
            flush_at: AT,
            flushed: true,
            lanes: vec![Lane { told: [alert().fingerprint()].into(), ..Lane::default() }],
        };
        let silence = Silence {
            id: SilenceId::new("s"),
            matchers: vec![Matcher::equal("site", "x")],
            starts_at: AT,
            ends_at: AT,
            created_by: "ada".into(),
            comment: String::new(),
            updated_at: AT,
            recurs: None,
        };
        let changes = [
            BookChange::Alert(alert().fingerprint(), Some(Arc::new(alert()))),
            BookChange::Group(group.key.clone(), Some(Arc::new(group.clone()))),
            BookChange::Silence(silence.id.clone(), Some(Arc::new(silence.clone()))),
            BookChange::Notice(notice().id, Some(Arc::new(notice()))),
        ];
        store.commit(&changes.map(Change::Book)).unwrap();
        drop(store);
        let store = Store::open(folder.path(), &Options::default()).unwrap();
        let kept = store.0.db.read("load", load).unwrap();
        assert_eq!((kept.alerts, kept.groups), (vec![alert()], vec![group.clone()]));
        assert_eq!((kept.silences, kept.notices), (vec![silence], vec![notice()]));

        let gone = [
            BookChange::Alert(alert().fingerprint(), None),
            BookChange::Group(group.key, None),
            BookChange::Silence(SilenceId::new("s"), None),
            BookChange::Notice(NoticeId::new("n"), None),
        ];
        store.commit(&gone.map(Change::Book)).unwrap();
        let kept = store.0.db.read("load", load).unwrap();
        assert_eq!((kept.alerts.len(), kept.groups.len(), kept.silences.len(), kept.notices.len()), (0, 0, 0, 0));
    }
}
