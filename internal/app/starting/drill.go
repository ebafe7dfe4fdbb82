package starting

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/drills"
	"huiying/notifier"
)

// apart is how long after a drill the next one may be sent.
const apart = 10 * time.Second

// Drill sends an alert that says it is a drill the way that an alert of a rule
// in force would go now.
func (d *Desk) Drill(ctx context.Context, rule string, by huiying.Actor) error {
	book, err := d.Book(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(book.Rules, func(r query.RuleRow) bool { return r.ID == rule && r.Drillable() })
	if i < 0 {
		return huiying.Errorf(huiying.Invalid, "start.no_rule", rule)
	}
	r, now := book.Rules[i], d.Now().UTC().Truncate(time.Microsecond)
	last, err := drills.Last(ctx, d.Store.Reader())
	if err != nil {
		return err
	}
	if len(last) > 0 && now.Sub(last[0].Alert.RaisedAt) < apart {
		return huiying.Errorf(huiying.Conflict, "start.drill_again", int(apart/time.Second))
	}
	drill := notifier.Drill{
		ID: huiying.DeriveID(drills.Prefix, rule, by.ID, strconv.FormatInt(now.UnixMicro(), 10)), At: now,
		Rule: huiying.Tag{Rule: r.ID, Name: cmp.Or(r.Name, r.ID), Level: r.Level, Notify: r.Notify},
	}
	if err := d.note(ctx, access.Entry{Actor: by.ID, Action: access.Drilled, Object: rule, Detail: drill.ID}); err != nil {
		return err
	}
	err = d.Ledger.InTx(ctx, func(tx notifier.Tx) error {
		out, err := d.Router.Drill(ctx, tx, drill)
		if err == nil && len(out.Told) == 0 {
			why := "nobody"
			if len(out.Why) > 0 {
				why = out.Why[0]
			}
			err = huiying.Errorf(huiying.Conflict, "start.drill_nobody", huiying.Errorf(huiying.Conflict, "start.why."+why))
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, wake := range d.Woken {
		wake()
	}
	return nil
}
