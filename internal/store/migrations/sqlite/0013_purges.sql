-- +goose Up
-- What was purged of cases: who decided it, why, and the digests of what is
-- gone. Rows are signed and chained; a missing text or attachment is either in
-- one of them or a finding.
CREATE TABLE purges (
    n        INTEGER NOT NULL PRIMARY KEY, -- 1, 2, 3 …
    case_no  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    by_user  TEXT    NOT NULL,
    basis    TEXT    NOT NULL, -- retention, person, authority
    reason   TEXT    NOT NULL,
    texts    TEXT    NOT NULL, -- digests as a JSON array
    files    TEXT    NOT NULL, -- digests of attachments
    posts    TEXT    NOT NULL, -- ids of posts that were withdrawn
    pages    TEXT    NOT NULL, -- names of the sealed pages they were read from
    prev     TEXT    NOT NULL, -- mac of the row before, '' for the first
    mac      TEXT    NOT NULL,
    swept_at INTEGER NOT NULL DEFAULT 0 -- when pages and messages outside the database were gone, 0 = owed
);
CREATE INDEX purges_case ON purges (case_no);
CREATE INDEX purges_owed ON purges (n) WHERE swept_at = 0;
