package forum

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
)

// talk reads one thread: a new one from its first page, a known one from the
// last page that was read. Of a new thread that is longer than a visit may read
// the middle is left out, and said to be.
func (r *visit) talk(ctx context.Context, p huiying.Post, known row) error {
	known.stood(r.now)
	first, growth := max(known.Page, 1), bits.Len64(uint64(max(p.Engagement.Comments, 0)))
	if !r.Since.IsZero() || known.Gone {
		first = 1
	}
	if first > 1 && growth != known.Growth {
		if _, whole, err := r.leaf(ctx, p, &known, 1); err != nil || !whole {
			return r.keep(p, known, false, err)
		}
	}
	known.Growth = growth
	met := known.Page > 0
	n := first
	for range r.opt.ThreadPages {
		got, whole, err := r.leaf(ctx, p, &known, n)
		if err != nil || !whole {
			return r.keep(p, known, false, err)
		}
		known.Page = max(known.Page, n)
		if got.Next != r.opt.token(n+1) {
			return r.keep(p, known, true, nil)
		}
		n++
		if !met && n == 2 {
			n = max(n, last(got)-r.opt.ThreadPages+2)
			r.report.Entry.Capped = r.report.Entry.Capped || n > 2
		}
	}
	r.report.Entry.Capped = true
	return r.keep(p, known, false, nil)
}

// last is the number of a thread's last page, by its first.
func last(first crawler.Parsed) int {
	floors := 0
	for _, p := range first.Posts {
		if !inner(p) {
			floors++
		}
	}
	if floors == 0 {
		return 1
	}
	return int(min(first.Total, math.MaxInt32)+int64(floors)-1) / floors
}

// keep notes what was accepted of a thread. One that was not read to its end is
// read on at the next visit.
func (r *visit) keep(p huiying.Post, known row, done bool, err error) error {
	if done || known.Tries >= maxTries || known.Gone {
		known.State, known.Tries = state(p), 0
	} else {
		r.behind = true
	}
	known.At = r.now.Unix()
	r.cursor.Threads[p.ID] = known
	return err
}

// leaf reads one page of a thread and offers what is new on it. whole is false
// when the page could not be read.
func (r *visit) leaf(ctx context.Context, p huiying.Post, known *row, n int) (got crawler.Parsed, whole bool, err error) {
	address := r.opt.threadURL(p.URL, r.opt.token(n))
	got, evidence, err := r.ask(ctx, address, r.thread)
	if err != nil {
		return got, false, err
	}
	switch {
	case got.Answer == crawler.AnswerDeleted:
		return got, false, r.gone(ctx, p, known)
	case got.Answer == crawler.AnswerForbidden, got.Answer == crawler.AnswerMalformed, got.Answer == crawler.AnswerEmpty:
		known.Tries++ // one thread that is not for everybody says nothing about the site
		r.report.Entry.Detail = string(got.Answer) + " " + address
		return got, false, nil
	case got.Answer != crawler.AnswerOK:
		return got, false, &refusalError{got.Answer, address}
	}
	known.Gone = false
	return got, true, r.offer(ctx, got.Posts, evidence, known, n)
}

// offer hands the posts of a page to the sink unless they were accepted before:
// the first floor when its revision is another, a floor when it is newer than
// the newest, a reply inside a floor when it is newer than those this page had
// when it was the last that was read.
func (r *visit) offer(ctx context.Context, list []huiying.Post, evidence string, known *row, n int) error {
	replies := int64(0)
	if n == known.Page {
		replies = known.Inner
	}
	top, newest := known.Top, replies
	for _, p := range list {
		r.report.Entry.Posts++
		id := number(p.ID)
		fresh := id == 0 || id > known.Top
		switch {
		case p.Kind == huiying.KindThread:
			fresh = known.Rev != p.Revision()
		case inner(p):
			fresh, newest = id == 0 || id > replies, max(newest, id)
		default:
			top = max(top, id)
		}
		if !fresh && r.Since.IsZero() {
			continue
		}
		p.Evidence = evidence
		if err := r.Sink.Accept(ctx, p); err != nil {
			return fmt.Errorf("accept %s: %w", p.ID, err)
		}
		r.report.Entry.Accepted++
		if p.Kind == huiying.KindThread {
			known.Rev = p.Revision()
		}
	}
	known.Top = top
	if n >= known.Page {
		known.Inner = newest
	}
	return nil
}

// inner reports a reply inside a floor.
func inner(p huiying.Post) bool { return strings.Contains(p.ID, "/"+board.Reply) }

// number is the native number of a post's id, 0 when it has none.
func number(id string) int64 {
	n, err := strconv.ParseInt(id[strings.LastIndexByte(id, '/')+2:], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// gone offers the tombstone of a thread that was accepted once and is no more.
func (r *visit) gone(ctx context.Context, p huiying.Post, known *row) error {
	if known.Rev == "" || known.Gone {
		known.Gone = true
		return nil
	}
	p.Title, p.Text, p.Deleted, p.Truncated = "", "", true, false
	p.Author = huiying.Author{Verified: "none"}
	p.Engagement = huiying.Engagement{}
	if err := r.Sink.Accept(ctx, p); err != nil {
		return fmt.Errorf("accept %s: %w", p.ID, err)
	}
	r.report.Entry.Accepted++
	known.Gone, known.Rev = true, p.Revision()
	return nil
}
