-- +goose Up
-- The full case machine: warnings before a time limit, the escalation ladder,
-- merged cases, and attachments.
ALTER TABLE cases ADD COLUMN next_warn_at INTEGER NOT NULL DEFAULT 0; -- earliest warning of a running clock, 0 = none
ALTER TABLE cases ADD COLUMN ladder_at INTEGER NOT NULL DEFAULT 0;    -- when somebody must look at the ladder, 0 = never
ALTER TABLE cases ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_warn ON cases (next_warn_at) WHERE next_warn_at > 0;
CREATE INDEX cases_ladder ON cases (ladder_at) WHERE ladder_at > 0;
CREATE INDEX cases_merged ON cases (topic) WHERE merged_into <> '';

-- Attachments by the digest of their bytes; a step of the record names it.
CREATE TABLE attachments (
    digest TEXT    NOT NULL PRIMARY KEY,
    type   TEXT    NOT NULL,
    size   INTEGER NOT NULL,
    body   BLOB    NOT NULL,
    at     INTEGER NOT NULL
);
