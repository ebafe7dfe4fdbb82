package walk

import (
	"context"
	"errors"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/ask"
	"huiying/crawler/weibo/status"
)

// Look asks for one post by itself. A wall or ban is the answer of the page,
// as in a visit; a comment, or a word of the hot list, has no page of its own:
// nothing comes of it.
func Look(ctx context.Context, v crawler.Visit, plan Plan, p huiying.Post) (crawler.Parsed, error) {
	mid := status.Number(strings.TrimPrefix(p.ID, huiying.PlatformWeibo+":"))
	if mid == 0 || plan.Face.Show == nil {
		return crawler.Parsed{Answer: crawler.AnswerEmpty}, nil
	}
	r := newVisit(v, plan, cursor{})
	got, err := r.ask(ctx, plan.Face.Show(mid))
	var no *ask.RefusalError
	if errors.As(err, &no) {
		return crawler.Parsed{Answer: no.Answer}, nil
	}
	if err != nil {
		return crawler.Parsed{}, err
	}
	out := crawler.Parsed{Answer: got.Answer}
	for _, e := range got.Entries {
		if e.Mid == mid {
			e.Post.Evidence = got.Evidence
			out.Posts = append(out.Posts, unedited(e.Post, p))
		}
	}
	switch {
	case got.Answer == crawler.AnswerDeleted && len(out.Posts) == 0:
		gone := tombstone(mid, seen{Repost: p.Kind == huiying.KindRepost}, got.Document)
		gone.Evidence = got.Evidence
		out.Posts = []huiying.Post{gone}
	case got.Answer == crawler.AnswerOK && len(out.Posts) == 0:
		out.Answer = crawler.AnswerMalformed // the site showed another post
	}
	return out, nil
}

// unedited keeps the words of a post that the site says was never edited: one
// face writes links and emoticons of the same words otherwise than another, and
// that is no edit.
func unedited(now, before huiying.Post) huiying.Post {
	if !now.Edited && !now.Deleted && !before.Truncated && before.Text != "" {
		now.Text, now.Truncated = before.Text, false
	}
	return now
}
