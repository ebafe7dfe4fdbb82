-- +goose Up
-- Policy documents and their interpretations (解读) that officers linked to an
-- event. Rows are only added; taking one away adds a row as well.
CREATE TABLE interpretations (
    id      TEXT    NOT NULL PRIMARY KEY, -- i-…
    topic   TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    title   TEXT    NOT NULL,
    url     TEXT    NOT NULL,             -- '' = it has none
    at      INTEGER NOT NULL,             -- when it was published
    by_user TEXT    NOT NULL,
    made_at INTEGER NOT NULL
);
CREATE INDEX interpretations_topic ON interpretations (topic, at);
CREATE TABLE interpretation_removals (
    id      TEXT    NOT NULL PRIMARY KEY,
    reason  TEXT    NOT NULL,
    by_user TEXT    NOT NULL,
    made_at INTEGER NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER interpretations_stay BEFORE UPDATE ON interpretations BEGIN
    SELECT RAISE(ABORT, 'an interpretation stays as it is');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER interpretations_keep BEFORE DELETE ON interpretations BEGIN
    SELECT RAISE(ABORT, 'an interpretation is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER interpretation_removals_stay BEFORE UPDATE ON interpretation_removals BEGIN
    SELECT RAISE(ABORT, 'a removal stays as it is');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER interpretation_removals_keep BEFORE DELETE ON interpretation_removals BEGIN
    SELECT RAISE(ABORT, 'a removal is never deleted');
END;
-- +goose StatementEnd
