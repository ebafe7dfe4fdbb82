package walk

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/status"
)

// talk reads the comments and reposts of the newest listed posts whose counts
// changed since they were last read.
func (w *walk) talk(ctx context.Context) error {
	if !w.stream.Talk {
		return nil
	}
	slices.SortStableFunc(w.posts, func(a, b status.Entry) int { return cmp.Compare(b.Mid, a.Mid) })
	t := &talk{walk: w, comments: w.plan.Limits.Comments, replies: w.plan.Limits.Replies, reposts: w.plan.Limits.Reposts}
	for _, e := range w.posts {
		for _, read := range []func(context.Context, status.Entry) error{t.commentsOf, t.repostsOf} {
			if err := read(ctx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// talk is what may still be read of the posts of one stream.
type talk struct {
	*walk
	comments, replies, reposts int
}

// due reports whether a count says that there is something to read: before is
// the count when it was last read, plus one.
func due(n, before int64) bool { return before != n+1 && (n > 0 || before > 0) }

func (t *talk) commentsOf(ctx context.Context, e status.Entry) error {
	k, n := key(e.Post), e.Post.Engagement.Comments
	if t.plan.Face.Comments == nil || t.comments == 0 || t.mute || !due(n, t.mark.Posts[k].Comments) {
		return nil
	}
	t.comments--
	read, err := t.flow(ctx, e)
	if read && err == nil {
		s := t.mark.Posts[k]
		s.Comments = n + 1
		t.mark.Posts[k] = s
	}
	return err
}

// flow reads the pages of one post's comments and reports whether the site
// answered. Old posts' comments are forbidden in their order by heat and given
// in their order by time.
func (t *talk) flow(ctx context.Context, e status.Entry) (read bool, err error) {
	pages := run{walk: t.walk, question: func(token string) ask.Question { return t.plan.Face.Comments(e, token) }}
	pages.after = func(ctx context.Context, list []status.Entry) error { return t.repliesTo(ctx, e, list) }
	pages.thorough = t.plan.Face.Replies != nil && t.replies > 0
	out, err := pages.read(ctx)
	if out == forbidden && t.plan.Face.OldComments != nil {
		pages.question = func(token string) ask.Question { return t.plan.Face.OldComments(e, token) }
		if out, err = pages.read(ctx); out == unanswered {
			out = forbidden // neither way leads to comments
		}
	}
	t.mute = t.mute || out == forbidden
	return out == answered, err
}

// repliesTo reads the replies under those of the comments whose count of
// replies changed and that came with fewer than they have.
func (t *talk) repliesTo(ctx context.Context, of status.Entry, list []status.Entry) error {
	shown := map[string]int64{}
	for _, e := range list {
		if e.Post.Kind == huiying.KindReply {
			shown[e.Post.ParentID]++
		}
	}
	for _, e := range list {
		k, n := key(e.Post), e.Post.Engagement.Comments
		old := t.cursor.Comments[k]
		if e.Post.Kind != huiying.KindComment || t.plan.Face.Replies == nil || !due(n, old.Replies) {
			continue
		}
		if n > shown[e.Post.ID] {
			if t.replies == 0 {
				continue
			}
			t.replies--
			pages := run{walk: t.walk, question: func(token string) ask.Question { return t.plan.Face.Replies(of, e, token) }}
			out, err := pages.read(ctx)
			if err != nil {
				return err
			}
			if out != answered {
				continue
			}
		}
		old.Replies = n + 1
		t.cursor.Comments[k] = old
	}
	return nil
}

func (t *talk) repostsOf(ctx context.Context, e status.Entry) error {
	k, n := key(e.Post), e.Post.Engagement.Reposts
	if t.plan.Face.Reposts == nil || t.reposts == 0 || !due(n, t.mark.Posts[k].Reposts) {
		return nil
	}
	t.reposts--
	pages := run{walk: t.walk, question: func(token string) ask.Question { return t.plan.Face.Reposts(e, token) }}
	out, err := pages.read(ctx)
	if out == answered {
		s := t.mark.Posts[k]
		s.Reposts = n + 1
		t.mark.Posts[k] = s
	}
	return err
}

// outcome is how a run ended.
type outcome int

const (
	unanswered outcome = iota // rubbish, or the server failed
	answered
	forbidden
)

// run reads pages of what hangs on a post.
type run struct {
	*walk
	question func(token string) ask.Question
	after    func(context.Context, []status.Entry) error // nil for nothing
	thorough bool                                        // a page of known ones does not end it
}

// read goes through the pages. A refusal that concerns these pages alone is an
// outcome; one that is the site's word to stop is an error.
func (r run) read(ctx context.Context) (outcome, error) {
	token := ""
	for n := 1; ; n++ {
		p, err := r.ask(ctx, r.question(token))
		var no *ask.RefusalError
		switch {
		case errors.As(err, &no) && no.Answer == crawler.AnswerForbidden:
			return forbidden, nil
		case errors.As(err, &no) && no.Passes():
			return unanswered, nil
		case err != nil:
			return unanswered, err
		case p.Answer == crawler.AnswerForbidden:
			return forbidden, nil
		case p.Answer == crawler.AnswerMalformed || p.Answer == crawler.AnswerDeleted:
			return answered, nil
		case !p.Answer.Answered():
			return unanswered, ask.Refuse(p.Page)
		}
		fresh, err := r.remarks(ctx, p)
		if err == nil && r.after != nil {
			err = r.after(ctx, p.Entries)
		}
		switch {
		case err != nil:
			return unanswered, err
		case p.Next == "" || p.Next == token || (!fresh && !r.thorough):
			return answered, nil
		case n >= r.plan.Limits.CommentPages:
			r.report.Entry.Capped = true
			return answered, nil
		}
		token = p.Next
	}
}

// remarks offers the comments or reposts that are new or changed and reports
// whether there was any.
func (w *walk) remarks(ctx context.Context, p ask.Answer) (fresh bool, err error) {
	for _, e := range p.Entries {
		if e.Quoted {
			continue // the post they hang on
		}
		w.report.Entry.Posts++
		k, state := key(e.Post), e.Post.Revision()
		old := w.cursor.Comments[k]
		if w.offered[e.Post.ID] || current(old.State, state, old.At, w.Since) {
			continue
		}
		if err := w.accept(ctx, e.Post, p.Evidence); err != nil {
			return fresh, err
		}
		fresh, w.offered[e.Post.ID] = true, true
		old.State, old.At = state, w.now.Unix()
		w.cursor.Comments[k] = old
	}
	return fresh, nil
}
