-- +goose Up
-- What people decided of topics, and which topics went into others by it.
CREATE TABLE topic_decisions (
    id      TEXT    PRIMARY KEY,                 -- of the message that told it
    action  TEXT    NOT NULL,                    -- merged, split, renamed
    topic   TEXT    NOT NULL,                    -- merged into, the new one of a split, renamed
    other   TEXT    NOT NULL,                    -- the one that went, or was split; '' = none
    title   TEXT    NOT NULL,
    posts   INTEGER NOT NULL,                    -- that a split took
    by_user TEXT    NOT NULL,
    at      INTEGER NOT NULL
);
CREATE INDEX topic_decisions_topic ON topic_decisions (topic, at);
CREATE INDEX topic_decisions_other ON topic_decisions (other, at);
CREATE TABLE topic_joins (
    old   TEXT PRIMARY KEY,
    topic TEXT NOT NULL                          -- what it is part of now, itself part of none
);
CREATE INDEX topic_joins_topic ON topic_joins (topic);
