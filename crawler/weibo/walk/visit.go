package walk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/ask"
)

// Read makes one visit: every stream, newest first, until what is known; then
// whole texts, comments and reposts whose count changed, and posts that
// vanished. A wall or ban ends it at once and stands in the report; what was
// accepted by then stays accepted and is in the cursor, and the next visit
// reads the unfinished list as far back as this one had to. With a window, what
// was published in it is read in place of what is new, without comments.
func Read(ctx context.Context, v crawler.Visit, p Plan) (crawler.Report, error) {
	kept, err := readCursor(v.Cursor)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	r := newVisit(v, p, kept)
	r.report.Answer = crawler.AnswerEmpty
	err = r.streams(ctx)
	if cerr := r.close(); err == nil {
		err = cerr
	}
	return r.report, err
}

// visit is one reading under way.
type visit struct {
	crawler.Visit
	plan    Plan
	asker   ask.Asker
	cursor  cursor
	now     time.Time
	report  crawler.Report
	notes   []string        // what the ledger is to say beside the outcome
	offered map[string]bool // ids that were handled in this visit
	mute    bool            // comments are refused; not asked again in this visit
}

func refused(err error) bool {
	var no *ask.RefusalError
	return errors.As(err, &no)
}

func newVisit(v crawler.Visit, p Plan, kept cursor) *visit {
	r := &visit{Visit: v, plan: p, cursor: kept, now: v.Now(), offered: map[string]bool{}}
	r.asker = ask.Asker{Visit: v, Site: p.Face.Site, Health: &r.cursor.Account, At: r.now}
	return r
}

// ask puts one question to the site; see ask.Asker.
func (r *visit) ask(ctx context.Context, q ask.Question) (ask.Answer, error) {
	got, err := r.asker.Ask(ctx, q)
	r.report.Entry.Pages = r.asker.Pages
	return got, err
}

// streams reads them all. A refusal is noted in the report, not returned.
func (r *visit) streams(ctx context.Context) error {
	read := r.stream
	if !r.Window.IsZero() {
		read = r.past
	}
	for _, s := range r.plan.Streams {
		err := read(ctx, s)
		var no *ask.RefusalError
		switch {
		case err == nil:
		case errors.As(err, &no):
			r.refused(no)
			if no.Ends() {
				return nil
			}
		default:
			return fmt.Errorf("read %s: %w", s.Key, err)
		}
	}
	return nil
}

func (r *visit) refused(no *ask.RefusalError) {
	r.report.Answer = no.Answer
	r.report.Detail, r.report.Entry.Reason = r.asker.Said(no)
	r.report.Entry.Detail = r.report.Detail
}

func (r *visit) answered(a crawler.Answer) {
	if a == crawler.AnswerOK && r.report.Answer == crawler.AnswerEmpty {
		r.report.Answer = a
	}
}

// note has the ledger say something of the coverage, once.
func (r *visit) note(s string) {
	if !slices.Contains(r.notes, s) {
		r.notes = append(r.notes, s)
	}
}

func (r *visit) close() error {
	var keys []string
	for _, s := range r.plan.Streams {
		keys = append(keys, s.Key)
	}
	r.asker.Close(&r.report, r.notes)
	r.cursor.keep(keys)
	raw, err := json.Marshal(r.cursor)
	if err != nil {
		return fmt.Errorf("write the cursor: %w", err)
	}
	r.report.Cursor = raw
	return nil
}

// accept hands a post to the sink.
func (r *visit) accept(ctx context.Context, p huiying.Post, evidence string) error {
	p.Evidence = evidence
	if err := r.Sink.Accept(ctx, p); err != nil {
		return fmt.Errorf("accept %s: %w", p.ID, err)
	}
	r.report.Entry.Accepted++
	return nil
}
