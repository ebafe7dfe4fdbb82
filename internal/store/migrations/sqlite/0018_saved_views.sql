-- +goose Up
-- Lists that people keep under a name: the state of a filter as it stands in
-- the address of the page, never what it found.
CREATE TABLE saved_views (
    id         TEXT    NOT NULL PRIMARY KEY,     -- vw-…
    owner      TEXT    NOT NULL,                 -- user id
    page       TEXT    NOT NULL,                 -- stream, cases
    name       TEXT    NOT NULL,
    query      TEXT    NOT NULL,
    shared     TEXT    NOT NULL,                 -- '' = the owner's alone, role:officer, unit:u-hall
    created_at INTEGER NOT NULL,
    UNIQUE (owner, page, name)
);

-- Which view a page opens with for a person.
CREATE TABLE saved_view_defaults (
    person TEXT NOT NULL,
    page   TEXT NOT NULL,
    view   TEXT NOT NULL,
    PRIMARY KEY (person, page)
);

-- Who is told how many new posts a view has.
CREATE TABLE saved_view_subscriptions (
    view    TEXT    NOT NULL,
    person  TEXT    NOT NULL,
    every   INTEGER NOT NULL,                    -- minutes
    hours   TEXT    NOT NULL,                    -- always, office
    seen    INTEGER NOT NULL,                    -- posts.n up to which the person was told
    next_at INTEGER NOT NULL,                    -- when to look again
    told_at INTEGER NOT NULL DEFAULT 0,
    told    INTEGER NOT NULL DEFAULT 0,          -- posts that the last message told of
    PRIMARY KEY (view, person)
);
CREATE INDEX saved_view_subscriptions_due ON saved_view_subscriptions (next_at);
