package record

import (
	"context"
	"fmt"
	"strings"

	"huiying"
	"huiying/internal/store"
)

// Fold rebuilds a case from its steps, the first to the last. The case machine
// gives it; the result must be the stored case byte for byte.
type Fold func(steps []huiying.Step) (huiying.Case, error)

// VerifyOptions is what the record is compared with.
type VerifyOptions struct {
	Key      []byte   // without it a record that was rewritten whole cannot be told from ours
	Exported Exported // read before the check begins, so that no head is newer than what is checked
	Fold     Fold     // without it a case is not compared with its steps
	Version  int64    // of the case machine behind Fold; see Refold
	Also     []Check  // of what lies beside the record
}

// Check finds what is wrong with what lies beside the record; key is empty
// when there is none.
type Check func(ctx context.Context, q store.Querier, key []byte) ([]Finding, error)

// slice is how many rows are read at once.
const slice = 1000

// Verify checks the whole record, every case and every text against one
// another, against the key and against the exported heads, on one unchanging
// view of the database. What it finds is in the report; an error means that it
// could not check.
func (l *Ledger) Verify(ctx context.Context, o VerifyOptions) (Report, error) {
	if len(o.Key) == 0 {
		o.Key = l.store.MACKey()
	}
	var report Report
	err := l.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		report, err = Verify(ctx, q, o)
		return err
	})
	return report, err
}

// Verify is Ledger.Verify on a view of the caller's.
func Verify(ctx context.Context, q store.Querier, o VerifyOptions) (Report, error) {
	v := &verifier{q: q, key: o.Key, fold: o.Fold, foldVersion: o.Version}
	if len(o.Key) == 0 {
		v.report.notice("store.verify_no_key")
	}
	v.checkExported(o.Exported)
	for _, check := range []func(context.Context) error{
		v.checkRows, v.checkHead, v.checkHeads, v.checkCases, v.checkOrphans, v.checkGone, v.checkTexts,
	} {
		if err := check(ctx); err != nil {
			return v.report, fmt.Errorf("verify the record: %w", err)
		}
	}
	return v.report, v.checkAlso(ctx, o.Also)
}

func (v *verifier) checkAlso(ctx context.Context, checks []Check) error {
	for _, check := range checks {
		found, err := check(ctx, v.q, v.key)
		if err != nil {
			return fmt.Errorf("verify what lies beside the record: %w", err)
		}
		for _, f := range found {
			v.report.add(f, f.Err.Key, f.Err.Args...)
		}
	}
	return nil
}

type verifier struct {
	q           store.Querier
	key         []byte
	fold        Fold
	foldVersion int64
	report      Report

	heads   []Head          // exported, and ours
	wanted  map[int64][]int // row → heads that name it
	last    row             // the row before
	suspect bool            // the row before was already named
	damaged []row           // rows that are not what was hashed
	missing []span
	forged  span  // the first and last row that are not signed by us
	forgeds int64 // how many they are
	gone    map[string]bool
}

type span struct{ first, last int64 }

// checkRows walks the record from the first row to the last.
func (v *verifier) checkRows(ctx context.Context) error {
	for {
		rows, err := store.Collect[row](v.q.QueryContext(ctx,
			`SELECT `+rowColumns+` FROM record WHERE seq > $1 ORDER BY seq LIMIT $2`, v.last.seq, slice))(scanRow)
		if err != nil {
			return err
		}
		for _, r := range rows {
			v.checkRow(r)
		}
		if len(rows) < slice {
			break
		}
	}
	v.report.LastAt = store.Time(v.last.at)
	v.nameDamaged()
	for _, gap := range v.missing {
		v.report.add(Finding{Kind: KindMissing, Seq: gap.first, Last: gap.last}, "store.verify_missing", gap.first, gap.last)
	}
	if v.forgeds > 0 {
		v.report.add(Finding{Kind: KindRewritten, Seq: v.forged.first, Last: v.forged.last},
			"store.verify_rewritten", v.forged.first, v.forgeds, v.forged.last)
	}
	return nil
}

func (v *verifier) checkRow(r row) {
	v.report.Steps++
	if v.report.Steps == 1 {
		v.report.FirstAt = store.Time(r.at)
	}
	gap := r.seq != v.last.seq+1
	if gap {
		v.missing = append(v.missing, span{v.last.seq + 1, r.seq - 1})
	}
	before, suspect := v.last, v.suspect
	v.last, v.suspect = r, true
	switch {
	case r.sum() != r.hash:
		v.damaged = append(v.damaged, r)
	case len(v.key) > 0 && !signed(v.key, r.mac, forStep, r.hash):
		if v.forgeds == 0 {
			v.forged.first = r.seq
		}
		v.forged.last = r.seq
		v.forgeds++
	case strings.HasPrefix(r.prev, brokenPrefix):
		v.suspect = false
		v.report.add(Finding{Kind: KindBroken, Seq: r.seq, CaseNo: r.caseNo, N: r.n}, "store.verify_broken", r.seq, r.caseNo, r.n)
	case !gap && !suspect && r.prev != before.hash:
		v.suspect = false
		v.report.add(Finding{Kind: KindSpliced, Seq: r.seq, CaseNo: r.caseNo, N: r.n}, "store.verify_spliced", r.seq, r.caseNo, r.n)
	default:
		v.suspect = false
	}
	for _, i := range v.wanted[r.seq] {
		v.compare(v.heads[i], r)
	}
	delete(v.wanted, r.seq)
}

// maxMoved bounds the search for where a row came from.
const maxMoved = 256

// nameDamaged says of each row that is not what was hashed whether it stands
// in the place of another, or was edited.
func (v *verifier) nameDamaged() {
	places := v.places()
	moved := map[int64]int64{}
	for i, r := range v.damaged {
		if i >= maxMoved {
			break
		}
		if to, ok := belongs(r, places); ok {
			moved[r.seq] = to
		}
	}
	for _, r := range v.damaged {
		to, ok := moved[r.seq]
		switch {
		case !ok:
			v.report.add(Finding{Kind: KindEdited, Seq: r.seq, CaseNo: r.caseNo, N: r.n}, "store.verify_edited", r.seq, r.caseNo, r.n)
		case moved[to] == r.seq && to < r.seq: // named with the other
		default:
			v.report.add(Finding{Kind: KindSwapped, Seq: r.seq, Last: to, CaseNo: r.caseNo, N: r.n}, "store.verify_swapped", r.seq, to, r.caseNo, r.n)
		}
	}
}

// places lists where a displaced row may belong: the places of the other
// damaged rows, and those that are empty.
func (v *verifier) places() []row {
	var places []row
	for _, r := range v.damaged {
		if len(places) < maxMoved {
			places = append(places, r)
		}
	}
	for _, gap := range v.missing {
		for seq := gap.first; seq <= gap.last && len(places) < 2*maxMoved; seq++ {
			places = append(places, row{seq: seq})
		}
	}
	return places
}

// belongs finds the place where r would be whole: either all of it was moved
// (its own hash fits another number), or only what it says (it fits the hash
// that stayed there).
func belongs(r row, places []row) (seq int64, ok bool) {
	for _, p := range places {
		if p.seq == r.seq {
			continue
		}
		whole := r
		whole.seq = p.seq
		words := whole
		words.prev = p.prev
		if whole.sum() == r.hash || p.hash != "" && words.sum() == p.hash {
			return p.seq, true
		}
	}
	return 0, false
}

// checkHead compares the head with the last row.
func (v *verifier) checkHead(ctx context.Context) error {
	h, err := readHead(ctx, v.q)
	if err != nil {
		return err
	}
	finding := Finding{Kind: KindHead, Seq: h.seq, Last: v.last.seq}
	switch {
	case h.seq == 0 && v.last.seq == 0:
		return nil
	case h.seq == 0:
		v.report.add(finding, "store.verify_no_head", v.last.seq)
		return nil
	case len(v.key) > 0 && !h.signedBy(v.key):
		v.report.add(finding, "store.verify_head_unsigned", h.seq)
	}
	switch {
	case h.seq > v.last.seq:
		v.report.add(Finding{Kind: KindTail, Seq: v.last.seq + 1, Last: h.seq}, "store.verify_tail", v.last.seq+1, h.seq)
	case h.seq < v.last.seq || h.hash != v.last.hash:
		v.report.add(finding, "store.verify_head_other", h.seq, v.last.seq)
	}
	return nil
}
