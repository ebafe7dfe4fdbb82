-- +goose Up
-- As in the folder of SQLite, where each is explained.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (level, next_at, created_at, id) WHERE state IN ('queued', 'retrying', 'sending');
