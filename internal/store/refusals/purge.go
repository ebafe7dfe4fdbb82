package refusals

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/store"
)

// slice is how many posts one transaction of the purge takes out, so that the
// writer is never held for long.
const slice = 20

// theirs are posts that a person may have purged; see Refused.
const theirs = `kind <> 'ticket' AND verified NOT IN ('government', 'media')`

// Doomed is a post that is to be purged, and the pages it was collected from.
type Doomed struct {
	ID       string
	Evidence []string
}

// Next lists some posts of the authors that are still here. What lies outside
// the database of them is removed before Remove is called, so that a purge that
// is cut off finds them again.
func (b *Book) Next(ctx context.Context, keys []string) ([]Doomed, error) {
	q := b.store.Reader()
	ids, err := store.Collect[string](q.QueryContext(ctx,
		`SELECT id FROM posts WHERE `+theirs+` AND author IN (`+marks(len(keys))+`) ORDER BY n LIMIT `+fmt.Sprint(slice), anys(keys)...))(scanString)
	if err != nil {
		return nil, fmt.Errorf("look for posts to be purged: %w", err)
	}
	out := make([]Doomed, len(ids))
	for i, id := range ids {
		out[i].ID = id
		if out[i].Evidence, err = Evidence(ctx, q, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Evidence names the sealed pages that a post was collected from.
func Evidence(ctx context.Context, q store.Querier, post string) ([]string, error) {
	list, err := store.Collect[string](q.QueryContext(ctx, `
		SELECT DISTINCT json_extract(post, '$.evidence') FROM post_revisions
		WHERE post_id = $1 AND coalesce(json_extract(post, '$.evidence'), '') <> '' ORDER BY 1`, post))(scanString)
	if err != nil {
		return nil, fmt.Errorf("look for the evidence of %s: %w", post, err)
	}
	return list, nil
}

func scanString(rows *sql.Rows) (s string, err error) {
	err = rows.Scan(&s)
	return s, err
}

// marks are n parameters; of none, nothing is in them.
func marks(n int) string {
	if n == 0 {
		return "NULL"
	}
	out := make([]string, n)
	for i := range out {
		out[i] = "$" + strconv.Itoa(i+1)
	}
	return strings.Join(out, ", ")
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// Remove takes posts out, all their revisions, tags, corrections and addresses
// with them, and adds to the refusal's counts. A post that a case is about leaves its id,
// platform and times, because the case is a record of what the office did.
func (b *Book) Remove(ctx context.Context, refusal string, list []Doomed, pages int) error {
	return b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		revisions := 0
		for _, d := range list {
			n, err := remove(ctx, tx, d.ID)
			if err != nil {
				return fmt.Errorf("purge %s: %w", d.ID, err)
			}
			revisions += n
		}
		_, err := tx.ExecContext(ctx, `UPDATE refusals SET posts = posts + $2, revisions = revisions + $3, pages = pages + $4 WHERE id = $1`,
			refusal, len(list), revisions, pages)
		return err
	})
}

// Withdraw takes out all of a post but what a case needs to say which one it
// was, for whoever else has to purge one.
func Withdraw(ctx context.Context, tx *store.Tx, id string) error {
	if _, err := remove(ctx, tx, id); err != nil {
		return fmt.Errorf("purge %s: %w", id, err)
	}
	return nil
}

// Expire takes the words and the author of a post out whose time is over. Its
// row stays, with what figures count it by: class, rules, items and places, how
// often it was repeated, and of a government's account its name.
func Expire(ctx context.Context, tx *store.Tx, id string) error {
	_, err := beside(ctx, tx, id)
	if err == nil {
		err = withdraw(ctx, tx, id, store.Micros(tx.Now()))
	}
	if err != nil {
		return fmt.Errorf("let %s expire: %w", id, err)
	}
	return nil
}

func remove(ctx context.Context, tx *store.Tx, id string) (revisions int, err error) {
	if revisions, err = beside(ctx, tx, id); err != nil {
		return 0, err
	}
	for _, statement := range []string{
		`DELETE FROM post_tags WHERE post_id = $1`,
		`DELETE FROM posts WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM case_posts WHERE post_id = $1)`,
	} {
		if _, err := tx.ExecContext(ctx, statement, id); err != nil {
			return 0, err
		}
	}
	return revisions, withdraw(ctx, tx, id, 0)
}

// beside removes what lies beside a post with its words or its address.
func beside(ctx context.Context, tx *store.Tx, id string) (revisions int, err error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM post_revisions WHERE post_id = $1`, id)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, err
	}
	for _, statement := range []string{
		`DELETE FROM corrections WHERE post_id = $1`,
		`UPDATE alerts SET body = json_set(body, '$.post_url', '') WHERE post_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, id); err != nil {
			return 0, err
		}
	}
	return int(n), nil
}

// withdraw leaves of a post what a case needs to say which one it was; of one
// whose time was over, expired > 0, also what figures count it by.
func withdraw(ctx context.Context, tx *store.Tx, id string, expired int64) error {
	var raw string
	err := tx.QueryRowContext(ctx, `SELECT judgement FROM posts WHERE id = $1`, id).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	var j huiying.Judgement
	if err := json.Unmarshal([]byte(raw), &j); err != nil {
		return err
	}
	p := j.Post
	left := huiying.Judgement{
		Post: huiying.Post{
			ID: p.ID, Source: p.Source, Platform: p.Platform, Kind: p.Kind, PublishedAt: p.PublishedAt,
			PublishedPrecision: p.PublishedPrecision, CollectedAt: p.CollectedAt, Withdrawn: true,
		},
		Tags: []huiying.Tag{}, Keywords: []huiying.Keyword{}, Topic: j.Topic, Level: j.Level, LevelWhy: []string{},
	}
	if expired > 0 {
		left.Post.Engagement, left.DuplicateOf, left.Places, left.ServiceItems = p.Engagement, j.DuplicateOf, j.Places, j.ServiceItems
		if p.Author.Verified == "government" {
			left.Post.Author = huiying.Author{Name: p.Author.Name, Verified: p.Author.Verified}
		}
	}
	body, err := json.Marshal(left)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE posts SET author = '', url = '', title = '', text = '', region = '', parent_id = '', root_id = '', withdrawn = 1,
			verified = CASE WHEN $4 > 0 THEN verified ELSE '' END, expired_at = $4, revision = $2, judgement = $3 WHERE id = $1`,
		id, left.Post.Revision(), string(body), expired)
	return err
}

// Messages adds what was removed from the bus.
func (b *Book) Messages(ctx context.Context, refusal string, n int) error {
	return b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE refusals SET messages = messages + $2 WHERE id = $1`, refusal, n)
		return err
	})
}

// Left counts what is still in the database of the authors.
func (b *Book) Left(ctx context.Context, keys []string) (n int, err error) {
	q := b.store.Reader()
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM posts WHERE `+theirs+` AND author IN (`+marks(len(keys))+`)`, anys(keys)...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what is left: %w", err)
	}
	return n, nil
}

// Checked notes how much a look through everything has found. With nothing
// left the purge has ended, unless another key was joined meanwhile.
func (b *Book) Checked(ctx context.Context, o Owed, left int, last bool) error {
	keys, err := b.Keys(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, id := range keys {
		if id == o.ID {
			n++
		}
	}
	return b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		purged := int64(0)
		if last && left == 0 && n == len(o.Keys) {
			purged = store.Micros(tx.Now())
		}
		_, err := tx.ExecContext(ctx, `UPDATE refusals SET left_over = $2, checked_at = $3, purged_at = $4 WHERE id = $1`,
			o.ID, left, store.Micros(tx.Now()), purged)
		return err
	})
}
