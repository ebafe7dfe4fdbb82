-- +goose Up
-- Second factors: the secret of an authenticator, sealed with a key that lies
-- outside the database. It counts once a code of it was confirmed.
CREATE TABLE factors (
    user_id      TEXT    NOT NULL PRIMARY KEY,
    sealed       BLOB    NOT NULL,
    made_at      INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,             -- 0 = not yet
    last_step    INTEGER NOT NULL              -- of the newest code that was used; no older one works again
);

-- Recovery codes, as digests. A used one stays, so that the page can say how
-- many are left.
CREATE TABLE recovery_codes (
    user_id   TEXT    NOT NULL,
    code_hash TEXT    NOT NULL,
    used_at   INTEGER NOT NULL,                -- 0 = not used
    PRIMARY KEY (user_id, code_hash)
);

-- Sign-ins that wait for their second factor.
CREATE TABLE sign_in_steps (
    token_hash TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    how        TEXT    NOT NULL,               -- how it was begun: password, link, sso
    expires_at INTEGER NOT NULL
);

-- Failed sign-ins by digest of what they are counted for: account and address,
-- account and browser, account, address. Accounts that do not exist are counted
-- alike.
CREATE TABLE sign_in_failures (
    key      TEXT    NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    until_at INTEGER NOT NULL                  -- locked until then, 0 = not locked
);

-- Browsers that somebody signed in with before: other people's wrong guesses do
-- not lock them out.
CREATE TABLE known_browsers (
    token_hash TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    used_at    INTEGER NOT NULL,
    PRIMARY KEY (token_hash, user_id)
);

ALTER TABLE sessions ADD COLUMN last_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN how TEXT NOT NULL DEFAULT 'password';

-- Replaced by sign_in_failures.
ALTER TABLE users DROP COLUMN failures;
ALTER TABLE users DROP COLUMN locked_until;
