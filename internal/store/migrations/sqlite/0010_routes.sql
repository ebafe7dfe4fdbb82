-- +goose Up
-- What was decided about telling an alert, and of what: the answer to "why was
-- nobody told". facts is huiying.AlertFacts, tellings a list of huiying.Telling.
CREATE TABLE alert_routes (
    alert_id TEXT    NOT NULL PRIMARY KEY,
    at       INTEGER NOT NULL,
    facts    TEXT    NOT NULL,
    tellings TEXT    NOT NULL
);
CREATE INDEX alerts_topic ON alerts (topic, raised_at);

-- Deliveries of one group, person and channel are told in one message.
ALTER TABLE deliveries ADD COLUMN group_key TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0; -- held until then by a route
CREATE INDEX deliveries_group ON deliveries (group_key, person, channel) WHERE group_key <> '';

-- Rows are never deleted: ending one early notes who did and when.
CREATE TABLE silences (
    id         TEXT    NOT NULL PRIMARY KEY,     -- sl-…
    matchers   TEXT    NOT NULL,                 -- huiying.AlertMatch
    red        INTEGER NOT NULL,                 -- red alerts too
    from_at    INTEGER NOT NULL,
    until_at   INTEGER NOT NULL,
    author     TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    ended_by   TEXT    NOT NULL DEFAULT '',
    ended_at   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX silences_until ON silences (until_at);

-- When somebody is told again of what nobody answered: one row for each person
-- and channel of a case, or of an alert that has none.
CREATE TABLE alert_repeats (
    id       TEXT    NOT NULL PRIMARY KEY,       -- r-…
    alert_id TEXT    NOT NULL,                   -- the newest told
    person   TEXT    NOT NULL,
    unit     TEXT    NOT NULL,
    channel  TEXT    NOT NULL,
    address  TEXT    NOT NULL,
    path     TEXT    NOT NULL,
    every    INTEGER NOT NULL,                   -- microseconds
    until    TEXT    NOT NULL,                   -- ack, close
    most     INTEGER NOT NULL,
    n        INTEGER NOT NULL,                   -- repeats so far
    next_at  INTEGER NOT NULL                    -- 0 = no more
);
CREATE INDEX alert_repeats_due ON alert_repeats (next_at) WHERE next_at > 0;
