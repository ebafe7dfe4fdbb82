-- +goose Up
-- Why a person put a level or a place right; '' for the answers of models.
ALTER TABLE corrections ADD COLUMN reason TEXT NOT NULL DEFAULT '';
-- Whose sealed pages people keep beyond their time, until somebody ends it.
CREATE TABLE preservations (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    post_id  TEXT    NOT NULL,
    by_user  TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    ended_by TEXT    NOT NULL DEFAULT '',
    why      TEXT    NOT NULL DEFAULT '',        -- it was ended
    ended_at INTEGER NOT NULL DEFAULT 0          -- 0 = in force
);
CREATE INDEX preservations_post ON preservations (post_id, n);
CREATE UNIQUE INDEX preservations_once ON preservations (post_id) WHERE ended_at = 0;
-- Words that are removed by law take the keeping of their pages with them.
-- +goose StatementBegin
CREATE TRIGGER preservation_gone AFTER DELETE ON posts BEGIN
    DELETE FROM preservations WHERE post_id = old.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER preservation_withdrawn AFTER UPDATE OF withdrawn ON posts WHEN new.withdrawn = 1 BEGIN
    DELETE FROM preservations WHERE post_id = new.id;
END;
-- +goose StatementEnd
