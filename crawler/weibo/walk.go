package weibo

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/mobile"
	"huiying/crawler/weibo/status"
)

// walk reads the pages of one stream.
type walk struct {
	*visit
	stream   stream
	mark     *mark
	boundary int64           // mids up to it were accepted before
	listed   map[string]bool // mids that stood on the pages of this walk
	posts    []mobile.Entry  // the listed posts, for their comments
	newest   int64
	oldest   int64 // the oldest mid the pages reached, 0 when they reached the end
	deep     bool  // pages behind the first were re-read
}

// pages reads from the newest on until what is known, and further back when a
// re-reading is due.
func (w *walk) pages(ctx context.Context) error {
	floor := w.boundary
	w.deep = w.now.Sub(time.Unix(w.mark.Deep, 0)) >= w.set.rereadEvery
	if w.deep {
		floor = min(floor, status.LowerMid(w.now.Add(-w.set.reread)))
	}
	token := ""
	for n := 1; ; n++ {
		d, evidence, err := w.ask(ctx, "/api/container/getIndex", with(w.stream.query, token), w.stream.referer)
		if err != nil {
			return err
		}
		p := mobile.ReadCards(d)
		if !p.Answer.Answered() {
			return refuse(p)
		}
		w.answered(p.Answer)
		oldest, fresh, err := w.page(ctx, p, evidence)
		if err != nil {
			return err
		}
		w.oldest = oldest
		switch {
		case p.Next == "" || p.Next == token || !fresh:
			w.oldest = w.floorAtEnd(p, oldest)
			return nil
		case oldest > 0 && oldest <= floor:
			return nil
		case n >= w.set.MaxPages:
			w.report.Entry.Capped = w.report.Entry.Capped || oldest > w.boundary
			return nil
		}
		token = p.Next
	}
}

// floorAtEnd is how far back the pages vouch for: to the very end when the
// site says there is no more.
func (w *walk) floorAtEnd(p mobile.Page, oldest int64) int64 {
	if p.Next == "" {
		return 0
	}
	return oldest
}

// page handles the posts of one page. It reports the oldest mid in the list's
// order and whether the page brought any post this walk had not met.
func (w *walk) page(ctx context.Context, p mobile.Page, evidence string) (oldest int64, fresh bool, err error) {
	var wall error
	for _, e := range p.Entries {
		key := mids(e.Mid)
		if !e.Quoted {
			fresh = fresh || !w.listed[key]
			w.report.Entry.Posts++
			w.listed[key] = true
			w.posts = append(w.posts, e)
		}
		if !e.Quoted && !e.Pinned {
			w.newest = max(w.newest, e.Mid)
			if oldest == 0 || e.Mid < oldest {
				oldest = e.Mid
			}
		}
		if err := w.post(ctx, e, evidence, wall == nil); err != nil {
			if !refused(err) {
				return 0, false, err
			}
			wall = err
		}
	}
	return oldest, fresh, wall
}

// post offers one post when it is new or changed. It returns a refusal when
// the site refused its whole text; the post was then offered as the list has
// it, so that nothing that was read is lost.
func (w *walk) post(ctx context.Context, e mobile.Entry, evidence string, mayAsk bool) error {
	key := mids(e.Mid)
	old, met := w.mark.Posts[key]
	now := w.noted(e, old)
	lacking := e.Post.Truncated && w.set.longText
	retry := lacking && old.Cut > 0 && old.Cut < maxCuts
	if w.offered[e.Post.ID] || (met && current(old.State, now.State, old.At, w.Since) && !retry) {
		w.mark.Posts[key] = now
		return nil
	}
	var wall error
	if lacking {
		var err error
		if e.Post, err = w.whole(ctx, e, mayAsk); err != nil && !refused(err) {
			return err
		}
		wall = err
		if now.Cut = cut(e.Post, old.Cut); wall != nil || !mayAsk {
			now.Cut = max(old.Cut, 1) // not asked, or refused: that says nothing about the post
		}
		if retry && e.Post.Truncated {
			w.mark.Posts[key] = now
			return wall
		}
	}
	if err := w.accept(ctx, e.Post, evidence); err != nil {
		return err
	}
	now.At = w.now.Unix()
	w.offered[e.Post.ID], w.mark.Posts[key] = true, now
	return wall
}

// noted is what is to be remembered of a post as it stands on the list.
func (w *walk) noted(e mobile.Entry, old seen) seen {
	now := old
	now.State = stateOf(e)
	now.stood(w.now)
	now.Repost, now.Gone = e.Post.Kind == huiying.KindRepost, e.Post.Deleted
	if now.Apart = e.Quoted || e.Pinned; e.Quoted && w.listed[mids(e.Mid)] {
		now.Apart = old.Apart
	}
	if now.At == 0 {
		now.At = w.now.Unix()
	}
	return now
}

func refused(err error) bool {
	var no *refusalError
	return errors.As(err, &no)
}

// maxCuts is how often the whole text of a post is asked for.
const maxCuts = 3

func cut(p huiying.Post, before int) int {
	if p.Truncated {
		return before + 1
	}
	return 0
}

// whole completes a cut text. An answer without text means the post was whole
// (the site marks too many as long); rubbish leaves it cut; a refusal that is
// the site's word to stop comes back.
func (w *walk) whole(ctx context.Context, e mobile.Entry, mayAsk bool) (huiying.Post, error) {
	p := e.Post
	if !mayAsk {
		return p, nil
	}
	d, _, err := w.ask(ctx, "/statuses/extend", url.Values{"id": {mids(e.Mid)}}, "/status/"+mids(e.Mid))
	var no *refusalError
	if errors.As(err, &no) && no.passes() {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	got := mobile.ReadExtend(d)
	switch {
	case got.Answer == crawler.AnswerOK && len(got.Entries) > 0:
		p.Text, p.Truncated = got.Entries[0].Post.Text, false
	case got.Answer == crawler.AnswerEmpty:
		p.Truncated = false
	case got.Answer == crawler.AnswerDeleted || got.Answer == crawler.AnswerMalformed:
	default:
		return p, refuse(got)
	}
	return p, nil
}

// Bounds of the look after posts that vanished from the list.
const (
	maxChecks  = 5
	checkAgain = time.Hour
)

// vanished asks for posts that stood on the list within the re-reading window
// and no longer do, though the pages read reach past them.
func (w *walk) vanished(ctx context.Context) error {
	from := max(status.LowerMid(w.now.Add(-w.set.reread)), w.oldest)
	var missing []int64
	for key, s := range w.mark.Posts {
		mid := number(key)
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
	d, evidence, err := w.ask(ctx, "/statuses/show", url.Values{"id": {mids(mid)}}, "/status/"+mids(mid))
	var no *refusalError
	if errors.As(err, &no) && no.passes() {
		return nil
	}
	if err != nil {
		return err
	}
	key := mids(mid)
	s := w.mark.Posts[key]
	s.Checked = w.now.Unix()
	w.mark.Posts[key] = s
	p := mobile.ReadShow(d)
	switch {
	case p.Answer == crawler.AnswerDeleted:
		t := tombstone(mid, s, d)
		if err := w.accept(ctx, t, evidence); err != nil {
			return err
		}
		s.Gone, s.State, s.At = true, t.Revision(), w.now.Unix()
		w.mark.Posts[key] = s
	case p.Answer == crawler.AnswerOK:
		for _, e := range p.Entries {
			if e.Mid == mid {
				return w.post(ctx, e, evidence, true)
			}
		}
	case p.Answer != crawler.AnswerMalformed && p.Answer != crawler.AnswerEmpty:
		return refuse(p)
	}
	return nil
}

// comments reads those of the newest listed posts whose count of comments
// changed since they were last read.
func (w *walk) comments(ctx context.Context) error {
	left := int(w.set.Comments)
	slices.SortStableFunc(w.posts, func(a, b mobile.Entry) int { return cmp.Compare(b.Mid, a.Mid) })
	for _, e := range w.posts {
		key := mids(e.Mid)
		s := w.mark.Posts[key]
		n := e.Post.Engagement.Comments
		if left == 0 || w.mute {
			return nil
		}
		if s.Comments == n+1 || (n == 0 && s.Comments == 0) {
			continue
		}
		left--
		read, err := w.flow(ctx, e.Mid)
		if err != nil {
			return err
		}
		if read {
			s.Comments = n + 1
			w.mark.Posts[key] = s
		}
	}
	return nil
}

// flow reads the pages of one post's comments and reports whether the site
// answered.
func (w *walk) flow(ctx context.Context, mid int64) (read bool, err error) {
	id := mids(mid)
	query := url.Values{"id": {id}, "mid": {id}, "max_id_type": {"0"}}
	token := ""
	for n := 1; ; n++ {
		d, evidence, err := w.ask(ctx, "/comments/hotflow", with(query, token), "/detail/"+id)
		var no *refusalError
		if errors.As(err, &no) && (no.answer == crawler.AnswerForbidden || no.passes()) {
			w.mute = no.answer == crawler.AnswerForbidden
			return false, nil
		}
		if err != nil {
			return false, err
		}
		p := mobile.ReadFlow(d, mid)
		switch {
		case p.Answer == crawler.AnswerMalformed || p.Answer == crawler.AnswerDeleted:
			return true, nil
		case !p.Answer.Answered():
			return false, refuse(p)
		}
		fresh, err := w.remarks(ctx, p.Entries, evidence)
		switch {
		case err != nil:
			return false, err
		case p.Next == "" || p.Next == token || !fresh:
			return true, nil
		case n >= w.set.CommentPages:
			w.report.Entry.Capped = true
			return true, nil
		}
		token = p.Next
	}
}

// remarks offers the comments that are new or changed and reports whether
// there was any.
func (w *walk) remarks(ctx context.Context, list []mobile.Entry, evidence string) (fresh bool, err error) {
	for _, e := range list {
		w.report.Entry.Posts++
		p, key, state := e.Post, mids(e.Mid), e.Post.Revision()
		old := w.cursor.Comments[key]
		if w.offered[p.ID] || current(old.State, state, old.At, w.Since) {
			continue
		}
		if err := w.accept(ctx, p, evidence); err != nil {
			return fresh, err
		}
		fresh, w.offered[p.ID] = true, true
		w.cursor.Comments[key] = known{State: state, At: w.now.Unix()}
	}
	return fresh, nil
}

// with adds a next-page token to a query.
func with(query url.Values, token string) url.Values {
	out := url.Values{}
	for k, v := range query {
		out[k] = v
	}
	more, err := url.ParseQuery(token)
	if err != nil {
		return out
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}
