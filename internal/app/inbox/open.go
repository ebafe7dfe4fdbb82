package inbox

import (
	"context"
	"slices"

	"huiying"
	"huiying/internal/query"
)

// OpenMany opens cases of several posts: each its own (or it joins the open case
// of its topic, as every opening does), or one of all of them, begun by the
// first that can. A post that has a case by now is named and left there.
// huiying.Invalid without posts or a unit, with too many, or with one twice.
func (d Desk) OpenMany(ctx context.Context, b query.OpeningBulk) ([]query.OpeningResult, error) {
	switch sorted := slices.Sorted(slices.Values(b.Posts)); {
	case len(sorted) == 0 || len(sorted) > query.MaxInbox:
		return nil, huiying.Errorf(huiying.Invalid, "inbox.many", query.MaxInbox)
	case len(slices.Compact(sorted)) < len(b.Posts):
		return nil, huiying.Errorf(huiying.Invalid, "inbox.twice")
	case b.Unit == "":
		return nil, huiying.Errorf(huiying.Invalid, "inbox.unit")
	}
	out := make([]query.OpeningResult, len(b.Posts))
	into := ""
	for i, post := range b.Posts {
		no, err := d.openOne(ctx, b, post, into)
		out[i] = query.OpeningResult{Post: post, CaseNo: no, Err: err}
		if b.Together && err == nil {
			into = no
		}
		d.note(ctx, post, err)
		if ctx.Err() != nil {
			return out[:i], ctx.Err()
		}
	}
	return out, nil
}

// openOne opens a case of a post, or has it join one.
func (d Desk) openOne(ctx context.Context, b query.OpeningBulk, post, into string) (no string, err error) {
	if has, err := d.CaseOf(ctx, post); err != nil || has != "" && has != into {
		if err == nil {
			err = huiying.Errorf(huiying.Conflict, "access.has_case", has)
		}
		return "", err
	}
	if into != "" {
		c, err := d.Do(ctx, huiying.Command{CaseNo: into, Action: "attach_mention", Actor: b.Actor, Fields: map[string]string{"post": post}})
		return c.No, err
	}
	c, err := d.Open(ctx, query.Opening{Post: post, Actor: b.Actor, Unit: b.Unit, Owner: b.Owner, Note: b.Note})
	return c.No, err
}
