-- +goose Up
-- What officers wrote about topics, every version, and the posts that they put on
-- the timeline. A pin belongs to the post: it follows when topics are merged or
-- split, and goes with a post that is removed.
CREATE TABLE topic_summaries (
    topic   TEXT    NOT NULL,
    version INTEGER NOT NULL,
    text    TEXT    NOT NULL,
    by_user TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (topic, version)
);
CREATE TABLE topic_pins (
    post_id TEXT    NOT NULL PRIMARY KEY,
    by_user TEXT    NOT NULL,
    at      INTEGER NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER topic_pin_gone AFTER DELETE ON posts BEGIN
    DELETE FROM topic_pins WHERE post_id = old.id;
END;
-- +goose StatementEnd
