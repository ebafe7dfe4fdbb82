-- +goose Up
CREATE TABLE refusals (
    id         TEXT    NOT NULL PRIMARY KEY,     -- rf-…
    platform   TEXT    NOT NULL,
    reason     TEXT    NOT NULL,                 -- one of a list; never a citizen's words
    reference  TEXT    NOT NULL,                 -- the office's own number of the request
    by_user    TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    lifted_by  TEXT    NOT NULL DEFAULT '',
    lifted_at  INTEGER NOT NULL DEFAULT 0,       -- 0 = in force
    posts      INTEGER NOT NULL DEFAULT 0,       -- removed so far
    revisions  INTEGER NOT NULL DEFAULT 0,
    pages      INTEGER NOT NULL DEFAULT 0,
    messages   INTEGER NOT NULL DEFAULT 0,
    left_over  INTEGER NOT NULL DEFAULT 0,       -- found by the last check
    checked_at INTEGER NOT NULL DEFAULT 0,
    purged_at  INTEGER NOT NULL DEFAULT 0        -- the check that found nothing, 0 = not yet
);

CREATE TABLE refusal_keys (
    key     TEXT NOT NULL PRIMARY KEY,           -- p-…: a keyed hash, from which nobody can be named
    refusal TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX refusal_keys_refusal ON refusal_keys (refusal);

-- Only the purge looks for posts by their author: no page and no query does.
ALTER TABLE posts ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0; -- its words were removed at the author's request
UPDATE posts SET author = coalesce(json_extract(judgement, '$.post.author.id'), '');
CREATE INDEX posts_author ON posts (author) WHERE author <> '';
