-- +goose Up
-- The first page counts today's alerts and the answers of a month: from indexes
-- alone, for the rows of alerts, deliveries and cases are large.
DROP INDEX alerts_raised;
CREATE INDEX alerts_raised ON alerts (raised_at, level, case_no, id);
DROP INDEX deliveries_alert;
CREATE INDEX deliveries_alert ON deliveries (alert_id, acked_at);
CREATE INDEX cases_responded ON cases (responded_at, no, version);
-- The gauges count cases by state and level.
DROP INDEX cases_state;
CREATE INDEX cases_state ON cases (state, opened_at, level);
