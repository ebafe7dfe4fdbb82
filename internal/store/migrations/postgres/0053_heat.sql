-- +goose Up
-- As migrations/sqlite/0053_heat.sql, where the tables are explained.
CREATE TABLE post_heat (
    n        BIGINT             NOT NULL PRIMARY KEY,
    day      BIGINT             NOT NULL,
    platform TEXT COLLATE "C" NOT NULL,
    items    TEXT COLLATE "C" NOT NULL,
    places   TEXT COLLATE "C" NOT NULL
);
CREATE INDEX post_heat_day ON post_heat (day, n);
CREATE TABLE heat_days (
    day      BIGINT             NOT NULL,
    platform TEXT COLLATE "C" NOT NULL,
    items    TEXT COLLATE "C" NOT NULL,
    places   TEXT COLLATE "C" NOT NULL,
    posts    BIGINT             NOT NULL,
    PRIMARY KEY (day, platform, items, places)
);
CREATE TABLE heat_state (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BIGINT             NOT NULL
);
INSERT INTO heat_state (name, value) VALUES ('next', (SELECT coalesce(max(n), 0) FROM posts));

-- +goose StatementBegin
CREATE FUNCTION heat_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE heat_days SET posts = posts - 1 WHERE day = old.day AND platform = old.platform AND items = old.items AND places = old.places;
        DELETE FROM heat_days WHERE day = old.day AND platform = old.platform AND items = old.items AND places = old.places AND posts = 0;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO heat_days (day, platform, items, places, posts) VALUES (new.day, new.platform, new.items, new.places, 1)
            ON CONFLICT (day, platform, items, places) DO UPDATE SET posts = heat_days.posts + 1;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER heat_added AFTER INSERT ON post_heat FOR EACH ROW EXECUTE FUNCTION heat_counted();
CREATE TRIGGER heat_changed AFTER UPDATE ON post_heat FOR EACH ROW EXECUTE FUNCTION heat_counted();
CREATE TRIGGER heat_removed AFTER DELETE ON post_heat FOR EACH ROW EXECUTE FUNCTION heat_counted();

-- +goose StatementBegin
CREATE FUNCTION heat_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM post_heat WHERE n = old.n;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER heat_withdrawn AFTER UPDATE OF withdrawn ON posts FOR EACH ROW WHEN (new.withdrawn = 1) EXECUTE FUNCTION heat_gone();
CREATE TRIGGER heat_gone AFTER DELETE ON posts FOR EACH ROW EXECUTE FUNCTION heat_gone();
