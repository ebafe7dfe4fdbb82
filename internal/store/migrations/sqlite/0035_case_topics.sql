-- +goose Up
-- The page of an event asks for its cases.
CREATE INDEX cases_topic ON cases (topic);
