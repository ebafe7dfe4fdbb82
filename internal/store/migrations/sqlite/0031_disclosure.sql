-- +goose Up
-- The numbers and texts of the yearly report on the openness of government
-- information, as people and files say them. What can be counted is not here.
CREATE TABLE disclosure_facts (
    year     INTEGER NOT NULL,
    fact     TEXT    NOT NULL,                   -- openness.published
    cell     TEXT    NOT NULL,                   -- '' = the fact has no columns
    value    REAL    NOT NULL,                   -- at most four decimals
    at_least INTEGER NOT NULL,                   -- no fewer than
    source   TEXT    NOT NULL,                   -- entered, imported
    note     TEXT    NOT NULL,
    person   TEXT    NOT NULL,                   -- user id
    at       INTEGER NOT NULL,
    PRIMARY KEY (year, fact, cell)
);

CREATE TABLE disclosure_texts (
    year   INTEGER NOT NULL,
    part   TEXT    NOT NULL,
    body   TEXT    NOT NULL,
    source TEXT    NOT NULL,
    person TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (year, part)
);

-- Reports as they were released, with the figures of the day and how far the
-- record of cases was. Rows are only added.
CREATE TABLE disclosure_releases (
    id        TEXT    NOT NULL PRIMARY KEY,      -- ar-…
    year      INTEGER NOT NULL,
    form      TEXT    NOT NULL,                  -- 2008, 2021
    edition   INTEGER NOT NULL,
    person    TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    head_seq  INTEGER NOT NULL,
    head_hash TEXT    NOT NULL,
    office    TEXT    NOT NULL,
    data      TEXT    NOT NULL,                  -- query.Disclosure as JSON
    UNIQUE (year, form, edition)
);
-- +goose StatementBegin
CREATE TRIGGER disclosure_releases_stay BEFORE UPDATE ON disclosure_releases BEGIN
    SELECT RAISE(ABORT, 'a released report stays as it is');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER disclosure_releases_keep BEFORE DELETE ON disclosure_releases BEGIN
    SELECT RAISE(ABORT, 'a released report stays as it is');
END;
-- +goose StatementEnd
