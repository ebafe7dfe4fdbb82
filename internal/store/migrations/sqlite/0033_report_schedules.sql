-- +goose Up
-- Reports that are made by themselves. What is due is in next_at; taking it and
-- the report it makes are one transaction, so that a run happens once.
CREATE TABLE report_schedules (
    id         TEXT    NOT NULL PRIMARY KEY,     -- rs-…
    kind       TEXT    NOT NULL,                 -- daily, weekly, monthly
    cron       TEXT    NOT NULL,                 -- minute hour day month weekday, in the office's zone
    workdays   INTEGER NOT NULL,                 -- on working days alone
    recipients TEXT    NOT NULL,                 -- JSON list of people and units
    format     TEXT    NOT NULL,                 -- docx, xlsx, html: what the link leads to
    unreviewed INTEGER NOT NULL,                 -- a daily of figures alone is released at once
    active     INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    covered_at INTEGER NOT NULL,                 -- end of the last period that was reported, 0 = none
    ran_at     INTEGER NOT NULL,
    problem    TEXT    NOT NULL,                 -- of the last run, '' = it went well
    made_by    TEXT    NOT NULL,
    made_at    INTEGER NOT NULL
);
CREATE INDEX report_schedules_due ON report_schedules (next_at) WHERE active = 1;
-- Who is to be told of which released report; what became of the message is in
-- deliveries.
CREATE TABLE report_tellings (
    report   TEXT    NOT NULL,
    receiver TEXT    NOT NULL,                   -- person or unit
    by_user  TEXT    NOT NULL,
    asked_at INTEGER NOT NULL,
    told_at  INTEGER NOT NULL,                   -- 0 = not yet
    alert    TEXT    NOT NULL,                   -- alerts.id, '' = nobody could be reached, or not yet told
    PRIMARY KEY (report, receiver)
);
CREATE INDEX report_tellings_due ON report_tellings (asked_at) WHERE told_at = 0;
