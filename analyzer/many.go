package analyzer

import (
	"context"
	"fmt"

	"huiying"
	"huiying/analyzer/gather"
)

// JudgeAll is Judge for several posts: where they belong is asked, and their levels
// are noted, for all of them at once, which costs about as much as for one. With
// an error (huiying.Unavailable) none is judged, and all are to be judged again.
func (a *Analyzer) JudgeAll(ctx context.Context, posts []huiying.Post) ([]huiying.Event, error) {
	works := make([]*work, len(posts))
	for i, p := range posts {
		works[i] = a.works.Get().(*work)
		*works[i].post = p
		a.begin(ctx, works[i])
		works[i].later = len(posts) > 1
	}
	err := a.finishAll(ctx, works)
	events := make([]huiying.Event, len(posts))
	for i, w := range works {
		events[i] = w.event
		w.event = huiying.Event{}
		a.giveBack(w)
	}
	if err != nil {
		return nil, err
	}
	return events, nil
}

// finishAll is finish for works under way.
func (a *Analyzer) finishAll(ctx context.Context, works []*work) error {
	if err := a.askFor(ctx, works); err != nil {
		return err
	}
	for _, w := range works {
		if err := a.finish(w); err != nil {
			return err
		}
	}
	return a.riseAll(ctx, works)
}

// riseAll notes the levels that wait for it. What breaks is met again by each
// alone, and named in its event.
func (a *Analyzer) riseAll(ctx context.Context, works []*work) error {
	var ups []gather.Rising
	for _, w := range works {
		if w.up != nil {
			ups = append(ups, *w.up)
		}
	}
	if len(ups) == 0 {
		return nil
	}
	err := a.noted(ctx, ups)
	if err == nil || huiying.ErrorCode(err) == huiying.Unavailable {
		return err
	}
	for _, w := range works {
		if w.up == nil {
			continue
		}
		w.later = false
		if a.run(w, []step{{"rise", (*Analyzer).rise}}); w.away != nil {
			return w.away
		}
	}
	return nil
}

// noted notes levels; a panic is an error.
func (a *Analyzer) noted(ctx context.Context, ups []gather.Rising) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return a.gatherer.Raise(ctx, ups...) //nolint:wrapcheck // that of the one who was asked
}

// askFor asks where the posts of works belong. What breaks is met again by the
// step of each, and named there; that nobody answers is an error.
func (a *Analyzer) askFor(ctx context.Context, works []*work) error {
	if len(works) == 1 {
		return nil // the step asks
	}
	var matters []gather.Matter
	var of []*work
	for _, w := range works {
		if w.post.ID != "" {
			matters, of = append(matters, w.matter(len(a.options.Policy) > 0)), append(of, w)
		}
	}
	found, err := a.found(ctx, matters)
	if huiying.ErrorCode(err) == huiying.Unavailable {
		return err
	}
	if err == nil {
		tell(of, found)
	}
	return nil
}

// tell tells works where their posts belong.
func tell(of []*work, found []gather.Found) {
	for i := range found {
		of[i].found, of[i].asked = found[i], true
	}
}

// found is what the gatherer says; a panic is an error.
func (a *Analyzer) found(ctx context.Context, list []gather.Matter) (found []gather.Found, err error) {
	defer func() {
		if r := recover(); r != nil {
			found, err = nil, fmt.Errorf("panic: %v", r)
		}
	}()
	return a.gatherer.Gather(ctx, list) //nolint:wrapcheck // that of the one who was asked
}
