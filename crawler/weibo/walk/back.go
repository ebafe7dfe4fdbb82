package walk

import (
	"context"
	"time"

	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/status"
)

// back is how far the reading of a past window has come in one stream, so that
// one that was cut short goes on where it was.
type back struct {
	From  int64  `json:"f,omitempty"`
	To    int64  `json:"t,omitempty"`
	Token string `json:"n,omitempty"` // the next page, "" before the first
}

// maxBack bounds the pages of one stream in one back-fill, should a site never
// end.
const maxBack = 2000

// past reads what of a stream was published in the visit's window. It leaves
// alone how far the list was read otherwise.
func (r *visit) past(ctx context.Context, s Stream) error {
	if s.Every > 0 && s.Back == nil {
		r.note(s.Key + " shows only the present")
		return nil // a list of what is so now has no past
	}
	m := r.cursor.of(s.Key)
	r.cursor.Streams[s.Key] = m
	w := &walk{visit: r, stream: s, mark: m, listed: map[string]bool{}}
	at := back{From: unix(r.Window.From), To: unix(r.Window.To)}
	if m.Back.From == at.From && m.Back.To == at.To {
		at.Token = m.Back.Token
	}
	if at.Token != "" {
		r.note(s.Key + " goes on where the back-fill was cut short")
	}
	for n := 1; ; n++ {
		next, done, err := w.pastPage(ctx, at.Token)
		if err != nil {
			m.Back = at
			r.report.Entry.Capped = true
			return err
		}
		if done || n >= maxBack {
			r.report.Entry.Capped = r.report.Entry.Capped || !done
			m.Back = back{}
			return nil
		}
		at.Token = next
	}
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// pastPage reads one page. It is done when the page lies before the window or
// is the last; a last page that does not reach the window's beginning caps the
// reading, unless the site was asked for the window alone.
func (w *walk) pastPage(ctx context.Context, token string) (next string, done bool, err error) {
	q := w.stream.Ask(token, 0)
	if w.stream.Back != nil {
		q = w.stream.Back(token, w.Window.From, w.to())
	}
	got, err := w.ask(ctx, q)
	if err != nil {
		return "", false, err
	}
	if !got.Answer.Answered() {
		return "", false, ask.Refuse(got.Page)
	}
	w.answered(got.Answer)
	fresh, err := w.within(ctx, got)
	if err != nil {
		return "", false, err
	}
	reached := w.oldest > 0 && status.MidTime(w.oldest).Before(w.Window.From)
	if reached || (got.Next != "" && got.Next != token && fresh) {
		return got.Next, reached, nil
	}
	if w.stream.Back == nil && w.oldest > 0 {
		w.report.Entry.Capped = true
		w.note("the site shows nothing of " + w.stream.Key + " before " + w.day(w.oldest))
	}
	return "", true, nil
}

// to is the end of the window, now when it is open.
func (w *walk) to() time.Time {
	if w.Window.To.IsZero() {
		return w.now
	}
	return w.Window.To
}

// within offers the posts of a page that lie in the window, and the originals
// they quote. It reports whether the page brought any post not met before.
func (w *walk) within(ctx context.Context, p ask.Answer) (fresh bool, err error) {
	var quoted []status.Entry
	var wall error
	for _, e := range p.Entries {
		w.report.Entry.Posts++
		if e.Quoted {
			quoted = append(quoted, e)
			continue
		}
		fresh = fresh || !w.listed[key(e.Post)]
		w.listed[key(e.Post)] = true
		if !e.Pinned && (w.oldest == 0 || e.Mid < w.oldest) {
			w.oldest = e.Mid
		}
		in := e.Post.PublishedAt.IsZero() || w.Window.Holds(e.Post.PublishedAt)
		for _, one := range append(quoted, e) {
			if !in {
				break
			}
			if err := w.late(ctx, one, p.Evidence, wall == nil); refused(err) {
				wall = err
			} else if err != nil {
				return fresh, err
			}
		}
		quoted = nil
	}
	return fresh, wall
}

// late offers one post of the window, whole where that can be had. A post that
// was accepted as it is now is not offered again.
func (w *walk) late(ctx context.Context, e status.Entry, evidence string, mayAsk bool) error {
	old, met := w.mark.Posts[key(e.Post)]
	if w.offered[e.Post.ID] || (met && old.State == stateOf(e) && old.Cut == 0) {
		return nil
	}
	var wall error
	if e.Post.Truncated && w.wholes() {
		var err error
		if e.Post, err = w.whole(ctx, e, mayAsk); err != nil && !refused(err) {
			return err
		}
		wall = err
	}
	if err := w.accept(ctx, e.Post, evidence); err != nil {
		return err
	}
	w.offered[e.Post.ID] = true
	return wall
}
