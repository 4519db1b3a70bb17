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
