-- +goose Up
-- A schedule's format did nothing: whoever is told gets a link to the page, which
-- has every format.
ALTER TABLE report_schedules DROP COLUMN format;
