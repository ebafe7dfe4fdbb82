-- +goose Up
-- Reports on a period or an event. A row that is released is never changed
-- again; whoever tries is refused by the database itself.
CREATE TABLE reports (
    id           TEXT    NOT NULL PRIMARY KEY,   -- r-…
    kind         TEXT    NOT NULL,               -- daily, weekly, monthly, special
    event        TEXT    NOT NULL,               -- topic of a special report, '' = none
    title        TEXT    NOT NULL,
    from_at      INTEGER NOT NULL,
    to_at        INTEGER NOT NULL,
    state        TEXT    NOT NULL,               -- draft, review, released
    version      INTEGER NOT NULL,               -- of report_steps
    facts        TEXT    NOT NULL,               -- periodic.Facts as JSON: every figure as it was counted
    texts        TEXT    NOT NULL,               -- what people wrote, by place
    remark       TEXT    NOT NULL,               -- made late, or why; '' = nothing to say
    schedule     TEXT    NOT NULL,               -- that made it, '' = a person
    created_by   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    submitted_by TEXT    NOT NULL,
    submitted_at INTEGER NOT NULL,
    released_by  TEXT    NOT NULL,
    released_at  INTEGER NOT NULL,
    head_seq     INTEGER NOT NULL,               -- of the record, as the figures were counted
    head_hash    TEXT    NOT NULL,
    posts_upto   INTEGER NOT NULL                -- posts.n
);
CREATE INDEX reports_listed ON reports (to_at, id);
CREATE INDEX reports_schedule ON reports (schedule, created_at) WHERE schedule <> '';

-- +goose StatementBegin
CREATE TRIGGER report_stays BEFORE UPDATE ON reports WHEN old.state = 'released' BEGIN
    SELECT RAISE(ABORT, 'a released report is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER report_kept BEFORE DELETE ON reports WHEN old.state = 'released' BEGIN
    SELECT RAISE(ABORT, 'a released report is not removed');
END;
-- +goose StatementEnd

-- What was done with a report, with the texts as they were then. Rows are only
-- added.
CREATE TABLE report_steps (
    report  TEXT    NOT NULL,
    n       INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    by_user TEXT    NOT NULL,
    action  TEXT    NOT NULL,                    -- draft, write, refresh, add, drop, submit, return, release
    note    TEXT    NOT NULL,
    texts   TEXT    NOT NULL,
    PRIMARY KEY (report, n)
);

-- Citizens' words that a report quotes, masked. They lie apart from it so that
-- they go with the post they are from; the report itself stays as it is.
CREATE TABLE report_quotes (
    report TEXT    NOT NULL,
    post   TEXT    NOT NULL,
    words  TEXT    NOT NULL,
    chosen INTEGER NOT NULL,                     -- a person added it
    by_user TEXT   NOT NULL,
    PRIMARY KEY (report, post)
);
CREATE INDEX report_quotes_post ON report_quotes (post);
-- +goose StatementBegin
CREATE TRIGGER quote_withdrawn AFTER UPDATE OF withdrawn ON posts WHEN new.withdrawn = 1 BEGIN
    UPDATE report_quotes SET words = '' WHERE post = new.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER quote_gone AFTER DELETE ON posts BEGIN
    UPDATE report_quotes SET words = '' WHERE post = old.id;
END;
-- +goose StatementEnd

-- Reports count posts by when they were first seen, which no later revision moves.
CREATE INDEX posts_seen ON posts (first_seen_at);
