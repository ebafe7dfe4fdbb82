package intake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/intake"
	"huiying/internal/locale"
)

// shelf is what a counter stored.
type shelf struct {
	posts []huiying.Post
	rows  []huiying.LedgerEntry
	sizes []int
	full  bool
}

func (s *shelf) store(_ context.Context, posts []huiying.Post, row huiying.LedgerEntry) error {
	if s.full {
		return huiying.Errorf(huiying.Unavailable, "intake.not_stored", errors.New("no disk"))
	}
	s.posts = append(s.posts, posts...)
	s.sizes = append(s.sizes, len(posts))
	if row.Source != "" {
		s.rows = append(s.rows, row)
	}
	return nil
}

const secret = "0123456789abcdef0123456789abcdef"

func counter(t testing.TB, s *shelf) *intake.Counter {
	t.Helper()
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return intake.NewCounter(intake.CounterOptions{
		Source: func(_ context.Context, id string) (huiying.Source, error) {
			switch id {
			case "letters":
				return huiying.Source{ID: id, Kind: "intake", Options: json.RawMessage(`{"platform":"mailbox","secret":"` + secret + `"}`)}, nil
			case "paused":
				return huiying.Source{ID: id, Kind: "intake", Disabled: true, Options: json.RawMessage(`{"platform":"mailbox"}`)}, nil
			case "weibo":
				return huiying.Source{ID: id, Kind: "weibo"}, nil
			}
			return huiying.Source{}, huiying.Errorf(huiying.NotFound, "intake.no_source", id)
		},
		Store: s.store, Words: words, Now: func() time.Time { return noon }, Zone: zone,
		Chain: func(next crawler.Sink) crawler.Sink { return crawler.Pseudonymise(next, []byte(secret)) },
		Keep:  func(_ context.Context, raw []byte) string { return huiying.Digest(string(raw)) },
	})
}

func TestTakeJSON(t *testing.T) {
	var s shelf
	c := counter(t, &s)
	got, err := c.TakeJSON(t.Context(), "letters", locale.English, []byte(`{"handovers":[
		{"number":"X1","text":"路灯不亮","time":"2026-01-05 10:30","due":"2026-01-12","name":"赵小六","phone":"13900000000"},
		{"number":"X2","text":"","time":"2026-01-05"},
		{"number":"X3","text":"井盖","time":"2026-01-05","deadline":"2026-01-12"},
		{"number":4},
		{"number":"X5","text":"井盖","time":"2026-01-05T08:00:00+08:00"}]}`))
	if err != nil || got.Accepted != 2 || len(got.Errors) != 3 {
		t.Fatalf("%+v %v", got, err)
	}
	var at []int
	for _, f := range got.Errors {
		at = append(at, f.Index)
	}
	if diff := cmp.Diff([]int{2, 3, 1}, at); diff != "" || !strings.Contains(got.Errors[0].Message, `"deadline"`) || got.Errors[0].Number != "X3" {
		t.Errorf("%s%+v", diff, got.Errors)
	}
	p := s.posts[0]
	if p.ID != "mailbox:X1" || p.Number != "X1" || p.DueAt.IsZero() || p.Evidence == "" || strings.Contains(p.Author.Name, "赵") || !strings.HasPrefix(p.Author.ID, "p-") {
		t.Errorf("%+v", p)
	}
	if len(s.rows) != 1 || s.rows[0].Accepted != 2 || s.rows[0].Posts != 2 || s.rows[0].State != huiying.SourceOK {
		t.Errorf("%+v", s.rows)
	}
}

func TestTakeRefuses(t *testing.T) {
	var s shelf
	c := counter(t, &s)
	for source, want := range map[string]huiying.Code{"none": huiying.NotFound, "weibo": huiying.NotFound, "paused": huiying.NotFound} {
		if _, err := c.Take(t.Context(), source, locale.Chinese, nil); huiying.ErrorCode(err) != want {
			t.Errorf("%s: %v", source, err)
		}
	}
	for _, body := range []string{"", "x", "1", `"a"`, "[", `null`} {
		if _, err := c.TakeJSON(t.Context(), "letters", locale.Chinese, []byte(body)); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%q: %v", body, err)
		}
	}
	s.full = true
	_, err := c.TakeJSON(t.Context(), "letters", locale.Chinese, []byte(`{"number":"X1","text":"路灯","time":"2026-01-05"}`))
	if huiying.ErrorCode(err) != huiying.Unavailable || len(s.posts) != 0 {
		t.Errorf("%v", err)
	}
}

// A sheet brought by hand is stored in short transactions and its bad rows are
// in the answer.
func TestTakeSheet(t *testing.T) {
	var s shelf
	c := counter(t, &s)
	path := filepath.Join(t.TempDir(), "upload")
	if err := os.WriteFile(path, xlsx(t, bigSheet(500)), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := c.TakeSheet(t.Context(), intake.Upload{Source: "letters", Path: path, Name: "三月.xlsx", Lang: locale.Chinese})
	if err != nil || got.Accepted != 495 || got.Refused != 5 || len(got.Errors) != 5 || len(s.posts) != 495 {
		t.Fatalf("%+v %v", got.Intake, err)
	}
	if diff := cmp.Diff([]int{200, 200, 95}, s.sizes); diff != "" {
		t.Error(diff)
	}
	f, err := excelize.OpenReader(bytes.NewReader(got.Sheet))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if rows, err := f.GetRows("Sheet1"); err != nil || len(rows) != 6 {
		t.Errorf("%q %v", rows, err)
	}
	if err := os.WriteFile(path, []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.TakeSheet(t.Context(), intake.Upload{Source: "letters", Path: path, Name: "a.xls", Lang: locale.Chinese}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("%v", err)
	}
}

// Whatever is pushed, every hand-over is either stored or answered.
func FuzzTakeJSON(f *testing.F) {
	f.Add([]byte(`[{"number":"X1","text":"路灯","time":"2026-01-05"},{"number":2}]`))
	f.Add([]byte(`{"handovers":[{"number":"X1","text":"a","time":"20260105","answers":[{"text":"b","time":"x"}]}]}`))
	f.Add([]byte(`{"number":"X1"}`))
	f.Add([]byte(`[[[[`))
	var s shelf
	c := counter(f, &s)
	f.Fuzz(func(t *testing.T, body []byte) {
		s.posts = nil
		got, err := c.TakeJSON(context.Background(), "letters", locale.Chinese, body)
		if err != nil {
			return
		}
		if got.Accepted != len(s.posts) {
			t.Fatalf("said %d, stored %d", got.Accepted, len(s.posts))
		}
		for _, fault := range got.Errors {
			if fault.Message == "" || fault.Index < 0 {
				t.Fatalf("%+v", fault)
			}
		}
	})
}
