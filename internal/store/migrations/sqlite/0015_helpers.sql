-- +goose Up
-- The few cases that other units assist with, so that a unit's lists find them
-- without reading every case. A query must repeat the condition to use it; it
-- reads no JSON, so that a body that is none is found by audit verify and not
-- refused here.
CREATE INDEX cases_helped ON cases (no) WHERE instr(body, '"helpers":') > 0;
