-- +goose Up
-- What people say a judgement should have been. Rows are only added, the newest
-- of a post and field counts; no words of the post are in it.
CREATE TABLE corrections (
    n        INTEGER PRIMARY KEY AUTOINCREMENT,
    post_id  TEXT    NOT NULL,
    revision TEXT    NOT NULL,                   -- of the post when it was corrected
    field    TEXT    NOT NULL,                   -- intent, sentiment, unit
    said     TEXT    NOT NULL,                   -- by the model, '' = nothing
    unsure   INTEGER NOT NULL,                   -- the model only thought so
    value    TEXT    NOT NULL,                   -- what it should have been
    by_user  TEXT    NOT NULL,
    at       INTEGER NOT NULL
);
CREATE INDEX corrections_post ON corrections (post_id, field, n);
CREATE INDEX corrections_field ON corrections (field, n);
