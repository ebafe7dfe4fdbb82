package walk

import (
	"context"
	"errors"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/status"
)

// page handles the posts of one page. It reports the oldest mid in the list's
// order and whether the page brought any post this walk had not met.
func (w *walk) page(ctx context.Context, p ask.Answer) (oldest int64, fresh bool, err error) {
	var wall error
	for _, e := range p.Entries {
		k := key(e.Post)
		if !e.Quoted {
			fresh = fresh || !w.listed[k]
			w.report.Entry.Posts++
			w.listed[k] = true
			w.posts = append(w.posts, e)
		}
		if !e.Quoted && !e.Pinned {
			w.newest = max(w.newest, e.Mid)
			if oldest == 0 || e.Mid < oldest {
				oldest = e.Mid
			}
		}
		if err := w.post(ctx, e, p.Evidence, wall == nil); err != nil {
			if !refused(err) {
				return 0, false, err
			}
			wall = err
		}
	}
	return oldest, fresh, wall
}

// wholes reports whether cut texts are completed.
func (w *walk) wholes() bool { return w.plan.Limits.LongText && w.plan.Face.Whole != nil }

// post offers one post when it is new or changed. It returns a refusal when
// the site refused its whole text; the post was then offered as the list has
// it, so that nothing that was read is lost.
func (w *walk) post(ctx context.Context, e status.Entry, evidence string, mayAsk bool) error {
	k := key(e.Post)
	old, met := w.mark.Posts[k]
	now := w.noted(e, old)
	lacking := e.Post.Truncated && w.wholes()
	retry := lacking && old.Cut > 0 && old.Cut < maxCuts
	if w.offered[e.Post.ID] || (met && current(old.State, now.State, old.At, w.Since) && !retry) {
		w.mark.Posts[k] = now
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
			w.mark.Posts[k] = now
			return wall
		}
	}
	if err := w.accept(ctx, e.Post, evidence); err != nil {
		return err
	}
	now.At = w.now.Unix()
	w.offered[e.Post.ID], w.mark.Posts[k] = true, now
	return wall
}

// noted is what is to be remembered of a post as it stands on the list.
func (w *walk) noted(e status.Entry, old seen) seen {
	now := old
	now.State = stateOf(e)
	now.stood(w.now)
	now.Repost, now.Gone = e.Post.Kind == huiying.KindRepost, e.Post.Deleted
	if now.Apart = e.Quoted || e.Pinned; e.Quoted && w.listed[key(e.Post)] {
		now.Apart = old.Apart
	}
	if now.At == 0 {
		now.At = w.now.Unix()
	}
	return now
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
func (w *walk) whole(ctx context.Context, e status.Entry, mayAsk bool) (huiying.Post, error) {
	p := e.Post
	if !mayAsk {
		return p, nil
	}
	got, err := w.ask(ctx, w.plan.Face.Whole(e))
	var no *ask.RefusalError
	if errors.As(err, &no) && no.Passes() {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	switch {
	case got.Answer == crawler.AnswerOK && len(got.Entries) > 0:
		p.Text, p.Truncated = got.Entries[0].Post.Text, false
	case got.Answer == crawler.AnswerEmpty:
		p.Truncated = false
	case got.Answer == crawler.AnswerDeleted || got.Answer == crawler.AnswerMalformed:
	default:
		return p, ask.Refuse(got.Page)
	}
	return p, nil
}
