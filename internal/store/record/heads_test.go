package record_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
)

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
