package search

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"huiying/crawler"
	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/searchpage"
	"huiying/crawler/weibo/status"
)

// work is the reading of one query under way.
type work struct {
	*visit
	words string
	query *query
	left  int // pages that may still be asked for
}

// query reads what is new of one query, then what was left unread.
func (r *visit) query(ctx context.Context, words string) error {
	w := &work{visit: r, words: words, query: r.cursor.of(words), left: r.set.MaxPages}
	if !r.Window.IsZero() {
		return w.past(ctx)
	}
	q := w.query
	deep := r.now.Sub(time.Unix(q.Deep, 0)) >= r.set.rereadEvery
	deep = deep && len(q.Work) == 0 // one look back at a time
	head, first := w.head(deep), q.Until == 0
	rest, doubtful, err := w.read(ctx, []job{head})
	q.Until = r.now.Unix() // what of the head was not read stands in the rest
	if deep || first {
		q.Deep = r.now.Unix()
	}
	q.Work = merge(append(rest, q.Work...))
	if err == nil {
		w.left = max(w.left, 1) // what was left unread goes on in any case
		var more []job
		q.Work, more, err = w.read(ctx, q.Work)
		doubtful = append(doubtful, more...)
	}
	q.Work = append(q.Work, doubtful...)
	w.bound()
	w.unread(len(q.Work))
	return err
}

// merge joins what is new and was not begun with what was not begun before, so
// that visits that all fail leave one window behind and not many.
func merge(list []job) []job {
	for len(list) > 1 {
		a, b := list[0], list[1]
		if !a.Whole || !b.Whole || !a.untouched() || !b.untouched() || a.From > b.To || b.From > a.To {
			break
		}
		b.From, b.To, b.Sure = min(a.From, b.From), max(a.To, b.To), a.Sure || b.Sure
		list = append([]job{b}, list[2:]...)
	}
	return list
}

func (j job) untouched() bool { return j.Page == 1 && j.Tries == 0 }

// maxWork bounds what may be left unread, and with it the cursor.
const maxWork = 2000

// bound gives up the oldest of what was left unread when it is too much.
func (w *work) bound() {
	if q := w.query; len(q.Work) > maxWork {
		w.missing("%q: given up on %d windows from %s on", w.words, len(q.Work)-maxWork, q.Work[maxWork].name(w.zone))
		q.Work = q.Work[:maxWork]
	}
}

// head is what is new: from the hour up to which everything was read, or from
// further back when it is time to look again.
func (w *work) head(deep bool) job {
	from := time.Unix(w.query.Until, 0)
	if w.query.Until == 0 {
		return job{span: around(w.now.Add(-w.set.first), w.now.Add(time.Second)), Page: 1, Whole: true, Sure: true}
	}
	if again := w.now.Add(-w.set.reread); deep && again.Before(from) {
		from = again
	}
	if !w.Since.IsZero() && w.Since.Before(from) {
		from = w.Since
	}
	return job{span: around(from, w.now.Add(time.Second)), Page: 1, Whole: true, head: !deep && w.Since.IsZero()}
}

// unread has the ledger say how much is left.
func (w *work) unread(n int) {
	if n > 0 {
		w.missing("%q: %d windows still to be read", w.words, n)
	}
}

// birth is when Weibo began; no window begins before it.
var birth = time.Date(2009, 8, 14, 0, 0, 0, 0, time.UTC)

// maxBack bounds the pages of one query in one back-fill.
const maxBack = 5000

// past reads a past window, or goes on with it where it was cut short. What is
// in doubt at its end is asked for again at once.
func (w *work) past(ctx context.Context) error {
	from, to := w.Window.From, w.Window.To
	if from.Before(birth) {
		from = birth
	}
	if to.IsZero() || to.After(w.now) {
		to = w.now
	}
	b := &w.query.Back
	if whole := around(from, to); b.From != whole.From || b.To != whole.To {
		*b = backfill{From: whole.From, To: whole.To, Work: []job{{span: whole, Page: 1, Sure: true}}}
	}
	w.left = maxBack
	for range maxTries {
		rest, doubtful, err := w.read(ctx, b.Work)
		if b.Work = append(rest, doubtful...); err != nil {
			w.unread(len(b.Work))
			return err
		}
	}
	w.unread(len(b.Work))
	if len(b.Work) == 0 {
		*b = backfill{}
	}
	return nil
}

// read works through jobs and gives back those that are not done, and those
// in doubt.
func (w *work) read(ctx context.Context, list []job) (rest, doubtful []job, err error) {
	for len(list) > 0 && w.left > 0 {
		next, end, err := w.step(ctx, list[0])
		var no *ask.RefusalError
		switch {
		case errors.As(err, &no) && !no.Ends():
			return list[1:], append(doubtful, list[0]), err // rubbish must not hold up the others
		case err != nil:
			return list, doubtful, err
		case end == doubted:
			doubtful, list = append(doubtful, next...), list[1:]
		default:
			list = append(next, list[1:]...)
		}
	}
	return list, doubtful, nil
}

// end is how the reading of one page of a job ended.
type end int

const (
	goesOn  end = iota // with the jobs given, none when it is done
	doubted            // the job given is to be asked again later
)

// step reads one page of a job.
func (w *work) step(ctx context.Context, j job) ([]job, end, error) {
	w.left--
	got, err := w.asker.Ask(ctx, question(w.words, j, w.zone))
	switch {
	case err != nil:
		return nil, goesOn, err
	case got.Answer == crawler.AnswerEmpty:
		next, end := w.empty(j)
		return next, end, nil
	case got.Answer != crawler.AnswerOK:
		return nil, goesOn, ask.Refuse(got.Page)
	}
	if w.report.Answer == crawler.AnswerEmpty {
		w.report.Answer = crawler.AnswerOK
	}
	p, err := w.offer(ctx, got)
	if err != nil {
		return nil, goesOn, err
	}
	p.next, p.promised = got.Next != "", searchpage.Pages(got.Document)
	next, end := w.after(j, p)
	w.query.Size = max(w.query.Size, p.posts)
	return next, end, nil
}

// page is what one page of results showed.
type page struct {
	posts    int
	fresh    bool // one was new or changed
	oldest   time.Time
	next     bool // the site offers another
	promised int  // how many pages the site says there are, 0 when it does not say
}

// fullPage is how many posts a page has at least that may have been cut off.
const fullPage = 8

// after decides how a job goes on behind a page.
func (w *work) after(j job, p page) ([]job, end) {
	j.Tries = 0
	full := p.posts >= max(w.query.Size, fullPage)
	tooMuch := (j.Page >= w.set.Ceiling && (p.next || full)) || (!j.head && p.promised >= w.set.Ceiling)
	onward := j
	onward.Page++
	switch {
	case tooMuch && !j.Apart:
		return w.split(j, p), goesOn
	case p.next && j.Page >= lastPage, p.next && j.head && !p.fresh:
		return nil, goesOn
	case p.next:
		return []job{onward}, goesOn
	case j.Page < p.promised:
		return w.doubt(onward, "is missing")
	case full && !j.Apart && (p.fresh || !j.head):
		return w.tail(j, p), goesOn
	}
	return nil, goesOn
}

// split makes the parts of what holds more than the site shows. An hour is
// read as far as it is shown beside its provinces, for authors whom the site
// places nowhere; a province in an hour has no parts, and what the site does
// not show of it is missing.
func (w *work) split(j job, p page) []job {
	parts := j.split(w.zone)
	own := j
	own.Page, own.Apart, own.head = j.Page+1, true, false
	if parts == nil {
		w.missing("%q: more than the site shows in %s", w.words, j.name(w.zone))
	}
	var out []job
	if p.next && (parts == nil || parts[0].Province > 0) {
		out = append(out, own)
	}
	for _, s := range parts {
		out = append(out, job{span: s, Page: 1, Sure: true})
	}
	return out
}

// deepPages is from how many pages on an hour whose last page is full is taken
// for cut off.
const deepPages = 10

// tail goes on behind a last page that is full: a list that ends by itself
// seldom ends so, and the site cuts lists off at other places than it says.
func (w *work) tail(j job, p page) []job {
	if p.oldest.IsZero() {
		return nil
	}
	if older, ok := j.before(p.oldest); ok {
		return []job{{span: older, Page: 1}}
	}
	if j.To-j.From > hour || (j.Province == 0 && j.Page >= deepPages) {
		return w.split(j, p)
	}
	return nil
}

// maxTries is how often a page is asked for before it is believed to be empty,
// triesOfPart how often the first page of a province is, since a matter of one
// place has nothing to show of most others.
const (
	maxTries    = 3
	triesOfPart = 2
)

// empty decides whether an empty page is believed: not where another page led
// to it, where posts of its hours are known, or where more than the site shows
// was to be read in parts.
func (w *work) empty(j job) ([]job, end) {
	if j.Page > 1 || j.Sure || w.query.holds(j.span) {
		return w.doubt(j, "is empty")
	}
	return nil, goesOn
}

func (w *work) doubt(j job, what string) ([]job, end) {
	j.head = false
	j.Tries++
	switch {
	case j.Tries < maxTries && (j.Province == 0 || j.Page > 1), j.Tries < triesOfPart:
		w.later(fmt.Sprintf("%q: page %d of %s %s, asked for again later", w.words, j.Page, j.name(w.zone), what))
		return []job{j}, doubted
	case j.Page > 1:
		w.missing("%q: page %d of %s was asked for %d times and %s", w.words, j.Page, j.name(w.zone), j.Tries, what)
	}
	return nil, goesOn
}

// offer hands on what is new or changed on a page, and the originals quoted.
func (w *work) offer(ctx context.Context, got ask.Answer) (page, error) {
	var p page
	var quoted []status.Entry
	for _, e := range got.Entries {
		w.report.Entry.Posts++
		if e.Quoted {
			quoted = append(quoted, e)
			continue
		}
		p.posts++
		if at := e.Post.PublishedAt; !at.IsZero() && (p.oldest.IsZero() || at.Before(p.oldest)) {
			p.oldest = at
		}
		if !w.Window.IsZero() && !e.Post.PublishedAt.IsZero() && !w.Window.Holds(e.Post.PublishedAt) {
			quoted = nil
			continue
		}
		for _, one := range quoted {
			if _, err := w.one(ctx, one, got.Evidence); err != nil {
				return p, err
			}
		}
		quoted = nil
		news, err := w.one(ctx, e, got.Evidence)
		if err != nil {
			return p, err
		}
		p.fresh = p.fresh || news
	}
	return p, nil
}

// one offers a post unless the very same was accepted before.
func (w *work) one(ctx context.Context, e status.Entry, evidence string) (news bool, err error) {
	k, state := strconv.FormatInt(e.Mid, 10), e.Post.Revision()
	old, met := w.query.Posts[k]
	again := !w.Since.IsZero() && old.At >= w.Since.Unix()
	if w.met[e.Post.ID] || (met && old.State == state && !again) {
		return false, nil
	}
	e.Post.Evidence = evidence
	if err := w.Sink.Accept(ctx, e.Post); err != nil {
		return false, fmt.Errorf("accept %s: %w", e.Post.ID, err)
	}
	w.report.Entry.Accepted++
	w.met[e.Post.ID] = true
	now := known{State: state, At: w.now.Unix()}
	if !e.Quoted && !e.Post.PublishedAt.IsZero() {
		now.On = e.Post.PublishedAt.Unix()
	}
	w.query.Posts[k] = now
	return true, nil
}
