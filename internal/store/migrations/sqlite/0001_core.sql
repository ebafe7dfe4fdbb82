-- +goose Up
-- Times are UTC microseconds since 1970 (0 = not yet); JSON columns hold the
-- root package's types. PostgreSQL gets the same tables from its own folder.

CREATE TABLE posts (
    n            INTEGER PRIMARY KEY,            -- rowid; also the order of arrival in the archive
    id           TEXT    NOT NULL UNIQUE,        -- weibo:5045260761957739
    revision     TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    platform     TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    url          TEXT    NOT NULL,
    parent_id    TEXT    NOT NULL,
    root_id      TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    text         TEXT    NOT NULL,
    verified     TEXT    NOT NULL,
    region       TEXT    NOT NULL,
    published_at INTEGER NOT NULL,
    collected_at INTEGER NOT NULL,               -- of the newest revision; an older one never overwrites
    first_seen_at INTEGER NOT NULL,              -- collected_at of the first revision
    deleted      INTEGER NOT NULL,
    level        TEXT    NOT NULL,
    rule         TEXT    NOT NULL,               -- top tag's rule, '' when untagged
    topic        TEXT    NOT NULL,
    case_no      TEXT    NOT NULL DEFAULT '',
    triaged      INTEGER NOT NULL DEFAULT 0,     -- a person dealt with it without a case
    judgement    TEXT    NOT NULL                -- huiying.Judgement as JSON, post included
);
CREATE INDEX posts_published ON posts (published_at);
CREATE INDEX posts_collected ON posts (collected_at);
CREATE INDEX posts_level ON posts (level, n);
CREATE INDEX posts_topic ON posts (topic);
CREATE INDEX posts_case ON posts (case_no) WHERE case_no <> '';
CREATE INDEX posts_inbox ON posts (n) WHERE rule <> '' AND case_no = '' AND triaged = 0;

CREATE TABLE post_revisions (
    post_id      TEXT    NOT NULL,
    revision     TEXT    NOT NULL,
    collected_at INTEGER NOT NULL,
    post         TEXT    NOT NULL,               -- huiying.Post as JSON
    PRIMARY KEY (post_id, revision)
);

CREATE TABLE post_tags (
    post_id TEXT NOT NULL,
    rule    TEXT NOT NULL,
    name    TEXT NOT NULL,
    level   TEXT NOT NULL,
    PRIMARY KEY (post_id, rule)
);
CREATE INDEX post_tags_rule ON post_tags (rule);

CREATE TABLE alerts (
    id          TEXT    NOT NULL PRIMARY KEY,    -- a-…
    post_id     TEXT    NOT NULL,
    rule        TEXT    NOT NULL,
    rule_name   TEXT    NOT NULL,
    level       TEXT    NOT NULL,
    unit        TEXT    NOT NULL,
    topic       TEXT    NOT NULL,
    case_no     TEXT    NOT NULL,
    accepted_at INTEGER NOT NULL,
    raised_at   INTEGER NOT NULL,
    body        TEXT    NOT NULL                 -- huiying.Alert as JSON
);
CREATE INDEX alerts_raised ON alerts (raised_at);
CREATE INDEX alerts_case ON alerts (case_no);
CREATE INDEX alerts_post ON alerts (post_id);

CREATE TABLE deliveries (
    id           TEXT    NOT NULL PRIMARY KEY,   -- d-…
    alert_id     TEXT    NOT NULL,
    case_no      TEXT    NOT NULL,
    person       TEXT    NOT NULL,
    unit         TEXT    NOT NULL,
    channel      TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    level        TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    attempts     INTEGER NOT NULL,
    next_at      INTEGER NOT NULL,
    leased_until INTEGER NOT NULL,
    last_error   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    accepted_at  INTEGER NOT NULL,
    read_at      INTEGER NOT NULL,
    acked_at     INTEGER NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state IN ('queued', 'retrying', 'sending');
CREATE INDEX deliveries_alert ON deliveries (alert_id);
CREATE INDEX deliveries_person ON deliveries (person, created_at);
-- What is not settled yet of one case, person and channel, in order.
CREATE INDEX deliveries_order ON deliveries (case_no, person, channel, created_at)
    WHERE state IN ('queued', 'retrying', 'sending');

CREATE TABLE cases (
    no            TEXT    NOT NULL PRIMARY KEY,  -- HY20261123-0001
    version       INTEGER NOT NULL,
    state         TEXT    NOT NULL,
    level         TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    topic         TEXT    NOT NULL,
    open_key      TEXT    UNIQUE,                -- topic while the case is open, else NULL
    rule          TEXT    NOT NULL,
    unit          TEXT    NOT NULL,
    owner         TEXT    NOT NULL,
    first_seen_at INTEGER NOT NULL,
    opened_at     INTEGER NOT NULL,
    assigned_at   INTEGER NOT NULL,
    acked_at      INTEGER NOT NULL,
    responded_at  INTEGER NOT NULL,
    closed_at     INTEGER NOT NULL,
    next_due_at   INTEGER NOT NULL,              -- earliest due time of a running, unbreached clock, 0 = none
    updated_at    INTEGER NOT NULL,
    body          TEXT    NOT NULL               -- huiying.Case as JSON
);
CREATE INDEX cases_state ON cases (state, opened_at);
CREATE INDEX cases_unit ON cases (unit, state);
CREATE INDEX cases_due ON cases (next_due_at) WHERE next_due_at > 0;

CREATE TABLE case_posts (
    case_no TEXT NOT NULL,
    post_id TEXT NOT NULL,
    PRIMARY KEY (case_no, post_id)
);
CREATE INDEX case_posts_post ON case_posts (post_id);

-- The record: append-only, hash-chained. Nothing updates or deletes a row.
CREATE TABLE record (
    seq        INTEGER NOT NULL PRIMARY KEY,
    case_no    TEXT    NOT NULL,
    n          INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    from_state TEXT    NOT NULL,
    to_state   TEXT    NOT NULL,
    payload    TEXT    NOT NULL,                 -- canonical JSON, string to string
    prev       TEXT    NOT NULL,
    hash       TEXT    NOT NULL,
    mac        TEXT    NOT NULL,
    UNIQUE (case_no, n)
);

-- The signed head, rewritten with every step: the last row cannot go unseen.
CREATE TABLE record_head (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    hash TEXT    NOT NULL,
    mac  TEXT    NOT NULL,
    at   INTEGER NOT NULL
);

-- Words that steps name by digest; they can be purged, the record stays valid.
CREATE TABLE texts (
    digest TEXT    NOT NULL PRIMARY KEY,
    text   TEXT    NOT NULL,
    at     INTEGER NOT NULL
);

-- Messages to the bus, written with their cause and published after commit.
CREATE TABLE bus_outbox (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT    NOT NULL,
    msg_id  TEXT    NOT NULL,
    body    BLOB    NOT NULL
);

-- Definitions: sources, rules, units, channels … every version with its author.
CREATE TABLE definitions (
    kind    TEXT    NOT NULL,                    -- source, rules, unit, channel
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    author  TEXT    NOT NULL,
    origin  TEXT    NOT NULL,                    -- file name when read-only on pages, '' when edited there
    deleted INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (kind, id, version)
);

CREATE TABLE counters (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
);

-- The coverage ledger as it came from the crawlers.
CREATE TABLE coverage (
    source   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    took     INTEGER NOT NULL,                   -- microseconds
    state    TEXT    NOT NULL,
    pages    INTEGER NOT NULL,
    posts    INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    capped   INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    next_at  INTEGER NOT NULL,
    PRIMARY KEY (source, at)
);

-- People and their logins.
CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    unit          TEXT    NOT NULL,
    roles         TEXT    NOT NULL,              -- JSON list
    contacts      TEXT    NOT NULL,              -- JSON list of huiying.Contact
    password_hash TEXT    NOT NULL,              -- argon2id, '' until set by link
    origin        TEXT    NOT NULL,              -- file name when defined in a file
    disabled      INTEGER NOT NULL,
    failures      INTEGER NOT NULL,
    locked_until  INTEGER NOT NULL,
    lang          TEXT    NOT NULL,
    theme         TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
);

CREATE TABLE sessions (
    token_hash TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address    TEXT    NOT NULL,
    agent      TEXT    NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

-- One-time links: set-up, invitation, sign-in.
CREATE TABLE links (
    token_hash TEXT    NOT NULL PRIMARY KEY,
    purpose    TEXT    NOT NULL,                 -- setup, password, signin
    user_id    TEXT    NOT NULL,                 -- '' for setup
    expires_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
);

-- Who looked at what that is masked, who signed in, who exported.
CREATE TABLE access_log (
    n      INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    action TEXT    NOT NULL,
    object TEXT    NOT NULL,
    detail TEXT    NOT NULL
);
