-- +goose Up
-- Why a person put a level or a place right; '' for the answers of models.
ALTER TABLE corrections ADD COLUMN reason TEXT COLLATE "C" NOT NULL DEFAULT '';
