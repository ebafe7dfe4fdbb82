-- +goose Up
-- Tokens of the API, as digests. One belongs to a person, or to a service that
-- has roles of its own. No row is deleted: a revoked one says by whom and when.
CREATE TABLE api_tokens (
    id           TEXT    NOT NULL PRIMARY KEY,   -- t-…
    token_hash   TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,               -- '' for a service
    service      TEXT    NOT NULL,               -- '' for a person's
    roles        TEXT    NOT NULL,               -- of a service, JSON list
    unit         TEXT    NOT NULL,               -- of a service
    scopes       TEXT    NOT NULL,               -- JSON list
    made_by      TEXT    NOT NULL,
    made_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER NOT NULL DEFAULT 0,
    used_from    TEXT    NOT NULL DEFAULT '',
    revoked_at   INTEGER NOT NULL DEFAULT 0,
    revoked_by   TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);

-- Who people are at the office's identity provider (OpenID Connect).
CREATE TABLE identities (
    issuer    TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    user_id   TEXT    NOT NULL,
    linked_by TEXT    NOT NULL,                  -- an administrator, or 'sso' by e-mail or name
    linked_at INTEGER NOT NULL,
    used_at   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- The log of access is read by who, what and when.
CREATE INDEX access_log_action ON access_log (action, n);
CREATE INDEX access_log_actor ON access_log (actor, n);
