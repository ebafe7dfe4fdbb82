-- +goose Up
-- Since when figures are computed with which formulas and which calendar: where
-- a period holds a change, the pages say so.
CREATE TABLE measure_editions (
    at       INTEGER NOT NULL PRIMARY KEY, -- when it was first used
    formulas INTEGER NOT NULL,             -- measure.Edition
    calendar TEXT    NOT NULL              -- version of the working calendar
);

-- Lists that people asked to take away. The file lies beside the database under
-- its id until expires_at.
CREATE TABLE exports (
    id         TEXT    NOT NULL PRIMARY KEY,  -- x-…
    person     TEXT    NOT NULL,
    token      TEXT    NOT NULL,              -- id of the token a program asked with, '' = a person
    what       TEXT    NOT NULL,              -- outcomes, cases, alerts, stream
    query      TEXT    NOT NULL,              -- as it stands in the address of the page
    words      TEXT    NOT NULL,              -- the same in words
    format     TEXT    NOT NULL,              -- csv, xlsx
    lang       TEXT    NOT NULL,
    revealed   INTEGER NOT NULL,              -- with personal data
    reason     TEXT    NOT NULL,              -- why, where it is
    state      TEXT    NOT NULL,              -- waiting, running, done, failed, cancelled, expired
    problem    TEXT    NOT NULL,              -- what went wrong, in the language of the person
    attempts   INTEGER NOT NULL,
    row_count  INTEGER NOT NULL,              -- so far
    total      INTEGER NOT NULL,              -- expected, 0 = not known
    cut        INTEGER NOT NULL,              -- there were more rows than are given out
    bytes      INTEGER NOT NULL,
    digest     TEXT    NOT NULL,              -- of the file, sha256:…
    asked_at   INTEGER NOT NULL,
    began_at   INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL               -- when the file is removed, 0 = there is none
);
CREATE INDEX exports_person ON exports (person, asked_at);
CREATE INDEX exports_asked ON exports (asked_at);
-- One at a time for a person.
CREATE UNIQUE INDEX exports_one ON exports (person) WHERE state IN ('waiting', 'running');
