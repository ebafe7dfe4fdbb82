-- +goose Up
-- The yearly report counts the office's own posts, which are few of many.
CREATE INDEX posts_government ON posts (published_at) WHERE platform = 'weibo' AND verified = 'government';
