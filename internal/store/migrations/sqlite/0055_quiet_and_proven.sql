-- +goose Up
-- The hours in which a person is told of nothing below red, as a JSON list.
ALTER TABLE users ADD COLUMN quiet TEXT NOT NULL DEFAULT '[]';
-- Which contacts a person has shown to be theirs, as a JSON object by channel:
-- the digest of the address, and when. Another address is another contact.
ALTER TABLE users ADD COLUMN proven TEXT NOT NULL DEFAULT '{}';
-- Codes that were sent to contacts to show that they are a person's own. Rows
-- go when they are older than what limits how many may be asked for.
CREATE TABLE contact_codes (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT    NOT NULL,
    channel TEXT    NOT NULL,
    address TEXT    NOT NULL,                 -- the digest of the one it was sent to
    code    TEXT    NOT NULL,                 -- its argon2id record, never the code
    made_at INTEGER NOT NULL,
    tries   INTEGER NOT NULL DEFAULT 0,       -- that were made, right or wrong
    used_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX contact_codes_user ON contact_codes (user_id, channel, n);
