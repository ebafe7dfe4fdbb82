-- +goose Up
-- Every page of an administrator says which channel fails: the last attempts over
-- each are looked for every ten seconds.
CREATE INDEX attempts_channel ON attempts (channel, n);
