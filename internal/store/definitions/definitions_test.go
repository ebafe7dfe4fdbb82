package definitions_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func def(id, body string) definitions.Definition {
	return definitions.Definition{Kind: "source", ID: id, Author: "u-admin", Body: json.RawMessage(body)}
}

func put(t *testing.T, d *definitions.Definitions, def definitions.Definition) (definitions.Definition, bool) {
	t.Helper()
	got, changed, err := d.Put(t.Context(), def)
	if err != nil {
		t.Fatal(err)
	}
	return got, changed
}

func current(t *testing.T, d *definitions.Definitions) string {
	t.Helper()
	list, err := d.Current(t.Context(), "source")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, one := range list {
		all = append(all, one.ID+string(one.Body))
	}
	return strings.Join(all, " ")
}

func TestVersions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		d := definitions.New(s)
		first, changed := put(t, d, def("portal", `{"every":1}`))
		if !changed || first.Version != 1 || !first.At.Equal(clock.Now()) {
			t.Errorf("%+v", first)
		}
		clock.Advance(time.Hour)
		if same, changed := put(t, d, def("portal", `{"every":1}`)); changed || same.Version != 1 {
			t.Errorf("the same again: %+v", same)
		}
		by := def("portal", `{"every":2}`)
		by.Author = "u-lin"
		put(t, d, by)
		put(t, d, def("weibo", `{}`))
		if got := current(t, d); got != `portal{"every":2} weibo{}` {
			t.Error(got)
		}
		gone := by
		gone.Deleted = true
		put(t, d, gone)
		if got := current(t, d); got != `weibo{}` {
			t.Error(got)
		}
		if _, err := d.Get(t.Context(), "source", "portal"); huiying.ErrorCode(err) != huiying.NotFound {
			t.Error(err)
		}
		put(t, d, by) // and back again
		history, err := d.History(t.Context(), "source", "portal")
		if err != nil {
			t.Fatal(err)
		}
		var versions []string
		for _, h := range history {
			versions = append(versions, strings.Join([]string{h.Author, string(h.Body), map[bool]string{true: "deleted"}[h.Deleted]}, " "))
		}
		want := []string{`u-lin {"every":2} `, `u-lin {"every":2} deleted`, `u-lin {"every":2} `, `u-admin {"every":1} `}
		if diff := cmp.Diff(want, versions); diff != "" {
			t.Error(diff)
		}
		if got, err := d.Get(t.Context(), "source", "portal"); err != nil || got.Version != 4 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// What is changed and its note are kept together or not at all.
func TestNotes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		d := definitions.New(s)
		note := func(now definitions.Definition) access.Entry {
			return access.Entry{Actor: now.Author, Action: "changed", Object: now.ID, Detail: strconv.Itoa(now.Version)}
		}
		for _, body := range []string{`{"every":1}`, `{"every":1}`, `{"every":2}`} {
			if _, _, err := d.PutNoted(t.Context(), def("portal", body), note); err != nil {
				t.Fatal(err)
			}
		}
		log, err := access.New(s).Of(t.Context(), "portal", "changed", 10)
		if err != nil || len(log) != 2 || log[0].Detail != "2" || log[1].Actor != "u-admin" {
			t.Errorf("%+v, %v", log, err)
		}
		err = s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, `DROP TABLE access_log`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.PutNoted(t.Context(), def("portal", `{"every":3}`), note); err == nil {
			t.Error("not noted, and no error")
		}
		if got := current(t, d); got != `portal{"every":2}` {
			t.Errorf("kept without a note: %s", got)
		}
	})
}

func TestFilesRule(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		d := definitions.New(s)
		put(t, d, def("page", `{}`))
		put(t, d, def("both", `{"by":"page"}`))
		load := func(want int, defs ...definitions.Definition) {
			t.Helper()
			if n, err := d.Import(t.Context(), "source", "sources.yaml", defs); err != nil || n != want {
				t.Errorf("imported %d, %v; want %d", n, err, want)
			}
		}
		load(2, def("file", `{}`), def("both", `{"by":"file"}`))
		load(0, def("file", `{}`), def("both", `{"by":"file"}`))
		_, _, err := d.Put(t.Context(), def("both", `{"by":"page"}`))
		if huiying.ErrorCode(err) != huiying.Forbidden {
			t.Errorf("changed on a page what a file defines: %v", err)
		}
		load(2, def("file", `{"new":1}`))
		if got := current(t, d); got != `file{"new":1} page{}` {
			t.Error(got)
		}
		// What no file defines any more is free for the pages.
		put(t, d, def("both", `{"by":"page"}`))
		load(1)
		if got := current(t, d); got != `both{"by":"page"} page{}` {
			t.Error(got)
		}
	})
}

func TestPutRefusesNonsense(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		d := definitions.New(s)
		for _, bad := range []definitions.Definition{def("", `{}`), def("x", ``), def("x", `{`), {ID: "x", Body: json.RawMessage(`{}`)}} {
			if _, _, err := d.Put(t.Context(), bad); err == nil {
				t.Errorf("kept %+v", bad)
			}
		}
		if _, err := d.Import(t.Context(), "source", "f", []definitions.Definition{def("good", `{}`), def("bad", `{`)}); err == nil {
			t.Error("imported nonsense")
		}
		if got := current(t, d); got != "" {
			t.Errorf("kept %s", got)
		}
	})
}
