-- +goose Up
CREATE TABLE evidence_pins (
    name TEXT    NOT NULL PRIMARY KEY,           -- sha256:… of the page as fetched
    at   INTEGER NOT NULL,                       -- when it was looked for
    gone INTEGER NOT NULL                        -- 1: it was dropped before a case needed it
) WITHOUT ROWID;
