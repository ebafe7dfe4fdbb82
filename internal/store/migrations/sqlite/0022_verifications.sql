-- +goose Up
-- Checks of the record that were asked for on the page of the administration,
-- with what they found. Rows are only added.
CREATE TABLE verifications (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    began_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    by_user  TEXT    NOT NULL,
    steps    INTEGER NOT NULL,
    cases    INTEGER NOT NULL,
    heads    INTEGER NOT NULL,   -- exported heads that were compared
    findings INTEGER NOT NULL,   -- 0 = nothing was changed
    first    TEXT    NOT NULL,   -- the first finding as a sentence, or why it could not be checked
    failed   BOOLEAN NOT NULL    -- it could not be checked
);
-- How many entries a day has.
CREATE INDEX access_log_at ON access_log (at);
