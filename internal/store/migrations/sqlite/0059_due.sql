-- +goose Up
-- What is to be sent is read in the order it goes out in, level by level.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (level, next_at, created_at, id) WHERE state IN ('queued', 'retrying', 'sending');
