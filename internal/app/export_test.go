package app

import (
	"context"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/record"
	"huiying/notifier"
	"huiying/notifier/casework"
)

// OpenCase opens a case as the alerts do, for tests that need one without a
// post.
func (a *App) OpenCase(ctx context.Context, o casework.Opening) (c huiying.Case, err error) {
	err = a.room.ledger.InTx(ctx, func(tx *record.Tx) error {
		if o.No, err = tx.NextCaseNo(ctx, tx.Now().In(a.zone).Format("20060102")); err != nil {
			return err
		}
		c, err = a.room.engine.Detect(ctx, tx, o)
		return err
	})
	return c, err
}

// Step takes a step by the door that pages use, without HTTP.
func (a *App) Step(ctx context.Context, cmd huiying.Command) (huiying.Case, error) {
	return a.room.desk.Do(ctx, cmd)
}

// Record reads a case and its steps.
func (a *App) Record(ctx context.Context, no string) (huiying.Case, []huiying.Step, error) {
	c, err := a.room.ledger.Case(ctx, no)
	if err != nil {
		return c, nil, err
	}
	steps, err := a.room.ledger.Steps(ctx, no)
	return c, steps, err
}

// SetPassword gives a person a password.
func (a *App) SetPassword(ctx context.Context, id, password string) error {
	return a.users.SetPassword(ctx, id, password)
}

// Told lists the deliveries of a case.
func (a *App) Told(ctx context.Context, no string) ([]huiying.Delivery, error) {
	return a.room.post.List(ctx, query.DeliveryFilter{CaseNo: no})
}

// Acknowledge does what the link of a delivery does.
func (a *App) Acknowledge(ctx context.Context, delivery string) error {
	_, err := a.room.links.Act(ctx, a.room.links.Token(delivery, a.now()), notifier.LinkAck, "")
	return err
}
