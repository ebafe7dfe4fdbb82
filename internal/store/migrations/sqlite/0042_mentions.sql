-- +goose Up
-- Units that a person praised (表扬) or named (通报), with the reason. Rows are
-- only added; taking one back adds a row as well.
CREATE TABLE mentions (
    id      TEXT    NOT NULL PRIMARY KEY,        -- m-…
    kind    TEXT    NOT NULL,                    -- praise, name
    unit    TEXT    NOT NULL,
    case_no TEXT    NOT NULL,                    -- '' = of the work as a whole
    reason  TEXT    NOT NULL,
    from_at INTEGER NOT NULL,
    to_at   INTEGER NOT NULL,
    score   TEXT    NOT NULL,                    -- as it was then, '' = none
    scoring INTEGER NOT NULL,                    -- version of the formula
    person  TEXT    NOT NULL,
    at      INTEGER NOT NULL
);
CREATE INDEX mentions_period ON mentions (to_at, from_at);

CREATE TABLE mention_withdrawals (
    mention TEXT    NOT NULL PRIMARY KEY,
    reason  TEXT    NOT NULL,
    person  TEXT    NOT NULL,
    at      INTEGER NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER mentions_stay BEFORE UPDATE ON mentions BEGIN
    SELECT RAISE(ABORT, 'a mention stays as it is');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mentions_keep BEFORE DELETE ON mentions BEGIN
    SELECT RAISE(ABORT, 'a mention is never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mention_withdrawals_stay BEFORE UPDATE ON mention_withdrawals BEGIN
    SELECT RAISE(ABORT, 'a withdrawal stays as it is');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mention_withdrawals_keep BEFORE DELETE ON mention_withdrawals BEGIN
    SELECT RAISE(ABORT, 'a withdrawal is never deleted');
END;
-- +goose StatementEnd
