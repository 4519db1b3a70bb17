-- What is kept of service level objectives: what was counted, by slots of time, and what follows from it.

CREATE TABLE slo_series (
    id INTEGER PRIMARY KEY,
    slo TEXT NOT NULL,
    objective TEXT NOT NULL,
    source TEXT NOT NULL DEFAULT '', -- the node that counted; empty for this one
    beginning TEXT NOT NULL,
    meter TEXT,
    tally TEXT,
    UNIQUE (slo, objective, source)
) STRICT;

-- Slots that are in no block yet.
CREATE TABLE slo_slot (
    series INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    good INTEGER NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (series, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE slo_block (
    series INTEGER NOT NULL,
    first INTEGER NOT NULL,
    good_before INTEGER NOT NULL,
    total_before INTEGER NOT NULL,
    counts BLOB NOT NULL, -- of each slot from the first on
    PRIMARY KEY (series, first)
) STRICT, WITHOUT ROWID;

CREATE TABLE slo_mark (
    series INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    good INTEGER NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (series, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE slo_rule (
    series INTEGER NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (series, name)
) STRICT, WITHOUT ROWID;

-- Batches that applications sent under a key.
CREATE TABLE slo_batch (
    sli TEXT NOT NULL,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (sli, source, key)
) STRICT, WITHOUT ROWID;

-- How rules of error budget policies stand.
CREATE TABLE slo_policy (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What people say a downtime was.
CREATE TABLE slo_downtime (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
