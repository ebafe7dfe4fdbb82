package record_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/store"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
)

// named writes the findings one a line, as a test states them.
func named(r record.Report) []string {
	var lines []string
	for _, f := range r.Findings {
		line := string(f.Kind)
		if f.Seq > 0 {
			line += fmt.Sprintf(" row %d", f.Seq)
		}
		if f.Last > 0 && f.Last != f.Seq {
			line += fmt.Sprintf("-%d", f.Last)
		}
		if f.CaseNo != "" {
			line += " " + f.CaseNo
		}
		if f.N > 0 {
			line += fmt.Sprintf("/%d", f.N)
		}
		lines = append(lines, line)
	}
	return lines
}

// wantNamed compares the findings and renders each in both languages.
func wantNamed(t *testing.T, r record.Report, want ...string) {
	t.Helper()
	if got := named(r); !slices.Equal(got, want) {
		t.Errorf("named\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	catalogue, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	sentences := r.Notices
	for _, f := range r.Findings {
		sentences = append(sentences, f.Err)
	}
	for _, e := range sentences {
		for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
			if text := catalogue.Sentence(lang, e); !catalogue.Has(e.Key) || strings.Contains(text, "%!") {
				t.Errorf("%s: %q", e.Key, text)
			}
		}
	}
}

// rehash recomputes every hash and prev from a row on, as somebody would who
// knows how but has no key.
func rehash(from int64) func(*testing.T, *store.Store) {
	return func(t *testing.T, s *store.Store) {
		t.Helper()
		list, err := record.All(t.Context(), s.Reader())
		if err != nil {
			t.Fatal(err)
		}
		prev := ""
		var statements []string
		for _, step := range list {
			if step.Seq >= from {
				step.Prev = prev
				if step.Hash, err = record.Hash(step); err != nil {
					t.Fatal(err)
				}
				statements = append(statements, fmt.Sprintf(`UPDATE record SET prev = '%s', hash = '%s' WHERE seq = %d`, step.Prev, step.Hash, step.Seq))
			}
			prev = step.Hash
		}
		statements = append(statements, fmt.Sprintf(`UPDATE record_head SET hash = '%s'`, prev))
		storetest.Exec(t, s, statements...)
	}
}

// The office has rows 1–5 (detect, case 1–5), 6–10 (assign), 11–15 (ack) and
// 16–20 (submit).
func TestEveryTamperingIsNamed(t *testing.T) {
	const one, two, four = "HY20261123-0001", "HY20261123-0002", "HY20261123-0004"
	deleteCase := []string{
		`DELETE FROM record WHERE case_no = '` + four + `'`, `DELETE FROM cases WHERE no = '` + four + `'`,
	}
	everywhere := append(slices.Clone(deleteCase),
		`DELETE FROM case_posts WHERE case_no = '`+four+`'`, `UPDATE posts SET case_no = '' WHERE case_no = '`+four+`'`,
		`DELETE FROM alerts WHERE case_no = '`+four+`'`, `DELETE FROM deliveries WHERE case_no = '`+four+`'`)
	holes := []string{"missing row 4", "missing row 9", "missing row 14", "missing row 19"}
	for _, c := range []struct {
		name string
		sql  []string
		then func(*testing.T, *store.Store)
		want []string
	}{
		{
			name: "a row is edited",
			sql:  []string{`UPDATE record SET actor = 'u-wang' WHERE seq = 8`},
			want: []string{"edited row 8 HY20261123-0003/2"},
		},
		{
			name: "a time is edited, and the case with it",
			sql: []string{
				`UPDATE record SET at = at - 60000000 WHERE seq = 1`,
				`UPDATE cases SET opened_at = opened_at - 60000000 WHERE no = '` + one + `'`,
			},
			want: []string{"edited row 1 HY20261123-0001/1", "case_differs HY20261123-0001", "case_differs HY20261123-0001"},
		},
		{
			name: "a payload is edited",
			sql:  []string{`UPDATE record SET payload = '{"unit":"u-else"}' WHERE seq = 7`},
			want: []string{"edited row 7 HY20261123-0002/2", "case_differs HY20261123-0002"},
		},
		{
			name: "a payload is spaced otherwise",
			sql:  []string{`UPDATE record SET payload = '{"unit": "u-hall"}' WHERE seq = 7`},
			want: []string{"edited row 7 HY20261123-0002/2"},
		},
		{
			name: "a payload is no JSON",
			sql:  []string{`UPDATE record SET payload = 'x' WHERE seq = 7`},
			want: []string{"edited row 7 HY20261123-0002/2"},
		},
		{
			name: "a hash is edited",
			sql:  []string{`UPDATE record SET hash = 'ff' WHERE seq = 7`},
			want: []string{"edited row 7 HY20261123-0002/2"},
		},
		{
			name: "a signature is edited",
			sql:  []string{`UPDATE record SET mac = 'ff' WHERE seq = 7`},
			want: []string{"rewritten row 7"},
		},
		{
			name: "the last row is deleted",
			sql:  []string{`DELETE FROM record WHERE seq = 20`},
			want: []string{"missing_last row 20", "step_missing HY20261123-0005/4"},
		},
		{
			name: "the last row is deleted and the head set back",
			sql: []string{
				`DELETE FROM record WHERE seq = 20`,
				`UPDATE record_head SET seq = 19, hash = (SELECT hash FROM record WHERE seq = 19)`,
			},
			want: []string{"head row 19", "step_missing HY20261123-0005/4"},
		},
		{
			name: "the head is deleted",
			sql:  []string{`DELETE FROM record_head`},
			want: []string{"head-20"},
		},
		{
			name: "the head is set back and keeps its signature",
			sql:  []string{`UPDATE record_head SET seq = 12`},
			want: []string{"head row 12-20", "head row 12-20"},
		},
		{
			name: "rows inside are deleted",
			sql:  []string{`DELETE FROM record WHERE seq IN (11, 12)`},
			want: []string{"missing row 11-12", "step_missing HY20261123-0001/3", "step_missing HY20261123-0002/3"},
		},
		{
			name: "the first rows are deleted",
			sql:  []string{`DELETE FROM record WHERE seq <= 2`},
			want: []string{"missing row 1-2", "step_missing HY20261123-0001/1", "step_missing HY20261123-0002/1"},
		},
		{
			name: "a whole case is deleted, its post left",
			sql:  deleteCase,
			want: append(slices.Clone(holes), "case_gone HY20261123-0004"),
		},
		{
			name: "a whole case is deleted in all its tables",
			sql:  everywhere,
			want: append(slices.Clone(holes), "case_gone HY20261123-0004"),
		},
		{
			name: "the newest case is deleted whole and the counter set back",
			sql: []string{
				`DELETE FROM record WHERE case_no = 'HY20261123-0005'`, `DELETE FROM cases WHERE no = 'HY20261123-0005'`,
				`DELETE FROM case_posts WHERE case_no = 'HY20261123-0005'`, `UPDATE counters SET value = 4 WHERE name = 'case:20261123'`,
			},
			want: []string{"missing row 5", "missing row 10", "missing row 15", "missing_last row 20"},
		},
		{
			name: "the counter is set back",
			sql:  []string{`UPDATE counters SET value = 3 WHERE name = 'case:20261123'`},
			want: []string{"counter HY20261123-0005"},
		},
		{
			name: "two rows are swapped",
			sql: []string{
				`UPDATE record SET seq = -1 WHERE seq = 8`, `UPDATE record SET seq = 8 WHERE seq = 13`, `UPDATE record SET seq = 13 WHERE seq = -1`,
			},
			want: []string{"swapped row 8-13 HY20261123-0003/3"},
		},
		{
			name: "what two rows say is swapped, their hashes left",
			sql: []string{
				`UPDATE record SET case_no = 'x' WHERE seq = 8`,
				`UPDATE record SET (case_no, n, at, actor, action, from_state, to_state, payload) =
					(SELECT 'y', o.n, o.at, o.actor, o.action, o.from_state, o.to_state, o.payload FROM record o WHERE o.seq = 8) WHERE seq = 12`,
				`UPDATE record SET (case_no, n, at, actor, action, from_state, to_state, payload) =
					('HY20261123-0002', 3, 1763860260000000 + 0, 'u-lin', 'ack', 'awaiting_ack', 'handling', '{}') WHERE seq = 8`,
				`UPDATE record SET case_no = 'HY20261123-0003' WHERE seq = 12`,
				`UPDATE record SET at = (SELECT at FROM record WHERE seq = 11) + 60000000 WHERE seq = 8`,
			},
			want: []string{"swapped row 8-12 HY20261123-0002/3"},
		},
		{
			name: "a row is moved to the end",
			sql:  []string{`UPDATE record SET seq = 21 WHERE seq = 8`},
			want: []string{"swapped row 21-8 HY20261123-0003/2", "missing row 8", "head row 20-21"},
		},
		{
			name: "every hash is recomputed after an edit",
			sql:  []string{`UPDATE record SET actor = 'u-wang' WHERE seq = 8`},
			then: rehash(8),
			want: []string{"rewritten row 8-20", "head row 20"},
		},
		{
			name: "the whole record is rewritten after a deletion",
			sql: []string{
				`DELETE FROM record WHERE seq = 8`, `UPDATE record SET n = n - 1 WHERE case_no = 'HY20261123-0003' AND n > 2`,
				`UPDATE record SET seq = seq - 100 WHERE seq > 8`, `UPDATE record SET seq = seq + 99 WHERE seq < 0`, `UPDATE record_head SET seq = 19`,
			},
			then: rehash(8),
			want: []string{"rewritten row 8-19", "head row 19", "step_missing HY20261123-0003/4"},
		},
		{
			name: "a case is edited",
			sql:  []string{`UPDATE cases SET body = replace(body, '"level":"orange"', '"level":"blue"'), level = 'blue' WHERE no = '` + two + `'`},
			want: []string{"case_differs HY20261123-0002"},
		},
		{
			name: "a column of a case is edited",
			sql:  []string{`UPDATE cases SET state = 'closed', open_key = NULL WHERE no = '` + two + `'`},
			want: []string{"case_differs HY20261123-0002"},
		},
		{
			name: "a case is no JSON",
			sql:  []string{`UPDATE cases SET body = 'x' WHERE no = '` + two + `'`},
			want: []string{"case_differs HY20261123-0002"},
		},
		{
			name: "a case loses its row",
			sql:  []string{`DELETE FROM cases WHERE no = '` + two + `'`},
			want: []string{"steps_without_case HY20261123-0002"},
		},
		{
			name: "a case appears from nowhere",
			sql: []string{`INSERT INTO cases SELECT 'HY20261123-0006', version, state, level, title, topic, NULL, rule, unit, owner,
				first_seen_at, opened_at, assigned_at, acked_at, responded_at, closed_at, next_due_at, updated_at, body FROM cases WHERE no = '` + two + `'`},
			want: []string{"case_without_steps HY20261123-0006", "counter HY20261123-0006"},
		},
		{
			name: "a text is edited",
			sql:  []string{`UPDATE texts SET text = '窗口没有增开'`},
			want: []string{"text"},
		},
		{
			name: "a text is purged, which is lawful",
			sql:  []string{`DELETE FROM texts`},
		},
		{
			name: "everything is deleted but the head",
			sql:  []string{`DELETE FROM record`, `DELETE FROM cases`, `DELETE FROM case_posts`},
			want: []string{
				"missing_last row 1-20", "case_gone HY20261123-0001", "case_gone HY20261123-0002", "case_gone HY20261123-0003",
				"case_gone HY20261123-0004", "case_gone HY20261123-0005",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
				l := office(t, s, clock)
				storetest.Exec(t, s, c.sql...)
				if c.then != nil {
					c.then(t, s)
				}
				report := verify(t, l, record.Exported{})
				wantNamed(t, report, c.want...)
			})
		})
	}
}

// Exported heads find what the database alone cannot show.
func TestExportedHeadsNameWhatIsGone(t *testing.T) {
	const last = "HY20261123-0005"
	for _, c := range []struct {
		name string
		sql  []string
		want []string
	}{
		{name: "nothing happened"},
		{
			name: "everything is deleted",
			sql: []string{
				`DELETE FROM record`, `DELETE FROM cases`, `DELETE FROM case_posts`, `DELETE FROM record_head`, `DELETE FROM counters`,
			},
			want: []string{
				"replay row 1-5", "replay row 1-20", "case_gone HY20261123-0001", "case_gone HY20261123-0002",
				"case_gone HY20261123-0003", "case_gone HY20261123-0004", "case_gone HY20261123-0005",
			},
		},
		{
			name: "the newest case is deleted whole and the counter set back",
			sql: []string{
				`DELETE FROM record WHERE case_no = '` + last + `'`, `DELETE FROM cases WHERE no = '` + last + `'`,
				`DELETE FROM case_posts WHERE case_no = '` + last + `'`, `UPDATE counters SET value = 4`,
			},
			want: []string{
				"missing row 5", "missing row 10", "missing row 15", "missing_last row 20", "replay row 20", "case_gone " + last,
			},
		},
		{
			name: "an exported row is edited",
			sql:  []string{`UPDATE record SET hash = 'ff' WHERE seq = 20`},
			want: []string{
				"contradicts row 20 HY20261123-0005/4", "edited row 20 HY20261123-0005/4", "head row 20", "contradicts HY20261123-0005/4",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
				dir := filepath.Join(t.TempDir(), "heads")
				l := record.New(s)
				inTx(t, l, func(ctx context.Context, tx *record.Tx) error { return nil })
				if h, err := l.ExportHead(t.Context(), dir); err != nil || h.Seq != 0 {
					t.Fatalf("an empty record exported %+v, %v", h, err)
				}
				l = officeExporting(t, s, clock, dir)
				storetest.Exec(t, s, c.sql...)
				wantNamed(t, verify(t, l, exported(t, dir)), c.want...)
			})
		})
	}
}

// officeExporting is office with a head exported after row 5 and at the end.
func officeExporting(t *testing.T, s *store.Store, clock *storetest.Clock, dir string) *record.Ledger {
	t.Helper()
	l := record.New(s)
	export := func(seq int64, cases int) {
		h, err := l.ExportHead(t.Context(), dir)
		if err != nil || h.Seq != seq || len(h.Cases) != cases {
			t.Fatalf("exported %+v, %v", h, err)
		}
	}
	for i := range 5 {
		inTx(t, l, func(ctx context.Context, tx *record.Tx) error {
			_, err := openCase(ctx, tx, fmt.Sprintf("t-%d", i))
			return err
		})
	}
	export(5, 5)
	for n := range 3 {
		for i := range 5 {
			clock.Advance(time.Minute)
			inTx(t, l, func(ctx context.Context, tx *record.Tx) error {
				return act(ctx, tx, fmt.Sprintf("HY20261123-%04d", i+1), "note", huiying.StatePendingTriage, map[string]string{"n": fmt.Sprint(n)})
			})
		}
	}
	export(20, 5)
	return l
}

func exported(t *testing.T, dir string) record.Exported {
	t.Helper()
	e, err := record.ReadHeads(dir)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestExportedFilesAreCheckedThemselves(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(lines []string) []string
		want   []string
		notice string
	}{
		{name: "a line is edited", edit: func(l []string) []string {
			l[0] = strings.Replace(l[0], `"seq":5`, `"seq":4`, 1)
			return l
		}, want: []string{"export row 4"}},
		{name: "a line inside is deleted", edit: func(l []string) []string { return append(l[:1], l[2:]...) }, want: []string{"export row 20"}},
		{name: "the first line is deleted", edit: func(l []string) []string { return l[1:] }, notice: "store.verify_export_begins_late"},
		{name: "the last line is torn", edit: func(l []string) []string {
			l[2] = l[2][:40]
			return l
		}, notice: "store.verify_torn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, clock := storetest.Open(t)
			dir := t.TempDir()
			l := officeExporting(t, s, clock, dir)
			if _, err := l.ExportHead(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "heads-202611.jsonl")
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
			if len(lines) != 3 {
				t.Fatalf("%d lines", len(lines))
			}
			if err := os.WriteFile(path, []byte(strings.Join(c.edit(lines), "\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			report := verify(t, l, exported(t, dir))
			wantNamed(t, report, c.want...)
			if c.notice != "" && (len(report.Notices) != 1 || report.Notices[0].Key != c.notice) {
				t.Errorf("notices %v", report.Notices)
			}
			// The next export goes on behind whatever stands there.
			if _, err := l.ExportHead(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
			if e := exported(t, dir); e.Heads[len(e.Heads)-1].Seq != 20 {
				t.Error("the new line cannot be read")
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// An old copy of the database is whole in itself; only the heads outside know
// better. Once work has gone on from the old copy the heads still name it.
func TestOldCopyIsNamed(t *testing.T) {
	dir := t.TempDir()
	clock := storetest.NewClock()
	o := storetest.Options(clock)
	o.Path = filepath.Join(dir, "huiying.db")
	old := filepath.Join(dir, "old.db")
	open := func() (*store.Store, *record.Ledger) {
		s, err := store.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return s, record.New(s)
	}
	s, l := open()
	inTx(t, l, func(ctx context.Context, tx *record.Tx) error { _, err := openCase(ctx, tx, "t-1"); return err })
	closeStore(t, s)
	copyFile(t, o.Path, old)

	s, l = open()
	inTx(t, l, func(ctx context.Context, tx *record.Tx) error { _, err := openCase(ctx, tx, "t-2"); return err })
	if _, err := l.ExportHead(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	copyFile(t, old, o.Path)

	s, l = open()
	wantNamed(t, verify(t, l, record.Exported{}))
	wantNamed(t, verify(t, l, exported(t, dir)), "replay row 2", "case_gone HY20261123-0002")
	if _, err := l.ExportHead(t.Context(), dir); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("exported from an old copy: %v", err)
	}
	inTx(t, l, func(ctx context.Context, tx *record.Tx) error { _, err := openCase(ctx, tx, "t-3"); return err })
	wantNamed(t, verify(t, l, exported(t, dir)), "contradicts row 2 HY20261123-0002/1", "contradicts HY20261123-0002/1")
	closeStore(t, s)
}

func closeStore(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whoever takes the last step away while the service runs finds it on record
// for ever, though he put the head back as it was, signature and all.
func TestServiceNamesWhatWasTakenWhileItRan(t *testing.T) {
	for _, c := range []struct {
		name string
		sql  []string
		want []string
	}{
		{
			name: "the last step and its head are set back",
			sql: []string{
				`DELETE FROM record WHERE seq = 3`, `DELETE FROM record_head`, `INSERT INTO record_head SELECT * FROM counters_kept`,
				`DELETE FROM cases WHERE no = 'HY20261123-0003'`, `DELETE FROM case_posts WHERE case_no = 'HY20261123-0003'`,
				`UPDATE counters SET value = 2`,
			},
			want: []string{"broken row 4 HY20261123-0003/1", "missing row 3"},
		},
		{
			name: "the head is forged",
			sql:  []string{`UPDATE record_head SET mac = 'ff'`},
			want: []string{"broken row 4 HY20261123-0004/1"},
		},
		{
			name: "the head is deleted",
			sql:  []string{`DELETE FROM record_head`},
			want: []string{"broken row 4 HY20261123-0004/1"},
		},
		{
			name: "the record is emptied",
			sql: []string{
				`DELETE FROM record`, `DELETE FROM record_head`, `DELETE FROM cases`, `DELETE FROM case_posts`, `DELETE FROM counters`,
			},
			want: []string{"broken row 4 HY20261123-0001/1", "missing row 1-3"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
				l := record.New(s)
				for i := range 3 {
					if i == 2 {
						storetest.Exec(t, s, `CREATE TABLE counters_kept AS SELECT * FROM record_head`)
					}
					inTx(t, l, func(ctx context.Context, tx *record.Tx) error {
						_, err := openCase(ctx, tx, fmt.Sprintf("t-%d", i))
						return err
					})
				}
				storetest.Exec(t, s, c.sql...)
				inTx(t, l, func(ctx context.Context, tx *record.Tx) error {
					_, err := openCase(ctx, tx, "t-after")
					return err
				})
				wantNamed(t, verify(t, l, record.Exported{}), c.want...)
				if _, err := l.ExportHead(t.Context(), t.TempDir()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestVerifyWithoutTheKeySaysSo(t *testing.T) {
	s, clock := storetest.Open(t)
	office(t, s, clock)
	err := s.Snapshot(t.Context(), func(ctx context.Context, q store.Querier) error {
		report, err := record.Verify(ctx, q, record.VerifyOptions{})
		if !report.Clean() || len(report.Notices) != 1 || report.Notices[0].Key != "store.verify_no_key" {
			t.Errorf("%+v", report)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Snapshot(t.Context(), func(ctx context.Context, q store.Querier) error {
		report, err := record.Verify(ctx, q, record.VerifyOptions{Key: []byte("another key")})
		wantNamed(t, report, "rewritten row 1-20", "head row 20")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A report of a ruined record stays readable.
func TestReportIsBounded(t *testing.T) {
	s, _ := storetest.Open(t)
	l := record.New(s)
	inTx(t, l, func(ctx context.Context, tx *record.Tx) error {
		for i := range 150 {
			if _, err := openCase(ctx, tx, fmt.Sprintf("t-%d", i)); err != nil {
				return err
			}
		}
		return nil
	})
	storetest.Exec(t, s, `UPDATE record SET actor = 'u-wang'`)
	report := verify(t, l, record.Exported{})
	if len(report.Findings) != 100 || report.More != 50 || report.Clean() {
		t.Errorf("%d findings and %d more", len(report.Findings), report.More)
	}
}

func FuzzReadHeads(f *testing.F) {
	for _, s := range []string{
		"", "\n", `{"seq":1,"hash":"a","at":"2026-11-23T09:00:00+08:00","prev":"","mac":"b"}` + "\n", `{"seq":`, "null\n", "{}\n{}",
		`{"seq":9223372036854775807,"hash":"a","mac":"b","cases":[{"no":"x","n":-1,"hash":"y"}]}`,
	} {
		f.Add([]byte(s))
	}
	s, clock := storetest.Open(f)
	l := office(f, s, clock)
	f.Fuzz(func(t *testing.T, raw []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "heads-202611.jsonl"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		e := exported(t, dir)
		if report := verify(t, l, e); len(e.Heads) > 0 && report.Heads > 0 {
			t.Errorf("took %q for ours", raw)
		}
	})
}
