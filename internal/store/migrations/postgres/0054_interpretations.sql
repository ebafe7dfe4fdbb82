-- +goose Up
-- As migrations/sqlite/0054_interpretations.sql, where the tables are explained.
CREATE TABLE interpretations (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    topic   TEXT COLLATE "C" NOT NULL,
    kind    TEXT COLLATE "C" NOT NULL,
    title   TEXT COLLATE "C" NOT NULL,
    url     TEXT COLLATE "C" NOT NULL,
    at      BIGINT             NOT NULL,
    by_user TEXT COLLATE "C" NOT NULL,
    made_at BIGINT             NOT NULL
);
CREATE INDEX interpretations_topic ON interpretations (topic, at);
CREATE TABLE interpretation_removals (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    reason  TEXT COLLATE "C" NOT NULL,
    by_user TEXT COLLATE "C" NOT NULL,
    made_at BIGINT             NOT NULL
);
CREATE TRIGGER interpretations_stay BEFORE UPDATE ON interpretations FOR EACH ROW EXECUTE FUNCTION stays('an interpretation stays as it is');
CREATE TRIGGER interpretations_keep BEFORE DELETE ON interpretations FOR EACH ROW EXECUTE FUNCTION stays('an interpretation is never deleted');
CREATE TRIGGER interpretation_removals_stay BEFORE UPDATE ON interpretation_removals FOR EACH ROW EXECUTE FUNCTION stays('a removal stays as it is');
CREATE TRIGGER interpretation_removals_keep BEFORE DELETE ON interpretation_removals FOR EACH ROW EXECUTE FUNCTION stays('a removal is never deleted');
