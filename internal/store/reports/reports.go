// Package reports keeps reports, what was done with each, the words they quote,
// when they are made by themselves and who is told of them; and it reads the
// posts and alerts that reports count. It refuses to change a report that is
// released (as the database itself does), and to let anybody release what they
// drafted, wrote in or submitted.
package reports

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// Book is the reports of a store.
type Book struct{ store *store.Store }

// New opens the reports of a store.
func New(s *store.Store) *Book { return &Book{s} }

// row is a report as lists have it, columns a whole one.
const (
	row = `id, kind, event, title, from_at, to_at, state, version, remark, schedule, created_by, created_at,
	submitted_by, submitted_at, released_by, released_at, head_seq, head_hash, posts_upto`
	columns = row + `, facts, texts`
)

func scanRow(r *sql.Rows) (query.Report, error) { return scanWith(r) }

func scan(r *sql.Rows) (query.Report, error) {
	var facts []byte
	var texts string
	out, err := scanWith(r, &facts, &texts)
	if err != nil {
		return out, err
	}
	out.Facts = facts
	return out, json.Unmarshal([]byte(texts), &out.Texts)
}

// scanWith reads a row with what is asked for beside it.
func scanWith(r *sql.Rows, more ...any) (out query.Report, err error) {
	var from, to, created, submitted, released int64
	err = r.Scan(append([]any{
		&out.ID, &out.Kind, &out.Event, &out.Title, &from, &to, &out.State, &out.Version, &out.Remark, &out.Schedule,
		&out.CreatedBy, &created, &out.SubmittedBy, &submitted, &out.ReleasedBy, &released, &out.HeadSeq, &out.HeadHash, &out.PostsUpto,
	}, more...)...)
	out.From, out.To, out.CreatedAt = store.Time(from), store.Time(to), store.Time(created)
	out.SubmittedAt, out.ReleasedAt = store.Time(submitted), store.Time(released)
	return out, err
}

// Add keeps a new report with what it quotes. One that is released at once is
// so by nobody but a schedule.
func (b *Book) Add(ctx context.Context, r query.Report, quotes []query.ReportQuote) (query.Report, error) {
	err := b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = add(ctx, tx, r, quotes)
		return err
	})
	return r, err
}

func add(ctx context.Context, tx *store.Tx, r query.Report, quotes []query.ReportQuote) (query.Report, error) {
	r.CreatedAt, r.Version = tx.Now(), 1
	r.ID = huiying.DeriveID("r-", r.Kind, r.Event, r.Schedule, r.CreatedBy, fmt.Sprint(r.From.UnixMicro(), r.To.UnixMicro(), r.CreatedAt.UnixMicro()))
	if r.State == query.ReportReleased {
		r.ReleasedBy, r.ReleasedAt = r.CreatedBy, r.CreatedAt
	}
	texts, err := json.Marshal(r.Texts)
	if err != nil {
		return r, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO reports (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		r.ID, r.Kind, r.Event, r.Title, store.Micros(r.From), store.Micros(r.To), r.State, r.Version, r.Remark, r.Schedule,
		r.CreatedBy, store.Micros(r.CreatedAt), r.SubmittedBy, store.Micros(r.SubmittedAt), r.ReleasedBy, store.Micros(r.ReleasedAt), r.HeadSeq, r.HeadHash, r.PostsUpto,
		string(r.Facts), string(texts))
	if err != nil {
		return r, fmt.Errorf("keep a report: %w", err)
	}
	if err := quote(ctx, tx, r.ID, quotes); err != nil {
		return r, err
	}
	note := r.Remark
	if r.State == query.ReportReleased {
		note = strings.TrimSpace(query.ReportRelease + " " + note)
	}
	return r, step(ctx, tx, r, query.ReportStep{By: r.CreatedBy, Action: query.ReportMade, Note: note})
}

// unlessGone are the words $3 of the post $2 unless they were removed by law:
// what is quoted was read before the transaction that keeps it, and the triggers
// that remove words have no row yet to find.
const unlessGone = `CASE WHEN EXISTS (SELECT 1 FROM posts WHERE id = $2 AND withdrawn = 0) THEN $3 ELSE '' END`

// quote puts what is quoted by the figures in the place of what was; what people
// added stays.
func quote(ctx context.Context, tx *store.Tx, id string, quotes []query.ReportQuote) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM report_quotes WHERE report = $1 AND chosen = 0`, id); err != nil {
		return fmt.Errorf("clear what report %s quotes: %w", id, err)
	}
	for _, q := range quotes {
		_, err := tx.ExecContext(ctx, `INSERT INTO report_quotes (report, post, words, chosen, by_user) VALUES ($1, $2, `+unlessGone+`, $4, $5) ON CONFLICT (report, post) DO NOTHING`,
			id, q.Post, q.Words, store.Flag(q.Chosen), q.By)
		if err != nil {
			return fmt.Errorf("keep what report %s quotes: %w", id, err)
		}
	}
	return nil
}

// step notes what was done, in the report's own list and in the log of access.
func step(ctx context.Context, tx *store.Tx, r query.Report, s query.ReportStep) error {
	texts, err := json.Marshal(r.Texts)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO report_steps (report, n, at, by_user, action, note, texts) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		r.ID, r.Version, store.Micros(tx.Now()), s.By, s.Action, s.Note, string(texts))
	if err != nil {
		return fmt.Errorf("note what was done with report %s: %w", r.ID, err)
	}
	return access.Note(ctx, tx, access.Entry{Actor: s.By, Action: access.ReportDone, Object: r.ID, Detail: strings.TrimSpace(r.Kind + " " + s.Action)})
}

// Get reads one; huiying.NotFound when there is none.
func (b *Book) Get(ctx context.Context, id string) (query.Report, error) {
	return get(ctx, b.store.Reader(), id)
}

func get(ctx context.Context, q store.Querier, id string) (query.Report, error) {
	list, err := store.Collect[query.Report](q.QueryContext(ctx, `SELECT `+columns+` FROM reports WHERE id = $1`, id))(scan)
	if err != nil {
		return query.Report{}, fmt.Errorf("read report %s: %w", id, err)
	}
	if len(list) == 0 {
		return query.Report{}, huiying.Errorf(huiying.NotFound, "report.none", id)
	}
	return list[0], nil
}

// List lists reports without their figures and texts, the latest period first,
// and counts them by state.
func (b *Book) List(ctx context.Context, f query.ReportFilter) (out query.ReportList, err error) {
	q := b.store.Reader()
	const seen = `($1 = '' OR kind = $1) AND ($2 = '' OR state = 'released' AND EXISTS (SELECT 1 FROM report_tellings t WHERE t.report = reports.id
		AND (t.receiver = $2 OR t.receiver = $3 AND $3 <> '')))`
	out.Rows, err = store.Collect[query.Report](q.QueryContext(ctx, `
		SELECT `+row+` FROM reports WHERE `+seen+` AND ($4 = '' OR state = $4)
		AND ($5 = '' OR (to_at, id) < (SELECT to_at, id FROM reports WHERE id = $5)) ORDER BY to_at DESC, id DESC LIMIT $6`, f.Kind, f.Told, f.ToldUnit, f.State, f.Before, f.Limit+1))(scanRow)
	if err != nil {
		return out, fmt.Errorf("list reports: %w", err)
	}
	if len(out.Rows) > f.Limit {
		out.Rows = out.Rows[:f.Limit]
		out.Next = out.Rows[f.Limit-1].ID
	}
	out.Count = map[string]int{}
	_, err = store.Collect[string](q.QueryContext(ctx, `SELECT state, count(*) FROM reports WHERE `+seen+` GROUP BY state`, f.Kind, f.Told, f.ToldUnit))(
		func(r *sql.Rows) (state string, err error) {
			var n int
			err = r.Scan(&state, &n)
			out.Count[state] = n
			return state, err
		})
	return out, err
}

// Steps lists what was done with a report, the oldest first.
func (b *Book) Steps(ctx context.Context, id string) ([]query.ReportStep, error) {
	return steps(ctx, b.store.Reader(), id)
}

func steps(ctx context.Context, q store.Querier, id string) ([]query.ReportStep, error) {
	list, err := store.Collect[query.ReportStep](q.QueryContext(ctx, `SELECT n, at, by_user, action, note FROM report_steps WHERE report = $1 ORDER BY n`, id))(
		func(r *sql.Rows) (s query.ReportStep, err error) {
			var at int64
			err = r.Scan(&s.N, &at, &s.By, &s.Action, &s.Note)
			s.At = store.Time(at)
			return s, err
		})
	if err != nil {
		return nil, fmt.Errorf("read what was done with report %s: %w", id, err)
	}
	return list, nil
}

// Quotes reads what a report quotes, in the order of the posts' ids.
func (b *Book) Quotes(ctx context.Context, id string) ([]query.ReportQuote, error) {
	list, err := store.Collect[query.ReportQuote](b.store.Reader().QueryContext(ctx,
		`SELECT post, words, chosen, by_user FROM report_quotes WHERE report = $1 ORDER BY post`, id))(
		func(r *sql.Rows) (q query.ReportQuote, err error) {
			return q, r.Scan(&q.Post, &q.Words, &q.Chosen, &q.By)
		})
	if err != nil {
		return nil, fmt.Errorf("read what report %s quotes: %w", id, err)
	}
	return list, nil
}

// moves lists which state an action is done in, and what follows.
func moves() map[string][2]string {
	const draft, review, released = query.ReportDraft, query.ReportReview, query.ReportReleased
	return map[string][2]string{
		query.ReportWrite: {draft, draft}, query.ReportRefresh: {draft, draft}, query.ReportAdd: {draft, draft}, query.ReportDrop: {draft, draft},
		query.ReportSubmit: {draft, review}, query.ReportReturn: {review, draft}, query.ReportRelease: {review, released},
	}
}

// Deed is somebody doing something with a report as they looked at it.
type Deed struct {
	ID      string
	Version int
	By      string
	Action  string
	Note    string
	Change  func(r *query.Report) error // nil = nothing of it is changed
	Quotes  []query.ReportQuote         // of a refresh and an addition
	Drop    string                      // a post that is no longer quoted
	Tell    []string                    // who is told once it is released
}

// Do does it in one transaction: huiying.Conflict when the report has changed
// since it was looked at or is not in a state for it, huiying.Forbidden for
// releasing what one had a hand in.
func (b *Book) Do(ctx context.Context, d Deed) (r query.Report, err error) {
	err = b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if r, err = get(ctx, tx, d.ID); err != nil {
			return err
		}
		if err := allowed(ctx, tx, r, d); err != nil {
			return err
		}
		if d.Change != nil {
			if err := d.Change(&r); err != nil {
				return err
			}
		}
		r.Version++
		r.State = moves()[d.Action][1]
		switch d.Action {
		case query.ReportSubmit:
			r.SubmittedBy, r.SubmittedAt = d.By, tx.Now()
		case query.ReportRelease:
			r.ReleasedBy, r.ReleasedAt = d.By, tx.Now()
		}
		return save(ctx, tx, r, d)
	})
	return r, err
}

func allowed(ctx context.Context, tx *store.Tx, r query.Report, d Deed) error {
	move, known := moves()[d.Action]
	switch {
	case !known:
		return huiying.Errorf(huiying.Invalid, "report.no_action", d.Action)
	case r.State == query.ReportReleased:
		return huiying.Errorf(huiying.Conflict, "report.released", r.Title)
	case r.State != move[0]:
		return huiying.Errorf(huiying.Conflict, "report.not_now."+r.State, r.Title)
	case r.Version != d.Version:
		return huiying.Errorf(huiying.Conflict, "report.changed", r.Title)
	case d.Action != query.ReportRelease:
		return nil
	}
	done, err := steps(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(done, func(s query.ReportStep) bool { return s.By == d.By && s.Action != query.ReportReturn }) {
		return huiying.Errorf(huiying.Forbidden, "report.own")
	}
	return nil
}

func save(ctx context.Context, tx *store.Tx, r query.Report, d Deed) error {
	texts, err := json.Marshal(r.Texts)
	if err != nil {
		return err
	}
	// What is quoted and who is told come first: once it is released, the row is closed.
	if d.Action == query.ReportRefresh {
		err = quote(ctx, tx, r.ID, d.Quotes)
	} else {
		err = choose(ctx, tx, r.ID, d)
	}
	if err == nil && len(d.Tell) > 0 {
		err = tell(ctx, tx, r.ID, d.By, d.Tell)
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE reports SET title = $2, state = $3, version = $4, facts = $5, texts = $6, submitted_by = $7, submitted_at = $8,
		released_by = $9, released_at = $10, head_seq = $11, head_hash = $12, posts_upto = $13, from_at = $14, to_at = $15 WHERE id = $1`,
		r.ID, r.Title, r.State, r.Version, string(r.Facts), string(texts), r.SubmittedBy, store.Micros(r.SubmittedAt),
		r.ReleasedBy, store.Micros(r.ReleasedAt), r.HeadSeq, r.HeadHash, r.PostsUpto, store.Micros(r.From), store.Micros(r.To))
	if err != nil {
		return fmt.Errorf("keep report %s: %w", r.ID, err)
	}
	return step(ctx, tx, r, query.ReportStep{By: d.By, Action: d.Action, Note: d.Note})
}

// mostChosen is how many posts people add to a report at most.
const mostChosen = 20

func choose(ctx context.Context, tx *store.Tx, id string, d Deed) error {
	for _, q := range d.Quotes {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM report_quotes WHERE report = $1 AND chosen = 1`, id).Scan(&n); err != nil {
			return fmt.Errorf("count what report %s quotes: %w", id, err)
		}
		if n >= mostChosen {
			return huiying.Errorf(huiying.Conflict, "report.many_posts", mostChosen)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO report_quotes (report, post, words, chosen, by_user) VALUES ($1, $2, `+unlessGone+`, 1, $4) ON CONFLICT (report, post) DO UPDATE SET chosen = 1, by_user = excluded.by_user`,
			id, q.Post, q.Words, d.By)
		if err != nil {
			return fmt.Errorf("add a post to report %s: %w", id, err)
		}
	}
	if d.Drop == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE report_quotes SET chosen = 0 WHERE report = $1 AND post = $2 AND chosen = 1`, id, d.Drop)
	if err != nil {
		return fmt.Errorf("drop a post of report %s: %w", id, err)
	}
	return nil
}

// Taken notes who takes a report away as a file.
func (b *Book) Taken(ctx context.Context, r query.Report, format, by string) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return access.Note(ctx, tx, access.Entry{Actor: by, Action: access.ReportTaken, Object: r.ID, Detail: r.Kind + " " + r.State + " " + format})
	})
}

// Mailing is a released report on its way to somebody as a file.
type Mailing struct {
	Format   string
	Delivery string // which carries it
	Person   string // "" = the shared mailbox of a unit
	SHA256   string
}

// Mailed notes that a report goes out by e-mail as a file, once for a delivery
// and a file: a repeat of the same is no other giving out.
func (b *Book) Mailed(ctx context.Context, r query.Report, m Mailing) error {
	e := access.Entry{Actor: m.Person, Action: access.ReportMailed, Object: r.ID, Detail: r.Kind + " " + m.Format + " " + m.Delivery + " sha256:" + m.SHA256}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		known, err := access.Noted(ctx, tx, e)
		if err != nil || known {
			return err
		}
		return access.Note(ctx, tx, e)
	})
}

// RenamedEvent is what a person named an event last, "" when nobody did.
func RenamedEvent(ctx context.Context, q store.Querier, topic string) (title string, err error) {
	err = q.QueryRowContext(ctx, `SELECT title FROM topic_decisions WHERE topic = $1 AND title <> '' ORDER BY at DESC, id DESC LIMIT 1`, topic).Scan(&title)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read the name of event %s: %w", topic, err)
	}
	return title, nil
}

// Head is how far the record and the archive are: figures counted up to it can
// be counted again.
type Head struct {
	Seq   int64  // of the record
	Hash  string // of its last step
	Posts int64  // posts.n
}

// LastPost is the row of the archive's newest post, 0 where there is none.
func LastPost(ctx context.Context, q store.Querier) (n int64, err error) {
	if err = q.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) FROM posts`).Scan(&n); err != nil {
		return 0, fmt.Errorf("read how far the archive is: %w", err)
	}
	return n, nil
}

// span bounds a question to a half-open period.
type span struct{ from, to int64 }

func spanOf(from, to time.Time) span { return span{store.Micros(from), store.Micros(to)} }
