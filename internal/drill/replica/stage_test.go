package replica_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"huiying/internal/drill/replica"
)

var (
	noon   = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)
	office = replica.Account{UID: 2100000001, Name: "试验局", Verified: "government", Followers: 24000}
	reader = replica.Account{UID: 2100000333, Name: "试验读者", Verified: "none", Followers: 7}
)

// stage is a world with a clock that stands still, and its two sites.
type stage struct {
	t     testing.TB
	world *replica.World
	weibo http.Handler
	site  http.Handler
	at    time.Time
}

func newStage(t testing.TB, perPage int) *stage {
	s := &stage{t: t, at: noon}
	s.world = replica.NewWorld(replica.Options{Now: func() time.Time { return s.at }, PerPage: perPage})
	s.weibo, s.site = replica.Weibo(s.world), replica.Portal(s.world)
	return s
}

func (s *stage) apply(c replica.Change) {
	s.t.Helper()
	if c.At.IsZero() {
		c.At = s.at
	}
	if err := s.world.Apply(c); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) post(key, text string) {
	s.t.Helper()
	s.at = s.at.Add(time.Second)
	s.apply(replica.Change{Post: &replica.Post{Key: key, By: office, Text: text}})
}

func get(t testing.TB, h http.Handler, address, cookie string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Result()
}

func body(t testing.TB, resp *http.Response) []byte {
	t.Helper()
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (s *stage) json(address, cookie string) map[string]any {
	s.t.Helper()
	resp := get(s.t, s.weibo, address, cookie)
	var o map[string]any
	d := json.NewDecoder(strings.NewReader(string(body(s.t, resp))))
	d.UseNumber()
	if err := d.Decode(&o); err != nil {
		s.t.Fatalf("%s: %v", address, err)
	}
	return o
}

// dig follows keys and indices into a JSON value.
func dig(t testing.TB, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch k := step.(type) {
		case string:
			o, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("%v: no object at %v but %T", path, step, v)
			}
			v = o[k]
		case int:
			l, ok := v.([]any)
			if !ok || k >= len(l) {
				t.Fatalf("%v: no item %d in %v", path, k, v)
			}
			v = l[k]
		}
	}
	return v
}

func timelineURL(uid int64, more string) string {
	return fmt.Sprintf("/api/container/getIndex?type=uid&value=%d&containerid=107603%d%s", uid, uid, more)
}

func idsOf(t testing.TB, answer map[string]any) []string {
	t.Helper()
	var ids []string
	for _, c := range dig(t, answer, "data", "cards").([]any) {
		for _, inner := range group(c) {
			ids = append(ids, dig(t, inner, "mblog", "id").(string))
		}
	}
	return ids
}

func group(card any) []any {
	if g, ok := card.(map[string]any)["card_group"].([]any); ok {
		return g
	}
	return []any{card}
}
