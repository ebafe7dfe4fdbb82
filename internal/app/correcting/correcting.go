// Package correcting is how people put judgements right: the store keeps what
// they say, and a level that is raised has at once what a raise has, a case that
// is opened, joined or graded higher. Lowering a level lowers no case: that is a
// step of its own, with a reason in the record.
package correcting

import (
	"context"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/corrections"
	"huiying/internal/store/posts"
)

// Desk is the corrections with what a raise brings about; all are required.
type Desk struct {
	*corrections.Book
	Open func(ctx context.Context, o query.Opening) (huiying.Case, error)
	Case func(ctx context.Context, no string) (huiying.Case, error)
	Do   func(ctx context.Context, cmd huiying.Command) (huiying.Case, error)
	// Raise tells that a topic has a post of a higher level.
	Raise func(ctx context.Context, topic, post string, level huiying.Level) error
}

// regrade is the step that grades a case anew; see notifier/casework/machine.
const regrade = "regrade"

// Correct keeps what a person says. What a raised level brings about comes
// first: where that fails nothing is kept, and the next try does what is left.
func (d Desk) Correct(ctx context.Context, c query.NewCorrection) error {
	if c.Field != query.CorrectLevel {
		return d.Book.Correct(ctx, c)
	}
	p, err := d.Try(ctx, c)
	if err != nil {
		return err
	}
	if level := huiying.Level(c.Value); level.Rank() > p.Judgement.Level.Rank() {
		if err := d.raise(ctx, c, p); err != nil {
			return err
		}
	}
	return d.Book.Correct(ctx, c)
}

// raise has the case of a post follow, or opens one where its level asks for it.
func (d Desk) raise(ctx context.Context, c query.NewCorrection, p posts.Stored) error {
	level := huiying.Level(c.Value)
	switch {
	case p.CaseNo != "":
		if err := d.regrade(ctx, c, p.CaseNo); err != nil {
			return err
		}
	case level.OpensCase():
		made, err := d.Open(ctx, query.Opening{Post: c.Post, Actor: c.Actor, Level: level, Note: c.Reason})
		if err != nil {
			return err
		}
		if made.Level.Rank() < level.Rank() { // it joined one that was less urgent
			if err := d.regrade(ctx, c, made.No); err != nil {
				return err
			}
		}
	}
	if topic := p.Judgement.Topic; topic != "" && level.Alerts() {
		return d.Raise(ctx, topic, c.Post, level)
	}
	return nil
}

// regrade grades an open case higher; one that is closed or at least as urgent
// stays as it is.
func (d Desk) regrade(ctx context.Context, c query.NewCorrection, no string) error {
	now, err := d.Case(ctx, no)
	if err != nil || !now.State.Open() || now.Level.Rank() >= huiying.Level(c.Value).Rank() {
		return err
	}
	_, err = d.Do(ctx, huiying.Command{
		CaseNo: no, Version: now.Version, Action: regrade, Actor: c.Actor, Fields: map[string]string{"level": c.Value, "reason": c.Reason},
	})
	return err
}
