-- +goose Up
-- Whose matters a file holds: a file outlives the rights it was made with, and
-- who has lost them does not take it. 'all', 'unit:<id>', '' = not noted.
ALTER TABLE exports ADD COLUMN scope TEXT NOT NULL DEFAULT '';
