-- Times are milliseconds since the Unix epoch. Ids of runs are the 16 bytes of a UUID of version 7, so that a table
-- keyed by them is in order of time: appends stay together, and age is a range of keys.

-- Strings that repeat in every run: names of checks and plugins, digests.
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE state_check (
    check_name TEXT PRIMARY KEY,
    body TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE state_detector (
    detector TEXT PRIMARY KEY,
    body TEXT NOT NULL, -- JSON without the snapshot
    snapshot BLOB
) STRICT;

CREATE TABLE run (
    id BLOB PRIMARY KEY,
    previous BLOB, -- the run of the same check before this one: history without an index to keep up
    check_id INTEGER NOT NULL,
    plugin_id INTEGER NOT NULL,
    digest_id INTEGER NOT NULL,
    cause INTEGER NOT NULL, -- 0 schedule, 1 demand
    outcome INTEGER NOT NULL, -- 0 completed, 1 guest error, 2 trap, 3 deadline, 4 memory, 5 denied, 6 host error, 7 saturated, 8 cancelled
    status INTEGER, -- 0 ok, 1 unknown, 2 warning, 3 critical; absent where the run did not complete
    started_ms INTEGER NOT NULL,
    late_ms INTEGER NOT NULL, -- started after it was due
    wall_us INTEGER NOT NULL,
    cpu_us INTEGER NOT NULL,
    memory_bytes INTEGER NOT NULL,
    host_calls INTEGER NOT NULL,
    host_bytes INTEGER NOT NULL,
    transcript INTEGER NOT NULL, -- 1: kept beside
    detail INTEGER NOT NULL, -- 1: there was more to the run than this row
    summary TEXT
) STRICT, WITHOUT ROWID;

-- Outcome, observation and problems in full (JSON under zstd): of every run that is not simply healthy, and of a
-- recent healthy one of each check.
CREATE TABLE run_detail (
    run BLOB PRIMARY KEY,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE transcript (
    run BLOB PRIMARY KEY,
    body BLOB NOT NULL -- zstd
) STRICT, WITHOUT ROWID;

-- Where each check's history begins.
CREATE TABLE head (
    check_id INTEGER PRIMARY KEY,
    newest BLOB NOT NULL,
    kept BLOB, -- the healthy run whose detail is kept
    kept_ms INTEGER
) STRICT;

CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    check_name TEXT NOT NULL,
    metric TEXT NOT NULL,
    labels TEXT NOT NULL, -- JSON, sorted by name
    unit TEXT NOT NULL,
    UNIQUE (check_name, metric, labels)
) STRICT;

-- What one append brought, of any series; folded into blocks once there is enough of it.
CREATE TABLE sample_batch (
    id INTEGER PRIMARY KEY,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE INDEX sample_batch_size ON sample_batch (samples);

-- A stretch of time of the few neighbouring series of one shard.
CREATE TABLE sample_block (
    id INTEGER PRIMARY KEY,
    shard INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX sample_block_shard ON sample_block (shard, last_ms);
CREATE INDEX sample_block_age ON sample_block (last_ms);

CREATE TABLE anomaly (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    detector TEXT NOT NULL,
    check_name TEXT NOT NULL,
    body TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX anomaly_age ON anomaly (at_ms);
CREATE INDEX anomaly_check ON anomaly (check_name, at_ms);
CREATE INDEX anomaly_detector ON anomaly (detector, at_ms);

-- The `state` interface: a few bytes kept between a plugin's runs for a check.
CREATE TABLE plugin_state (
    plugin TEXT NOT NULL,
    check_name TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (plugin, check_name, key)
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    before TEXT,
    after TEXT,
    outcome TEXT NOT NULL
) STRICT;
