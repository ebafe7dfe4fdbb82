package drill

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/drill/receiver"
	"huiying/internal/drill/replica"
	"huiying/internal/locale"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// ledger is a whole drill's bookkeeping, in order: three posts of which one
// alerts two persons.
func ledger() ([]replica.Seen, stored, []receiver.Receipt) {
	served := []replica.Seen{{ID: "weibo:1"}, {ID: "weibo:2", Edited: true}, {ID: "portal:lZW1", Answers: 1}}
	alert := huiying.Alert{ID: huiying.AlertID("weibo:2", "r-q", huiying.LevelOrange), PostID: "weibo:2", Rule: "r-q", Level: huiying.LevelOrange, AcceptedAt: noon}
	s := stored{
		archived: []Archived{
			{ID: "weibo:1", Level: huiying.LevelNone, Rule: huiying.Untagged},
			{ID: "weibo:2", Edited: true, Level: huiying.LevelOrange, Rule: "r-q"},
			{ID: "portal:www.example.cn/lZW1", Answers: 2, Level: huiying.LevelNone, Rule: "r-city"},
		},
		alerts: []huiying.Alert{alert},
		deliveries: []huiying.Delivery{
			{ID: "d-1", Alert: alert, Person: "o", Channel: "c", State: huiying.DeliveryAccepted},
			{ID: "d-2", Alert: alert, Person: "r", Channel: "c", State: huiying.DeliveryAccepted},
		},
		totals: Totals{Events: 4, Acknowledged: 1, Cases: map[huiying.CaseState]int{huiying.StateClosed: 1}, OpenTopics: []string{"t-1", "", ""}},
	}
	taken := []receiver.Receipt{
		{Alert: receiver.Alert{DeliveryID: "d-1", AlertID: alert.ID}, First: noon.Add(300 * time.Millisecond), Times: 2},
		{Alert: receiver.Alert{DeliveryID: "d-2", AlertID: alert.ID}, First: noon.Add(900 * time.Millisecond), Times: 1},
	}
	return served, s, taken
}

func TestTallyOfAGoodDrill(t *testing.T) {
	served, s, taken := ledger()
	raw, err := json.Marshal(tally(served, s, taken))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"posts_served":3,"posts_collected":3,"events":4,"tagged":2,"alerts_raised":1,"alerts_delivered":1,"alerts_acknowledged":1,` +
		`"cases":{"closed":1},"post_to_alert_seconds":{"median":0.3,"p99":0.3},"lost":0,"duplicated":0}`
	if string(raw) != want {
		t.Errorf("scoreboard\n%s\nwant\n%s", raw, want)
	}
}

func TestTallyOfWhatWentWrong(t *testing.T) {
	drop := func(s *stored, id string) {
		s.archived = slices.DeleteFunc(s.archived, func(a Archived) bool { return a.ID == id })
	}
	for _, c := range []struct {
		name             string
		change           func(served *[]replica.Seen, s *stored, taken *[]receiver.Receipt)
		lost, duplicated []string
	}{
		{"one post dropped", func(_ *[]replica.Seen, s *stored, _ *[]receiver.Receipt) { drop(s, "weibo:1") }, []string{"post weibo:1"}, nil},
		{"a tagged post dropped with all it would have caused", func(_ *[]replica.Seen, s *stored, taken *[]receiver.Receipt) {
			drop(s, "weibo:2")
			s.alerts, s.deliveries, *taken = nil, nil, nil
		}, []string{"post weibo:2"}, nil},
		{"an edit dropped", func(_ *[]replica.Seen, s *stored, _ *[]receiver.Receipt) { s.archived[1].Edited = false }, []string{"post weibo:2"}, nil},
		{"an answer dropped", func(served *[]replica.Seen, _ *stored, _ *[]receiver.Receipt) { (*served)[2].Answers = 3 }, []string{"post portal:lZW1"}, nil},
		{"an edited post that is deleted by now", func(_ *[]replica.Seen, s *stored, _ *[]receiver.Receipt) {
			s.archived[1].Edited, s.archived[1].Deleted = false, true
		}, nil, nil},
		{"an alert not raised", func(_ *[]replica.Seen, s *stored, taken *[]receiver.Receipt) {
			s.alerts, s.deliveries, *taken = nil, nil, nil
		}, []string{"alert for weibo:2"}, nil},
		{"an alert of another level only", func(_ *[]replica.Seen, s *stored, _ *[]receiver.Receipt) { s.archived[1].Level = huiying.LevelRed }, []string{"alert for weibo:2"}, nil},
		{"a delivery that never arrived", func(_ *[]replica.Seen, _ *stored, taken *[]receiver.Receipt) { *taken = (*taken)[:1] }, []string{"delivery d-2"}, nil},
		{"a delivery never sent", func(_ *[]replica.Seen, s *stored, taken *[]receiver.Receipt) {
			*taken = (*taken)[:1]
			s.deliveries[1].State = huiying.DeliveryRetrying
		}, []string{"delivery d-2"}, nil},
		{"a post archived twice", func(_ *[]replica.Seen, s *stored, _ *[]receiver.Receipt) {
			s.archived = append(s.archived, Archived{ID: "portal:other.example.cn/lZW1"})
		}, nil, []string{"post portal:other.example.cn/lZW1"}},
		{"an alert twice", func(_ *[]replica.Seen, s *stored, _ *[]receiver.Receipt) {
			again := s.alerts[0]
			again.ID = "a-other"
			s.alerts = append(s.alerts, again)
		}, nil, []string{"alert a-other"}},
		{"a delivery twice", func(_ *[]replica.Seen, s *stored, taken *[]receiver.Receipt) {
			again := s.deliveries[1]
			again.ID = "d-3"
			s.deliveries = append(s.deliveries, again)
			*taken = append(*taken, receiver.Receipt{Alert: receiver.Alert{DeliveryID: "d-3", AlertID: again.Alert.ID}})
		}, nil, []string{"delivery d-3"}},
		{"two open cases of one topic", func(_ *[]replica.Seen, s *stored, _ *[]receiver.Receipt) {
			s.totals.OpenTopics = []string{"t-1", "t-2", "t-1"}
		}, nil, []string{"case of t-1"}},
	} {
		served, s, taken := ledger()
		c.change(&served, &s, &taken)
		b := tally(served, s, taken)
		if !slices.Equal(b.LostWhat, c.lost) || !slices.Equal(b.DuplicatedWhat, c.duplicated) || b.Lost != len(c.lost) || b.Duplicated != len(c.duplicated) {
			t.Errorf("%s: lost %v, duplicated %v; want %v, %v", c.name, b.LostWhat, b.DuplicatedWhat, c.lost, c.duplicated)
		}
	}
}

func TestSpread(t *testing.T) {
	if got := spread(nil); got != (Seconds{}) {
		t.Errorf("of nothing %v", got)
	}
	var list []float64
	for i := 200; i > 0; i-- {
		list = append(list, float64(i)/1000)
	}
	if got := spread(list); got != (Seconds{Median: 0.1, P99: 0.198}) {
		t.Errorf("of 1 to 200 ms %v", got)
	}
}

func TestRest(t *testing.T) {
	one, two := []replica.Seen{{ID: "a"}}, []replica.Seen{{ID: "a"}, {ID: "b"}}
	type look struct {
		served    []replica.Seen
		lost      int
		unsettled int
		after     time.Duration
		rests     bool
	}
	for name, looks := range map[string][]look{
		"all is there":              {{one, 0, 0, 0, false}, {one, 0, 0, time.Second, true}},
		"still arriving":            {{one, 1, 0, 0, false}, {two, 0, 0, time.Second, false}, {two, 0, 0, 2 * time.Second, true}},
		"one is missing for ever":   {{one, 1, 0, 0, false}, {one, 1, 0, time.Second, false}, {one, 1, 0, restSettle, true}},
		"a delivery is on its way":  {{one, 1, 1, 0, false}, {one, 1, 1, time.Minute, false}, {one, 1, 0, 2 * time.Minute, true}},
		"something new comes later": {{one, 1, 0, 0, false}, {two, 1, 0, restSettle, false}, {two, 1, 0, restSettle + time.Second, false}},
	} {
		var r rest
		for i, l := range looks {
			if got := r.look(l.served, Scoreboard{Lost: l.lost, Unsettled: l.unsettled}, noon.Add(l.after)); got != l.rests {
				t.Errorf("%s, look %d: rests %v", name, i+1, got)
			}
		}
		if last := looks[len(looks)-1]; len(r.served) != len(last.served) {
			t.Errorf("%s: %d served in the end", name, len(r.served))
		}
	}
}

func TestTable(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	served, s, taken := ledger()
	served = append(served, replica.Seen{ID: "weibo:9"})
	b := tally(served, s, taken)
	for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
		table := b.Table(words, lang)
		for _, want := range []string{"\n         4  ", "\n     0.300  ", "\n         1  ", "            post weibo:9\n"} {
			if !strings.Contains("\n"+table, want) {
				t.Errorf("%s: %q is not in\n%s", lang, want, table)
			}
		}
		if strings.Contains(table, "drill.") || strings.Contains(table, "%!") {
			t.Errorf("%s: a sentence is missing or wrong:\n%s", lang, table)
		}
	}
}

// TestEveryDeedHasItsSentence renders the lines of the narrator in both
// languages.
func TestEveryDeedHasItsSentence(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"assign", "ack", "ack_link", "submit", "review_reject", "approve", "publish", "close"} {
		for _, lang := range []locale.Lang{locale.Chinese, locale.English} {
			line := words.Text(lang, "drill.deed."+action, locale.Key("role.officer"), "周岚", "HY1")
			if strings.Contains(line, "drill.") || strings.Contains(line, "%!") || !strings.Contains(line, "HY1") {
				t.Errorf("%s: %s", action, line)
			}
		}
	}
}
