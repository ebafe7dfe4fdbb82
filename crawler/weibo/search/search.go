// Package search reads the keyword search of s.weibo.com with the cookie of an
// account of the office, newest first. The site shows about fifty pages of any
// result, so a window of time that holds more is split, by day, by hour and
// then by province, until each part can be read to its end; what still holds
// more is said in the ledger. The site also sends empty pages at random: one
// that stands where results are to be expected is asked for again later before
// it is believed. It refuses to go around a sign-in or a check for robots.
package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/ajax"
	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/searchpage"
	"huiying/crawler/weibo/walk"
)

// Kind is the row of the table of source kinds for the keyword search.
func Kind() crawler.Kind {
	return crawler.Kind{Name: "weibo-search", Check: Check, Reader: Reader{}, Look: Look, Surfaces: searchpage.Surfaces()}
}

// Reader reads the keyword search. It keeps nothing between visits but the
// cursor.
type Reader struct{}

// Read makes one visit: of every query what is new, then what earlier visits
// left unread. A wall or ban ends it at once and stands in the report.
func (Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	set, err := settle(v.Source, v.Zone)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	kept, err := readCursor(v.Cursor)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	r := &visit{Visit: v, set: set, cursor: kept, now: v.Now(), zone: ask.Zone()}
	r.asker = ask.Asker{Visit: v, Site: set.site(), Health: &r.cursor.Account, At: r.now}
	r.report.Answer = crawler.AnswerEmpty
	err = r.queries(ctx)
	if cerr := r.close(); err == nil {
		err = cerr
	}
	return r.report, err
}

// Look asks weibo.com for one post by itself, since the search has no pages of
// single posts; see walk.Look.
func Look(ctx context.Context, v crawler.Visit, p huiying.Post) (crawler.Parsed, error) {
	set, err := settle(v.Source, v.Zone)
	if err != nil {
		return crawler.Parsed{}, err
	}
	return walk.Look(ctx, v, walk.Plan{Face: ajax.Face(set.desktop, set.cookie)}, p)
}

func (s settings) site() ask.Site {
	head := http.Header{"Accept": {"text/html,application/xhtml+xml"}, "Cookie": {s.cookie.Value()}}
	return ask.Site{Base: s.base, Header: head, Secret: s.cookie}
}

// question asks for one page of a part of a query's results.
func question(query string, j job, zone *time.Location) ask.Question {
	q := url.Values{"q": {query}, "typeall": {"1"}, "suball": {"1"}, "timescope": {j.timescope(zone)}, "page": {strconv.Itoa(j.Page)}}
	if j.Province > 0 {
		q.Set("region", "custom:"+strconv.Itoa(j.Province)+":1000")
	}
	return ask.Question{Path: "/weibo", Query: q, Referer: "/", Read: searchpage.ReadSearch}
}

// visit is one reading under way.
type visit struct {
	crawler.Visit
	set    settings
	asker  ask.Asker
	cursor cursor
	now    time.Time
	zone   *time.Location // the site's
	report crawler.Report
	notes  []string
	unsaid int             // notes that are left out
	doubt  string          // the first page that is in doubt
	doubts int             // how many are
	met    map[string]bool // ids that were handled in this visit, of one query
}

// queries reads them all. A refusal is noted in the report, not returned.
func (r *visit) queries(ctx context.Context) error {
	for _, q := range r.set.Queries {
		r.met = map[string]bool{}
		err := r.query(ctx, q)
		var no *ask.RefusalError
		switch {
		case err == nil:
		case errors.As(err, &no):
			r.report.Answer = no.Answer
			r.report.Detail, r.report.Entry.Reason = r.asker.Said(no)
			if no.Ends() {
				return nil
			}
		default:
			return fmt.Errorf("search: %w", err)
		}
	}
	return nil
}

// maxNotes bounds what one row of the ledger says.
const maxNotes = 4

// missing has the ledger say what was not read.
func (r *visit) missing(format string, args ...any) {
	r.report.Entry.Capped = true
	s := fmt.Sprintf(format, args...)
	switch {
	case slices.Contains(r.notes, s):
	case len(r.notes) >= maxNotes:
		r.unsaid++
	default:
		r.notes = append(r.notes, s)
	}
}

// later has the ledger say that a page is in doubt.
func (r *visit) later(s string) {
	r.report.Entry.Capped = true
	if r.doubts++; r.doubts == 1 {
		r.doubt = s
	}
}

func (r *visit) close() error {
	switch {
	case r.doubts == 1:
		r.notes = append(r.notes, r.doubt)
	case r.doubts > 1:
		r.notes = append(r.notes, fmt.Sprintf("%s, and %d more such pages", r.doubt, r.doubts-1))
	}
	if r.unsaid > 0 {
		r.notes = append(r.notes, fmt.Sprintf("and %d more", r.unsaid))
	}
	r.report.Entry.Pages = r.asker.Pages
	r.asker.Close(&r.report, r.notes)
	r.cursor.keep(r.set.Queries)
	raw, err := json.Marshal(r.cursor)
	if err != nil {
		return fmt.Errorf("write the cursor: %w", err)
	}
	r.report.Cursor = raw
	return nil
}
