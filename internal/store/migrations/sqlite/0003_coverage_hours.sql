-- +goose Up
-- The ledger by source and hour, made anew from the hour's rows with every
-- row that is kept, so that a redelivery changes nothing and a year reads fast.
CREATE TABLE coverage_hours (
    source   TEXT    NOT NULL,
    hour     INTEGER NOT NULL,                   -- when it began, UTC
    visits   INTEGER NOT NULL,
    well     INTEGER NOT NULL,                   -- visits that ended ok or empty
    empty    INTEGER NOT NULL,
    capped   INTEGER NOT NULL,
    pages    INTEGER NOT NULL,
    posts    INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    held     INTEGER NOT NULL,
    refused  INTEGER NOT NULL,
    asked    INTEGER NOT NULL,
    got      INTEGER NOT NULL,
    stopped  INTEGER NOT NULL,
    failed   INTEGER NOT NULL,
    answers  TEXT    NOT NULL,                   -- huiying.AnswerCounts as JSON
    worst    TEXT    NOT NULL,                   -- state
    first_at INTEGER NOT NULL,                   -- of the visits the plan counts, 0 = none
    last_at  INTEGER NOT NULL,
    pause    INTEGER NOT NULL,                   -- the longest between two of them, microseconds
    PRIMARY KEY (source, hour)
) WITHOUT ROWID;
CREATE INDEX coverage_hours_hour ON coverage_hours (hour);

INSERT INTO coverage_hours
SELECT source, at / 3600000000 * 3600000000 AS begun, count(*), sum(state IN ('ok', 'empty')), sum(state = 'empty'), sum(capped),
    sum(pages), sum(posts), sum(accepted), sum(held), sum(refused), sum(asked), sum(got), sum(stopped), sum(failed), '{}',
    CASE WHEN sum(state NOT IN ('ok', 'empty')) > 0 THEN max(CASE WHEN state NOT IN ('ok', 'empty') THEN state END) ELSE 'ok' END,
    min(at), max(at), max(at) - min(at)
FROM coverage GROUP BY source, begun;

-- What the service found out about its own collection.
CREATE INDEX posts_system ON posts (n) WHERE platform = 'system';
