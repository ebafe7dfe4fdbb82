package record_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

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

// catalogued reads the catalogue once for all tests.
var catalogued = sync.OnceValues(locale.Load)

// wantNamed compares the findings and renders each in both languages.
func wantNamed(t *testing.T, r record.Report, want ...string) {
	t.Helper()
	if got := named(r); !slices.Equal(got, want) {
		t.Errorf("named\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	catalogue, err := catalogued()
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

func TestEveryTamperingIsNamed(t *testing.T) {
	for _, c := range tamperings() {
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
