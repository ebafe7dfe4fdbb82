-- +goose Up
-- The full-text index holds no text: words are those of the analyzer's cut and
-- the words in them, grams every pair of neighbouring characters in order (the
-- last of a run alone), chars each character once, extra the case number. What
-- is in it belongs to posts.n and case_index.id. Triggers take a row out in the
-- transaction that removes its words and note which rows are to be read again;
-- nothing else is written to an index but by internal/store/search.
CREATE VIRTUAL TABLE post_search USING fts5(words, grams, chars, extra, content='', contentless_delete=1, tokenize='ascii');
CREATE VIRTUAL TABLE case_search USING fts5(words, grams, chars, extra, content='', contentless_delete=1, tokenize='ascii');

-- How far the index is.
CREATE TABLE search_state (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
);
INSERT INTO search_state (name, value) VALUES
    ('first', (SELECT coalesce(max(n), 0) FROM posts)), -- posts up to here were there before the index
    ('next', (SELECT coalesce(max(n), 0) FROM posts)),  -- of them, those up to here are not in it yet
    ('read', 0),                                        -- post_changes up to here are in it
    ('erase', 0);                                       -- rows taken out whose words are still in the file

-- What posts are filtered and counted by, narrow enough to be read at once.
CREATE TABLE post_facets (
    n            INTEGER NOT NULL PRIMARY KEY, -- posts.n
    collected_at INTEGER NOT NULL,
    level        TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    platform     TEXT    NOT NULL,
    verified     TEXT    NOT NULL,
    sentiment    TEXT    NOT NULL,             -- '' = none, or not sure
    intent       TEXT    NOT NULL,
    places       TEXT    NOT NULL,             -- one a line
    rules        TEXT    NOT NULL,
    in_case      INTEGER NOT NULL
);

-- Posts in the order of their changes. words = 1: they must be read again for
-- the index, else only their facets changed.
CREATE TABLE post_changes (
    seq   INTEGER PRIMARY KEY AUTOINCREMENT,
    n     INTEGER NOT NULL,
    words INTEGER NOT NULL
);

-- +goose StatementBegin
CREATE TRIGGER post_added AFTER INSERT ON posts BEGIN
    INSERT INTO post_changes (n, words) VALUES (new.n, 1);
END;
-- +goose StatementEnd

-- A reworded post stays in the index until it is read again; whoever searches
-- leaves out what the index says of posts that are to be read.
-- +goose StatementBegin
CREATE TRIGGER post_changed AFTER UPDATE OF title, text, judgement, collected_at, level, source ON posts BEGIN
    INSERT INTO post_changes (n, words) VALUES (new.n, old.title <> new.title OR old.text <> new.text
        OR json_extract(old.judgement, '$.personal_data') IS NOT json_extract(new.judgement, '$.personal_data'));
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER post_attached AFTER UPDATE OF case_no ON posts WHEN old.case_no <> new.case_no BEGIN
    UPDATE post_facets SET in_case = new.case_no <> '' WHERE n = new.n;
    INSERT INTO post_changes (n, words) VALUES (new.n, 1);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER post_withdrawn AFTER UPDATE OF withdrawn ON posts WHEN new.withdrawn = 1 BEGIN
    UPDATE post_facets SET verified = '', sentiment = '', intent = '', places = '', rules = '' WHERE n = new.n;
    DELETE FROM post_search WHERE rowid = new.n;
    UPDATE search_state SET value = value + 1 WHERE name = 'erase';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER post_gone AFTER DELETE ON posts BEGIN
    DELETE FROM post_facets WHERE n = old.n;
    DELETE FROM post_search WHERE rowid = old.n;
    INSERT INTO post_changes (n, words) VALUES (old.n, 0);
    UPDATE search_state SET value = value + 1 WHERE name = 'erase';
END;
-- +goose StatementEnd

-- Cases have no number of their own that the index could go by.
CREATE TABLE case_index (
    id INTEGER NOT NULL PRIMARY KEY,
    no TEXT    NOT NULL UNIQUE
);
-- The texts that a case is found by.
CREATE TABLE case_words (
    digest TEXT NOT NULL,
    no     TEXT NOT NULL,
    PRIMARY KEY (digest, no)
) WITHOUT ROWID;
CREATE INDEX case_words_no ON case_words (no);
-- Cases that must be read again for the index.
CREATE TABLE case_changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    no  TEXT NOT NULL
);
INSERT INTO case_changes (no) SELECT no FROM cases ORDER BY no;
-- Lists and counts read these alone: a row lies over several pages.
DROP INDEX posts_collected;
CREATE INDEX posts_collected ON posts (collected_at, level);
CREATE INDEX posts_waiting ON posts (n, level, first_seen_at, rule, case_no, triaged, held) WHERE rule <> '' AND case_no = '' AND triaged = 0 AND held = 0;
CREATE INDEX cases_listed ON cases (no, state, level, unit, owner, opened_at, title);

-- +goose StatementBegin
CREATE TRIGGER case_added AFTER INSERT ON cases BEGIN
    INSERT INTO case_changes (no) VALUES (new.no);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER case_changed AFTER UPDATE OF version ON cases BEGIN
    INSERT INTO case_changes (no) VALUES (new.no);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER text_gone AFTER DELETE ON texts BEGIN
    DELETE FROM case_search WHERE rowid IN (SELECT i.id FROM case_words w JOIN case_index i ON i.no = w.no WHERE w.digest = old.digest);
    INSERT INTO case_changes (no) SELECT no FROM case_words WHERE digest = old.digest;
    UPDATE search_state SET value = value + 1 WHERE name = 'erase';
END;
-- +goose StatementEnd
