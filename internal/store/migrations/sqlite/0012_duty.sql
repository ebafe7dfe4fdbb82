-- +goose Up
-- What people changed of duty rosters for a time. The rosters themselves and
-- the rows of tables are definitions. No row is deleted: one that is taken back
-- says by whom and when.
CREATE TABLE duty_changes (
    id           TEXT    NOT NULL PRIMARY KEY,   -- dc-…
    roster       TEXT    NOT NULL,
    kind         TEXT    NOT NULL,               -- override, swap
    instead      TEXT    NOT NULL,               -- '' = one more person
    who          TEXT    NOT NULL,
    from_at      INTEGER NOT NULL,
    until_at     INTEGER NOT NULL,
    back_from    INTEGER NOT NULL,               -- of a swap, else 0
    back_until   INTEGER NOT NULL,
    reason       TEXT    NOT NULL,
    by_user      TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    withdrawn_by TEXT    NOT NULL DEFAULT '',
    withdrawn_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX duty_changes_roster ON duty_changes (roster, at);

-- What the auditor of escalation found: a row from when it was seen until it
-- was over, told once.
CREATE TABLE duty_findings (
    id       TEXT    NOT NULL PRIMARY KEY,       -- df-…
    kind     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,                   -- case number, policy, roster
    found_at INTEGER NOT NULL,
    told_at  INTEGER NOT NULL DEFAULT 0,
    over_at  INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX duty_findings_open ON duty_findings (kind, subject) WHERE over_at = 0;
CREATE INDEX duty_findings_found ON duty_findings (found_at);
