-- +goose Up
-- What became of every attempt to deliver, and what a digest carried.
ALTER TABLE deliveries ADD COLUMN digest TEXT NOT NULL DEFAULT '';           -- g-…, '' = a message of its own
ALTER TABLE deliveries ADD COLUMN step_due INTEGER NOT NULL DEFAULT 0;       -- the next channel takes over
ALTER TABLE deliveries ADD COLUMN handed_on_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN delivered_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN requeued_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX deliveries_waiting ON deliveries (channel, address)
    WHERE state IN ('queued', 'retrying', 'sending');
CREATE INDEX deliveries_dead ON deliveries (created_at) WHERE state = 'dead';

CREATE TABLE attempts (
    n        INTEGER NOT NULL PRIMARY KEY,       -- the order in which they began
    delivery TEXT    NOT NULL,                   -- d-…, or t-… of a trial
    channel  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    lease    INTEGER NOT NULL,                   -- the delivery's while it is under way
    digest   TEXT    NOT NULL,
    result   TEXT    NOT NULL,                   -- begun, accepted, retry, refused, delivered, failed, handed_on, requeued
    code     TEXT    NOT NULL,                   -- the provider's own
    sentence TEXT    NOT NULL,
    took     INTEGER NOT NULL,
    by_user  TEXT    NOT NULL
);
CREATE INDEX attempts_delivery ON attempts (delivery, n);
CREATE INDEX attempts_at ON attempts (at);
