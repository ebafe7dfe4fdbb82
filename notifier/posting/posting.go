// Package posting publishes approved words through the official interface of
// the platform where the question was asked, and records the publication as a
// step of the case. It refuses words that are not the approved ones, a second
// attempt while the first may have succeeded, and to guess: when no answer
// came, a person looks and says what is there.
package posting

import (
	"context"
	"errors"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/casework"
	"huiying/notifier/casework/machine"
)

// Words are what is said, and under which post.
type Words struct {
	Text   string
	Post   string // id of the post that is answered
	Root   string // id of the post under which it stands; Post when it is no comment
	FromIP string // of the person who publishes, where the platform asks for it
}

// Answer is what a platform made of words.
type Answer struct {
	State   huiying.PostingState // done, refused or unclear
	Receipt string               // its id of what it took
	Why     error                // a sentence, unless done
}

// Site is a platform's official interface.
type Site interface {
	// Fits says as a sentence why the words cannot be published there.
	Fits(w Words) error
	// Publish makes one attempt. What it cannot know to have failed is unclear.
	Publish(ctx context.Context, w Words) Answer
}

// Tx is one transaction over cases, their record and the postings beside it.
type Tx interface {
	casework.Tx
	// BeginPosting is huiying.Conflict when the words are out already, or may be.
	BeginPosting(ctx context.Context, p huiying.Posting) error
	// EndPosting is huiying.Conflict when the end is known already.
	EndPosting(ctx context.Context, p huiying.Posting) error
	// Posting is huiying.NotFound when there is none.
	Posting(ctx context.Context, id string) (huiying.Posting, error)
}

// Cases is the case machine; *casework.Engine is one.
type Cases interface {
	CheckIn(ctx context.Context, tx casework.Tx, cmd huiying.Command) error
	DoIn(ctx context.Context, tx casework.Tx, cmd huiying.Command) (huiying.Case, error)
}

// Options is what a Desk works with; all are required.
type Options struct {
	InTx  func(ctx context.Context, f func(Tx) error) error
	Cases Cases
	Sites map[string]Site // by platform; none = nothing is published by us
	Now   func() time.Time
	Say   func(error) string // a sentence in the office's language
	Woken func()             // called after a commit
}

// Desk publishes.
type Desk struct{ o Options }

// New makes a Desk.
func New(o Options) *Desk { return &Desk{o} }

// Order asks to publish the approved words of a case.
type Order struct {
	Case  huiying.Case // as the person saw it
	Actor huiying.Actor
	Post  huiying.Post // of the case, which is answered
	Words Words
}

// Offers reports whether words can be published on a platform.
func (d *Desk) Offers(platform string) bool { return d.o.Sites[platform] != nil }

// Publish makes one attempt and, when the platform took the words, the step of
// the case. The step is checked before anything goes out, so that words do not
// stand in public that the case refuses.
func (d *Desk) Publish(ctx context.Context, o Order) (huiying.Case, error) {
	site := d.o.Sites[o.Post.Platform]
	if site == nil {
		return huiying.Case{}, huiying.Errorf(huiying.Unavailable, "posting.no_site", locale.Key("case.platform."+o.Post.Platform))
	}
	if o.Words.Text == "" || huiying.Digest(o.Words.Text) != o.Case.Approved.Digest {
		return huiying.Case{}, huiying.Errorf(huiying.Conflict, "posting.no_words", o.Case.No)
	}
	if err := site.Fits(o.Words); err != nil {
		return huiying.Case{}, err
	}
	p := d.begin(o)
	cmd := step(o.Case, o.Actor, p)
	cmd.Version = o.Case.Version
	err := d.o.InTx(ctx, func(tx Tx) error {
		if err := d.o.Cases.CheckIn(ctx, tx, cmd); err != nil {
			return err
		}
		return tx.BeginPosting(ctx, p)
	})
	if err != nil {
		return huiying.Case{}, err
	}
	// The person may close the page; what is on its way is waited for.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), huiying.PostingLasts/2)
	defer cancel()
	a := site.Publish(ctx, o.Words)
	if p.State, p.Receipt, p.EndedAt = a.State, a.Receipt, d.now(); a.Why != nil {
		p.Why = d.o.Say(a.Why)
	}
	return d.end(ctx, p, o.Case, o.Actor, a.Why)
}

// end writes what became of the attempt: with the step where the words are out,
// without where they are not.
func (d *Desk) end(ctx context.Context, p huiying.Posting, c huiying.Case, who huiying.Actor, why error) (huiying.Case, error) {
	if p.State != huiying.PostingDone {
		if err := d.o.InTx(ctx, func(tx Tx) error { return tx.EndPosting(ctx, p) }); err != nil {
			return huiying.Case{}, err
		}
		return huiying.Case{}, why
	}
	var done huiying.Case
	err := d.o.InTx(ctx, func(tx Tx) error {
		if err := tx.EndPosting(ctx, p); err != nil {
			return err
		}
		var err error
		done, err = d.o.Cases.DoIn(ctx, tx, step(c, who, p))
		return err
	})
	if err == nil {
		d.o.Woken()
		return done, nil
	}
	// The words are out, whatever the case says of it by now.
	kept := d.o.InTx(ctx, func(tx Tx) error { return tx.EndPosting(ctx, p) })
	return huiying.Case{}, errors.Join(huiying.Errorf(huiying.Conflict, "posting.unrecorded", c.No, p.URL, err), kept)
}

// Verdict is what a person saw where nobody knew what became of an attempt.
type Verdict struct {
	ID    string
	Case  huiying.Case
	Actor huiying.Actor
	Out   bool // the words stand there
}

// Settle ends an unclear attempt: the words are out, and the step is taken, or
// they are not, and it may be tried again.
func (d *Desk) Settle(ctx context.Context, v Verdict) (huiying.Case, error) {
	if !v.Actor.Has(huiying.RoleResponder, huiying.RoleOfficer) {
		return huiying.Case{}, huiying.Errorf(huiying.Forbidden, "posting.role")
	}
	var done huiying.Case
	err := d.o.InTx(ctx, func(tx Tx) error {
		p, err := tx.Posting(ctx, v.ID)
		if err != nil {
			return err
		}
		if p.CaseNo != v.Case.No {
			return huiying.Errorf(huiying.NotFound, "posting.unknown")
		}
		if p.Now(d.now()).State != huiying.PostingUnclear {
			return huiying.Errorf(huiying.Conflict, "posting.not_unclear")
		}
		p.State, p.EndedAt = huiying.PostingRefused, d.now()
		if v.Out {
			p.State = huiying.PostingDone
		}
		if err := tx.EndPosting(ctx, p); err != nil {
			return err
		}
		if done = v.Case; v.Out {
			done, err = d.o.Cases.DoIn(ctx, tx, step(v.Case, v.Actor, p))
		}
		return err
	})
	if err != nil {
		return huiying.Case{}, err
	}
	d.o.Woken()
	return done, nil
}

func (d *Desk) now() time.Time { return d.o.Now().UTC().Truncate(time.Microsecond) }

func (d *Desk) begin(o Order) huiying.Posting {
	at := d.now()
	return huiying.Posting{
		ID:     huiying.DeriveID("o-", o.Case.No, o.Post.ID, o.Case.Approved.Digest, at.Format(time.RFC3339Nano)),
		CaseNo: o.Case.No, Post: o.Post.ID, Platform: o.Post.Platform, URL: o.Post.URL, Digest: o.Case.Approved.Digest,
		By: o.Actor.ID, State: huiying.PostingSending, BeganAt: at,
	}
}

// step is the publication as the case records it: at the end of the attempt, or
// at its beginning where a person found the words there later.
func step(c huiying.Case, who huiying.Actor, p huiying.Posting) huiying.Command {
	action := machine.ActionPublish
	if c.State == huiying.StateResponded {
		action = machine.ActionPublishUpdate
	}
	fields := map[string]string{
		machine.FieldDigest: p.Digest, machine.FieldAt: p.BeganAt.Format(time.RFC3339Nano), machine.FieldPlatform: p.Platform,
	}
	if p.URL != "" {
		fields[machine.FieldURL] = p.URL
	}
	if p.Receipt != "" {
		fields[machine.FieldReceipt] = p.Receipt
	}
	return huiying.Command{CaseNo: c.No, Action: action, Actor: who, Fields: fields}
}
