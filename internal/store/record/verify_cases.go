package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/cases"
)

// caseRow is a case as it is stored.
type caseRow struct {
	cases.Row
	body string
}

// checkCases compares every case with its steps.
func (v *verifier) checkCases(ctx context.Context) error {
	folded, err := foldedBy(ctx, v.q)
	if err != nil {
		return err
	}
	after := ""
	for {
		rows, err := caseRows(ctx, v.q, after, slice)
		if err != nil {
			return err
		}
		for _, c := range rows {
			if err := v.checkCase(ctx, c); err != nil {
				return err
			}
			after = c.No
		}
		if len(rows) < slice {
			break
		}
	}
	if v.report.Cases > 0 && folded < v.foldVersion {
		v.report.notice("store.verify_old_fold")
	}
	return nil
}

func scanCaseRow(rows *sql.Rows) (c caseRow, err error) {
	return c, rows.Scan(&c.No, &c.Version, &c.State, &c.Level, &c.Title, &c.Topic, &c.OpenKey, &c.Rule, &c.Unit, &c.Owner,
		&c.FirstSeenAt, &c.OpenedAt, &c.AssignedAt, &c.AckedAt, &c.RespondedAt, &c.ClosedAt, &c.NextDueAt, &c.body,
		&c.NextWarnAt, &c.LadderAt, &c.MergedInto)
}

func (v *verifier) checkCase(ctx context.Context, c caseRow) error {
	v.report.Cases++
	rows, err := store.Collect[row](v.q.QueryContext(ctx,
		`SELECT `+rowColumns+` FROM record WHERE case_no = $1 ORDER BY n`, c.No))(scanRow)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		v.report.add(Finding{Kind: KindCaseEmpty, CaseNo: c.No}, "store.verify_case_empty", c.No)
		return nil
	}
	whole := v.checkNumbers(c, rows)
	body, err := cases.Decode(c.body)
	if err != nil {
		v.differs(c.No, "body")
		return nil
	}
	if names := columnsThatDiffer(c.Row, cases.RowOf(body)); len(names) > 0 {
		v.differs(c.No, names...)
	}
	if whole && v.fold != nil {
		v.checkFold(c, body, rows)
	}
	return nil
}

// checkNumbers names steps of a case that are missing, those after the last
// one included.
func (v *verifier) checkNumbers(c caseRow, rows []row) (whole bool) {
	have := map[int]bool{}
	for _, r := range rows {
		have[r.n] = true
	}
	whole = true
	for n := 1; n <= max(c.Version, rows[len(rows)-1].n); n++ {
		if !have[n] {
			if n > rows[len(rows)-1].n+maxOfKind {
				break // a version set to nonsense
			}
			whole = false
			v.report.add(Finding{Kind: KindStepMissing, CaseNo: c.No, N: n}, "store.verify_step_missing", c.No, n)
		}
	}
	return whole
}

func (v *verifier) checkFold(c caseRow, body huiying.Case, rows []row) {
	steps := make([]huiying.Step, 0, len(rows))
	for _, r := range rows {
		s, err := r.step()
		if err != nil {
			return // the row is already named as edited
		}
		steps = append(steps, s)
	}
	folded, err := v.fold(steps)
	if err != nil {
		v.report.add(Finding{Kind: KindCaseDiffers, CaseNo: c.No}, "store.verify_no_fold", c.No, err)
		return
	}
	raw, err := json.Marshal(folded)
	if err != nil || string(raw) == c.body {
		return
	}
	names := fieldsThatDiffer(folded, body)
	if len(names) == 0 {
		names = []string{"body"}
	}
	v.differs(c.No, names...)
}

func (v *verifier) differs(no string, names ...string) {
	v.report.add(Finding{Kind: KindCaseDiffers, CaseNo: no}, "store.verify_case_differs", no, strings.Join(names, ", "))
}

func columnsThatDiffer(got, want cases.Row) []string {
	var names []string
	for _, c := range []struct {
		name string
		same bool
	}{
		{"no", got.No == want.No},
		{"version", got.Version == want.Version},
		{"state", got.State == want.State},
		{"level", got.Level == want.Level},
		{"title", got.Title == want.Title},
		{"topic", got.Topic == want.Topic},
		{"open_key", got.OpenKey == want.OpenKey},
		{"rule", got.Rule == want.Rule},
		{"unit", got.Unit == want.Unit},
		{"owner", got.Owner == want.Owner},
		{"first_seen_at", got.FirstSeenAt == want.FirstSeenAt},
		{"opened_at", got.OpenedAt == want.OpenedAt},
		{"assigned_at", got.AssignedAt == want.AssignedAt},
		{"acked_at", got.AckedAt == want.AckedAt},
		{"responded_at", got.RespondedAt == want.RespondedAt},
		{"closed_at", got.ClosedAt == want.ClosedAt},
		{"next_due_at", got.NextDueAt == want.NextDueAt},
		{"next_warn_at", got.NextWarnAt == want.NextWarnAt},
		{"ladder_at", got.LadderAt == want.LadderAt},
		{"merged_into", got.MergedInto == want.MergedInto},
	} {
		if !c.same {
			names = append(names, c.name)
		}
	}
	return names
}

// fieldsThatDiffer names the JSON fields in which two cases differ.
func fieldsThatDiffer(a, b huiying.Case) []string {
	left, right := fieldsOf(a), fieldsOf(b)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(left)) {
		if string(left[name]) != string(right[name]) {
			names = append(names, name)
		}
	}
	return names
}

func fieldsOf(c huiying.Case) map[string]json.RawMessage {
	raw, err := json.Marshal(c)
	if err != nil {
		return nil
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil
	}
	return out
}

// checkOrphans names cases that have steps but no row.
func (v *verifier) checkOrphans(ctx context.Context) error {
	list, err := v.strings(ctx, `SELECT DISTINCT case_no FROM record WHERE case_no NOT IN (SELECT no FROM cases) ORDER BY case_no`)
	for _, no := range list {
		v.report.add(Finding{Kind: KindOrphan, CaseNo: no}, "store.verify_orphan", no)
	}
	return err
}

// checkGone names cases of which nothing is left in cases and record: their
// number was given out, something else still names them, or they were
// exported.
func (v *verifier) checkGone(ctx context.Context) error {
	left, err := v.strings(ctx, `
		SELECT case_no FROM (
			SELECT case_no FROM case_posts UNION SELECT case_no FROM posts WHERE case_no <> ''
			UNION SELECT case_no FROM alerts WHERE case_no <> '' UNION SELECT case_no FROM deliveries WHERE case_no <> '') AS named
		WHERE case_no NOT IN (SELECT no FROM cases) AND case_no NOT IN (SELECT case_no FROM record)`)
	if err != nil {
		return err
	}
	for _, no := range left {
		v.gone[no] = true
	}
	if err := v.checkCounters(ctx); err != nil {
		return err
	}
	for _, no := range slices.Sorted(maps.Keys(v.gone)) {
		v.report.add(Finding{Kind: KindCaseGone, CaseNo: no}, "store.verify_case_gone", no)
	}
	return nil
}

// checkCounters compares the numbers given out with the cases there are. A
// number is given in the transaction that opens its case, so none is without.
func (v *verifier) checkCounters(ctx context.Context) error {
	list, err := v.strings(ctx, `SELECT no FROM cases UNION SELECT case_no FROM record`)
	if err != nil {
		return err
	}
	exists := map[string]bool{}
	highest := map[string]int64{}
	for _, no := range list {
		exists[no] = true
		if day, n, ok := cases.ParseNumber(no); ok {
			highest[day] = max(highest[day], n)
		}
	}
	counters, err := cases.Counters(ctx, v.q)
	if err != nil {
		return err
	}
	for day, given := range counters {
		// A counter set to nonsense must not keep us for ever.
		for n := int64(1); n <= min(given, highest[day]+10*maxOfKind); n++ {
			if no := cases.Number(day, n); !exists[no] {
				v.gone[no] = true
			}
		}
	}
	for _, day := range slices.Sorted(maps.Keys(highest)) {
		if counters[day] < highest[day] {
			v.report.add(Finding{Kind: KindCounter, CaseNo: cases.Number(day, highest[day])},
				"store.verify_counter", day, strconv.FormatInt(counters[day], 10), cases.Number(day, highest[day]))
		}
	}
	return nil
}

// checkTexts compares every text with the digest it is kept under.
func (v *verifier) checkTexts(ctx context.Context) error {
	type words struct{ digest, text string }
	after := ""
	for {
		list, err := store.Collect[words](v.q.QueryContext(ctx,
			`SELECT digest, text FROM texts WHERE digest > $1 ORDER BY digest LIMIT $2`, after, slice))(
			func(rows *sql.Rows) (w words, err error) { return w, rows.Scan(&w.digest, &w.text) })
		if err != nil {
			return err
		}
		for _, w := range list {
			v.report.Texts++
			if huiying.Digest(w.text) != w.digest {
				v.report.add(Finding{Kind: KindText}, "store.verify_text", w.digest)
			}
			after = w.digest
		}
		if len(list) < slice {
			return nil
		}
	}
}

func (v *verifier) strings(ctx context.Context, query string) ([]string, error) {
	return store.Collect[string](v.q.QueryContext(ctx, query))(
		func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
}
