// Package byhand says how what people put right of a judgement counts, for
// everything that lists or counts posts. It keeps nothing: corrections do.
package byhand

import (
	"huiying"
	"huiying/internal/query"
)

const (
	newest = `(SELECT value FROM corrections WHERE post_id = p.id AND field = '`
	last   = `' ORDER BY n DESC LIMIT 1)`
)

// What people said last of posts p, as expressions; NULL where nobody did.
const (
	Place     = newest + query.CorrectPlace + last
	Intent    = newest + query.CorrectIntent + last
	Sentiment = newest + query.CorrectSentiment + last
)

// Apply lets a judgement that was read be as it counts: with the level of its
// row, and at the place that a person put it at ("" = nobody did). What was
// judged is returned.
func Apply(j *huiying.Judgement, level huiying.Level, place string) (judged query.Judged) {
	judged = query.Judged{Level: j.Level, Places: j.Places}
	if level.Valid() {
		j.Level = level
	}
	j.Places = Places(j.Places, place)
	return judged
}

// Places are those that count: the judged ones, or the place that a person put
// the post at ("" = nobody did).
func Places(judged []string, place string) []string {
	switch place {
	case "":
		return judged
	case query.NoPlace:
		return nil
	}
	return []string{place}
}
