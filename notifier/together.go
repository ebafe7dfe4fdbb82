package notifier

import (
	"context"
	"slices"
	"strconv"

	"huiying"
	"huiying/notifier/casework/machine"
)

// Bounds of what one call may bring.
const (
	MaxTogether = huiying.MaxTogether
	MaxFiles    = 50 // attachments of a case
)

// Together takes a step of each of several cases in one transaction: every case
// has its own row in the record, its own clocks and its own words, and either
// all of them have moved or none. The refusal names the case that is to blame.
func (d *Desk) Together(ctx context.Context, cmds []huiying.Command) ([]huiying.Case, error) {
	if err := several(cmds); err != nil {
		return nil, err
	}
	to := make([][]Recipient, len(cmds))
	for i, cmd := range cmds {
		var err error
		if to[i], err = d.told(ctx, cmd); err != nil {
			return nil, err
		}
	}
	done := make([]huiying.Case, len(cmds))
	err := d.o.Ledger.InTx(ctx, func(tx Tx) error {
		for i, cmd := range cmds {
			var err error
			if done[i], err = d.o.Cases.DoIn(ctx, tx, cmd); err == nil {
				err = d.tell(ctx, tx, done[i], to[i])
			}
			if err != nil {
				return blame(cmd.CaseNo, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	d.wake()
	return done, nil
}

// several refuses none, too many, and a case that is named twice.
func several(cmds []huiying.Command) error {
	if len(cmds) == 0 || len(cmds) > MaxTogether {
		return huiying.Errorf(huiying.Invalid, "desk.together_many", MaxTogether)
	}
	var seen []string
	for _, cmd := range cmds {
		if slices.Contains(seen, cmd.CaseNo) {
			return huiying.Errorf(huiying.Invalid, "desk.together_twice", cmd.CaseNo)
		}
		if err := byStep(cmd.Action); err != nil {
			return err
		}
		seen = append(seen, cmd.CaseNo)
	}
	return nil
}

// blame names the case in its refusal; a failure that is ours stays one.
func blame(no string, err error) error {
	if code := huiying.ErrorCode(err); code != huiying.Internal {
		return huiying.Errorf(code, "desk.together", no, err)
	}
	return err
}

// Attachment is a file that is added to a case.
type Attachment struct {
	CaseNo  string
	Actor   huiying.Actor
	Version int
	Name    string
	Type    string // media type
	Body    []byte
}

// Attach adds a file: its bytes are kept in the transaction of the step that
// names them by digest, and its name beside the record like all words.
func (d *Desk) Attach(ctx context.Context, f Attachment) (huiying.Case, error) {
	cmd := huiying.Command{CaseNo: f.CaseNo, Action: machine.ActionAttachFile, Actor: f.Actor, Version: f.Version, Fields: map[string]string{
		machine.FieldDigest: huiying.Digest(string(f.Body)), machine.FieldName: f.Name, machine.FieldType: f.Type,
		machine.FieldSize: strconv.Itoa(len(f.Body)),
	}}
	var done huiying.Case
	err := d.o.Ledger.InTx(ctx, func(tx Tx) error {
		var err error
		if done, err = d.o.Cases.DoIn(ctx, tx, cmd); err != nil {
			return err
		}
		if len(done.Files) > MaxFiles {
			return huiying.Errorf(huiying.Conflict, "desk.files_many", f.CaseNo, MaxFiles)
		}
		return tx.PutFile(ctx, cmd.Fields[machine.FieldDigest], f.Type, f.Body)
	})
	if err != nil {
		return huiying.Case{}, err
	}
	d.wake()
	return done, nil
}
