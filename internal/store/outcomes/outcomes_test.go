package outcomes_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"huiying/internal/query"
	"huiying/internal/store/outcomes"
	"huiying/internal/store/storetest"
)

// A tagged post was noise when its case was dismissed, archived since or not,
// or when it was set aside as a false alarm and no case was opened of it later.
func TestNoise(t *testing.T) {
	s, clock := storetest.Open(t)
	at := clock.Now().UnixMicro()
	seq := 0
	add := func(id, state, from string, aside bool) {
		no := ""
		if state != "" {
			no = "HY-" + id
			storetest.Exec(t, s, fmt.Sprintf(`INSERT INTO cases (no, version, state, level, title, topic, rule, unit, owner, first_seen_at, opened_at, assigned_at,
				acked_at, responded_at, closed_at, next_due_at, updated_at, body) VALUES ('%s', 1, '%s', 'red', '', '', 'r', '', '', %d, 0, 0, 0, 0, 0, 0, 0, '{}')`, no, state, at))
		}
		storetest.Exec(t, s, fmt.Sprintf(`INSERT INTO posts (n, id, revision, source, platform, kind, url, parent_id, root_id, title, text, verified, region, published_at,
			collected_at, first_seen_at, deleted, level, rule, topic, case_no, judgement)
			VALUES ((SELECT count(*) + 1 FROM posts), '%s', '', 's', 'weibo', 'post', '', '', '', '', '', '', '', %d, %d, %d, 0, 'red', 'r', '', '%s', '{}')`, id, at, at, at, no))
		if from != "" {
			seq++
			storetest.Exec(t, s, fmt.Sprintf(`INSERT INTO record (seq, case_no, n, at, actor, action, from_state, to_state, payload, prev, hash, mac)
				VALUES (%d, '%s', 1, %d, 'a', 'archive', '%s', 'archived', '{}', '', 'h%d', '')`, seq, no, at, from, seq))
		}
		if aside {
			storetest.Exec(t, s, fmt.Sprintf(`INSERT INTO access_log (at, actor, action, object, detail) VALUES (%d, 'a', 'aside', '%s', '%s')`, at, id, query.AsideFalseAlarm+": 广告"))
		}
	}
	add("none", "", "", false)
	add("aside", "", "", true)
	add("aside-taken-back", "", "", true)
	storetest.Exec(t, s, fmt.Sprintf(`INSERT INTO access_log (at, actor, action, object, detail) VALUES (%d, 'a', 'aside_taken_back', 'aside-taken-back', '')`, at))
	add("dismissed", "dismissed", "", false)
	add("dismissed-archived", "archived", "dismissed", false)
	add("dismissed-archived-2", "archived", "dismissed", false)
	add("closed-archived", "archived", "closed", false)
	add("open", "handling", "", false)
	add("aside-then-opened", "handling", "", true)
	add("aside-then-dismissed", "dismissed", "", true)

	a := outcomes.Ask{From: clock.Now().Add(-time.Hour), To: clock.Now().Add(time.Hour)}
	want := []string{"aside", "aside-then-dismissed", "dismissed", "dismissed-archived", "dismissed-archived-2"}
	n, all, err := outcomes.Noise(t.Context(), s.Reader(), a)
	if err != nil || n != len(want) || all != 10 {
		t.Errorf("%d of %d, want %d of 10: %v", n, all, len(want), err)
	}
	for part, want := range map[string][]string{query.PartIn: want, query.PartRest: {"aside-taken-back", "aside-then-opened", "closed-archived", "none", "open"}} {
		got, err := outcomes.NoisePosts(t.Context(), s.Reader(), a, query.BehindPage{Part: part, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", part, got, want)
		}
	}
}
