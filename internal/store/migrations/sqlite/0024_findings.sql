-- +goose Up
-- The page of the portal inspection reads findings alone, which are few among
-- very many posts.
CREATE INDEX posts_findings ON posts (platform, source, n) WHERE kind = 'finding';
