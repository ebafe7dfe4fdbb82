-- +goose Up
-- What a first reading or a back-fill brought of old words: archived and
-- counted, never alerted, not in the inbox.
ALTER TABLE posts ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
DROP INDEX posts_inbox;
CREATE INDEX posts_inbox ON posts (n) WHERE rule <> '' AND case_no = '' AND triaged = 0 AND held = 0;

-- Every question of a visit by what came back (huiying.AnswerCounts as JSON;
-- the sums beside it are what lists add up).
ALTER TABLE coverage ADD COLUMN answers TEXT NOT NULL DEFAULT '{}';
ALTER TABLE coverage ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coverage ADD COLUMN got INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coverage ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0; -- walls, bans, limits
ALTER TABLE coverage ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coverage ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coverage ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coverage ADD COLUMN job TEXT NOT NULL DEFAULT '';
CREATE INDEX coverage_at ON coverage (at);
