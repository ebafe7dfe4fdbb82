-- +goose Up
-- What pages ask for each time. Urgent alerts of a period are few among all.
CREATE INDEX alerts_level ON alerts (level, raised_at, case_no, id);
-- Cases are counted by what they are filtered by, in this order, without sorting.
CREATE INDEX cases_grouped ON cases (state, level, unit, owner, no);
-- The page of a case tells what was sent about it.
CREATE INDEX deliveries_case ON deliveries (case_no, created_at, id) WHERE case_no <> '';
