package posts

import (
	"context"
	"strings"

	"huiying"
	"huiying/internal/store"
)

// saveFacets keeps what the post is filtered and counted by.
func saveFacets(ctx context.Context, tx *store.Tx, j huiying.Judgement) error {
	sentiment, intent := Surely(j)
	_, err := tx.ExecContext(ctx, `
		INSERT INTO post_facets (n, collected_at, level, source, platform, verified, sentiment, intent, places, rules, in_case)
		SELECT n, collected_at, level, source, platform, verified, $2, $3, $4, $5, CASE WHEN case_no <> '' THEN 1 ELSE 0 END FROM posts WHERE id = $1
		ON CONFLICT (n) DO UPDATE SET collected_at = excluded.collected_at, level = excluded.level, source = excluded.source,
			platform = excluded.platform, verified = excluded.verified, sentiment = excluded.sentiment, intent = excluded.intent,
			places = excluded.places, rules = excluded.rules, in_case = excluded.in_case`,
		j.Post.ID, sentiment, intent, strings.Join(j.Places, "\n"), Rules(j))
	return err
}

// Surely is tone and intent as far as the judgement is sure of them; "" = not.
func Surely(j huiying.Judgement) (sentiment, intent string) {
	if j.Sentiment != nil && !j.Sentiment.Unsure {
		sentiment = j.Sentiment.Label
	}
	if j.Intent != nil && !j.Intent.Unsure {
		intent = j.Intent.Label
	}
	return sentiment, intent
}

// Rules are the ids of the rules that hold, one a line.
func Rules(j huiying.Judgement) string {
	ids := make([]string, len(j.Tags))
	for i, t := range j.Tags {
		ids[i] = t.Rule
	}
	return strings.Join(ids, "\n")
}
