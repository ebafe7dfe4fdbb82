package forum

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/follow"
)

// Kind is the row of the table of source kinds for forums.
func Kind() crawler.Kind {
	return crawler.Kind{Name: "forum", Check: Check, Reader: Reader{}, Surfaces: Surfaces()}
}

// Reader polls the boards of a forum and reads the threads whose rows are new
// or changed. Of a thread it knows it reads on from the last page it had read,
// and its first page again when its replies have doubled; a floor that is
// edited later is seen only on those pages. It keeps nothing between visits but
// the cursor.
type Reader struct{}

// Read makes one visit. A wall or ban ends it at once and stands in the report;
// what was accepted by then stays accepted and is in the cursor.
func (Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	o, err := settle(v.Source)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	kept, err := readCursor(v.Cursor)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	r := &visit{Visit: v, opt: o, cursor: kept, now: v.Now(), left: o.Threads, met: map[string]bool{}}
	r.list, r.thread = o.parsers()
	r.report.Answer = crawler.AnswerEmpty
	for _, board := range o.Forums {
		if err = r.board(ctx, board); err != nil {
			break
		}
	}
	var no *refusalError
	if errors.As(err, &no) {
		r.report.Answer, r.report.Detail, r.report.Entry.Detail = no.answer, no.detail, no.detail
		r.behind, err = true, nil
	}
	r.behind = r.behind || err != nil
	if cerr := r.close(); err == nil {
		err = cerr
	}
	return r.report, err
}

// visit is one reading under way.
type visit struct {
	crawler.Visit
	opt          Options
	list, thread crawler.Parse
	cursor       cursor
	now          time.Time
	report       crawler.Report
	left         int  // threads that may still be read
	behind       bool // something new was left unread
	met          map[string]bool
}

// refusalError is an answer that is none: it ends the visit.
type refusalError struct {
	answer crawler.Answer
	detail string
}

// Error is the text for logs.
func (r *refusalError) Error() string { return "refused: " + string(r.answer) + " " + r.detail }

func (r *visit) close() error {
	r.cursor.Behind = r.behind
	r.cursor.trim()
	raw, err := json.Marshal(r.cursor)
	if err != nil {
		return fmt.Errorf("write the cursor: %w", err)
	}
	r.report.Cursor = raw
	return nil
}

// board reads a list until a page of it brings nothing new.
func (r *visit) board(ctx context.Context, name string) error {
	token, seen := "", map[string]bool{}
	for n := 1; ; n++ {
		seen[token] = true
		got, _, err := r.ask(ctx, r.opt.listURL(name, token), r.list)
		if err != nil {
			return err
		}
		if !got.Answer.Answered() || got.Answer == crawler.AnswerDeleted {
			return &refusalError{cmp.Or(refusal(got.Answer), crawler.AnswerMalformed), "list " + r.opt.listURL(name, token)}
		}
		fresh, err := r.rows(ctx, got.Posts)
		if err != nil {
			return err
		}
		switch {
		case got.Next == "" || seen[got.Next]:
			return nil
		case !fresh && !r.cursor.Behind && r.Since.IsZero():
			return nil
		case n >= r.opt.Pages:
			r.report.Entry.Capped = r.report.Entry.Capped || fresh
			return nil
		}
		token = got.Next
	}
}

// refusal is a, or "" for what is an answer.
func refusal(a crawler.Answer) crawler.Answer {
	if a.Answered() {
		return ""
	}
	return a
}

// rows reads the threads behind new and changed rows.
func (r *visit) rows(ctx context.Context, list []huiying.Post) (fresh bool, err error) {
	if len(list) > 0 && r.report.Answer == crawler.AnswerEmpty {
		r.report.Answer = crawler.AnswerOK
	}
	for _, p := range list {
		if r.met[p.ID] {
			continue
		}
		r.met[p.ID] = true
		known, ok := r.cursor.Threads[p.ID]
		if ok {
			known.stood(r.now)
			r.cursor.Threads[p.ID] = known
		}
		if ok && known.settled(state(p), r.Since) {
			continue
		}
		fresh = true
		if r.left == 0 {
			r.behind, r.report.Entry.Capped = true, true
			continue
		}
		r.left--
		if err := r.talk(ctx, p, known); err != nil {
			return fresh, err
		}
	}
	return fresh, nil
}

// state is what of a row says that its thread has changed. Views grow all the
// time and do not.
func state(p huiying.Post) string {
	return huiying.DeriveID("", p.Title, fmt.Sprint(p.Engagement.Comments), fmt.Sprint(p.Engagement.AtLeast))
}

// ask fetches and parses one page, from where base_url points. The document
// keeps the site's own address. A refusal of the site is an error.
func (r *visit) ask(ctx context.Context, address string, parse crawler.Parse) (crawler.Parsed, string, error) {
	head := http.Header{"Accept": {"text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"}}
	got, err := r.Fetch.Fetch(ctx, crawler.Request{URL: follow.Swap(address, r.Source.BaseURL), Header: head})
	if err != nil {
		return crawler.Parsed{}, "", fmt.Errorf("ask %s: %w", address, err)
	}
	r.report.Entry.Pages++
	if got.Answer == crawler.AnswerDeleted {
		return crawler.Parsed{Answer: got.Answer}, got.Evidence, nil
	}
	d := got.Document
	d.URL, d.Source, d.Zone = address, r.Source.ID, r.Zone
	if d.FetchedAt.IsZero() {
		d.FetchedAt = r.now
	}
	parsed, err := parse(d)
	if err != nil {
		return parsed, "", err
	}
	// The fetcher judges by words that a floor may begin with too; a page whose
	// floors or rows could be read is content.
	if a := refusal(cmp.Or(got.Answer, crawler.AnswerOK)); a != "" && a != crawler.AnswerMalformed && (parsed.Answer != crawler.AnswerOK || got.Status != http.StatusOK) {
		return crawler.Parsed{}, "", &refusalError{a, got.Detail}
	}
	return parsed, got.Evidence, nil
}
