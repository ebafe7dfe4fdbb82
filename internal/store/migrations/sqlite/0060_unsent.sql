-- +goose Up
-- What is still to be sent, said without a list: SQLite makes a table of its own
-- for a list of three, once for each index and each row that is written.
DROP INDEX deliveries_order;
DROP INDEX deliveries_waiting;
DROP INDEX deliveries_due;
CREATE INDEX deliveries_order ON deliveries (case_no, person, channel, created_at) WHERE state = 'queued' OR state = 'retrying' OR state = 'sending';
CREATE INDEX deliveries_waiting ON deliveries (channel, address) WHERE state = 'queued' OR state = 'retrying' OR state = 'sending';
CREATE INDEX deliveries_due ON deliveries (level, next_at, created_at, id) WHERE state = 'queued' OR state = 'retrying' OR state = 'sending';
