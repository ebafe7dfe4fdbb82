package walk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"huiying/crawler"
	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/status"
)

// walk reads the pages of one stream.
type walk struct {
	*visit
	stream   Stream
	mark     *mark
	boundary int64           // mids up to it were accepted before
	listed   map[string]bool // keys that stood on the pages of this walk
	posts    []status.Entry  // the listed posts, for their comments
	newest   int64
	oldest   int64  // the oldest mid the pages reached, 0 when they reached the end
	deep     bool   // pages behind the first were re-read
	read     int    // pages that were read
	behind   string // token of the page that a visit had no pages left for
}

// stream reads one list and what hangs on it. What was accepted is noted in
// any case; how far the list was read moves only when all of it went well.
func (r *visit) stream(ctx context.Context, s Stream) error {
	m := r.cursor.of(s.Key)
	r.cursor.Streams[s.Key] = m
	w := &walk{visit: r, stream: s, mark: m, boundary: m.boundary(r.Since), listed: map[string]bool{}}
	if s.Every > 0 && r.now.Sub(time.Unix(m.Asked, 0)) < s.Every {
		return nil
	}
	for _, step := range []func(context.Context) error{w.pages, w.gap, w.vanished, w.talk} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	w.settle()
	return nil
}

// settle notes how far the list was read. What lies between that and what is
// known, and was not read, becomes a gap; one that is open still becomes
// longer at its near end. A first visit is not meant to read everything there
// ever was.
func (w *walk) settle() {
	m := w.mark
	if w.behind != "" && w.boundary > 0 {
		if m.Gap == "" {
			m.Until = w.boundary
		}
		m.Gap, m.Far = w.behind, 0
		w.note("the rest of " + w.stream.Key + " follows with the next visit")
	}
	if w.newest > m.Newest {
		m.Newest, m.NewestAt = w.newest, w.now.Unix()
	}
	if w.deep {
		m.Deep = w.now.Unix()
	}
	if w.stream.Every > 0 {
		m.Asked = w.now.Unix()
	}
}

// pages reads from the newest on until what is known, and further back when a
// re-reading is due.
func (w *walk) pages(ctx context.Context) error {
	floor := w.boundary
	w.deep = w.now.Sub(time.Unix(w.mark.Deep, 0)) >= w.plan.Limits.RereadEvery
	if w.deep {
		floor = min(floor, status.LowerMid(w.now.Add(-w.plan.Limits.Reread)))
	}
	token := ""
	for {
		p, oldest, fresh, err := w.next(ctx, token, floor)
		if err != nil {
			return err
		}
		w.oldest = oldest
		switch {
		case p.Next == "" || p.Next == token || !fresh:
			w.oldest = w.floorAtEnd(p, oldest, floor)
			return nil
		case oldest > 0 && oldest <= floor:
			return nil
		case w.read >= w.plan.Limits.Pages:
			if oldest > w.boundary || oldest == 0 {
				w.report.Entry.Capped, w.behind = true, p.Next
			}
			return nil
		}
		token = p.Next
	}
}

// next reads the page that token names and offers what is new on it.
func (w *walk) next(ctx context.Context, token string, after int64) (p status.Page, oldest int64, fresh bool, err error) {
	got, err := w.ask(ctx, w.stream.Ask(token, after))
	if err != nil {
		return p, 0, false, err
	}
	if !got.Answer.Answered() {
		return p, 0, false, ask.Refuse(got.Page)
	}
	w.read++
	w.answered(got.Answer)
	oldest, fresh, err = w.page(ctx, got)
	return got.Page, oldest, fresh, err
}

// floorAtEnd is how far back the pages vouch for: to the very end when the
// site says there is no more, unless it was asked only for what is new.
func (w *walk) floorAtEnd(p status.Page, oldest, floor int64) int64 {
	switch {
	case p.Next != "":
		return oldest
	case w.stream.After && floor > 0:
		return floor + 1
	}
	return 0
}

// maxGap is after how many pages a gap whose end does not come is given up.
const maxGap = 200

// gap goes on where an earlier visit had to stop, at least by a page.
func (w *walk) gap(ctx context.Context) error {
	m := w.mark
	for n := 0; m.Gap != "" && (n == 0 || w.read < w.plan.Limits.Pages); n++ {
		p, oldest, _, err := w.next(ctx, m.Gap, m.Until)
		if err != nil {
			return err
		}
		m.Far++
		switch {
		case p.Next == "" || p.Next == m.Gap || (oldest > 0 && oldest <= m.Until):
			m.Gap = ""
		case m.Far >= maxGap:
			m.Gap = ""
			w.report.Entry.Capped = true
			w.note("given up on posts of " + w.stream.Key + " before " + w.day(oldest))
		default:
			m.Gap = p.Next
		}
	}
	if m.Gap == "" {
		m.Until, m.Far = 0, 0
		return nil
	}
	w.report.Entry.Capped = true
	w.note("the rest of " + w.stream.Key + " follows with the next visit")
	return nil
}

// day is when a mid was written, for the ledger.
func (w *walk) day(mid int64) string { return w.moment(status.MidTime(mid)) }

func (r *visit) moment(t time.Time) string {
	if r.Zone != nil {
		t = t.In(r.Zone)
	}
	return t.Format("2006-01-02 15:04")
}

// Bounds of the look after posts that vanished from the list.
const (
	maxChecks  = 5
	checkAgain = time.Hour
)

// vanished asks for posts that stood on the list within the re-reading window
// and no longer do, though the pages read reach past them.
func (w *walk) vanished(ctx context.Context) error {
	if w.plan.Face.Show == nil || !w.stream.Watched {
		return nil
	}
	from := max(status.LowerMid(w.now.Add(-w.plan.Limits.Reread)), w.oldest)
	var missing []int64
	for key, s := range w.mark.Posts {
		mid := status.Number(key)
		due := w.now.Unix()-s.Checked >= int64(checkAgain/time.Second)
		if mid >= from && !s.Apart && !s.Gone && !w.listed[key] && due {
			missing = append(missing, mid)
		}
	}
	slices.SortFunc(missing, func(a, b int64) int { return cmp.Compare(b, a) })
	for _, mid := range missing[:min(len(missing), maxChecks)] {
		if err := w.check(ctx, mid); err != nil {
			return err
		}
	}
	return nil
}

// check asks for one post by itself: gone, it becomes a tombstone; alive, its
// present form is offered when it changed.
func (w *walk) check(ctx context.Context, mid int64) error {
	p, err := w.ask(ctx, w.plan.Face.Show(mid))
	var no *ask.RefusalError
	if errors.As(err, &no) && no.Passes() {
		return nil
	}
	if err != nil {
		return err
	}
	key := mids(mid)
	s := w.mark.Posts[key]
	s.Checked = w.now.Unix()
	w.mark.Posts[key] = s
	switch {
	case p.Answer == crawler.AnswerDeleted:
		t := tombstone(mid, s, p.Document)
		if err := w.accept(ctx, t, p.Evidence); err != nil {
			return err
		}
		s.Gone, s.State, s.At = true, t.Revision(), w.now.Unix()
		w.mark.Posts[key] = s
	case p.Answer == crawler.AnswerOK:
		for _, e := range p.Entries {
			if e.Mid == mid {
				return w.post(ctx, e, p.Evidence, true)
			}
		}
	case p.Answer != crawler.AnswerMalformed && p.Answer != crawler.AnswerEmpty:
		return ask.Refuse(p.Page)
	}
	return nil
}
