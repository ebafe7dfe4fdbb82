-- +goose Up
-- As in the folder of SQLite, where every column is explained.
ALTER TABLE posts ADD COLUMN expired_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE purges ADD COLUMN run BIGINT NOT NULL DEFAULT 0;
ALTER TABLE purges ADD COLUMN removed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE purges ADD COLUMN from_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE purges ADD COLUMN to_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE purges ADD COLUMN digest TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX purges_run ON purges (run, n) WHERE run > 0;
CREATE TABLE retired_posts (
    purge  BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (purge, n)
);
CREATE INDEX retired_posts_post ON retired_posts (n);
CREATE INDEX posts_kept ON posts (collected_at, n) WHERE withdrawn = 0 AND case_no = '';
CREATE INDEX posts_withdrawn ON posts (n) WHERE withdrawn = 1;
DROP INDEX posts_waiting;
CREATE INDEX posts_waiting ON posts (n, level, first_seen_at, rule, case_no, triaged, held, withdrawn) WHERE rule <> '' AND case_no = '' AND triaged = 0 AND held = 0 AND withdrawn = 0;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION post_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE post_facets SET verified = '', sentiment = '', intent = '', places = '', rules = '' WHERE n = new.n AND new.expired_at = 0;
    DELETE FROM post_search WHERE n = new.n;
    UPDATE search_state SET value = value + 1 WHERE name = 'erase';
    RETURN NULL;
END
$$;
-- +goose StatementEnd
DROP TRIGGER heat_withdrawn ON posts;
CREATE TRIGGER heat_withdrawn AFTER UPDATE OF withdrawn ON posts FOR EACH ROW WHEN (new.withdrawn = 1 AND new.expired_at = 0) EXECUTE FUNCTION heat_gone();
