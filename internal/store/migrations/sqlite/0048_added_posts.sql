-- +goose Up
-- Posts that people added to a topic: there they stay, and what is said under
-- them, whatever a later judgement has. What is decided of the topic later holds
-- for them too.
CREATE TABLE topic_added (
    post_id TEXT NOT NULL PRIMARY KEY,
    topic   TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX topic_added_topic ON topic_added (topic);
-- +goose StatementBegin
CREATE TRIGGER topic_added_gone AFTER DELETE ON posts BEGIN
    DELETE FROM topic_added WHERE post_id = old.id;
END;
-- +goose StatementEnd
