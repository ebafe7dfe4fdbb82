package posts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/byhand"
)

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

// placed lets a judgement be at the place that a person put its post at.
func placed(ctx context.Context, tx *store.Tx, j huiying.Judgement) (huiying.Judgement, error) {
	var place string
	err := tx.QueryRowContext(ctx, `SELECT coalesce(`+byhand.Place+`, '') FROM posts p WHERE id = $1`, j.Post.ID).Scan(&place)
	if err != nil {
		return j, fmt.Errorf("read the place that %s was put at: %w", j.Post.ID, err)
	}
	j.Places = byhand.Places(j.Places, place)
	return j, nil
}
