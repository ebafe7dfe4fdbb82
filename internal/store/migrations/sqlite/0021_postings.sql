-- +goose Up
-- Attempts to publish approved words through a platform's official interface.
CREATE TABLE postings (
    id       TEXT    NOT NULL PRIMARY KEY, -- o-…
    case_no  TEXT    NOT NULL,
    post_id  TEXT    NOT NULL,
    digest   TEXT    NOT NULL,             -- of the words
    state    TEXT    NOT NULL,             -- sending, done, refused, unclear
    began_at INTEGER NOT NULL,
    body     TEXT    NOT NULL              -- huiying.Posting as JSON
);
CREATE INDEX postings_case ON postings (case_no, began_at);
-- The same words go out once as an answer to a post.
CREATE UNIQUE INDEX postings_once ON postings (case_no, post_id, digest) WHERE state <> 'refused';
