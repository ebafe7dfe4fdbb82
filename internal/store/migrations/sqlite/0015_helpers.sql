-- +goose Up
-- The few cases that other units assist with, so that a unit's lists find them
-- without reading every case. A query must repeat the condition to use it.
CREATE INDEX cases_helped ON cases (no) WHERE json_extract(body, '$.helpers') IS NOT NULL;
