-- +goose Up
-- False alarms are counted among the tagged posts of a period, a third of all:
-- from this alone, for a row of posts lies over several pages.
CREATE INDEX posts_tagged ON posts (collected_at, level, platform, case_no, id) WHERE rule <> '' AND level <> 'none';

-- The pages that cases were read from are looked for every quarter of a minute.
CREATE INDEX post_revisions_evidence ON post_revisions (post_id, json_extract(post, '$.evidence'));
