package record

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
)

// checkExported checks the exported lines by themselves: that each is ours and
// that none between is missing.
func (v *verifier) checkExported(e Exported) {
	v.wanted = map[int64][]int{}
	v.gone = map[string]bool{}
	for _, place := range e.Torn {
		v.report.notice("store.verify_torn", place)
	}
	for i, h := range e.Heads {
		switch {
		case len(v.key) > 0 && !signed(v.key, h.MAC, forExport, h.parts()...):
			v.report.add(Finding{Kind: KindExport, Seq: h.Seq}, "store.verify_export_unsigned", h.place)
			continue
		case i == 0 && h.Prev != "":
			v.report.notice("store.verify_export_begins_late", h.place)
		case i > 0 && h.Prev != e.Heads[i-1].MAC:
			v.report.add(Finding{Kind: KindExport, Seq: h.Seq}, "store.verify_export_gap", h.place)
		}
		v.wanted[h.Seq] = append(v.wanted[h.Seq], len(v.heads))
		v.heads = append(v.heads, h)
	}
	v.report.Heads = len(v.heads)
}

// compare sets an exported head against the row it names.
func (v *verifier) compare(h Head, r row) {
	if h.Hash != r.hash {
		v.report.add(Finding{Kind: KindContradicts, Seq: h.Seq, CaseNo: r.caseNo, N: r.n},
			"store.verify_contradicts", h.Seq, h.place)
	}
}

// checkHeads names what exported heads name and the record does not have.
func (v *verifier) checkHeads(ctx context.Context) error {
	for _, seq := range slices.Sorted(maps.Keys(v.wanted)) {
		h := v.heads[v.wanted[seq][0]]
		if seq > v.last.seq {
			v.report.add(Finding{Kind: KindReplay, Seq: v.last.seq + 1, Last: seq}, "store.verify_replay", v.last.seq, h.place, seq)
		}
	}
	return v.checkCaseHeads(ctx)
}

// checkCaseHeads compares the newest exported head of every case; a case whose
// record is gone whole is left for checkGone.
func (v *verifier) checkCaseHeads(ctx context.Context) error {
	type named struct {
		CaseHead
		place string
	}
	newest := map[string]named{}
	for _, h := range v.heads {
		for _, c := range h.Cases {
			newest[c.No] = named{c, h.place}
		}
	}
	for _, no := range slices.Sorted(maps.Keys(newest)) {
		c := newest[no]
		var hash string
		err := v.q.QueryRowContext(ctx, `SELECT hash FROM record WHERE case_no = $1 AND n = $2`, c.No, c.N).Scan(&hash)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if hash == c.Hash {
			continue
		}
		exists, err := v.exists(ctx, no)
		if err != nil {
			return err
		}
		if !exists {
			v.gone[no] = true
			continue
		}
		v.report.add(Finding{Kind: KindContradicts, CaseNo: no, N: c.N}, "store.verify_case_contradicts", no, c.N, c.place)
	}
	return nil
}

// exists reports whether anything of a case is left in cases or record.
func (v *verifier) exists(ctx context.Context, no string) (bool, error) {
	var n int
	err := v.q.QueryRowContext(ctx,
		`SELECT (SELECT count(*) FROM cases WHERE no = $1) + (SELECT count(*) FROM record WHERE case_no = $1)`, no).Scan(&n)
	return n > 0, err
}
