-- +goose Up
-- As in the folder of SQLite, where each is explained.
CREATE INDEX alerts_level ON alerts (level, raised_at, case_no, id);
CREATE INDEX cases_grouped ON cases (state, level, unit, owner, no);
CREATE INDEX deliveries_case ON deliveries (case_no, created_at, id) WHERE case_no <> '';
