package record_test

import (
	"slices"
	"testing"

	"huiying/internal/store"
)

// tampering is one way to change the record in SQL, and what it is named.
type tampering struct {
	name string
	sql  []string
	then func(*testing.T, *store.Store)
	want []string
}

// tamperings are those of the office, which has rows 1–5 (detect, case 1–5),
// 6–10 (assign), 11–15 (ack) and 16–20 (submit).
func tamperings() []tampering {
	const one, two, four = "HY20261123-0001", "HY20261123-0002", "HY20261123-0004"
	deleteCase := []string{
		`DELETE FROM record WHERE case_no = '` + four + `'`, `DELETE FROM cases WHERE no = '` + four + `'`,
	}
	everywhere := append(slices.Clone(deleteCase),
		`DELETE FROM case_posts WHERE case_no = '`+four+`'`, `UPDATE posts SET case_no = '' WHERE case_no = '`+four+`'`,
		`DELETE FROM alerts WHERE case_no = '`+four+`'`, `DELETE FROM deliveries WHERE case_no = '`+four+`'`)
	holes := []string{"missing row 4", "missing row 9", "missing row 14", "missing row 19"}
	return []tampering{
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
				first_seen_at, opened_at, assigned_at, acked_at, responded_at, closed_at, next_due_at, updated_at, body, next_warn_at, ladder_at, merged_into FROM cases WHERE no = '` + two + `'`},
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
	}
}
