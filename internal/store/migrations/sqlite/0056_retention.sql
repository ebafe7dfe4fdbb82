-- +goose Up
-- Posts without a case whose time is over: their words go, their rows stay. A
-- slice that went is a signed row of purges without a case; which posts were in
-- it stands beside it, so that the row can be held against what is here.
ALTER TABLE posts ADD COLUMN expired_at INTEGER NOT NULL DEFAULT 0; -- when its words went because their time was over, 0 = not so
ALTER TABLE purges ADD COLUMN run INTEGER NOT NULL DEFAULT 0;       -- of a slice: when its run began
ALTER TABLE purges ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;   -- how many posts
ALTER TABLE purges ADD COLUMN from_at INTEGER NOT NULL DEFAULT 0;   -- collected_at of the first
ALTER TABLE purges ADD COLUMN to_at INTEGER NOT NULL DEFAULT 0;     -- and of the last
ALTER TABLE purges ADD COLUMN digest TEXT NOT NULL DEFAULT '';      -- over the digests of the posts
CREATE INDEX purges_run ON purges (run, n) WHERE run > 0;
CREATE TABLE retired_posts (
    purge  INTEGER NOT NULL, -- purges.n
    n      INTEGER NOT NULL, -- posts.n
    digest TEXT    NOT NULL, -- keyed, of what went: nobody without the key can try words against it
    PRIMARY KEY (purge, n)
) WITHOUT ROWID;
CREATE INDEX retired_posts_post ON retired_posts (n);
-- The oldest post that has its words.
CREATE INDEX posts_kept ON posts (collected_at, n) WHERE withdrawn = 0 AND case_no = '';
CREATE INDEX posts_withdrawn ON posts (n) WHERE withdrawn = 1;
-- What has no words any more waits for nobody.
DROP INDEX posts_waiting;
CREATE INDEX posts_waiting ON posts (n, level, first_seen_at, rule, case_no, triaged, held, withdrawn) WHERE rule <> '' AND case_no = '' AND triaged = 0 AND held = 0 AND withdrawn = 0;

-- Counts stay as they were when words go because their time was over.
DROP TRIGGER post_withdrawn;
-- +goose StatementBegin
CREATE TRIGGER post_withdrawn AFTER UPDATE OF withdrawn ON posts WHEN new.withdrawn = 1 BEGIN
    UPDATE post_facets SET verified = '', sentiment = '', intent = '', places = '', rules = '' WHERE n = new.n AND new.expired_at = 0;
    DELETE FROM post_search WHERE rowid = new.n;
    UPDATE search_state SET value = value + 1 WHERE name = 'erase';
END;
-- +goose StatementEnd
DROP TRIGGER heat_withdrawn;
-- +goose StatementBegin
CREATE TRIGGER heat_withdrawn AFTER UPDATE OF withdrawn ON posts WHEN new.withdrawn = 1 AND new.expired_at = 0 BEGIN
    DELETE FROM post_heat WHERE n = new.n;
END;
-- +goose StatementEnd
