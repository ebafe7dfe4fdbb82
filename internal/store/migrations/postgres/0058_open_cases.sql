-- +goose Up
-- As in the folder of SQLite, where each is explained.
DROP INDEX cases_grouped;
CREATE INDEX cases_grouped ON cases (state, level, unit, owner, no, version);
