-- Incidents, open and lately resolved, with their post-mortems.
CREATE TABLE incident (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Deployments and other changes that people and pipelines told of.
CREATE TABLE contribution (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Remediations with their plans and journals.
CREATE TABLE remediation (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What gates count: attempts, cooldowns, budgets, breakers.
CREATE TABLE remediation_ledger (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE kill_switch (
    scope TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
