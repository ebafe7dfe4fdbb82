package search

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/byhand"
)

// How the index is kept up to date. The writer is everybody's, so it is held
// for few posts at a time and then left for as long.
const (
	often   = 200 * time.Millisecond
	aim     = 20 * time.Millisecond // how long one slice may take
	fewest  = 8                     // posts of a slice
	largest = 256
	pages   = 64   // of a merge
	trimmed = 2000 // changes taken out at once
)

// Run reads the facets and keeps the index up to date until ctx ends.
func (x *Index) Run(ctx context.Context) error {
	if err := x.Load(ctx); err != nil {
		return quiet(ctx, err)
	}
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		began := time.Now()
		busy, err := x.Step(ctx)
		if err != nil {
			return quiet(ctx, err)
		}
		next := tick.C
		if busy {
			next = time.After(time.Since(began))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-next:
		}
	}
}

func quiet(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Load reads the facets of all posts into memory.
func (x *Index) Load(ctx context.Context) error {
	x.mu.Lock()
	if x.loaded || x.loading {
		x.mu.Unlock()
		return nil
	}
	x.loading = true
	x.mu.Unlock()
	err := x.store.Snapshot(ctx, x.facets.load)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.loading, x.loaded = false, err == nil
	return err
}

func (x *Index) ready() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.loaded
}

// Step does a slice of each thing that is owed: changed posts, changed cases,
// posts that were there before the index, words to be erased. busy is false
// when nothing is.
func (x *Index) Step(ctx context.Context) (busy bool, err error) {
	x.turn.Lock()
	defer x.turn.Unlock()
	// Nobody may be asking for hours; what the facets have not followed is not
	// trimmed, and the next to ask would wait for all of it.
	if x.ready() {
		if err := x.store.Snapshot(ctx, x.facets.follow); err != nil {
			return false, err
		}
	}
	for _, slice := range []func(context.Context) (bool, error){x.readChanges, x.readCases, x.readOld, x.erase} {
		done, err := slice(ctx)
		if err != nil {
			return false, err
		}
		busy = busy || done
	}
	return busy, nil
}

// entry is a post as the index takes it in.
type entry struct {
	n      int64
	caseNo string
	body   string
	there  bool
	doc    *document
}

func scanEntry(r *sql.Rows) (e entry, err error) {
	var body sql.NullString
	err = r.Scan(&e.n, &e.caseNo, &body)
	e.body, e.there = body.String, body.Valid
	return e, err
}

// readChanges takes in posts that were added or changed. What changes again
// while it is read has a newer row in post_changes and is read once more.
func (x *Index) readChanges(ctx context.Context) (bool, error) {
	s, err := readState(ctx, x.store.Reader())
	if err != nil {
		return false, err
	}
	var list []entry
	var upTo int64
	err = x.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		err := q.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM (SELECT seq FROM post_changes WHERE seq > $1 ORDER BY seq LIMIT $2) AS next`,
			s.read, x.slice()).Scan(&upTo)
		if err != nil || upTo == 0 {
			return err
		}
		list, err = store.Collect[entry](q.QueryContext(ctx, `
			SELECT c.n, coalesce(p.case_no, ''), p.judgement FROM (SELECT DISTINCT n FROM post_changes WHERE seq > $1 AND seq <= $2 AND words = 1) c
			LEFT JOIN posts p ON p.n = c.n`, s.read, upTo))(scanEntry)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("read changed posts: %w", err)
	}
	if upTo == 0 {
		return x.trim(ctx, s)
	}
	if err := x.prepare(list); err != nil {
		return false, err
	}
	return true, x.write(ctx, len(list), func(ctx context.Context, tx *store.Tx) error {
		for _, e := range list {
			if err := x.take(ctx, tx, e); err != nil {
				return err
			}
		}
		return setState(ctx, tx, "read", upTo)
	})
}

// trim takes changes out that everybody has read. The last one stays.
func (x *Index) trim(ctx context.Context, s state) (bool, error) {
	upTo := min(s.read, x.facets.read())
	var owed bool
	err := x.store.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM post_changes WHERE seq < $1)`, upTo-trimmed).Scan(&owed)
	if err != nil || !owed {
		return false, err
	}
	return true, x.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM post_changes WHERE seq IN (SELECT seq FROM post_changes WHERE seq < $1 ORDER BY seq LIMIT $2)`, upTo, trimmed)
		return err
	})
}

// prepare cuts the texts, outside the writer.
func (x *Index) prepare(list []entry) error {
	for i := range list {
		e := &list[i]
		if !e.there {
			continue
		}
		j, err := wordsOf(e.body)
		if err != nil {
			return fmt.Errorf("decode post %d: %w", e.n, err)
		}
		e.doc = newDocument()
		for _, field := range []string{"title", "text"} {
			if text := fieldOf(j, field); text != "" {
				e.doc.add(x.cutter.Cut(text), personalIn(j, field))
			}
		}
		e.doc.extra = tokenOf(e.caseNo)
	}
	return nil
}

// take puts a post into the index as it was read. One that is withdrawn or gone
// by now stays out, and one that changed is read again.
func (x *Index) take(ctx context.Context, tx *store.Tx, e entry) error {
	var there bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM posts WHERE n = $1 AND withdrawn = 0)`, e.n).Scan(&there)
	if err != nil {
		return err
	}
	if e.doc == nil || !there || e.doc.empty && e.doc.extra == "" {
		return x.words.drop(ctx, tx, "post_search", e.n)
	}
	return x.words.put(ctx, tx, indexRow{"post_search", e.n, e.doc})
}

// slice is how many posts the next slice has.
func (x *Index) slice() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.size == 0 {
		x.size = 32
	}
	return x.size
}

// write runs a slice of n posts and measures it, so that the next is as large
// as the time allows.
func (x *Index) write(ctx context.Context, n int, fn func(context.Context, *store.Tx) error) error {
	var took time.Duration
	err := x.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		began := time.Now()
		defer func() { took = time.Since(began) }()
		return fn(ctx, tx)
	})
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case took > aim:
		x.size = max(x.size/2, fewest)
	case took < aim/3 && n >= x.size/2:
		x.size = min(x.size*2, largest)
	}
	return err
}

// readOld takes in posts that were there before the index, the newest first.
func (x *Index) readOld(ctx context.Context) (bool, error) {
	s, err := readState(ctx, x.store.Reader())
	if err != nil || s.next == 0 {
		return false, err
	}
	list, err := store.Collect[entry](x.store.Reader().QueryContext(ctx,
		`SELECT n, case_no, judgement FROM posts WHERE n <= $1 ORDER BY n DESC LIMIT $2`, s.next, x.slice()))(scanEntry)
	if err != nil {
		return false, fmt.Errorf("read posts for the index: %w", err)
	}
	next := int64(0)
	if len(list) > 0 {
		next = list[len(list)-1].n - 1
	}
	if err := x.prepare(list); err != nil {
		return false, err
	}
	return true, x.write(ctx, len(list), func(ctx context.Context, tx *store.Tx) error {
		for _, e := range list {
			if err := x.takeOld(ctx, tx, e); err != nil {
				return err
			}
		}
		return setState(ctx, tx, "next", next)
	})
}

// takeOld puts a post of before the index into it, with its facets.
func (x *Index) takeOld(ctx context.Context, tx *store.Tx, e entry) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO post_facets (n, collected_at, level, source, platform, verified, sentiment, intent, places, rules, in_case)
		SELECT n, collected_at, level, source, platform, verified,
			CASE WHEN CAST(json_extract(judgement, '$.sentiment.unsure') AS TEXT) IN ('1', 'true') THEN '' ELSE coalesce(json_extract(judgement, '$.sentiment.label'), '') END,
			CASE WHEN CAST(json_extract(judgement, '$.intent.unsure') AS TEXT) IN ('1', 'true') THEN '' ELSE coalesce(json_extract(judgement, '$.intent.label'), '') END,
			CASE coalesce(`+byhand.Place+`, '') WHEN '' THEN coalesce((SELECT group_concat(value, $2) FROM json_each(judgement, '$.places')), '')
				WHEN '`+query.NoPlace+`' THEN '' ELSE `+byhand.Place+` END,
			coalesce((SELECT group_concat(json_extract(value, '$.rule'), $2) FROM json_each(judgement, '$.tags')), ''),
			CASE WHEN case_no <> '' THEN 1 ELSE 0 END FROM posts p WHERE n = $1
		ON CONFLICT (n) DO NOTHING`, e.n, "\n")
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO post_changes (n, words) VALUES ($1, 0)`, e.n)
	}
	if err != nil {
		return fmt.Errorf("take post %d into the index: %w", e.n, err)
	}
	return x.take(ctx, tx, e)
}

// erase has nothing left of the words that were taken out of the index, which
// at first are only marked.
func (x *Index) erase(ctx context.Context) (bool, error) {
	s, err := readState(ctx, x.store.Reader())
	if err != nil || s.erase == 0 {
		return false, err
	}
	if x.store.Engine() == store.SQLite {
		return true, x.merge(ctx, s)
	}
	if _, err := x.store.Checkpoint(ctx); err != nil {
		return true, err
	}
	return true, x.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error { return erased(ctx, tx, s) })
}

func erased(ctx context.Context, tx *store.Tx, s state) error {
	_, err := tx.ExecContext(ctx, `UPDATE search_state SET value = 0 WHERE name = 'erase' AND value = $1`, s.erase)
	return err
}

// merge merges FTS5's index until no word of what was taken out is in the file. A
// row that is taken out is at first only marked.
func (x *Index) merge(ctx context.Context, s state) error {
	begin := x.erasing != s.erase // what was marked meanwhile begins it anew
	merged := false
	err := x.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		for _, table := range []string{"post_search", "case_search"} {
			n := pages
			if begin {
				n = -pages
			}
			before, err := changes(ctx, tx)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO `+table+` (`+table+`, rank) VALUES ('merge', $1)`, n); err != nil {
				return fmt.Errorf("merge the index: %w", err)
			}
			after, err := changes(ctx, tx)
			if err != nil {
				return err
			}
			merged = merged || after-before >= 2
		}
		if merged || begin {
			return nil
		}
		return erased(ctx, tx, s)
	})
	x.erasing = s.erase
	if err == nil && !merged && !begin {
		x.erasing = 0
		_, err = x.store.Checkpoint(ctx) // nor in the log
	}
	return err
}

func changes(ctx context.Context, tx *store.Tx) (n int64, err error) {
	return n, tx.QueryRowContext(ctx, `SELECT total_changes()`).Scan(&n)
}
