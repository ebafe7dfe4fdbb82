-- +goose Up
-- Browsers in which people have asked to be told. The keys are the browser's
-- own; they are taken away when it is gone.
CREATE TABLE browsers (
    id        TEXT    NOT NULL PRIMARY KEY,
    user_id   TEXT    NOT NULL,
    channel   TEXT    NOT NULL,               -- the one of kind webpush it was asked over
    endpoint  TEXT    NOT NULL,               -- address at the push service
    key       TEXT    NOT NULL,
    auth      TEXT    NOT NULL,
    agent     TEXT    NOT NULL,               -- what the browser calls itself
    first     INTEGER NOT NULL DEFAULT 0,     -- told before the person's other contacts
    made_at   INTEGER NOT NULL,
    ended_at  INTEGER NOT NULL DEFAULT 0,
    ended_why TEXT    NOT NULL DEFAULT ''     -- what the push service answered
);
CREATE INDEX browsers_user ON browsers (user_id);
CREATE UNIQUE INDEX browsers_endpoint ON browsers (endpoint) WHERE ended_at = 0;
