-- +goose Up
-- What people put off in the inbox: a row counts while the item is as it was.
CREATE TABLE inbox_later (
    item    TEXT    NOT NULL PRIMARY KEY,        -- case:HY… or post:weibo:…
    seen    TEXT    NOT NULL,                    -- version of the case, revision of the post
    until   INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    by_user TEXT    NOT NULL,
    at      INTEGER NOT NULL
) WITHOUT ROWID;
-- Who has an item of the inbox open; it locks nothing and runs out by itself.
CREATE TABLE inbox_open (
    item   TEXT    NOT NULL,
    person TEXT    NOT NULL,
    since  INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (item, person)
) WITHOUT ROWID;
