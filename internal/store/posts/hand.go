package posts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// PlaceByHand is the place that a person put a post at, of posts p; NULL when
// nobody did.
const PlaceByHand = `(SELECT value FROM corrections WHERE post_id = p.id AND field = '` + query.CorrectPlace + `' ORDER BY n DESC LIMIT 1)`

// levelOf is the level that counts: the one that a person gave, until the post is
// judged more urgent than both that and what they had seen.
func levelOf(ctx context.Context, tx *store.Tx, j huiying.Judgement) (huiying.Level, error) {
	var said, given huiying.Level
	err := tx.QueryRowContext(ctx, `SELECT said, value FROM corrections WHERE post_id = $1 AND field = $2 ORDER BY n DESC LIMIT 1`,
		j.Post.ID, query.CorrectLevel).Scan(&said, &given)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return j.Level, nil
	case err != nil:
		return "", fmt.Errorf("read the level that %s was given: %w", j.Post.ID, err)
	case j.Level.Rank() > huiying.MoreUrgent(said, given).Rank():
		return j.Level, nil
	}
	return given, nil
}

// ByHand lets a judgement that was read be as it counts: with the level of its
// row, and at the place that a person put it at ("" = nobody did). What was
// judged is returned.
func ByHand(j *huiying.Judgement, level huiying.Level, place string) (judged query.Judged) {
	judged = query.Judged{Level: j.Level, Places: j.Places}
	if level.Valid() {
		j.Level = level
	}
	switch place {
	case "":
	case query.NoPlace:
		j.Places = nil
	default:
		j.Places = []string{place}
	}
	return judged
}
