-- +goose Up
-- What posts are about by service item and place, narrow enough to be counted:
-- one row a post, of its newest revision, and how many posts of a day have the
-- same items and places together, so that a post that names two items of one
-- unit counts once for the unit. The archive writes the first, triggers keep
-- the second. Posts about neither, held ones and the service's own findings are
-- not here.
CREATE TABLE post_heat (
    n        INTEGER NOT NULL PRIMARY KEY, -- posts.n
    day      INTEGER NOT NULL,             -- first seen, in the office's zone: 20261129
    platform TEXT    NOT NULL,
    items    TEXT    NOT NULL,             -- codes in order, one a line
    places   TEXT    NOT NULL              -- names likewise
);
CREATE INDEX post_heat_day ON post_heat (day, n);
CREATE TABLE heat_days (
    day      INTEGER NOT NULL,
    platform TEXT    NOT NULL,
    items    TEXT    NOT NULL,
    places   TEXT    NOT NULL,
    posts    INTEGER NOT NULL,
    PRIMARY KEY (day, platform, items, places)
) WITHOUT ROWID;
-- Posts up to this one were archived before and are counted from the last to
-- the first; 0 = all are.
CREATE TABLE heat_state (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
);
INSERT INTO heat_state (name, value) VALUES ('next', (SELECT coalesce(max(n), 0) FROM posts));

-- +goose StatementBegin
CREATE TRIGGER heat_added AFTER INSERT ON post_heat BEGIN
    INSERT INTO heat_days (day, platform, items, places, posts) VALUES (new.day, new.platform, new.items, new.places, 1)
        ON CONFLICT (day, platform, items, places) DO UPDATE SET posts = heat_days.posts + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER heat_changed AFTER UPDATE ON post_heat BEGIN
    UPDATE heat_days SET posts = posts - 1 WHERE day = old.day AND platform = old.platform AND items = old.items AND places = old.places;
    DELETE FROM heat_days WHERE day = old.day AND platform = old.platform AND items = old.items AND places = old.places AND posts = 0;
    INSERT INTO heat_days (day, platform, items, places, posts) VALUES (new.day, new.platform, new.items, new.places, 1)
        ON CONFLICT (day, platform, items, places) DO UPDATE SET posts = heat_days.posts + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER heat_removed AFTER DELETE ON post_heat BEGIN
    UPDATE heat_days SET posts = posts - 1 WHERE day = old.day AND platform = old.platform AND items = old.items AND places = old.places;
    DELETE FROM heat_days WHERE day = old.day AND platform = old.platform AND items = old.items AND places = old.places AND posts = 0;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER heat_withdrawn AFTER UPDATE OF withdrawn ON posts WHEN new.withdrawn = 1 BEGIN
    DELETE FROM post_heat WHERE n = new.n;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER heat_gone AFTER DELETE ON posts BEGIN
    DELETE FROM post_heat WHERE n = old.n;
END;
-- +goose StatementEnd
