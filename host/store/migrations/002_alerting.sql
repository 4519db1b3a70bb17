-- What the pipeline keeps of alerts. Bodies are JSON.

CREATE TABLE alert (
    fingerprint INTEGER PRIMARY KEY, -- of the labels, as a signed number
    body TEXT NOT NULL
) STRICT;

CREATE TABLE alert_group (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE silence (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The outbox: what is to leave the node, until it has.
CREATE TABLE notice (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE page (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

-- Maintenance windows that were made over the API, and how the present occurrence of any window goes.
CREATE TABLE maintenance (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE maintenance_progress (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

-- What a rule holds against a check, or one series of it, while it is pending or firing.
CREATE TABLE rule_instance (
    key TEXT PRIMARY KEY, -- JSON
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
